"""The program, as `python -m fanwise` and as `gen`: quiet when it is interrupted before it can say so itself."""

from __future__ import annotations

import os
import sys

INTERRUPTED = 130

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run the command line (default: `sys.argv[1:]`) and return its exit code.

    Ctrl-C while its modules are imported ends it at once.
    """
    try:
        import signal

        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))  # nothing is open yet
        from fanwise.generator.cli import main as program

        return program(arguments)
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)


if __name__ == "__main__":
    sys.exit(main())

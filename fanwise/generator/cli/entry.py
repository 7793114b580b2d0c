"""Entry point: signals, exit codes, last-resort error report."""

from __future__ import annotations

import os
import platform
import signal
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from fanwise.generator.cli.screen import notes_of, program_version, silence, write
from fanwise.generator.errors import FanwiseError, UsageError
from fanwise.io.plugins import PluginWarning
from fanwise.text.sanitize import printable

_DEFECT = """\
gen: this is a defect in Fanwise, not in your schema: {kind}: {text}
Earlier data in the output folder is intact. Please report this with the schema, the command and these versions:
  {versions}
For the details of the fault run the command again as `gen --debug …` or with FANWISE_DEBUG=1.
"""


class Interrupted(BaseException):
    """A signal asked the program to stop; no `except Exception` on the way may catch it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn the first SIGINT or SIGTERM into `Interrupted`; later ones do not disturb the cleaning up.

    Libraries may replace the exception by one of their own (DuckDB does), so what counts is that a signal came.
    """
    seen: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        if not seen:
            seen.append(number)
            raise Interrupted(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except BaseException as fault:
        if seen:
            stopped = Interrupted(seen[0])
            for note in notes_of(fault):
                stopped.add_note(note)
            raise stopped from fault
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (default: `sys.argv[1:]`) and return the exit code."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8 gets every character somehow
    with ExitStack() as opened:
        # A stream that was closed before the program began has nobody to read it, as if it were /dev/null.
        for name in ("stdout", "stderr"):
            if getattr(sys, name) is None:
                setattr(sys, name, opened.enter_context(Path(os.devnull).open("w", encoding="utf-8")))
        code = _guarded(arguments)
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            silence(sys.stdout)
        return code


def _guarded(arguments: Sequence[str]) -> int:
    debug = "--debug" in arguments or bool(os.environ.get("FANWISE_DEBUG"))
    try:
        with interruptible(), _plain_warnings():
            from fanwise.generator.cli.app import app

            app(args=list(arguments), prog_name="gen")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 2
    except Interrupted as stopped:
        write(sys.stderr, "gen: interrupted; earlier data in the output folder is intact\n")
        write(sys.stderr, "".join(f"gen: {note}\n" for note in notes_of(stopped)))
        return stopped.exit_code
    except BrokenPipeError:
        silence(sys.stdout)
        return 0
    except (OSError, MemoryError) as fault:
        return _machine_fault(fault, debug)
    except PluginWarning as fault:  # of a user who turned warnings into errors
        write(sys.stderr, printable(f"gen: {fault}") + "\n")
        return UsageError.exit_code
    except BaseException as fault:  # the parsers written in Rust panic with a BaseException
        return _defect(fault, debug)
    return 0


@contextmanager
def _plain_warnings() -> Iterator[None]:
    """Write a warning about a plug-in as one line; Python's own form would add the line of code that noticed it."""
    python = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if issubclass(category, PluginWarning):
            write(sys.stderr, printable(f"gen: warning: {message}") + "\n")
        else:
            python(message, category, *where, **more)

    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = python


def _machine_fault(fault: OSError | MemoryError, debug: bool) -> int:
    """Report that the machine, not the program or the schema, gave up (exit 4)."""
    if debug:
        traceback.print_exception(fault)
    if isinstance(fault, MemoryError):
        text = "out of memory. Hint: lower --chunk-rows, --threads or --workers"
    else:
        name = f"{fault.filename}: " if fault.filename else ""
        text = f"{name}{fault.strerror or fault}"
    write(sys.stderr, "".join(f"{printable(f'gen: {line}')}\n" for line in (text, *notes_of(fault))))
    return 4


def _defect(fault: BaseException, debug: bool) -> int:
    """Report a fault that nobody foresaw, on one screen; the traceback only where it was asked for."""
    if debug:
        traceback.print_exception(fault)
    versions = f"fanwise {program_version()}, Python {platform.python_version()}, {platform.platform()}"
    text = printable(str(fault))[:300]
    write(sys.stderr, _DEFECT.format(kind=type(fault).__name__, text=text, versions=versions))
    return FanwiseError.exit_code

"""Entry point: signals, exit codes, last-resort error report."""

from __future__ import annotations

import os
import platform
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from fanwise.generator.cli.screen import notes_of, program_version, silence, tell, write
from fanwise.generator.errors import FanwiseError, UsageError
from fanwise.io.plugins import PluginWarning
from fanwise.io.problems import Problem, shown
from fanwise.text.sanitize import printable

_DEFECT = """\
gen: this is a defect in Fanwise, not in your schema: {kind}: {text}
Earlier data in the output folder is intact. Please report this with the schema, the command and these versions:
  {versions}
For the details of the fault run the command again as `gen --debug …` or with FANWISE_DEBUG=1.
"""

_PUBLISHING = {"run", "merge", "twin", "dbt"}
_MOST_THREADS = 10_000
_SOON = 0.01
"""Seconds until a lost signal comes again."""
_LAST_SECOND = 253_402_300_799
"""Of the year 9999."""
_NO_MEMORY = ("failed to map segment", "cannot allocate memory", "Cannot allocate memory")
"""What the loader says of a library for which there is no memory."""


class Interrupted(BaseException):
    """A signal asked the program to stop; no `except Exception` on the way may catch it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn the first SIGINT, SIGTERM or SIGHUP into `Interrupted`; later ones do not disturb the cleaning up.

    Libraries may replace the exception by one of their own (DuckDB does), so what counts is that a signal came.
    """
    seen: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        if not seen:
            seen.append(number)
            raise Interrupted(number)

    # A hangup is a closed terminal; `nohup` ignores it, and it stays ignored.
    ending = [
        signal.SIGINT,
        signal.SIGTERM,
        *([signal.SIGHUP] if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN else []),
    ]
    before = {number: signal.signal(number, stop) for number in ending}
    report, sys.unraisablehook = sys.unraisablehook, lambda lost: _lost(lost, seen, report)
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
        sys.unraisablehook = report
        for number, handler in before.items():
            signal.signal(number, handler)


def _lost(lost: sys.UnraisableHookArgs, seen: list[int], report: Callable[[sys.UnraisableHookArgs], Any]) -> None:
    """Send a signal again that came where no exception can be raised, such as in a finalizer; report anything else."""
    if not isinstance(lost.exc_value, Interrupted):
        report(lost)
        return
    number = seen.pop()
    threading.Timer(_SOON, os.kill, (os.getpid(), number)).start()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (default: `sys.argv[1:]`) and return the exit code."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8 gets every character somehow
    with ExitStack() as opened:
        # A stream that was closed before the program began has nobody at its other end, as if it were /dev/null.
        for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
            if getattr(sys, name) is None:
                setattr(sys, name, opened.enter_context(Path(os.devnull).open(mode, encoding="utf-8")))
        code = _guarded(arguments)
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            silence(sys.stdout)
        return code


def _guarded(arguments: Sequence[str]) -> int:
    debug = "--debug" in arguments or bool(os.environ.get("FANWISE_DEBUG"))
    if wrong := list(_wrong_environment(os.environ)):
        write(sys.stderr, "".join(printable(f"gen: {problem}") + "\n" for problem in wrong))
        return UsageError.exit_code
    try:
        with interruptible(), _plain_warnings():
            from fanwise.generator.cli.app import app

            app(args=list(arguments), prog_name="gen")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 2
    except Interrupted as stopped:
        publishes = next((word for word in arguments if not word.startswith("-")), "") in _PUBLISHING
        tell(f"gen: interrupted{'; earlier data in the output folder is intact' if publishes else ''}")
        for note in notes_of(stopped):
            tell(f"gen: {note}")
        return stopped.exit_code
    except BrokenPipeError:
        silence(sys.stdout)
        return 0
    except (OSError, MemoryError) as fault:
        return _machine_fault(fault, debug)
    except ImportError as fault:
        if not any(words in str(fault) for words in _NO_MEMORY):
            return _defect(fault, debug)
        return _machine_fault(MemoryError(), debug)
    except PluginWarning as fault:  # of a user who turned warnings into errors
        write(sys.stderr, printable(f"gen: {fault}") + "\n")
        return UsageError.exit_code
    except BaseException as fault:  # the parsers written in Rust panic with a BaseException
        return _defect(fault, debug)
    return 0


def _wrong_environment(environment: Mapping[str, str]) -> Iterator[Problem]:
    """Yield the settings of the environment that libraries would stumble over, some of them by ending the process."""
    for name in ("POLARS_MAX_THREADS", "RAYON_NUM_THREADS"):
        number = environment.get(name, "")
        if number and not (number.isdecimal() and 0 < int(number) <= _MOST_THREADS):
            why = f"{shown(number)} is not a number of threads"
            yield Problem("FW-USAGE-VALUE", why, f"give a number from 1 to {_MOST_THREADS:,}, or unset it", name)
    epoch = environment.get("SOURCE_DATE_EPOCH", "")
    if epoch and not (epoch.isdecimal() and len(epoch) < 12 and int(epoch) <= _LAST_SECOND):
        hint = "give whole seconds since 1970-01-01, up to the year 9999, or unset it"
        yield Problem("FW-USAGE-VALUE", f"{shown(epoch)} is not a time", hint, "SOURCE_DATE_EPOCH")


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

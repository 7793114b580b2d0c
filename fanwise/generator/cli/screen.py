"""What a command says: results on standard output, everything else on standard error.

An error is one line for editors and `grep`. Only on a terminal that a person watches, long lines are wrapped at words.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from typing import IO, TYPE_CHECKING, Any

from fanwise.generator.errors import FanwiseError, Problem
from fanwise.text.sanitize import printable

if TYPE_CHECKING:
    from fanwise.text.terminal import Style


def error_line(problem: Problem) -> str:
    """Return one problem as `FILE:LINE:COLUMN: path: value: why Hint: …`, or as `gen: …` where no place is known."""
    placed = problem.mark is not None and problem.file
    return printable(str(problem) if placed else f"gen: {problem}")


def watched(stream: IO[str]) -> bool:
    """Return whether a person watches a stream: a terminal that is not the output window of an editor."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def tell(text: str) -> None:
    """Write lines to standard error, wrapped at words where a person watches."""
    if watched(sys.stderr):
        from fanwise.text.terminal import WIDTH, Style, wrapped

        style = Style(min(WIDTH, shutil.get_terminal_size().columns))
        folded = [wrapped(line, "", "    ", style) if line else [""] for line in text.split("\n")]
        text = "\n".join(line for lines in folded for line in lines)
    write(sys.stderr, f"{text}\n")


def write(stream: IO[str], text: str) -> None:
    """Write and flush; a closed pipe (`| head`) is not an error, and the command continues.

    So it does where standard error cannot be written: nobody would read it. Raises OSError where a result is lost.
    """
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        silence(stream)
    except OSError as error:
        silence(stream)
        if stream is not sys.stderr:
            raise OSError(error.errno, error.strerror, "standard output") from error


def silence(stream: IO[str]) -> None:
    """Let the closed `stream` swallow what follows, so that the interpreter does not complain at exit either."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, stream.fileno())
    os.close(sink)


def notes_of(fault: BaseException) -> list[str]:
    """Return the notes on an error, such as how to continue the work."""
    return list(getattr(fault, "__notes__", ()))


def program_version() -> str:
    """Return the version of the installed distribution, or say that there is none (a source tree on the path)."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("fanwise")
    except PackageNotFoundError:
        return "not installed"


class Screen:
    """The two streams of one command.

    quiet: no notes, but results and errors. machine: results as JSON. details: reports whole.
    """

    def __init__(self, *, quiet: bool = False, machine: bool = False, details: bool = False) -> None:
        self.quiet = quiet
        self.machine = machine
        self.details = details

    @property
    def lively(self) -> bool:
        """Whether a moving progress bar is wanted: a person watches standard error."""
        return not self.quiet and watched(sys.stderr)

    @property
    def style(self) -> Style:
        """How results may look on standard output."""
        from fanwise.text.terminal import style_of

        return style_of(sys.stdout, os.environ)

    def result(self, text: str) -> None:
        """Write `text` and a line break to standard output."""
        write(sys.stdout, text if text.endswith("\n") else f"{text}\n")

    def document(self, value: Mapping[str, Any]) -> None:
        """Write `value` as one JSON document to standard output."""
        self.result(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False, default=str))

    def note(self, text: str) -> None:
        """Write a remark to standard error, unless quiet."""
        if not self.quiet:
            tell(text)

    def failed(self, text: str) -> None:
        """Write to standard error why there is no result, or not the whole one, also where the command is quiet."""
        tell(text)

    def guarded(self, action: Callable[[], int]) -> int:
        """Return the exit code of `action`; an error that the user can correct is printed, never as a traceback."""
        try:
            return action()
        except FanwiseError as error:
            if error.exit_code == FanwiseError.exit_code:
                raise
            self.failure(error)
            return error.exit_code

    def failure(self, error: FanwiseError) -> None:
        """Write each problem of `error` as one line to standard error, and as JSON where that was asked for."""
        for line in (*map(error_line, error.problems), *(f"gen: {printable(note)}" for note in notes_of(error))):
            tell(line)
        if self.machine:
            self.document(
                {"exit_code": error.exit_code, "problems": [problem_values(problem) for problem in error.problems]}
            )


def problem_values(problem: Problem) -> dict[str, Any]:
    """Return a problem as JSON values."""
    mark = problem.mark
    return {
        "code": problem.code or None,
        "file": problem.file or None,
        "line": mark.line if mark else None,
        "column": mark.column if mark else None,
        "path": problem.path or None,
        "value": problem.value or None,
        "why": problem.why,
        "hint": problem.hint or None,
    }

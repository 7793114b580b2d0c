"""The target of a run: its path, when it is refused, and errors of its disk."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from fanwise.generator.errors import OutputError

__all__ = [
    "ELSEWHERE",
    "absolute",
    "as_output_error",
    "refuse_what_is_no_folder",
    "refused",
    "terminated_like_interrupted",
    "to_the_end",
    "unconfirmed",
]

ELSEWHERE = "choose another --out."


def absolute(target: Path | str) -> Path:
    """Return `target` with links above it resolved, but not if the target itself is a link."""
    if "\0" in str(target):
        raise OutputError("FW-OUTPUT-FOLDER", "the folder name contains the character NUL.", ELSEWHERE)
    try:
        str(target).encode()
    except UnicodeEncodeError as error:
        name = os.fsencode(target).decode(errors="replace")
        raise OutputError("FW-OUTPUT-FOLDER", f"the folder name is not valid UTF-8: {name}", ELSEWHERE) from error
    asked = Path.cwd() / target
    # os.path.realpath: Path.resolve raises another error than OSError if links form a loop.
    place = asked if asked.name != ".." else Path(os.path.realpath(asked))
    return Path(os.path.realpath(place.parent)) / place.name


def refuse_what_is_no_folder(target: Path) -> None:
    """Raise OutputError if `target` exists and is not a folder that could be replaced."""
    if not target.name:
        raise refused(target, "is the root of the file system.", ELSEWHERE)
    if target.is_symlink():
        raise refused(target, "is a symbolic link; links are not followed.", "give the folder that it points to.")
    if target.exists() and not target.is_dir():
        raise refused(target, "is a file, not a folder.", ELSEWHERE)


def refused(path: Path, why: str, hint: str, code: str = "FW-OUTPUT-FOLDER") -> OutputError:
    """Return an error with the reason why `path` cannot be used, and a fix."""
    return OutputError(code, why, hint, str(path))


def unconfirmed(target: Path, error: OSError) -> OutputError:
    """Return the error for a target that is published, but possibly not durable."""
    why = f"is published and complete, but the disk did not confirm the last step: {error.strerror or error}."
    return refused(target, why, "check the disk before relying on it.")


@contextlib.contextmanager
def as_output_error(path: Path) -> Iterator[None]:
    """Turn an OSError into an OutputError that names its file, or `path`."""
    try:
        yield
    except OSError as error:
        place = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else path
        if isinstance(error, FileExistsError) and place.is_dir():  # made since it was looked for
            hint = "wait for that run to end, or choose another --out."
            raise refused(place, "another run is writing there.", hint, "FW-OUTPUT-LOCKED") from error
        if isinstance(error, FileExistsError | NotADirectoryError):
            raise refused(place, "is not a folder, or lies below a file.", "choose another --out.") from error
        why = f"disk error: {error.strerror or error}."
        raise refused(place, why, "free disk space, check permissions, or choose another --out.") from error


def to_the_end(action: Callable[[], None]) -> None:
    """Call `action`, and again if a signal interrupts it. It must therefore be safe to repeat.

    The signal is raised afterwards. There is only one: the entry point ignores those that follow.
    """
    try:
        action()
    except Exception:
        raise
    except BaseException:
        action()
        raise


@contextlib.contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """Make SIGTERM unwind the stack as SystemExit(143), so that `with` statements clean up."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield  # someone else handles the signal
        return

    def unwind(number: int, _frame: FrameType | None) -> Any:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, unwind)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

"""Files that are whole: written beside their place, and put there in one step; several of them together."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

__all__ = ["cure_of", "folder_for", "write_together", "write_whole"]

_PREFIX = ".gen-part-"
_numbers = itertools.count()
_CURES = {
    errno.ENOSPC: "free disk space, or choose another place",
    errno.EDQUOT: "free disk space, or choose another place",
    errno.ENOTDIR: "a file is in the place of a folder: choose another place",
    errno.EEXIST: "a file or a link is in the place of a folder: choose another place",
    errno.EISDIR: "a folder has this name: choose another one",
    errno.ENOENT: "make the folder first, or choose another place",
}


def cure_of(error: OSError) -> str:
    """Return what to do about a place that cannot be written, empty where the error does not tell."""
    return _CURES.get(error.errno or 0, "")


def write_whole(path: Path, content: str | bytes, *, replace: bool = True) -> None:
    """Write a file so that at any instant, also after a kill or a full disk, it is the old one or the new one.

    A link is followed. A pipe or a device is written to as it stands. replace: where it is False, FileExistsError is
    raised if the path exists. Raises OSError as opening and writing do.
    """
    data = content.encode() if isinstance(content, str) else content
    if replace and path.exists() and not path.is_file():
        with path.open("wb") as stream:
            stream.write(data)
        return
    target = path.resolve() if replace else path
    _clear(target.parent)
    part = target.parent / f"{_PREFIX}{os.getpid()}-{next(_numbers)}"
    try:
        _write(part, data)
        if not replace:
            _put_new(part, target, data)
        else:
            if target.exists():
                shutil.copymode(target, part)
            part.replace(target)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def write_together(files: Mapping[Path, str]) -> None:
    """Write several files, and the folders that they need; none gets its name before all of them are written.

    Where one cannot be written, all are as they were. Raises OSError as opening and writing do.
    """
    parts: dict[Path, Path] = {}
    with _folders_for(sorted({path.parent for path in files})):
        try:
            for path, content in files.items():
                target = path.resolve()
                _clear(target.parent)
                part = target.parent / f"{_PREFIX}{os.getpid()}-{next(_numbers)}"
                parts[part] = target
                _write(part, content.encode())
            for part, target in parts.items():
                if target.exists():
                    shutil.copymode(target, part)
                part.replace(target)
        finally:
            for part in parts:
                with suppress(OSError):
                    part.unlink(missing_ok=True)


@contextmanager
def folder_for(folder: Path) -> Iterator[None]:
    """Make a folder, and those above it; remove those that were made and are empty at the end (OSError)."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        for each in missing:
            with suppress(OSError):  # it holds something
                each.rmdir()


@contextmanager
def _folders_for(folders: list[Path]) -> Iterator[None]:
    with ExitStack() as stack:
        for folder in folders:
            stack.enter_context(folder_for(folder))
        yield


def _write(part: Path, data: bytes) -> None:
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _put_new(part: Path, target: Path, data: bytes) -> None:
    """Give a written file its name, where nothing has that name yet."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        with target.open("xb") as stream:
            stream.write(data)


def _clear(folder: Path) -> None:
    """Remove what a killed process left in a folder."""
    with suppress(OSError):
        for path in folder.glob(f"{_PREFIX}*"):
            number = path.name.removeprefix(_PREFIX).partition("-")[0]
            if number.isdecimal() and _is_gone(int(number)):
                path.unlink(missing_ok=True)


def _is_gone(process: int) -> bool:
    if os.name == "nt":  # where signal 0 would end it
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False

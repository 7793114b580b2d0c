"""Files that are whole: written beside their place, and put there in one step."""

from __future__ import annotations

import itertools
import os
import shutil
from contextlib import suppress
from pathlib import Path

__all__ = ["write_whole"]

_PREFIX = ".gen-part-"
_numbers = itertools.count()


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

"""Existing part files: verify them, and link or copy them into another folder."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fanwise.generator.output.manifest import FileEntry

__all__ = ["damaged", "link"]


def damaged(folder: Path, entries: Iterable[FileEntry], *, threads: int = 1) -> dict[str, str]:
    """Return path -> problem for each of these files of `folder` that differs from its entry.

    Every file is read to its end.
    """
    listed = list(entries)
    with ThreadPoolExecutor(threads, thread_name_prefix="fanwise-verify") as pool:
        faults = pool.map(lambda entry: _fault(folder / entry.path, entry), listed)
        return {entry.path: fault for entry, fault in zip(listed, faults, strict=True) if fault}


def _fault(path: Path, entry: FileEntry) -> str:
    try:
        if path.is_symlink() or path.parent.is_symlink():
            return "is a symbolic link"
        size = path.stat().st_size
        if size != entry.bytes:
            return f"has {size:,} bytes, not {entry.bytes:,}"
        with path.open("rb") as file:
            right = hashlib.file_digest(file, "sha256").hexdigest() == entry.sha256
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    return "" if right else "differs from what was written (another SHA-256)"


def link(source: Path, destination: Path) -> None:
    """Link the file `source` to `target`, or copy it durably if the file system cannot link it."""
    destination.parent.mkdir(exist_ok=True)
    try:
        os.link(source, destination)
    except OSError:  # another file system, one without hard links, or a file of another owner
        shutil.copy2(source, destination)
        with destination.open("r+b") as file:
            os.fsync(file.fileno())

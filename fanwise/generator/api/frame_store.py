"""Frames kept on disk between sessions: one Arrow file a table, in a folder named after all that decides the rows.

Two processes may write the same file at once: each writes one of its own beside it and renames it into place, so a
reader sees a whole file, whoever was last; and since the name says all that decides the rows, both hold the same. A
file that cannot be read (a full disk, a torn copy) counts as absent.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from fanwise.generator.output.manifest import versions

__all__ = ["FrameStore", "store_key"]


def store_key(algorithm: int, **parts: Any) -> str:
    """Return the name of a folder: a hash of the versions that decide values, and of `parts` by their `repr`."""
    digest = hashlib.sha256()
    for name, part in sorted({**parts, **versions(algorithm)}.items()):
        text = repr(sorted(part.items()) if isinstance(part, Mapping) else part)
        digest.update(f"{name} {len(text)} {text}\n".encode())
    return digest.hexdigest()[:32]


class FrameStore:
    """The tables of one data set in `folder`; those of fewer than `least` rows are made again rather than read."""

    def __init__(self, folder: Path, *, least: int = 50_000) -> None:
        self._folder = folder
        self._least = least

    def get(self, table: str) -> pl.DataFrame | None:
        """Return the table, or None where it was not kept or its file is damaged."""
        path = self._path(table)
        if not path.is_file():
            return None
        try:
            return pl.read_ipc(path)
        except (OSError, pl.exceptions.PolarsError):
            return None

    def put(self, table: str, frame: pl.DataFrame) -> None:
        """Keep the table; a disk error does not fail the test, which already has its frame."""
        if frame.height < self._least:
            return
        with contextlib.suppress(OSError, pl.exceptions.PolarsError):
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(prefix=f".{table}.", suffix=".tmp", dir=self._folder)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    frame.write_ipc(file)
                Path(name).replace(self._path(table))
            finally:
                Path(name).unlink(missing_ok=True)

    def _path(self, table: str) -> Path:
        return self._folder / f"{table}.arrow"

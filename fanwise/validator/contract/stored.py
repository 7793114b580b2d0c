"""What a manifest lists of stored tables."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["StoredFile", "StoredTable"]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as a manifest lists it. path: relative to the folder, with forward slashes; sha256: 64 hex digits."""

    path: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class StoredTable:
    """What a manifest lists of a table: its rows, and its files where it has any (a database has none)."""

    rows: int
    files: tuple[StoredFile, ...] = ()

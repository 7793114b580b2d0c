"""The beginning of a text file, plain or gzipped."""

from __future__ import annotations

import gzip
from pathlib import Path

from fanwise.io.errors import SourceError

__all__ = ["LONGEST", "start_of"]

LONGEST = 1 << 18
"""Bytes that are looked at: more than any header has."""


def start_of(path: Path) -> bytes:
    """Return the first bytes of a file (SourceError where it cannot be read)."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            return file.read(LONGEST)
    except (OSError, EOFError) as error:
        raise SourceError("FW-SOURCE-UNREADABLE", f"cannot be read: {error}", path=str(path)) from None

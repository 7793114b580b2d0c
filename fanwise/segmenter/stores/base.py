"""What a database must be able to do to keep segments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

import polars as pl

__all__ = ["Rows", "Store"]

Rows = Mapping[str, Iterator[pl.DataFrame]]
"""Frames by the name of their table, in the order in which they are written."""


class Store(Protocol):
    """A database that takes rows in one transaction."""

    @property
    def shown(self) -> str:
        """Its place, without secrets."""

    def write(self, rows: Rows) -> None:
        """Make the tables where they are not there, and put the rows in; all or nothing (OutputError)."""

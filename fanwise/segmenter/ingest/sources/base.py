"""What every source can do: tell its tables, and open those that are needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from fanwise.segmenter.ingest.fields import Kind

if TYPE_CHECKING:
    from fanwise.segmenter.ingest.layout_inference import Tables
    from fanwise.segmenter.ingest.warehouse import Warehouse

__all__ = ["Reader", "select"]


class Reader(Protocol):
    """A source that is being read. folders: what DuckDB must see of the disk."""

    @property
    def shown(self) -> str:
        """What errors call the source; no secrets."""

    @property
    def folders(self) -> Sequence[Path]:
        """The folders that DuckDB must see."""

    def begin(self, warehouse: Warehouse) -> None:
        """Connect; raises SourceError where the source cannot be used."""

    def tables(self) -> Tables:
        """Return the tables and the types of their columns."""

    def open(self, warehouse: Warehouse, table: str, kinds: Mapping[str, Kind], date_format: str | None) -> str:
        """Return SQL that selects the columns in `kinds`; `kinds` says what text is to be read as."""

    def close(self) -> None:
        """Release what is no longer needed; opened tables can still be read."""


def select(columns: Mapping[str, Kind], relation: str) -> str:
    """Return a query of the columns; of a constant where there are none, so that rows count."""
    from fanwise.io.quoting import quote_ident

    return f"SELECT {', '.join(map(quote_ident, columns)) or '1 AS one'} FROM {relation}"

"""What a reader is: it finds the tables of one source, and opens those that are wanted in a DuckDB session."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from fanwise.io.duckdb_session import Session
from fanwise.io.errors import MissingTableError
from fanwise.io.quoting import quote_ident
from fanwise.io.tables.constraints import NOTHING, Constraints

__all__ = ["AS_ISO", "DEFECTS_TABLE", "Formats", "Reader", "TableInfo", "Wanted", "missing", "select"]

Wanted = Mapping[str, str | None]
"""Columns to open, and the DuckDB type that each is to be read as; None for its own type, or for text."""


Formats = Mapping[str, str]
"""How the dates and instants of some columns of text are written, as strptime has it."""

DEFECTS_TABLE = "_defects"
"""The table that lists the defects of data: table, key, column, defect and clean value, all as text."""

AS_ISO: Formats = MappingProxyType({})
"""All of them as ISO 8601 has it."""


@dataclass(frozen=True, slots=True)
class TableInfo:
    """A table as its source tells it.

    format: what it is read from. columns: the DuckDB type of each column; None for text of unknown meaning, `DECIMAL`
    for numbers of any length. complete: False where a file without records does not tell its columns. whole: whether
    all columns may be opened as cheaply as some. widths: whether the source tells narrow types from wide ones.
    """

    format: str
    columns: Mapping[str, str | None]
    complete: bool = True
    whole: bool = True
    widths: bool = True


class Reader(ABC):
    """One kind of source.

    shown: what messages call it, without secrets. hint: what to do where a table is there but cannot be read. folders:
    what DuckDB must see of the disk.
    """

    shown: str
    hint: str
    folders: Sequence[Path] = ()

    def begin(self, session: Session) -> None:  # noqa: B027, frames need none
        """Open the source itself, before the session closes its doors; raises SourceError where it cannot be used."""

    @abstractmethod
    def names(self) -> Sequence[str]:
        """Return the names of the tables; raises SourceError where there are none."""

    @abstractmethod
    def find(self, session: Session, table: str) -> TableInfo:
        """Return what the source knows about a table; raises MissingTableError, or SourceError if it cannot be read."""

    @abstractmethod
    def open(self, session: Session, table: str, wanted: Wanted, formats: Formats = AS_ISO) -> str:
        """Return a query of the wanted columns of a table that was found.

        formats: of columns with dates and instants in text files, as strptime has it. Raises ConversionError for a
        value that is not of its type, SourceError for whatever else cannot be read.
        """

    def constraints(self, session: Session, table: str) -> Constraints:
        """Return what the source declares of a table: keys, references, conditions; files declare nothing."""
        return NOTHING

    def told_ends(self, session: Session, table: str) -> str:
        """Return the query of column, smallest and largest integer that the source tells without reading its rows.

        Empty where it tells none. What it tells may be wrong: a hint, not a measurement.
        """
        return ""

    def close(self) -> None:  # noqa: B027, files need none
        """Release what `begin` opened. Queries of tables that are open still work."""


def missing(table: str, there: Iterable[str], hint: str = "") -> MissingTableError:
    """Return the error of a table that a source does not have; `there` is what it has instead."""
    known = sorted(there)
    some = ", ".join(known[:12]) + (", …" if len(known) > 12 else "") or "nothing"
    return MissingTableError("FW-SOURCE-TABLE", f"table {table} is missing", hint or f"the source holds {some}.")


def select(wanted: Wanted, relation: str) -> str:
    """Return a query of columns, cast where another type is wanted; of a constant where there are none: rows count."""
    columns = (
        quote_ident(name) if kind is None else f"CAST({quote_ident(name)} AS {kind}) AS {quote_ident(name)}"
        for name, kind in wanted.items()
    )
    return f"SELECT {', '.join(columns) or '1 AS one'} FROM {relation}"

"""DuckDB: the tables and views of a database file, attached read-only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fanwise.io.quoting import quote_ident, quote_text
from fanwise.segmenter.errors import Problem, SourceError
from fanwise.segmenter.ingest.fields import Kind
from fanwise.segmenter.ingest.sources.base import select

if TYPE_CHECKING:
    from fanwise.segmenter.ingest.layout_inference import Tables
    from fanwise.segmenter.ingest.warehouse import Warehouse

__all__ = ["DuckdbReader", "is_duckdb_file"]

MAGIC = b"DUCK"
_COLUMNS = (
    "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() "
    "WHERE NOT internal AND database_name = 'source' "
    "ORDER BY schema_name <> 'main', schema_name, table_name, column_index"
)


def is_duckdb_file(path: Path) -> bool:
    """Return whether a file begins as a DuckDB database does; raises SourceError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(12)[8:] == MAGIC
    except OSError as error:
        raise SourceError(Problem(f"cannot be read: {error.strerror}", "check its permissions.", str(path))) from None


@dataclass(slots=True)
class DuckdbReader:
    """Tables of schema `main` by their names, others as SCHEMA.TABLE."""

    path: Path
    folders: Sequence[Path] = ()
    _tables: dict[str, dict[str, str]] = field(default_factory=dict)
    _places: dict[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The path as it was given."""
        return str(self.path)

    def begin(self, warehouse: Warehouse) -> None:
        """Attach the file and list what it holds."""
        import duckdb

        try:
            warehouse.connection.execute(
                f"ATTACH {quote_text(str(self.path.resolve()))} AS source (READ_ONLY, TYPE duckdb)"
            )
        except duckdb.Error as error:
            first = (str(error).splitlines() or [type(error).__name__])[0]
            busy = "close it if it is open for writing." if "conflict" in first.lower() else ""
            hint = busy or "write the database again, with this version of DuckDB or an older one."
            raise SourceError(Problem(f"cannot be opened: {first[:300]}", hint, self.shown)) from None
        for schema, table, column, kind in warehouse.rows(_COLUMNS):
            name = table if schema == "main" else f"{schema}.{table}"
            self._places[name] = f"source.{quote_ident(schema)}.{quote_ident(table)}"
            self._tables.setdefault(name, {})[column] = kind
        if not self._tables:
            raise SourceError(Problem("the database holds no tables", "give one with orders.", self.shown))

    def tables(self) -> Tables:
        """Return what `begin` found."""
        return self._tables

    def open(self, warehouse: Warehouse, table: str, kinds: Mapping[str, Kind], date_format: str | None) -> str:
        """Return the query of one table's columns."""
        return select(kinds, self._places[table])

    def close(self) -> None:
        """The database stays attached."""

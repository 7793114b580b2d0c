"""DuckDB: a database file, attached read-only, or a connection that the caller has open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanwise.io.quoting import quote_ident, quote_text
from fanwise.validator.contract.model import Table
from fanwise.validator.data.sources.base import Absent, named_some, needed
from fanwise.validator.errors import Problem, SourceError

if TYPE_CHECKING:
    import duckdb

    from fanwise.validator.data.warehouse import Warehouse

__all__ = ["ConnectionReader", "FileReader", "is_duckdb_file"]

MAGIC = b"DUCK"
_COLUMNS = (
    "SELECT database_name, schema_name, table_name, column_name FROM duckdb_columns() WHERE NOT internal "
    "ORDER BY database_name, schema_name, table_name, column_index"
)

Place = tuple[str, str, str]
"""Database, schema and name of a table or view."""


@dataclass(slots=True)
class _Catalog:
    """The tables and views of one database, with their columns. Names are compared as DuckDB does, without case."""

    tables: dict[Place, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[tuple[Any, ...]], databases: Sequence[str]) -> _Catalog:
        found = cls()
        for database, schema, table, column in rows:
            if database in databases:
                found.tables.setdefault((database, schema, table), []).append(column)
        return found

    def find(self, name: str, preferred: Sequence[tuple[str, str]]) -> Place:
        """Return the table of this name, in one of the preferred (database, schema) or in the only one that has it."""
        places = [place for place in self.tables if place[2].lower() == name.lower()]
        for database, schema in preferred:
            own = [place for place in places if place[:2] == (database, schema)]
            if own:
                return own[0]
        if len(places) == 1:
            return places[0]
        if places:
            schemas = ", ".join(place[1] for place in places)
            raise Absent(
                Problem(f"table {name} is in several schemas: {schemas}", hint="create a view of it in schema main.")
            )
        hint = f"the database holds {named_some([place[2] for place in self.tables])}."
        raise Absent(Problem(f"table {name} is missing", hint=hint))


def _select(place: Place, columns: Sequence[str]) -> str:
    """Return the query of these columns; a full name leaves nothing for DuckDB to look up elsewhere."""
    names = ", ".join(map(quote_ident, columns))
    return f"SELECT {names} FROM {'.'.join(map(quote_ident, place))}"


def is_duckdb_file(path: Path) -> bool:
    """Return whether a file begins as a DuckDB database does; raises SourceError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(12)[8:] == MAGIC
    except OSError as error:
        raise SourceError(Problem(f"cannot be read: {error.strerror}", "check its permissions.", str(path))) from None


@dataclass(slots=True)
class FileReader:
    """Views over the tables and views of a database file, attached read-only."""

    path: Path
    folders: Sequence[Path] = ()
    hint: str = "the database may be damaged, or the view may need files or extensions that an audit does not open."
    _catalog: _Catalog = field(default_factory=_Catalog)

    def begin(self, warehouse: Warehouse) -> None:
        """Attach the file and list what it holds."""
        import duckdb

        try:
            warehouse.execute(f"ATTACH {quote_text(str(self.path.resolve()))} AS source (READ_ONLY, TYPE duckdb)")
            self._catalog = _Catalog.of(warehouse.rows(_COLUMNS), ["source"])
        except duckdb.Error as error:
            lines = str(error).splitlines() or [type(error).__name__]
            busy = "conflict" in lines[0].lower()
            hint = "close it if it is open for writing, or give the open connection." if busy else ""
            hint = hint or "write the database again, with this version of DuckDB or an older one."
            raise SourceError(Problem(f"cannot be opened: {lines[0][:300]}", hint, str(self.path))) from None

    def open(self, warehouse: Warehouse, name: str, table: Table) -> None:
        """Define a view over the table of this name."""
        place = self._catalog.find(name, [("source", "main")])
        warehouse.formats[name] = "duckdb"
        warehouse.view(name, _select(place, self._catalog.tables[place]))

    def close(self) -> None:
        """The views go on reading the database."""


@dataclass(slots=True)
class ConnectionReader:
    """Copies of the needed columns, streamed out of the caller's connection, which stays as it is."""

    connection: duckdb.DuckDBPyConnection
    folders: Sequence[Path] = ()
    hint: str = "query the table on the connection; its message says more."
    _catalog: _Catalog = field(default_factory=_Catalog)
    _preferred: Sequence[tuple[str, str]] = ()

    @classmethod
    def of(cls, source: object) -> ConnectionReader:
        """Return the reader of an open connection; raises SourceError for anything else."""
        import duckdb

        if isinstance(source, duckdb.DuckDBPyConnection):
            return cls(source)
        hint = "give a folder, a DuckDB file or connection, a mapping of frames, or a URL."
        raise SourceError(Problem(f"{type(source).__name__} is not a supported source", hint, "source"))

    def begin(self, warehouse: Warehouse) -> None:
        """List what the connection sees."""
        import duckdb

        try:
            here = self.connection.sql("SELECT current_database(), current_schema()").fetchall()[0]
            rows = self.connection.sql(_COLUMNS).fetchall()
        except duckdb.Error as error:
            why = f"cannot be queried: {str(error).splitlines()[0]}"
            hint = "give an open connection whose last result was fetched, or its cursor()."
            raise SourceError(Problem(why, hint, "connection")) from None
        self._preferred = [("temp", "main"), (str(here[0]), str(here[1])), (str(here[0]), "main")]
        self._catalog = _Catalog.of(rows, ["temp", str(here[0])])

    def open(self, warehouse: Warehouse, name: str, table: Table) -> None:
        """Copy the columns that the contract names."""
        place = self._catalog.find(name, self._preferred)
        warehouse.formats[name] = "duckdb"
        columns = needed(name, table, self._catalog.tables[place])
        relation = self.connection.sql(_select(place, columns))
        warehouse.load(name, f"SELECT * FROM {warehouse.stream(relation)}")

    def close(self) -> None:
        """The connection belongs to the caller."""

"""DuckDB: a database file, attached read-only, or a connection that the caller has open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanwise.io.duckdb_session import Session, reason
from fanwise.io.errors import MissingTableError, QueryError, SourceError
from fanwise.io.quoting import quote_ident, quote_text
from fanwise.io.tables.base import AS_ISO, Formats, Reader, TableInfo, Wanted, missing, select
from fanwise.io.tables.constraints import Constraints, ForeignKey

if TYPE_CHECKING:
    import duckdb

__all__ = ["ConnectionReader", "DuckdbReader"]

_COLUMNS = (
    "SELECT database_name, schema_name, table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal "
    "ORDER BY schema_name <> 'main', database_name, schema_name, table_name, column_index"
)

_CONSTRAINTS = (
    "SELECT database_name, schema_name, table_name, constraint_type, constraint_column_names, referenced_table, "
    "referenced_column_names, expression FROM duckdb_constraints()"
)

Place = tuple[str, str, str]
"""Database, schema and name of a table or view."""


class _CatalogReader(Reader):
    """Tables and views of a database: those of the preferred schemas by their names, others as SCHEMA.TABLE."""

    def __init__(self) -> None:
        self._tables: dict[Place, dict[str, str | None]] = {}
        self._preferred: Sequence[tuple[str, str]] = ()

    def _keep(self, rows: Iterable[tuple[Any, ...]], databases: Sequence[str]) -> None:
        for database, schema, table, column, kind in rows:
            if database in databases:
                self._tables.setdefault((database, schema, table), {})[column] = kind

    def names(self) -> Sequence[str]:
        if not self._tables:
            raise SourceError("FW-SOURCE-EMPTY", "the database holds no tables", path=self.shown)
        return list(dict.fromkeys(self._name(place) for place in self._tables))

    def _name(self, place: Place) -> str:
        return place[2] if place[:2] in self._preferred else f"{place[1]}.{place[2]}"

    def _place(self, table: str) -> Place:
        """Return the table of this name; names are compared as DuckDB does, without case."""
        name = table.lower()
        for database, schema in self._preferred:
            own = [place for place in self._tables if place[:2] == (database, schema) and place[2].lower() == name]
            if own:
                return own[0]
        places = [place for place in self._tables if name in (place[2].lower(), f"{place[1]}.{place[2]}".lower())]
        if len(places) == 1:
            return places[0]
        if places:
            schemas = ", ".join(place[1] for place in places)
            why = f"table {table} is in several schemas: {schemas}"
            raise MissingTableError("FW-SOURCE-TABLE", why, "create a view of it in schema main.")
        raise missing(table, [place[2] for place in self._tables])

    def _columns(self, table: str) -> dict[str, str | None]:
        return self._tables[self._place(table)]

    def constraints(self, session: Session, table: str) -> Constraints:
        place = self._place(table)
        own = [row[3:] for row in self._asked(session, _CONSTRAINTS) if tuple(row[:3]) == place]

        def columns(kind: str) -> list[tuple[str, ...]]:
            return [tuple(names) for name, names, *_ in own if name == kind]

        foreign = [
            ForeignKey(tuple(names), str(target), tuple(keys or ()))
            for kind, names, target, keys, _ in own
            if kind == "FOREIGN KEY"
        ]
        return Constraints(
            next(iter(columns("PRIMARY KEY")), ()),
            tuple(columns("UNIQUE")),
            tuple(foreign),
            frozenset(name for names in columns("NOT NULL") for name in names),
            tuple(str(text) for kind, *_, text in own if kind == "CHECK"),
        )

    def _asked(self, session: Session, sql: str) -> list[tuple[Any, ...]]:
        return session.rows(sql)

    def _select(self, table: str, wanted: Wanted) -> str:
        # A full name leaves nothing for DuckDB to look up elsewhere.
        return select(wanted, ".".join(map(quote_ident, self._place(table))))


class DuckdbReader(_CatalogReader):
    """Views over the tables and views of a database file, attached read-only."""

    hint = "the database may be damaged, or the view may need files or extensions that are not opened here."

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.shown = path, str(path)

    def begin(self, session: Session) -> None:
        try:
            session.execute(f"ATTACH {quote_text(str(self.path.resolve()))} AS source (READ_ONLY, TYPE duckdb)")
            self._keep(session.rows(_COLUMNS), ["source"])
        except QueryError as error:
            why = reason(error.__cause__ or error)
            busy = "conflict" in why.lower()
            hint = "close it if it is open for writing, or give the open connection." if busy else ""
            hint = hint or "write the database again, with this version of DuckDB or an older one."
            raise SourceError("FW-SOURCE-UNREADABLE", f"cannot be opened: {why}", hint, self.shown) from None
        self._preferred = [("source", "main")]

    def find(self, session: Session, table: str) -> TableInfo:
        return TableInfo("duckdb", self._columns(table))

    def open(self, session: Session, table: str, wanted: Wanted, formats: Formats = AS_ISO) -> str:
        import duckdb

        query = self._select(table, wanted)
        try:
            session.connection.execute(f"DESCRIBE {query}")
        except duckdb.Error as error:  # a view that reads files, or tables that are gone
            raise QueryError("FW-SOURCE-UNREADABLE", reason(error), self.hint, f"{self.shown}: {table}") from error
        return query


class ConnectionReader(_CatalogReader):
    """Copies of the wanted columns, streamed out of the caller's connection, which stays as it is."""

    hint = "query the table on the connection; its message says more."
    shown = "connection"

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__()
        self._connection = connection

    @classmethod
    def of(cls, source: object) -> ConnectionReader:
        """Return the reader of an open connection; raises SourceError for anything else."""
        import duckdb

        if isinstance(source, duckdb.DuckDBPyConnection):
            return cls(source)
        hint = "give a folder, a file, a DuckDB connection, a mapping of frames, or a URL."
        raise SourceError("FW-SOURCE-MISSING", f"{type(source).__name__} is not a supported source", hint, "source")

    def begin(self, session: Session) -> None:
        import duckdb

        try:
            here = self._connection.sql("SELECT current_database(), current_schema()").fetchall()[0]
            rows = self._connection.sql(_COLUMNS).fetchall()
        except duckdb.Error as error:
            hint = "give an open connection whose last result was fetched, or its cursor()."
            raise SourceError("FW-SOURCE-UNREADABLE", f"cannot be queried: {reason(error)}", hint, self.shown) from None
        self._preferred = [("temp", "main"), (str(here[0]), str(here[1])), (str(here[0]), "main")]
        self._keep(rows, ["temp", str(here[0])])

    def _asked(self, session: Session, sql: str) -> list[tuple[Any, ...]]:
        return self._connection.sql(sql).fetchall()

    def find(self, session: Session, table: str) -> TableInfo:
        return TableInfo("duckdb", self._columns(table), whole=False)

    def open(self, session: Session, table: str, wanted: Wanted, formats: Formats = AS_ISO) -> str:
        import duckdb

        try:
            relation = self._connection.sql(self._select(table, wanted))
        except duckdb.Error as error:
            raise session.refused(error) from error
        return f"SELECT * FROM {session.load(f'SELECT * FROM {session.stream(relation)}')}"

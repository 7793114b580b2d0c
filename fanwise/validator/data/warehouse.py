"""The warehouse: the tables of a contract, opened in a locked-down DuckDB session, with one way to ask.

Every table of the contract that can be opened is a view `data."name"`; one that cannot has a `Fault`, which the checks
report. Data and contracts may be hostile: see `fanwise.io.duckdb_session`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import TYPE_CHECKING, Any

from fanwise.io.duckdb_session import Session
from fanwise.io.errors import (
    ConversionError,
    FanwiseError,
    InputError,
    LostSourceError,
    MissingExtraError,
    MissingTableError,
    QueryError,
    SourceError,
)
from fanwise.io.quoting import quote_ident
from fanwise.io.tables import reader_of
from fanwise.io.tables.base import DEFECTS_TABLE, Reader, TableInfo
from fanwise.validator.contract.model import Contract, Table
from fanwise.validator.data.sessions import session_for
from fanwise.validator.data.types import duckdb_type, opened_as, same_family
from fanwise.validator.findings import Status

if TYPE_CHECKING:
    from fanwise.io.tables import Location

__all__ = ["DEFECTS_SQL", "Fault", "Undo", "Warehouse", "dirty_sql", "table_sql"]

DEFECTS_SQL = f"dirty.{quote_ident(DEFECTS_TABLE)}"
Undo = Callable[[str, Mapping[str, str]], str | None]
"""Returns the query that undoes the listed defects of a table with these columns; None where it may have none."""


def table_sql(table: str) -> str:
    """Return the quoted name of a table of the contract."""
    return f"data.{quote_ident(table)}"


def dirty_sql(table: str) -> str:
    """Return the quoted name of the rows of a table as they are, with their defects."""
    return f"dirty.{quote_ident(table)}"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a table cannot be used: FAIL where the data break the promise, ERROR where they cannot be read."""

    status: Status
    message: str
    hint: str


MOST_KEPT = 1_000_000
"""Rows of a table above which sums for each of them are not kept: they take 24 bytes a row."""


@dataclass(slots=True)
class Warehouse:
    """The open tables of a source.

    columns: DuckDB type of each column of each open table. present: the names of all columns that the source has of it.
    faults: what is not open. formats: what each table that was found is read from. lists_defects: whether there is a
    table of defects, which the views of the tables undo.
    """

    session: Session
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    present: dict[str, tuple[str, ...]] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    lists_defects: bool = False
    _kept: dict[str, str | None] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)
    _told: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(
        cls,
        source: Location,
        contract: Contract,
        *,
        threads: int | None = None,
        memory_limit: str = "768MB",
        undo: Undo = lambda table, columns: None,
    ) -> Warehouse:
        """Open the contract's tables in `source`; raises SourceError where the source itself cannot be used."""
        reader = reader_of(source)
        session = session_for(source, threads, memory_limit)
        warehouse = cls(session)
        try:
            session.execute("CREATE SCHEMA data")
            session.execute("CREATE SCHEMA dirty")
            try:
                reader.begin(session)
                session.close_the_doors(reader.folders)
                if contract.defects:
                    warehouse._open_defects(reader)
                for name, table in contract.tables.items():
                    warehouse._open(reader, name, table, undo)
            finally:
                reader.close()
        except BaseException:
            warehouse.close()
            raise
        return warehouse

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection and remove the scratch folder."""
        self.session.close()

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query; `values` are bound to $1, $2, …. Raises QueryError."""
        return self.session.rows(sql, list(values) or None)

    def kept(self, select: str, above: str) -> str | None:
        """Return the name of a table with the rows of a query, which is asked once; None where they may be too many.

        above: the table of whose rows each has one at most. Raises QueryError.
        """
        if select not in self._kept:
            name = None
            if self.count(above) <= MOST_KEPT:
                name = quote_ident(f"sums {len(self._kept)}")
                self.rows(f"CREATE TEMP TABLE {name} AS {select}")
            self._kept[select] = name
        return self._kept[select]

    def _open_defects(self, reader: Reader) -> None:
        """Open the table of defects, if there is one; raises SourceError where it cannot be read."""
        try:
            reader.find(self.session, DEFECTS_TABLE)
        except MissingTableError:
            return
        wanted = dict.fromkeys(("table", "key", "column", "defect", "clean"), "VARCHAR")
        query = reader.open(self.session, DEFECTS_TABLE, wanted)
        self.session.execute(f"CREATE TABLE {DEFECTS_SQL} AS {query}")
        self.lists_defects = True

    def count(self, table: str) -> int:
        """Return the rows of an open table, asked once. Raises QueryError."""
        if table not in self._counts:
            self._counts[table] = int(self.rows(f"SELECT count(*) FROM {table_sql(table)}")[0][0])
        return self._counts[table]

    def rows_as_written(self, table: str) -> int:
        """Return the rows of an open table with its defects. Raises QueryError."""
        if not self.lists_defects:
            return self.count(table)
        return int(self.rows(f"SELECT count(*) FROM {dirty_sql(table)}")[0][0])

    def told_ends(self, table: str) -> Mapping[str, tuple[int, int]]:
        """Return the smallest and the largest integer of columns as the files themselves say, which may be wrong."""
        if table not in self._told:
            return {}
        with suppress(QueryError):
            return {name: (low, high) for name, low, high in self.rows(self._told[table])}
        return {}

    def _open(self, reader: Reader, name: str, table: Table, undo: Undo) -> None:
        """Open one table; whatever its data do wrong becomes its fault."""
        try:
            found = reader.find(self.session, name)
            self.formats[name] = found.format
            wanted = _wanted(table, found)
            formats = {column: said.format for column, said in table.columns.items() if said.format}
            query = reader.open(self.session, name, wanted, formats)
            types = {column: kind or found.columns[column] for column, kind in wanted.items()}
            known = {column: kind for column, kind in types.items() if kind is not None}
            changed = [f"{sql} AS {quote_ident(c)}" for c, k in known.items() if (sql := opened_as(quote_ident(c), k))]
            query = f"SELECT * REPLACE ({', '.join(changed)}) FROM ({query})" if changed else query
            self.session.execute(f"CREATE VIEW {dirty_sql(name)} AS {query}")
            self.columns[name] = known or self.session.columns(dirty_sql(name))
            clean = undo(name, self.columns[name]) if self.lists_defects else None
            self.session.execute(f"CREATE VIEW {table_sql(name)} AS {clean or f'FROM {dirty_sql(name)}'}")
            self.present[name] = tuple(found.columns)
            if told := reader.told_ends(self.session, name):
                self._told[name] = told
        except MissingTableError as error:
            problem = error.problems[0]
            self.faults[name] = Fault(Status.FAIL, problem.why, problem.hint)
        except ConversionError as error:
            hint = "correct the value, or the type in the contract."
            self.faults[name] = _fault(Status.FAIL, f"table {name} has a wrong type", error, hint, reader.shown)
        except (MissingExtraError, LostSourceError):
            raise
        except (SourceError, InputError) as error:
            self.faults[name] = _fault(Status.ERROR, f"table {name} cannot be read", error, reader.hint, reader.shown)


def _fault(status: Status, what: str, error: FanwiseError, hint: str, source: str) -> Fault:
    problem = error.problems[0]
    place = "" if problem.path == source else problem.path  # what is the same for every table is not worth a word
    advice = (problem.hint or hint).rstrip(".") + "."
    return Fault(status, f"{what}: {replace(problem, path=place).statement}", advice)


def _wanted(table: Table, found: TableInfo) -> dict[str, str | None]:
    """Return the columns to open, and what each is to be read as where the source does not say it exactly."""
    declared = {name: duckdb_type(column.type) for name, column in table.columns.items()}
    there: Mapping[str, str | None] = found.columns if found.complete else dict.fromkeys(declared)
    names = there if found.whole or not declared else [name for name in declared if name in there] or list(there)[:1]
    return {name: _read_as(there[name], declared.get(name), found) for name in names}


def _read_as(own: str | None, declared: str | None, found: TableInfo) -> str | None:
    if own is None:
        nested = declared is not None and (declared.startswith("STRUCT(") or declared.endswith("[]"))
        return "JSON" if nested else declared or "VARCHAR"  # parts as the source writes them
    if own == "DECIMAL":  # of any length: as declared where that is exact, else as the nearest double
        return declared if declared is not None and declared.startswith("DECIMAL") else "DOUBLE"
    return declared if declared is not None and not found.widths and same_family(declared, own) else None

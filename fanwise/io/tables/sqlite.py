"""SQLite: the wanted columns of a database file, read by Python's own library into DuckDB in one snapshot.

SQLite has storage classes where others have types: a column may hold anything. Integers and reals come as they are;
everything else comes as text, which must be a value of the type that the column declares or that was asked for. Columns
of the type INT_DECIMAL(p,s), which Fanwise writes, hold integers of the last digit: 1999 is the decimal 19.99.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from fanwise.io.duckdb_session import Session
from fanwise.io.errors import ConversionError, QueryError, SourceError
from fanwise.io.quoting import quote_ident
from fanwise.io.tables.base import AS_ISO, Formats, Reader, TableInfo, Wanted, missing
from fanwise.io.tables.constraints import Constraints, ForeignKey
from fanwise.io.tables.strict import refusal, refusal_in, selected

__all__ = ["SqliteReader"]

ROWS = 1 << 16
"""Rows that are in memory at a time."""
_TABLES = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
_DEFINITION = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?"
_COLUMNS = "SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden <> 1"
_DECIMAL = re.compile(r"(INT_|TEXT_)?(?:DECIMAL|NUMERIC)\((\d+),(\d+)\)")
_WORDS = (
    ("INT", "BIGINT"), ("CHAR", "VARCHAR"), ("CLOB", "VARCHAR"), ("TEXT", "VARCHAR"), ("REAL", "DOUBLE"),
    ("FLOA", "DOUBLE"), ("DOUB", "DOUBLE"), ("BOOL", "BOOLEAN"), ("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE"),
    ("TIMESTAMP", "TIMESTAMP"), ("DATETIME", "TIMESTAMP"), ("DATE", "DATE"), ("TIME", "TIME"),
)  # fmt: skip
"""Parts of declared types, as SQLite itself looks for them, and the types that its users mean by others."""


class SqliteReader(Reader):
    """Tables and views of a database file, opened read-only."""

    hint = "the database may be damaged, or locked by another program."

    def __init__(self, path: Path) -> None:
        self.path, self.shown = path, str(path)
        self._connection: sqlite3.Connection | None = None
        self._names: list[str] = []

    def begin(self, session: Session) -> None:
        """Open the file, and begin the one transaction in which everything is read."""
        try:
            self._connection = sqlite3.connect(
                f"{self.path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None
            )
            self._connection.execute("BEGIN")
            self._names = [name for (name,) in self._connection.execute(f"{_TABLES} ORDER BY name")]
        except sqlite3.Error as error:
            raise SourceError("FW-SOURCE-UNREADABLE", f"cannot be opened: {error}", self.hint, self.shown) from None

    def names(self) -> Sequence[str]:
        if not self._names:
            raise SourceError("FW-SOURCE-EMPTY", "the database holds no tables", path=self.shown)
        return self._names

    def find(self, session: Session, table: str) -> TableInfo:
        if table not in self._names:
            raise missing(table, self._names)
        return TableInfo("sqlite", self._types(table), whole=False, widths=False)

    def constraints(self, session: Session, table: str) -> Constraints:
        columns = self._ask('SELECT name, pk, "notnull" FROM pragma_table_info(?) ORDER BY pk', [table]).fetchall()
        foreign: dict[int, list[tuple[str, str, str | None]]] = {}
        listed = 'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq'
        for number, target, column, key in self._ask(listed, [table]):
            foreign.setdefault(number, []).append((target, column, key))
        unique = [
            tuple(
                name
                for (name,) in self._ask("SELECT name FROM pragma_index_info(?) ORDER BY seqno", [index]).fetchall()
            )
            for (index,) in self._ask(
                "SELECT name FROM pragma_index_list(?) WHERE \"unique\" AND origin = 'u' AND NOT partial", [table]
            ).fetchall()
        ]
        return Constraints(
            tuple(name for name, place, _ in columns if place),
            tuple(unique),
            tuple(
                ForeignKey(
                    tuple(column for _, column, _ in own), own[0][0], tuple(key for *_, key in own if key is not None)
                )
                for own in foreign.values()
            ),
            frozenset(name for name, _, required in columns if required),
            tuple(text for (text,) in self._ask(_DEFINITION, [table]).fetchall() if text),
        )

    def _types(self, table: str) -> dict[str, str | None]:
        return {name: _type(declared) for name, declared in self._ask(_COLUMNS, [table]).fetchall()}

    def _ask(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        assert self._connection is not None
        try:
            return self._connection.execute(sql, values)
        except sqlite3.Error as error:
            raise QueryError("FW-SOURCE-UNREADABLE", str(error), self.hint, self.shown) from error

    def open(self, session: Session, table: str, wanted: Wanted, formats: Formats = AS_ISO) -> str:
        types = self._types(table)
        scales = {name: _scale(declared) for name, declared in self._ask(_COLUMNS, [table]).fetchall()}
        sent = [_sent(quote_ident(name), types[name], scales[name]) for name in wanted]
        targets = {column: kind or types[column] or "VARCHAR" for column, kind in wanted.items()} or {"one": "BIGINT"}
        self._refuse_fractions(table, [column for column in wanted if types[column] == "BIGINT"])
        name = session.new_name()
        kept = ", ".join(f"{quote_ident(column)} {kind}" for column, kind in targets.items())
        session.execute(f"CREATE TEMP TABLE {name} ({kept})")
        with closing(self._ask(f"SELECT {', '.join(sent) or '1'} FROM {quote_ident(table)}")) as cursor:
            try:
                while rows := cursor.fetchmany(ROWS):
                    _append(session, name, rows, {column: types.get(column, "BIGINT") for column in targets}, targets)
            except sqlite3.Error as error:
                raise QueryError("FW-SOURCE-UNREADABLE", str(error), self.hint, self.shown) from error
        return f"SELECT * FROM {name}"

    def _refuse_fractions(self, table: str, integers: Sequence[str]) -> None:
        # Polars would cut 1.5 off to 1 without a word.
        asked = [f"max(CASE typeof({c}) WHEN 'real' THEN {c} END)" for c in map(quote_ident, integers)]
        found = self._ask(f"SELECT {', '.join(asked) or '1'} FROM {quote_ident(table)}").fetchone()
        for column, value in zip(integers, found, strict=False):
            if value is not None:
                raise ConversionError(refusal(column, str(value), "BIGINT"))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _type(declared: str) -> str | None:
    """Return the DuckDB type that a declared type means; None where it means none."""
    words = declared.upper().replace(" ", "")
    if sized := _DECIMAL.fullmatch(words):
        return f"DECIMAL({sized[2]},{sized[3]})" if int(sized[2]) <= 38 else "DECIMAL"
    return next((kind for part, kind in _WORDS if part in words), None)


def _scale(declared: str) -> int | None:
    """Return how many digits of an integer stand after the point, None for a type of another sort."""
    sized = _DECIMAL.fullmatch(declared.upper().replace(" ", ""))
    return int(sized[3]) if sized and sized[1] == "INT_" else None


def _sent(name: str, kind: str | None, scale: int | None) -> str:
    """Return the SQL, in SQLite, of a column (a quoted name) as it travels: a number, or text."""
    if scale is None:
        return name if _travels(kind) is not None else f"CAST({name} AS TEXT)"
    size = max(scale, 1)
    sign, whole = f"CASE WHEN {name} < 0 THEN '-' ELSE '' END", f"abs({name}) / {10**scale}"
    digits = f"substr('{'0' * size}' || (abs({name}) % {10**scale}), -{size})"
    wrong = f"CAST({name} AS TEXT) || ' as an integer'"
    return f"CASE typeof({name}) WHEN 'integer' THEN {sign} || ({whole}) || '.' || {digits} ELSE {wrong} END"


def _travels(kind: str | None) -> str | None:
    """Return the type that values come in, None for text."""
    return kind if kind in ("BIGINT", "DOUBLE") else None


def _append(
    session: Session, name: str, rows: list[tuple[object, ...]], types: dict[str, str | None], targets: dict[str, str]
) -> None:
    """Append rows to a table; raises ConversionError for a text that is not of the type that was asked for."""
    import polars as pl

    known = {"BIGINT": pl.Int64, "DOUBLE": pl.Float64}
    schema = {column: known.get(_travels(kind) or "", pl.String) for column, kind in types.items()}
    try:
        frame = pl.DataFrame(rows, schema=schema, orient="row")
    except (pl.exceptions.PolarsError, TypeError, OverflowError):
        texts = [[None if value is None else str(value) for value in row] for row in rows]
        frame = pl.DataFrame(texts, schema=dict.fromkeys(schema, pl.String), orient="row")
    stream = session.stream(frame)
    read_as: Wanted = {column: kind if frame.schema[column] == pl.String else None for column, kind in targets.items()}
    try:
        session.execute(f"INSERT INTO {name} {selected(read_as, stream, AS_ISO)}")
    except QueryError as error:
        problem = refusal_in(error, targets)
        raise (ConversionError(problem) if problem else error) from None
    session.connection.unregister(stream)

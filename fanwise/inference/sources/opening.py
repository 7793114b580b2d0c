"""A source opened: its tables loaded into one DuckDB session, each column with the type that its values have."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fanwise.inference.model import Column, Sort, Source, Table, data_sql
from fanwise.inference.yaml_text import name_of
from fanwise.io.duckdb_session import Session
from fanwise.io.errors import ConversionError, FanwiseError, InputError, LostSourceError, SourceError
from fanwise.io.quoting import quote_ident, quote_text
from fanwise.io.tables import reader_of
from fanwise.io.tables.base import Reader
from fanwise.io.tables.constraints import NOTHING, Constraints
from fanwise.io.tables.strict import parsed

if TYPE_CHECKING:
    from fanwise.io.tables import Location

__all__ = ["Opened", "opened"]

_LOOKED_AT = 20_000
_MISSING = ("NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "\\N")
"""What R, pandas and exports of databases write for a missing value; in columns of texts it stays a text."""
_CANDIDATES = ("BIGINT", "DOUBLE", "DATE", "TIMESTAMP", "BOOLEAN")
_LARGEST, _SMALLEST = 1e50, 1e-50
"""No number of a schema is larger, or nearer to 0 without being 0."""
_CALENDAR = ("'0001-01-01'", "'9999-12-31'")
"""Dates and instants beyond these days, and infinite ones, become them, and then null."""
_INTEGER = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?")
_TEXT = re.compile(r"VARCHAR(\(\d+\))?|ENUM\(.*\)|UUID|JSON|TIMESTAMP.*")
"""Types that are read as what they are, though `_sort` calls them text."""
_BATCH = 40
_HIDDEN = re.compile(r"permission denied for (?:table|view|materialized view|foreign table|schema)\b")
"""What PostgreSQL says of a table that this user may not read."""


@dataclass(slots=True)
class Opened:
    """The tables of a source in a session, what the source declares of each, and the name that it gives it."""

    session: Session
    source: Source
    constraints: dict[str, Constraints] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Return the rows of a query."""
        return self.session.rows(sql)


@contextmanager
def opened(
    location: Location, *, whole: bool = False, kept: Collection[str] = (), threads: int | None = None
) -> Iterator[Opened]:
    """Yield the tables of a source, loaded; raises SourceError where none can be read.

    A table that cannot be read is left out with a note. whole: it is an error, because what is judged without it would
    pass; only tables that a database does not show to this user are left out. kept: names of tables and columns that
    stay as they are, though a schema could not have them.
    """
    reader = reader_of(location)
    with Session.open(prefix="infer-", threads=threads) as session:
        session.execute("CREATE SCHEMA data")
        session.execute("CREATE SCHEMA work")
        found = Opened(session, Source(reader.shown, {}))
        try:
            reader.begin(session)
            session.close_the_doors(reader.folders)
            taken: set[str] = set()
            hints = [
                _load(found, reader, name, _named(name, taken, kept), whole=whole, kept=kept) for name in reader.names()
            ]
        finally:
            reader.close()
        if not found.source.tables:
            why = "; ".join(found.source.notes) or "the source holds no tables with columns"
            raise SourceError("FW-SOURCE-UNREADABLE", why, next(filter(None, hints), reader.hint), reader.shown)
        yield found


def _load(found: Opened, reader: Reader, given: str, name: str, *, whole: bool, kept: Collection[str]) -> str:
    """Load one table under a name of the language; one that cannot be read becomes a note, or is an error.

    Returns what to do about a table that cannot be read.
    """
    try:
        copied = _copied(found.session, reader, given, name, kept)
    except LostSourceError:
        raise
    except (SourceError, InputError) as error:
        problem = error.problems[0]
        why = f"{Path(problem.file).name}: {problem.why}" if problem.file else problem.why
        if whole and not _HIDDEN.search(why):
            why = f"table {given} cannot be read: {why}"
            raise SourceError("FW-SOURCE-UNREADABLE", why, problem.hint or reader.hint, reader.shown) from error
        note = f"Table {given} was left out: {why}"
        found.source.notes.append(note)
        found.source.lost.append(note)
        return problem.hint
    names, missing = copied.names, copied.missing
    if not names:
        found.source.notes.append(f"Table {given} was left out: it has no columns")
        return ""
    try:
        declared = reader.constraints(found.session, given)
    except LostSourceError:
        raise
    except (FanwiseError, OSError) as error:
        declared = NOTHING
        why = error.problems[0].why if isinstance(error, FanwiseError) else str(error)
        found.source.notes.append(f"The keys that {given} declares could not be read: {why}")
    found.constraints[name] = declared.renamed(names)
    found.given[name] = given
    rows = int(found.session.rows(f"SELECT count(*) FROM {data_sql(name)}")[0][0])
    columns = {
        column: Column(
            column, _sort(kind), kind, note=copied.notes.get(column, ""), source_type=copied.kinds.get(column, "")
        )
        for column, kind in found.session.columns(data_sql(name)).items()
    }
    _profile(found.session, name, columns)
    _without_extremes(found.session, name, columns)
    table = found.source.tables[name] = Table(name, rows, columns)
    table.notes += [f"{given} in the source"] if given != name else []
    table.notes += [f"texts such as NA are read as null in {', '.join(missing)}"] if missing else []
    return ""


@dataclass(frozen=True, slots=True)
class _Copied:
    """names: of the columns, by those of the source; the others are by these names.

    missing: columns of which texts are read as null. kinds: the types of columns that became texts.
    """

    names: dict[str, str]
    notes: dict[str, str] = field(default_factory=dict)
    missing: Sequence[str] = ()
    kinds: dict[str, str] = field(default_factory=dict)


def _copied(session: Session, reader: Reader, given: str, name: str, kept: Collection[str]) -> _Copied:
    """Copy a table into the session, texts as what they say."""
    info = reader.find(session, given)
    wanted = {column: _asked(kind) for column, kind in info.columns.items()}
    unknown = [column for column, kind in info.columns.items() if kind is None]
    if not info.widths:  # SQLite has no type for instants
        unknown += [column for column, kind in info.columns.items() if kind == "VARCHAR"]
    taken: set[str] = set()
    names = {column: _named(column, taken, kept) for column in info.columns}
    if not names:
        return _Copied({})
    try:
        query = reader.open(session, given, wanted)
    except ConversionError:  # a column that holds something else than it declares
        unknown = list(info.columns)
        query = reader.open(session, given, dict.fromkeys(unknown, "VARCHAR"))
    raw = ""
    kinds: dict[str, str] = {}
    notes: dict[str, str] = {}
    if unknown:
        raw = session.load(query)
        kinds, notes = _detected(session, raw, unknown)
        query = f"SELECT {', '.join(_typed(column, kinds.get(column)) for column in info.columns)} FROM {raw}"
    session.execute(f"CREATE TABLE {data_sql(name)} AS {_plain(session, query, names)}")
    missing = [names[column] for column in _missing(session, raw, kinds)] if raw else []
    if raw:
        session.execute(f"DROP TABLE {raw} CASCADE")
    others = {
        names[column]: kind
        for column, kind in info.columns.items()
        if kind == "FLOAT" or (kind is not None and _sort(kind) == "text" and not _TEXT.fullmatch(kind))
    }
    return _Copied(names, {names[column]: note for column, note in notes.items()}, missing, others)


def _named(name: str, taken: set[str], kept: Collection[str]) -> str:
    if name in kept and name.lower() not in taken:
        taken.add(name.lower())
        return name
    return name_of(name, taken)


def _missing(session: Session, raw: str, kinds: Mapping[str, str]) -> list[str]:
    """Return the columns that are no texts, and have texts that stand for a missing value."""
    typed = [column for column, kind in kinds.items() if kind != "VARCHAR"]
    if not typed:
        return []
    counts = ", ".join(f"count(*) FILTER ({_is_missing(quote_ident(column))})" for column in typed)
    return [column for column, n in zip(typed, session.rows(f"SELECT {counts} FROM {raw}")[0], strict=True) if n]


def _is_missing(text: str) -> str:
    return f"trim({text}) IN ({', '.join(map(quote_text, _MISSING))})"


def _typed(column: str, kind: str | None) -> str:
    own = quote_ident(column)
    return own if kind in (None, "VARCHAR") else f"{parsed(own, str(kind))} AS {own}"


def _asked(kind: str | None) -> str | None:
    return "VARCHAR" if kind is None else "DOUBLE" if kind == "DECIMAL" else None


def _detected(session: Session, raw: str, columns: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the type of each column of texts, and notes of those that are nearly of another."""
    few = f"(SELECT * FROM {raw} LIMIT {_LOOKED_AT})"
    likely = {
        column: _likely(found) for column, found in _parsed(session, few, dict.fromkeys(columns, _CANDIDATES)).items()
    }
    checked = _parsed(session, raw, {column: (kind,) for column, kind in likely.items() if kind != "VARCHAR"})
    kinds, notes = dict.fromkeys(columns, "VARCHAR"), {}
    for column, (count, found) in checked.items():
        kind = likely[column]
        if found[kind] == count:
            kinds[column] = kind
        elif kind == "BIGINT" and _parsed(session, raw, {column: ("DOUBLE",)})[column][1]["DOUBLE"] == count:
            kinds[column] = "DOUBLE"
        else:
            what = {"BIGINT": "integers", "DOUBLE": "numbers", "DATE": "dates", "TIMESTAMP": "instants"}.get(
                kind, "true or false"
            )
            notes[column] = f"mixed types: {found[kind]:,} of {count:,} values are {what}, so it stays text"
    return kinds, notes


def _parsed(
    session: Session, relation: str, asked: Mapping[str, Sequence[str]]
) -> dict[str, tuple[int, dict[str, int]]]:
    """Return how many values each column has that do not say that one is missing, and how many are of each type."""
    out: dict[str, tuple[int, dict[str, int]]] = {}
    names = list(asked)
    for begin in range(0, len(names), _BATCH):
        batch, sql = names[begin : begin + _BATCH], []
        for column in batch:
            own = quote_ident(column)
            sql.append(f"count({own}) FILTER (NOT {_is_missing(own)})")
            sql += [f"count(*) FILTER ({_is(own, kind)})" for kind in asked[column]]
        values = iter(session.rows(f"SELECT {', '.join(sql)} FROM {relation}")[0])
        for column in batch:
            out[column] = (int(next(values)), {kind: int(next(values)) for kind in asked[column]})
    return out


def _is(text: str, kind: str) -> str:
    if kind == "BOOLEAN":
        return f"lower({text}) IN ('true', 'false')"
    # 007 is a code, not a number.
    zeros = f" AND NOT regexp_full_match({text}, '[+-]?0[0-9]+(\\..*)?')" if kind in ("BIGINT", "DOUBLE") else ""
    return f"{parsed(text, kind)} IS NOT NULL{zeros} AND NOT {_is_missing(text)}"


def _likely(found: tuple[int, dict[str, int]]) -> str:
    """Return the narrowest type of nearly all values that were looked at."""
    count, kinds = found
    if not count:
        return "VARCHAR"
    whole = [kind for kind in _CANDIDATES if kinds[kind] == count]
    return whole[0] if whole else next((kind for kind in _CANDIDATES if kinds[kind] >= 0.9 * count), "VARCHAR")


def _plain(session: Session, query: str, names: Mapping[str, str]) -> str:
    """Return a query whose columns all have a sort: other types become text, and what is not finite becomes null."""
    view = session.new_name()
    session.execute(f"CREATE TEMP VIEW {view} AS {query}")
    parts = []
    for column, kind in session.columns(view).items():
        own = quote_ident(column)
        if kind in ("DOUBLE", "FLOAT"):
            own = f"CASE WHEN isfinite({own}) THEN CASE WHEN abs({own}) < {_SMALLEST} THEN 0 ELSE {own} END::DOUBLE END"
        elif kind == "DATE" or kind.startswith("TIMESTAMP"):
            low, high = (f"CAST({end} AS {'DATE' if kind == 'DATE' else 'TIMESTAMP'})" for end in _CALENDAR)
            plain = own if kind in ("DATE", "TIMESTAMP") else f"make_timestamp(epoch_us({own}))"
            own = (
                f"CASE WHEN isfinite({own}) THEN greatest({low}, least({high}, {plain})) "
                f"WHEN CAST({own} AS VARCHAR) = 'infinity' THEN {high} WHEN {own} IS NOT NULL THEN {low} END"
            )
        elif kind != "UUID" and (kind == "HUGEINT" or kind.startswith("U")):
            own = f"CAST({own} AS {'DOUBLE' if 'HUGE' in kind else 'BIGINT'})"
        elif _sort(kind) == "text":
            own = f"CAST({own} AS VARCHAR)"
        parts.append(f"{own} AS {quote_ident(names[column])}")
    return f"SELECT {', '.join(parts)} FROM {view}"


def _sort(kind: str) -> Sort:
    if _INTEGER.fullmatch(kind):
        return "int"
    if kind in ("DOUBLE", "FLOAT"):
        return "float"
    named: Mapping[str, Sort] = {"BOOLEAN": "bool", "DATE": "date", "TIMESTAMP": "instant"}
    return "decimal" if kind.startswith("DECIMAL") else named.get(kind, "text")


def _profile(session: Session, table: str, columns: Mapping[str, Column]) -> None:
    """Count values and different values, and find the extremes of each column."""
    names = list(columns)
    for begin in range(0, len(names), _BATCH):
        batch, sql = names[begin : begin + _BATCH], []
        for name in batch:
            own = quote_ident(name)
            whole = f"count(*) FILTER ({own} <> floor({own}))" if columns[name].sort == "float" else "0"
            sql.append(f"count({own}), count(DISTINCT {own}), min({own}), max({own}), {whole}")
        values = session.rows(f"SELECT {', '.join(sql)} FROM {data_sql(table)}")[0]
        for at, name in enumerate(batch):
            column = columns[name]
            column.count, column.distinct, column.low, column.high, fractions = values[5 * at : 5 * at + 5]
            if column.sort == "float" and column.count and not fractions and abs(column.high) < 2**53 > abs(column.low):
                column.sort = "int"  # ids that a tool wrote as 1.0


def _without_extremes(session: Session, table: str, columns: Mapping[str, Column]) -> None:
    """Make null, with a note, numbers that no schema holds, and days that stand for none, such as 9999-12-31."""
    for name, column in columns.items():
        own, count = quote_ident(name), column.count
        if not count:
            continue
        if column.sort == "float" and max(abs(column.low), abs(column.high)) > _LARGEST:
            beyond, what = f"abs({own}) > {_LARGEST}", f"values beyond {_LARGEST:g}"
        elif column.sort in ("date", "instant") and (column.low.year == 1 or column.high.year == dt.MAXYEAR):
            beyond, what = f"year({own}) IN (1, {dt.MAXYEAR})", f"values of the years 1 and {dt.MAXYEAR}"
        else:
            continue
        session.execute(f"UPDATE {data_sql(table)} SET {own} = NULL WHERE {beyond}")
        _profile(session, table, {name: column})
        why = f"{count - column.count:,} {what} are read as null"
        column.note = "; ".join(filter(None, (column.note, why)))

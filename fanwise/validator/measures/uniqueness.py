"""Integer keys by bitmaps: is each value there once, and does every reference find one?

A hash table of all keys is what costs most in an audit of many rows (12 million order lines take 2 s and hundreds of
MB). Keys are mostly dense: then one bit for each combination that the smallest and largest values allow is exact, needs
a few MB and takes a fifth of the time. The same bits show whether numbers below one parent have gaps. And where no
value between the smallest and the largest key is missing, a reference between the two finds its row: no join is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

from fanwise.io.quoting import quote_ident
from fanwise.validator.data.types import is_integer
from fanwise.validator.data.warehouse import Warehouse, table_sql
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.profiles import Rider, Riding, TableProfile
from fanwise.validator.sql.joins import Scope

__all__ = ["first_rows", "ride_of_keys", "shown_complete", "shown_numbered", "shown_unique"]

SPARSEST = 64
"""Bits per row beyond which a hash table is the smaller one."""
MOST_BITS = 1 << 29
PIECE = 1 << 16
"""Bytes of a bitmap that are looked at together."""
LARGE = 500_000
"""Rows from which on it pays to ask what ends the files state."""

Ends = list[tuple[int, int]]
"""The smallest and the largest value of each column."""


def shown_unique(evidence: Evidence, table: str, columns: Sequence[str]) -> bool:
    """Return whether a bitmap shows that no combination of `columns` without nulls occurs twice.

    False means that some does, or that these columns do not fit a bitmap.
    """
    found = _ends(evidence, table, columns)
    if found is None:
        return False
    rows, ends = found
    if not rows:
        return True
    return _fits(rows, ends) and _values(_marked(evidence, table, columns, ends)) == rows


def shown_numbered(evidence: Evidence, table: str, above: Sequence[str], column: str, start: int) -> bool:
    """Return whether a bitmap shows that the rows of each combination of `above` are numbered `start`, `start` + 1, …

    False means that some do not, that there are nulls, or that these columns do not fit a bitmap.
    """
    found = _ends(evidence, table, [*above, column])
    if found is None or found[0] != evidence.profile(table).rows:
        return False
    rows, ends = found
    if not rows:
        return True
    marks = _marked(evidence, table, [*above, column], ends) if ends[-1][0] == start and _fits(rows, ends) else None
    # Each number is there once; as many stretches as rows with the smallest number: one for each combination.
    return marks is not None and marks.values == rows and marks.runs == marks.firsts


def _fits(rows: int, ends: Ends) -> bool:
    return rows <= _bits(ends) <= SPARSEST * rows + 1024


def _values(marks: Marks | None) -> int | None:
    return None if marks is None else marks.values


def shown_complete(evidence: Evidence, table: str, column: str, other: str, key: str) -> bool:
    """Return whether every value of `column` lies between the ends of `key`, of which no value in between is missing.

    False means that some may refer to nothing.
    """
    near, far = _ends(evidence, table, [column]), _ends(evidence, other, [key])
    if near is None or far is None:
        return False
    if not near[0]:
        return True
    ((lowest, highest),) = far[1]
    ((low, high),) = near[1]
    if not far[0] or low < lowest or high > highest or highest - lowest >= far[0]:
        return False
    return _values(_marked(evidence, other, [key], far[1])) == highest - lowest + 1


def _from(table: str, columns: Sequence[str]) -> str:
    present = " AND ".join(f"{quote_ident(column)} IS NOT NULL" for column in columns)
    return f"FROM {table_sql(table)} WHERE {present}"


def _ends(evidence: Evidence, table: str, columns: Sequence[str]) -> tuple[int, Ends] | None:
    """Return the rows without nulls, and the ends of each column; None for other than integers."""
    warehouse, types = evidence.warehouse, evidence.warehouse.columns[table]
    if not all(is_integer(types[column]) for column in columns):
        return None
    profile = evidence.profile(table)
    known = [profile.columns.get(column) for column in columns]
    if all(column is not None and column.ends is not None and not column.nulls for column in known):
        return profile.rows, [column.ends for column in known if column is not None and column.ends is not None]
    asked = ", ".join(f"min({quote_ident(column)}), max({quote_ident(column)})" for column in columns)
    rows, *found = warehouse.rows(f"SELECT count(*), {asked} {_from(table, columns)}")[0]
    return rows, list(zip(found[::2], found[1::2], strict=True))


@dataclass(frozen=True, slots=True)
class Marks:
    """What a bitmap of combinations shows.

    values: combinations that occur. runs: stretches of the last column, each below one combination of the others,
    without a gap. firsts: rows in which the last column has its smallest value.
    """

    values: int
    runs: int
    firsts: int


def _marked(evidence: Evidence, table: str, columns: Sequence[str], ends: Ends) -> Marks | None:
    """Return what the combinations show, None where there are too many; several checks ask for those of one key."""
    key = ("marked", table, *columns)
    return evidence.kept(key, lambda: _marks(evidence.warehouse, table, columns, ends))


def _bits(ends: Ends) -> int:
    """Return the bits of a bitmap: one for each combination, and one that stays 0 after those of the last column."""
    return prod(_spans(ends))


def _spans(ends: Ends) -> list[int]:
    spans = [high - low + 1 for low, high in ends]
    return spans if len(spans) == 1 else [*spans[:-1], spans[-1] + 1]


def _marks(warehouse: Warehouse, table: str, columns: Sequence[str], ends: Ends) -> Marks | None:
    if _bits(ends) > MOST_BITS:
        return None
    asked = ", ".join(_bitmap([quote_ident(column) for column in columns], ends))
    return _marks_of(warehouse.rows(f"SELECT {asked} {_from(table, columns)}")[0])


def _marks_of(found: Sequence[Any]) -> Marks:
    """Return what the values of `_bitmap` show; there is no bitmap of no rows."""
    bits, firsts = found
    return Marks(*_counted(bits or b""), int(firsts))


def _counted(bits: bytes) -> tuple[int, int]:
    """Return how many bits are set, and how many of them follow one that is not.

    DuckDB shifts a bitmap bit by bit: for 68 million that takes a fifth of a second, and whole numbers a hundredth.
    """
    values, runs, before = 0, 0, 0
    for at in range(0, len(bits), PIECE):
        piece = bits[at : at + PIECE]
        number = int.from_bytes(piece)
        values += number.bit_count()
        runs += (number & ~(number >> 1 | before << (8 * len(piece) - 1))).bit_count()
        before = number & 1
    return values, runs


_PLAIN = 1 << 62
"""What a sum of products stays below that DuckDB computes as BIGINT."""


def _bitmap(columns: Sequence[str], ends: Ends) -> list[str]:
    """Return the aggregates that make `Marks`, of columns (SQL) without nulls."""
    spans = _spans(ends)
    steps = [prod(spans[index + 1 :]) for index in range(len(spans))]
    # To begin at 0 takes a subtraction for each column and row, and is needed only where numbers would grow too large.
    plain = sum(step * max(map(abs, each)) for step, each in zip(steps, ends, strict=True)) < _PLAIN
    starts = [0 if plain else low for low, _ in ends]
    terms = [_term(column, start, step) for column, start, step in zip(columns, starts, steps, strict=True)]
    first = sum((low - start) * step for (low, _), start, step in zip(ends, starts, steps, strict=True))
    marked = f"bitstring_agg({' + '.join(terms)}, {first:d}, {first + _bits(ends) - 1:d})"
    return [f"CAST({marked} AS BLOB)", f"count(*) FILTER (CAST({columns[-1]} AS BIGINT) = {ends[-1][0]:d})"]


def _term(column: str, start: int, step: int) -> str:
    distance = f"CAST({column} AS BIGINT)" if not start else f"(CAST({column} AS BIGINT) - ({start:d}))"
    return distance if step == 1 else f"{distance} * {step:d}"


def ride_of_keys(evidence: Evidence, table: str) -> Rider:
    """Return what marks the keys of a large table in the scan of its profile.

    A bitmap has to know the ends before. The files state them; where the scan finds other ones, or fails, the bitmap is
    made once more.
    """

    def rider(scope: Scope, values: list[object]) -> Riding:
        known = list(_told(evidence, table))
        asked = [
            each for columns, ends in known for each in _bitmap([scope.column((), name) for name in columns], ends)
        ]

        def take(profile: TableProfile, found: Sequence[Any]) -> None:
            for at, (columns, ends) in enumerate(known):
                own = [profile.columns[name] for name in columns]
                if [each.ends for each in own] == ends and not any(each.nulls for each in own):
                    evidence.kept(("marked", table, *columns), partial(_marks_of, found[2 * at : 2 * at + 2]))

        return Riding(asked, take)

    return rider


def _told(evidence: Evidence, table: str) -> Iterator[tuple[tuple[str, ...], Ends]]:
    """Yield the keys of a large table that fit a bitmap, with the ends that its files state."""
    rows, types = evidence.warehouse.count(table), evidence.warehouse.columns[table]
    told = evidence.warehouse.told_ends(table) if rows >= LARGE else {}
    spec = evidence.contract.tables[table]
    single = [(name,) for name, column in spec.columns.items() if column.unique or column.numbered is not None]
    for columns in dict.fromkeys([spec.key, *spec.unique, *single]) if told else ():
        if columns and all(name in told and name in spec.columns and is_integer(types[name]) for name in columns):
            ends = [told[name] for name in columns]
            if _fits(rows, ends) and _bits(ends) <= MOST_BITS:
                yield columns, ends


def first_rows(evidence: Evidence, table: str, columns: Sequence[str], column: str) -> int | None:
    """Return how many rows have the smallest value of `column`, where the bitmap of `columns` says so."""
    found = _ends(evidence, table, columns) if column == columns[-1] else None
    if found is None or found[0] != evidence.profile(table).rows:
        return None
    marks = _marked(evidence, table, columns, found[1])
    return None if marks is None else marks.firsts

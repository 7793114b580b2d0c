"""Integer keys by bitmaps: is each value there once, and does every reference find one?

A hash table of all keys is what costs most in an audit of many rows (12 million order lines take 2 s and hundreds of
MB). Keys are mostly dense: then one bit for each combination that the smallest and largest values allow is exact, needs
a few MB and takes a fifth of the time. The same bits show whether numbers below one parent have gaps. And where no
value between the smallest and the largest key is missing, a reference between the two finds its row: no join is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from fanwise.io.quoting import quote_ident
from fanwise.validator.data.types import is_integer
from fanwise.validator.data.warehouse import Warehouse, table_sql
from fanwise.validator.measures.evidence import Evidence

__all__ = ["shown_complete", "shown_numbered", "shown_unique"]

SPARSEST = 64
"""Bits per row beyond which a hash table is the smaller one."""
MOST_BITS = 1 << 29

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
    spans, bits = _spans(ends), _bits(ends)
    if bits > MOST_BITS:
        return None
    steps = [prod(spans[index + 1 :]) for index in range(len(spans))]
    position = " + ".join(
        f"({quote_ident(column)}::BIGINT - ${index + 1}::BIGINT) * {step:d}::BIGINT"
        for index, (column, step) in enumerate(zip(columns, steps, strict=True))
    )
    first = f"count(*) FILTER ({quote_ident(columns[-1])}::BIGINT = ${len(columns)}::BIGINT)"
    # Shifted by one, a bit stands for the row before: where there is none, a stretch begins.
    bitmap = f"bitstring_agg({position}, 0, {bits - 1:d}) AS p, {first} AS firsts"
    sql = f"SELECT bit_count(p), bit_count(p & ~(p >> 1)), firsts FROM (SELECT {bitmap} {_from(table, columns)})"
    return Marks(*map(int, warehouse.rows(sql, [low for low, _ in ends])[0]))

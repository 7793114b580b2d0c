"""Integer keys by bitmaps: is each value there once, and does every reference find one?

A hash table of all keys is what costs most in an audit of many rows (12 million order lines take 2 s and hundreds of
MB). Keys are mostly dense: then one bit for each combination that the smallest and largest values allow is exact, needs
a few MB and takes a fifth of the time. And where no value between the smallest and the largest key is missing, a
reference between the two finds its row: no join is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from fanwise.io.quoting import quote_ident
from fanwise.validator.data.types import is_integer
from fanwise.validator.data.warehouse import Warehouse, table_sql
from fanwise.validator.measures.evidence import Evidence

__all__ = ["shown_complete", "shown_unique"]

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
    bits = prod(high - low + 1 for low, high in ends)
    return rows <= bits <= SPARSEST * rows + 1024 and _marked(evidence, table, columns, ends) == rows


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
    return _marked(evidence, other, [key], far[1]) == highest - lowest + 1


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


def _marked(evidence: Evidence, table: str, columns: Sequence[str], ends: Ends) -> int | None:
    """Return the combinations that occur, as `_distinct`; several checks ask for those of one key."""
    key = ("marked", table, *columns)
    return evidence.kept(key, lambda: _distinct(evidence.warehouse, table, columns, ends))


def _distinct(warehouse: Warehouse, table: str, columns: Sequence[str], ends: Ends) -> int | None:
    """Return the number of combinations that occur, or None where there are too many possible ones for a bitmap."""
    spans = [high - low + 1 for low, high in ends]
    if prod(spans) > MOST_BITS:
        return None
    steps = [prod(spans[index + 1 :]) for index in range(len(spans))]
    position = " + ".join(
        f"({quote_ident(column)}::BIGINT - ${index + 1}::BIGINT) * {step:d}::BIGINT"
        for index, (column, step) in enumerate(zip(columns, steps, strict=True))
    )
    marked = f"bitstring_agg({position}, 0, {prod(spans) - 1:d})"
    lows = [low for low, _ in ends]
    return int(warehouse.rows(f"SELECT bit_count({marked}) {_from(table, columns)}", lows)[0][0])

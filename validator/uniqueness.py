"""Uniqueness of integer keys by a bitmap: one bit for each combination that the smallest and largest values allow.

A hash table of all keys is what costs most in an audit of many rows (12 million order lines take 2 s and hundreds of
MB). Keys are mostly dense: then a bit per possible key is exact, needs a few MB, and takes a fifth of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from validator.quoting import quote_ident
from validator.types import is_integral
from validator.warehouse import Warehouse, table_sql

__all__ = ["shown_unique"]

SPARSEST = 64
"""Bits per row beyond which a hash table is the smaller one."""
MOST_BITS = 1 << 29


def shown_unique(warehouse: Warehouse, table: str, columns: Sequence[str]) -> bool:
    """Return whether a bitmap shows that no combination of `columns` without nulls occurs twice.

    False means that some does, or that these columns do not fit a bitmap.
    """
    types = warehouse.columns[table]
    if not all(is_integral(types[column]) and types[column] != "BOOLEAN" for column in columns):
        return False
    names = [quote_ident(column) for column in columns]
    place = f"FROM {table_sql(table)} WHERE {' AND '.join(f'{name} IS NOT NULL' for name in names)}"
    ends = ", ".join(f"min({name}), max({name})" for name in names)
    rows, *found = warehouse.rows(f"SELECT count(*), {ends} {place}")[0]
    if not rows:
        return True
    lows, spans = found[::2], [high - low + 1 for low, high in zip(found[::2], found[1::2], strict=True)]
    bits = prod(spans)
    if not rows <= bits <= min(MOST_BITS, SPARSEST * rows + 1024):
        return False
    steps = [prod(spans[index + 1 :]) for index in range(len(spans))]
    position = " + ".join(
        f"(CAST({name} AS HUGEINT) - ${index + 1}) * {step:d}"
        for index, (name, step) in enumerate(zip(names, steps, strict=True))
    )
    distinct = f"bit_count(bitstring_agg(CAST({position} AS BIGINT), 0, {bits - 1:d}))"
    return bool(warehouse.rows(f"SELECT {distinct} = count(*) {place}", lows)[0][0])

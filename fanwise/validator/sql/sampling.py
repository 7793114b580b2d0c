"""Sampling: of a very large table, what only warns looks at a part, chosen by the key and so the same each time."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["chosen", "parts"]

MOST_ROWS = 4_000_000
"""Rows up to which all are looked at."""
PART_ROWS = 500_000
"""About how many rows of a larger table are looked at."""


def parts(rows: int) -> int:
    """Return into how many parts a table is divided, one of which is looked at: a power of two."""
    return 1 if rows <= MOST_ROWS else 1 << max(0, (rows // PART_ROWS).bit_length() - 1)


def chosen(columns: Sequence[str], count: int, *, integer: bool) -> str:
    """Return what is true in the rows of one of `count` parts, by the SQL of key columns.

    integer: there is one column of integers, whose last bits are quicker than a hash and do not depend on its width.
    """
    if integer and len(columns) == 1:
        return f"(CAST({columns[0]} AS BIGINT) & {count - 1}) = 0"
    return f"(hash({', '.join(columns)}) & {count - 1}) = 0"

"""Rows in blocks: what is computed of one block stays in a processor's cache until the next step needs it."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["BLOCK", "SMALL_BLOCK", "blocks", "small_blocks"]

BLOCK = 1 << 16
"""Rows of a block: two arrays of its numbers stay in a core's second-level cache."""
SMALL_BLOCK = 1 << 14
"""Rows of a small block, of which several arrays stay there."""


def blocks(size: int, length: int = BLOCK) -> Iterator[slice]:
    """Yield the slices of at most `length` rows that cover `size` rows."""
    return (slice(start, min(start + length, size)) for start in range(0, size, length))


def small_blocks(size: int) -> Iterator[slice]:
    """Yield the slices of at most `SMALL_BLOCK` rows that cover `size` rows."""
    return blocks(size, SMALL_BLOCK)

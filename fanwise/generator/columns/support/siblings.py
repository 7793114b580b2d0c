"""Rows that know their siblings: the rows below one parent, which stand together, in order, in one chunk."""

from __future__ import annotations

import numpy as np

from fanwise.generator.context import GenerationContext, Ints

__all__ = ["sorted_below"]


def sorted_below(ctx: GenerationContext, data: Ints) -> Ints:
    """Return integers of the context's rows, sorted among the rows below each parent, int64 (n,)."""
    parents = ctx.rows.parents
    if parents is None or not len(data):
        return data
    low, high = int(data.min()), int(data.max())
    span = high - low + 1
    if (len(data) + 1) * span >= 2**63:
        return data[np.lexsort((data, parents))]
    placed = parents * span
    keys: Ints = np.sort(placed + (data - low))  # of one number: many times as fast as of two
    keys -= placed
    keys += low
    return keys

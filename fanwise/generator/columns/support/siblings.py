"""Rows that know their siblings: the rows below one parent, which stand together, in order, in one chunk."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from fanwise.generator.context import GenerationContext, Ints
from fanwise.generator.values import Values

_SECOND = 1_000_000  # microseconds

__all__ = ["first_siblings", "following", "running_sums", "sorted_below", "steps"]


def first_siblings(ctx: GenerationContext) -> Ints:
    """Return for each row the position of the first row below the same parent, int64 (n,)."""
    firsts: Ints = np.arange(len(ctx)) - ctx.rows.ordinals
    return firsts


def steps(ctx: GenerationContext) -> Iterator[Ints]:
    """Yield the rows with ordinal 1, then those with ordinal 2, and so on: the row before each came before it."""
    first = np.flatnonzero(ctx.rows.ordinals == 0)
    sizes = np.diff(np.append(first, len(ctx)))
    longest = np.argsort(-sizes, kind="stable")
    first, sizes = first[longest], sizes[longest]
    for step in range(1, int(sizes.max(initial=0))):
        # The parents that have a child of this ordinal: those in front, as the longest families come first.
        yield first[: np.searchsorted(-sizes, -step, side="left")] + step


def following(ctx: GenerationContext, values: Values, last: int) -> Ints:
    """Return for each row the next value below the same parent that is not null, int64 (n,); `last` behind the last."""
    known = pl.Series("x", np.asarray(values.data))
    if values.null is not None:
        known = pl.select(pl.when(~pl.Series(values.null)).then(known).alias("x")).to_series()
    frame = pl.DataFrame([known, pl.Series("parent", ctx.rows.parents)])
    return frame.select(pl.col("x").shift(-1).backward_fill().fill_null(last).over("parent"))["x"].to_numpy()


def running_sums(ctx: GenerationContext, data: Ints) -> Ints:
    """Return the sums of integers up to and with each row, among the rows below one parent, int64 (n,).

    Sums over the whole chunk may wrap around beyond 64 bits; differences of two of them are right all the same.
    """
    total = np.cumsum(data, dtype=np.int64)
    firsts = first_siblings(ctx)
    sums: Ints = total - (total - data).take(firsts)
    return sums


def sorted_below(ctx: GenerationContext, data: Ints) -> Ints:
    """Return integers of the context's rows, sorted among the rows below each parent, int64 (n,)."""
    parents = ctx.rows.parents
    if parents is None or not len(data):
        return data
    low, high, unit = int(data.min()), int(data.max()), 1
    if high - low > _SECOND and not ((data - low) % _SECOND).any():
        unit = _SECOND  # instants are whole seconds
    span = (high - low) // unit + 1
    if (int(parents[-1]) + 1) * span >= 2**63:
        return data[np.lexsort((data, parents))]
    placed = parents * span
    keys: Ints = (data - low) // unit
    keys += placed
    keys.sort()  # one number for each row: many times as fast as two
    keys -= placed
    keys *= unit
    keys += low
    return keys

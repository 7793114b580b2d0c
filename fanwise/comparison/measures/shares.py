"""Stability of the segments' shares: the population stability index, the sum of (p − q) ln(p / q)."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fanwise.comparison.context import Context
from fanwise.comparison.gates import judged
from fanwise.comparison.result import Row
from fanwise.inference.model import data_sql
from fanwise.io.quoting import quote_ident
from fanwise.text.numbers import percent
from fanwise.validator.findings import Status

__all__ = ["measure"]


def measure(context: Context) -> Iterator[Row]:
    """Yield the index of all segments, the share of each, and a failed row for a segment of one side only."""
    axis = context.pair.axis
    if axis is None:
        return
    own = quote_ident(axis.column)
    sql = f"SELECT CAST({own} AS VARCHAR), count(*) FROM {data_sql(axis.table)} WHERE {own} IS NOT NULL GROUP BY 1"
    real, synth = (dict(found.session.rows(sql)) for found in context.pair.sides)
    names = [*axis.units, *sorted(set(synth) - set(axis.units))]
    totals = max(1, sum(real.values())), max(1, sum(synth.values()))
    index = 0.0
    for name in names:
        p, q = (max(side.get(name, 0), 0.5) / total for side, total in zip((real, synth), totals, strict=True))
        index += (p - q) * math.log(p / q)
    worst = max(names, key=lambda name: abs(real.get(name, 0) / totals[0] - synth.get(name, 0) / totals[1]))
    a, b = real.get(worst, 0) / totals[0], synth.get(worst, 0) / totals[1]
    message = f"shares of {axis.name}: PSI {index:.3f}; {worst} is {percent(a)} in REAL and {percent(b)} in SYNTH"
    yield Row("shares", f"shares of {axis.name}", "", judged("shares", index), message, None, None, index)
    for name in names:
        if (name in real) != (name in synth):
            side = "REAL" if name in real else "SYNTH"
            yield Row("shares", axis.name, name, Status.FAIL, f"segment {name} of {axis.name} is only in {side}")

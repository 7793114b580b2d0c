"""Spread of counts: variance over mean of SYNTH against REAL, less what halves of REAL differ by."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fanwise.comparison.context import Context
from fanwise.comparison.gates import judged
from fanwise.comparison.result import Row
from fanwise.comparison.shapes import Both, Shape
from fanwise.comparison.subjects import Subject
from fanwise.text.numbers import number, percent

__all__ = ["measure"]


def measure(context: Context) -> Iterator[Row]:
    """Yield the ratio for each count of children, of all rows and by segment."""
    for subject, found in context.shapes.items():
        if subject.kind == "count":
            yield from (_row(subject, each) for each in found)


def _row(subject: Subject, both: Both) -> Row:
    one, other = _dispersion(both.real), _dispersion(both.synth)
    where = f" in {both.segment}" if both.segment else ""
    zeros = f"none: {percent(both.real.zeros)} and {percent(both.synth.zeros)}"
    floor = both.floor(_apart)
    excess = max(0.0, _apart(both.real, both.synth) - floor)
    message = (
        f"{subject.name}{where}: variance / mean {number(one)} in REAL, {number(other)} in SYNTH, of halves "
        f"{math.exp(floor):.2f} times; {zeros}"
    )
    status = judged("dispersion", excess)
    return Row("dispersion", subject.name, both.segment, status, message, one, other, math.exp(excess), math.exp(floor))


def _dispersion(shape: Shape) -> float:
    return shape.variance / shape.mean if shape.mean > 0 else 0.0


def _apart(a: Shape, b: Shape) -> float:
    """Return the difference of the logarithms; 0.01 keeps counts that never vary from an infinite one."""
    return abs(math.log((_dispersion(a) + 0.01) / (_dispersion(b) + 0.01)))

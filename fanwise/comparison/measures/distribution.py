"""Distributions of every quantity: the Kolmogorov-Smirnov distance of SYNTH to REAL, less that of halves of REAL."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.comparison.context import Context
from fanwise.comparison.gates import judged
from fanwise.comparison.result import Row
from fanwise.comparison.shapes import Both, distance
from fanwise.comparison.subjects import Subject

__all__ = ["measure"]


def measure(context: Context) -> Iterator[Row]:
    """Yield the excess distance of each quantity, of all rows and by segment."""
    for subject, found in context.shapes.items():
        yield from (_row(subject, each) for each in found)


def _row(subject: Subject, both: Both) -> Row:
    whole, floor = distance(both.real, both.synth), both.floor(distance)
    excess = max(0.0, whole - floor)
    where = f" in {both.segment}" if both.segment else ""
    message = f"{subject.name}{where}: distance {whole:.3f}, of halves of REAL {floor:.3f}, excess {excess:.3f}"
    status = judged("distribution", excess)
    return Row("distribution", subject.name, both.segment, status, message, None, None, excess, floor)

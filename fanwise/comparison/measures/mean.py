"""Means of counts and numbers: the ratio of SYNTH to REAL, with an interval in which rows of a unit are a cluster."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fanwise.comparison.context import Context
from fanwise.comparison.gates import judged
from fanwise.comparison.result import Row
from fanwise.comparison.subjects import Subject
from fanwise.inference.laws.effects import Mean, ratio_mean
from fanwise.inference.sources.opening import Opened
from fanwise.text.numbers import told_apart
from fanwise.validator.findings import Status

__all__ = ["measure"]

_KINDS = ("count", "number")
_ERRORS = 1.959964


def measure(context: Context) -> Iterator[Row]:
    """Yield the ratio of each mean, of all rows and by segment."""
    for subject, found in context.shapes.items():
        if subject.kind not in _KINDS or not found:
            continue
        real, synth = (_means(side, subject) for side in context.pair.sides)
        for each in found:
            if each.segment in real and each.segment in synth:
                yield _row(subject, each.segment, real[each.segment], synth[each.segment])


def _row(subject: Subject, segment: str, real: Mean, synth: Mean) -> Row:
    where = f" in {segment}" if segment else ""
    one, other = told_apart(real.mean, synth.mean)
    shown = f"mean {subject.name}{where}: {one} in REAL, {other} in SYNTH"
    error = math.sqrt(real.variance + synth.variance)
    apart = abs(synth.mean - real.mean)
    if not (real.mean > 0 and synth.mean > 0):  # no ratio
        near = apart <= max(_ERRORS * error, 0.1 * abs(real.mean))
        return Row("mean", subject.name, segment, Status.PASS if near else Status.FAIL, shown, real.mean, synth.mean)
    ratio = synth.mean / real.mean
    spread = _ERRORS * math.hypot(math.sqrt(real.variance) / real.mean, math.sqrt(synth.variance) / synth.mean)
    low, high = ratio * math.exp(-spread), ratio * math.exp(spread)
    status = Status.PASS if low <= 1 <= high else judged("mean", abs(math.log(ratio)))
    message = f"{shown}, ratio {ratio:.3f} (95 % CI {low:.3f} to {high:.3f})"
    return Row(
        "mean", subject.name, segment, status, message, real.mean, synth.mean, difference=ratio, interval=(low, high)
    )


def _means(found: Opened, subject: Subject) -> dict[str, Mean]:
    sql = (
        "SELECT g, s, sum(n), fsum(x), fsum(x * x), sum(n * n), fsum(x * n), count(*) FROM ("
        f"SELECT GROUPING(s) AS g, s, u, count(v)::DOUBLE AS n, fsum(v) AS x FROM ({subject.relation}) "
        "WHERE isfinite(v) GROUP BY GROUPING SETS ((u), (s, u))) GROUP BY g, s ORDER BY g, s"
    )
    rows = found.session.rows(sql)
    return {"" if whole else str(s): ratio_mean(sums) for whole, s, *sums in rows if whole or s is not None}

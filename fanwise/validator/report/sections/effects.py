"""Declared against measured: every pair of every metric, as a drawing and as a table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from fanwise.text.numbers import percent, ratio_text, times
from fanwise.validator.measures.pairs import SHOWN
from fanwise.validator.report.blocks import Column, IntervalMark, Intervals, Section, Table
from fanwise.validator.report.model import Measured, PairRow, Report

__all__ = ["achieved_text", "claim_text", "effects", "interval_text"]

_COLUMNS = (
    Column("metric", "left", "text"),
    Column("pair", "left", "text"),
    Column("declared"),
    Column("effective"),
    Column("measured"),
    Column("95 % interval"),
    Column("achieved"),
    Column("n"),
    Column("status", "left", "status"),
)
_NOTE = (
    "Achieved: ln(measured) / ln(declared) with its 95 % interval; 100 % where the effect is fully there, 0 % where it "
    "is absent, negative where it is reversed. Effective: what the plan makes of the declared ratio after bounds. "
    "n: units of the two segments."
)


def effects(report: Report) -> Section | None:
    """Return the section of all pairs; None for a contract without any."""
    found = [(measured, pair) for measured in report.measured for pair in measured.pairs]
    if not found:
        return None
    marks = tuple(_marks(report, found))
    effective = {(each.metric, each.pair): each.effective for each in report.findings if each.effective is not None}
    rows = tuple(_row(measured, pair, effective) for measured, pair in found)
    table = Table("Declared against measured", _COLUMNS, rows, _NOTE)
    drawing = Intervals("Measured ratios beside the declared ones", SHOWN, marks)
    return Section("effects", "Declared against measured", (drawing, table) if marks else (table,), essential=True)


def claim_text(pair: PairRow) -> str:
    """Return what is claimed of a pair: `1.50×`, `1.3–1.9`, `> 1.20×`, `higher`, `equal`."""
    if pair.expected is not None:
        return f"{pair.expected[0]:g}–{pair.expected[1]:g}"
    if pair.floor is not None:
        return f"> {times(pair.floor)}"
    if pair.declared is None:
        return "higher"
    return "equal" if pair.declared == 1 else times(pair.declared)


def interval_text(pair: PairRow) -> str:
    """Return the interval of a pair's ratio: `1.52 to 1.76`."""
    if pair.interval is None:
        return "–"
    return f"{ratio_text(pair.interval.low)} to {ratio_text(pair.interval.high)}"


def achieved_text(pair: PairRow) -> str:
    """Return the effect achieved, with the interval that follows from that of the ratio: `97 % (90 to 104)`."""
    if pair.achieved is None or pair.declared is None:
        return "–"
    if pair.interval is None or not pair.interval.low > 0:
        return percent(pair.achieved, 0)
    ends = sorted(math.log(end) / math.log(pair.declared) for end in (pair.interval.low, pair.interval.high))
    return f"{percent(pair.achieved, 0)} ({100 * ends[0]:.0f} to {100 * ends[1]:.0f})"


def _row(measured: Measured, pair: PairRow, effective: Mapping[tuple[str, tuple[str, ...]], float]) -> tuple[str, ...]:
    planned = (effective.get((name, (pair.high, pair.low))) for name in measured.metrics)
    return (
        measured.label,
        f"{pair.high} / {pair.low}",
        claim_text(pair),
        times(next((ratio for ratio in planned if ratio is not None), None)),
        times(pair.estimate),
        interval_text(pair),
        achieved_text(pair),
        f"{pair.n[0]:,} / {pair.n[1]:,}",
        pair.status.value,
    )


def _marks(report: Report, found: list[tuple[Measured, PairRow]]) -> Iterator[IntervalMark]:
    width = 1 + report.thresholds.equivalence
    for measured, pair in found:
        if pair.estimate is None or pair.estimate <= 0:
            continue
        declared = pair.declared
        interval = pair.interval if pair.interval is not None and pair.interval.low > 0 else None
        yield IntervalMark(
            label=f"{measured.label}: {pair.high} / {pair.low}",
            estimate=pair.estimate,
            low=interval.low if interval else None,
            high=interval.high if interval else None,
            declared=declared,
            band=pair.expected or ((declared / width, declared * width) if declared else None),
            status=pair.status,
            text=f"{times(pair.estimate)} ({interval_text(pair)}), declared {claim_text(pair)}",
        )

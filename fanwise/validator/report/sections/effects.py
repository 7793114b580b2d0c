"""Declared against measured: every pair of every metric, as a drawing and as a table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

from fanwise.text.blocks import Column, Intervals, Section, Table
from fanwise.text.blocks import Interval as Mark
from fanwise.text.numbers import number, percent, ratio_text, times
from fanwise.validator.findings import WORST, Status
from fanwise.validator.measures.pairs import SHOWN
from fanwise.validator.report.model import Measured, PairRow, Report

__all__ = ["effects"]

_COLUMNS = (
    Column("metric", "text"),
    Column("pair", "text"),
    Column("declared"),
    Column("effective", detail=True),
    Column("measured"),
    Column("95 % interval"),
    Column("achieved"),
    Column("its interval", detail=True),
    Column("n", detail=True),
    Column("status", "status"),
)
_NOTE = (
    "Achieved: ln(measured) / ln(declared); 100 % where the effect is fully there, 0 % where it is absent, negative "
    "where it is reversed. Effective: what the plan makes of the declared ratio after bounds and rounding. n: units "
    "of the two segments. ~: approximate, because of few rows or a heavy tail. Apart: the difference of two means "
    "that have no ratio."
)


def effects(report: Report) -> Section | None:
    """Return the section of all pairs; None for a contract without any."""
    found = [(measured, pair) for measured in report.measured for pair in measured.pairs]
    if not found:
        return None
    if "reference" in report.origin:
        found = [(measured, pair) for measured, pair in found if not _repeated(measured, pair)]
    effective = {(each.metric, each.pair): each.effective for each in report.findings if each.effective is not None}
    rows = tuple(_row(measured, pair, effective) for measured, pair in found)
    chart = Intervals("ratio of the two means, logarithmic", SHOWN, tuple(_marks(report, found)))
    table = Table("", *_filled(report, rows), _NOTE, chart, grouped=True)
    title = "Reference against measured" if "reference" in report.origin else "Declared against measured"
    return Section("effects", title, (table,), depth=0)


def _repeated(measured: Measured, pair: PairRow) -> bool:
    """Return whether a range around a reference adds nothing to the ratio of the same two segments."""
    if pair.expected is None:
        return False
    return any(
        other.expected is None
        and {other.high, other.low} == {pair.high, pair.low}
        and _rank(other.status) <= _rank(pair.status)
        for other in measured.pairs
    )


def _rank(status: Status | None) -> int:
    """Return 0 for the worst status, and more for those that are better."""
    return len(WORST) if status is None else WORST.index(status)


def _filled(
    report: Report, rows: tuple[tuple[str, ...], ...]
) -> tuple[tuple[Column, ...], tuple[tuple[str, ...], ...]]:
    """Return the columns and rows for reference data: nothing is declared there, and nothing is planned."""
    if "reference" not in report.origin:
        return _COLUMNS, rows
    kept = [index for index, column in enumerate(_COLUMNS) if column.name != "effective"]
    named = (replace(column, name="reference") if column.name == "declared" else column for column in _COLUMNS)
    return tuple(column for column in named if column.name != "effective"), tuple(
        tuple(row[index] for index in kept) for row in rows
    )


def _claim(pair: PairRow) -> str:
    """Return what is claimed of a pair: `1.50×`, `1.3–1.9`, `> 1.20×`, `higher`, `lower`, `equal`, `no claim`."""
    if pair.claim == "none":
        return "no claim"
    if pair.expected is not None:
        return f"{pair.expected[0]:g}–{pair.expected[1]:g}"
    if pair.floor is not None:
        return f"> {times(pair.floor)}"
    if pair.declared == 1:
        return "equal"
    if pair.declared is None or pair.claim == "direction":
        return "lower" if pair.mirrored else "higher"
    return times(pair.declared)


def _interval(pair: PairRow) -> str:
    """Return the interval of a pair's ratio: `1.52 to 1.76`, `~ 1.1 to 2.3` where it is approximate."""
    if pair.difference_interval is not None:
        return f"{number(pair.difference_interval.low)} to {number(pair.difference_interval.high)}"
    if pair.interval is None:
        return "–"
    bounds = f"{ratio_text(pair.interval.low)} to {ratio_text(pair.interval.high)}"
    return f"~ {bounds}" if pair.approximate else bounds


def _achieved_interval(pair: PairRow) -> str:
    """Return the interval of the effect achieved, which follows from that of the ratio: `90 to 104 %`."""
    if pair.achieved is None or pair.declared is None or pair.interval is None or not pair.interval.low > 0:
        return "–"
    ends = sorted(math.log(end) / math.log(pair.declared) for end in (pair.interval.low, pair.interval.high))
    return f"{100 * ends[0]:.0f} to {100 * ends[1]:.0f} %"


def _row(measured: Measured, pair: PairRow, effective: Mapping[tuple[str, tuple[str, ...]], float]) -> tuple[str, ...]:
    planned = (effective.get((name, (pair.high, pair.low))) for name in measured.metrics)
    return (
        measured.title,
        f"{pair.high} / {pair.low}",
        _claim(pair),
        times(next((ratio for ratio in planned if ratio is not None), None)),
        times(pair.estimate) if pair.difference is None else f"{number(pair.difference)} apart",
        _interval(pair),
        percent(pair.achieved, 0),
        _achieved_interval(pair),
        f"{pair.n[0]:,}/{pair.n[1]:,}",
        pair.status.value if pair.status else "",
    )


def _marks(report: Report, found: list[tuple[Measured, PairRow]]) -> Iterator[Mark]:
    width = 1 + report.thresholds.equivalence
    for measured, pair in found:
        if pair.estimate is None or pair.estimate <= 0 or pair.status is None:
            continue
        declared = pair.declared if pair.claim == "ratio" else None
        interval = pair.interval if pair.interval is not None and pair.interval.low > 0 else None
        yield Mark(
            group=measured.title,
            label=f"{pair.high} / {pair.low}",
            estimate=pair.estimate,
            low=interval.low if interval else None,
            high=interval.high if interval else None,
            expected=declared,
            band=pair.expected or ((declared / width, declared * width) if declared else None),
            status=pair.status,
        )

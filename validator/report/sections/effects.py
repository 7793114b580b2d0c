"""Declared against measured: every pair of every metric, as a drawing and as a table."""

from __future__ import annotations

from collections.abc import Iterator

from validator.comparisons import SHOWN
from validator.report.blocks import Column, IntervalMark, Intervals, Section, Table
from validator.report.model import PairRow, Report
from validator.wording import percent, ratio_text, times

__all__ = ["claim_text", "effects"]

_COLUMNS = (
    Column("metric", "left", "text"),
    Column("pair", "left", "text"),
    Column("declared"),
    Column("effective"),
    Column("measured"),
    Column("95 % interval"),
    Column("realised"),
    Column("n"),
    Column("status", "left", "status"),
)


def effects(report: Report) -> Section | None:
    """Return the section of all pairs; None for a contract without any."""
    rows = [(measured.label, pair) for measured in report.measured for pair in measured.pairs]
    if not rows:
        return None
    marks = tuple(_marks(report, rows))
    note = (
        "Realised: ln(measured) / ln(declared), 100 % where the effect is fully there, 0 % where it is absent, "
        "negative where it is reversed. Effective: what the plan makes of the declared ratio after bounds."
    )
    effective = {(each.metric, each.pair): each.effective for each in report.findings}
    own = {(measured.label, name) for measured in report.measured for name in measured.metrics}
    names = {label: [metric for found, metric in own if found == label] for label, _ in rows}
    table = Table(
        "Declared against measured",
        _COLUMNS,
        tuple(
            (
                label,
                f"{pair.high} / {pair.low}",
                claim_text(pair),
                times(next((effective[key] for key in _keys(names[label], pair) if effective.get(key)), None)),
                times(pair.estimate),
                _interval_text(pair),
                percent(pair.realised, 0),
                f"{pair.n[0]:,} / {pair.n[1]:,}",
                pair.status.value,
            )
            for label, pair in rows
        ),
        note,
    )
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


def _keys(names: list[str], pair: PairRow) -> list[tuple[str, tuple[str, ...]]]:
    return [(name, (pair.high, pair.low)) for name in names]


def _interval_text(pair: PairRow) -> str:
    if pair.interval is None:
        return "–"
    return f"{ratio_text(pair.interval.low)} to {ratio_text(pair.interval.high)}"


def _marks(report: Report, rows: list[tuple[str, PairRow]]) -> Iterator[IntervalMark]:
    width = 1 + report.thresholds.equivalence
    for label, pair in rows:
        if pair.estimate is None or pair.estimate <= 0:
            continue
        declared = pair.declared
        band = pair.expected or ((declared / width, declared * width) if declared else None)
        interval = pair.interval if pair.interval is not None and pair.interval.low > 0 else None
        yield IntervalMark(
            label=f"{label}: {pair.high} / {pair.low}",
            estimate=pair.estimate,
            low=interval.low if interval else None,
            high=interval.high if interval else None,
            declared=declared,
            band=band,
            status=pair.status,
            text=f"{times(pair.estimate)} ({_interval_text(pair)}), declared {claim_text(pair)}",
        )

"""Fanout and value by segment: spreads as tables and boxes, and what was expected beside what was found."""

from __future__ import annotations

from fanwise.text.numbers import decimal, number, percent, times
from fanwise.validator.report.blocks import Bar, Bars, Block, Box, Boxes, Column, Paragraph, Section, Table
from fanwise.validator.report.model import Measured, Report, SegmentRow
from fanwise.validator.report.sections.effects import claim_text
from fanwise.validator.report.sections.population import segment_text

__all__ = ["fanouts", "values"]

_SPREAD = ("min", "P25", "median", "P75", "max", "mean", "sd")


def fanouts(report: Report) -> Section | None:
    """Return how many rows each parent row has, by segment."""
    blocks = [block for each in report.measured if each.aggregate == "count" for block in _blocks(report, each)]
    return Section("fanout", "Fanout by segment", tuple(blocks)) if blocks else None


def values(report: Report) -> Section | None:
    """Return how values are spread, by segment; shares of a value are shown as they are."""
    blocks: list[Block] = []
    for each in report.measured:
        if each.aggregate == "mean":
            blocks += _blocks(report, each)
        elif each.aggregate == "share":
            blocks += _shares(report, each)
    return Section("value", "Values by segment", tuple(blocks)) if blocks else None


def _blocks(report: Report, measured: Measured) -> list[Block]:
    head = Column("segment", "left", "text")
    counts = measured.aggregate == "count"
    last = ("zeros", "variance / mean") if counts else ("total",)
    columns = (head, Column("n"), *(Column(name) for name in (*_SPREAD, *last)))
    title = f"{measured.label} by {measured.axis}"
    table = Table(title, columns, tuple(_row(measured, row) for row in measured.segments))
    boxes = tuple(box for row in measured.segments if (box := _box(measured, row)) is not None)
    log = not counts and all(box.low > 0 for box in boxes)
    drawing: list[Block] = [Boxes(title, measured.label, boxes, log)] if boxes else []
    return [table, *drawing, Paragraph(_expected_text(report, measured))]


def _row(measured: Measured, row: SegmentRow) -> tuple[str, ...]:
    name, spread = segment_text(row.segment), row.spread
    if spread is None:
        return (name, "0", *["–"] * (9 if measured.aggregate == "count" else 8))
    quartiles = (spread.low, spread.p25, spread.median, spread.p75, spread.high)
    if measured.aggregate == "count":
        index = number(spread.sd**2 / spread.mean) if spread.mean else "–"
        shown = tuple(f"{value:,g}" for value in quartiles)
        return (name, f"{spread.n:,}", *shown, decimal(row.mean), decimal(spread.sd), f"{spread.zeros:,}", index)
    places = min(measured.decimals if measured.decimals is not None else 2, 2)
    numbers = tuple(decimal(value, places) for value in quartiles)
    return (name, f"{spread.n:,}", *numbers, decimal(row.mean), decimal(spread.sd), decimal(row.total, places))


def _box(measured: Measured, row: SegmentRow) -> Box | None:
    spread = row.spread
    if spread is None:
        return None
    places = 0 if measured.aggregate == "count" else 2
    text = (
        f"median {decimal(spread.median, places)}, half between {decimal(spread.p25, places)} and "
        f"{decimal(spread.p75, places)}, mean {decimal(spread.mean)}"
    )
    quartiles = (spread.low, spread.p25, spread.median, spread.p75, spread.high)
    return Box(segment_text(row.segment), *quartiles, spread.mean, text)


def _expected_text(report: Report, measured: Measured) -> str:
    """Return what was expected of the segments beside what was found, and how far they lie apart."""
    parts = [
        f"{pair.high} against {pair.low}: expected {claim_text(pair)}, measured {times(pair.estimate)}."
        for pair in measured.pairs
    ]
    if measured.relative_range is not None and measured.cov is not None:
        parts.append(
            f"The highest mean is {percent(measured.relative_range)} above the lowest "
            f"(shown beside: {percent(measured.min_effect, 0)}); coefficient of variation of the means "
            f"{percent(measured.cov)} (shown beside: {percent(report.thresholds.cov, 0)})."
        )
    return " ".join(parts) or "Too little to say how far the segments lie apart."


def _shares(report: Report, measured: Measured) -> list[Block]:
    columns = (Column("segment", "left", "text"), Column("rows"), Column("hits"), Column("share"))
    rows = tuple(
        (segment_text(row.segment), f"{row.rows:,}", f"{row.total:,.0f}", percent(row.mean))
        for row in measured.segments
    )
    title = f"{measured.label} by {measured.axis}"
    bars = tuple(Bar(segment_text(row.segment), row.mean or 0.0, percent(row.mean)) for row in measured.segments)
    return [
        Table(title, columns, rows),
        Bars(title, "share", bars, 1.0),
        Paragraph(_expected_text(report, measured)),
    ]

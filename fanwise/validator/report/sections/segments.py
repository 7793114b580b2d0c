"""Fanout and value by segment: how single counts or values are spread, as tables and boxes."""

from __future__ import annotations

from collections.abc import Callable

from fanwise.text.blocks import Box, Boxes, Cell, Column, Section, Table, bars
from fanwise.text.numbers import decimal, number, percent
from fanwise.validator.report.model import Measured, Report, SegmentRow
from fanwise.validator.report.sections.population import segment_text

__all__ = ["fanouts", "fitting", "values"]

_SPREAD = ("min", "P25", "median", "P75", "max", "mean", "sd")


def fanouts(report: Report) -> Section | None:
    """Return how many rows each parent row has, by segment."""
    return _section(report, "fanout", "Fanout by segment", {"count": _spreads})


def values(report: Report) -> Section | None:
    """Return how values are spread, by segment; shares of a value are shown as they are."""
    return _section(report, "value", "Values by segment", {"mean": _spreads, "share": _shares})


def fitting(value: float | None, places: int) -> str:
    """Return a value with so many decimals, none where it is large, three digits where it is small."""
    if value is not None and 0 < abs(value) < 0.1:
        return number(value)
    return decimal(value, places if value is not None and abs(value) < 10_000 else 0)


def _section(
    report: Report, name: str, title: str, makers: dict[str, Callable[[Report, Measured], Table]]
) -> Section | None:
    tables = [makers[each.aggregate](report, each) for each in report.measured if each.aggregate in makers]
    return Section(name, title, tuple(tables), depth=1) if tables else None


def _spreads(report: Report, measured: Measured) -> Table:
    counts = measured.aggregate == "count"
    last = (Column("zeros"), Column("variance / mean", detail=True)) if counts else (Column("total"),)
    columns = (Column("segment", "text"), Column("n"), *(Column(name) for name in _SPREAD), *last)
    means = bars([row.mean for row in measured.segments], [fitting(row.mean, 2) for row in measured.segments])
    rows = tuple(_row(measured, row, mean) for row, mean in zip(measured.segments, means, strict=True))
    boxes = tuple(box for row in measured.segments if (box := _box(row)) is not None)
    log = not counts and all(box.low > 0 for box in boxes)
    chart = Boxes(measured.label, boxes, log) if boxes else None
    return Table(measured.title, columns, rows, _range_text(report, measured), chart)


def _row(measured: Measured, row: SegmentRow, mean: Cell) -> tuple[str | Cell, ...]:
    name, spread = segment_text(row.segment), row.spread
    counts = measured.aggregate == "count"
    if spread is None:
        return (name, "0", *["–"] * (9 if counts else 8))
    quartiles = (spread.low, spread.p25, spread.median, spread.p75, spread.high)
    if counts:
        index = number(spread.sd**2 / spread.mean) if spread.mean else "–"
        shown = tuple(f"{value:,g}" for value in quartiles)
        return (name, f"{spread.n:,}", *shown, mean, decimal(spread.sd), f"{spread.zeros:,}", index)
    places = min(measured.decimals if measured.decimals is not None else 2, 2)
    numbers = [fitting(value, places) for value in quartiles]
    return (name, f"{spread.n:,}", *numbers, mean, fitting(spread.sd, 2), decimal(row.total, places))


def _box(row: SegmentRow) -> Box | None:
    spread = row.spread
    if spread is None:
        return None
    quartiles = (spread.low, spread.p25, spread.median, spread.p75, spread.high)
    return Box(segment_text(row.segment), *quartiles, spread.mean)


def _range_text(report: Report, measured: Measured) -> str:
    """Return how far the means lie apart, beside the figures that are usual."""
    means = [row.mean for row in measured.segments if row.mean is not None]
    if len(means) < 2:
        return "Too little data to say how far the segments lie apart."
    if measured.relative_range is None or measured.cov is None:
        apart = number(max(means) - min(means))
        return f"The highest mean is {apart} above the lowest. They have no ratio: one is 0, or they differ in sign."
    most, above = ("highest", "above the lowest") if max(means) > 0 else ("largest", "above the smallest, by size")
    judged = "required" if any(metric.startswith("floor.") for metric in measured.metrics) else "for comparison"
    return (
        f"The {most} mean is {percent(measured.relative_range)} {above} ({judged}: "
        f"{percent(measured.min_effect, 0)}); the coefficient of variation of the means is {percent(measured.cov)} "
        f"(for comparison: {percent(report.thresholds.cov, 0)})."
    )


def _shares(report: Report, measured: Measured) -> Table:
    columns = (Column("segment", "text"), Column("rows"), Column("hits"), Column("share"))
    means = [row.mean for row in measured.segments]
    pairs = zip(measured.segments, bars(means, [percent(mean) for mean in means], 1.0), strict=True)
    rows = tuple((segment_text(row.segment), f"{row.rows:,}", f"{row.total:,.0f}", share) for row, share in pairs)
    return Table(measured.title, columns, rows, _range_text(report, measured))

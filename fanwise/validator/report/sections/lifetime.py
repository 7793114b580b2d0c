"""Lifetime value: totals per unit by segment, and the share of each segment in the whole."""

from __future__ import annotations

from fanwise.text.blocks import Cell, Column, Section, Table, bars
from fanwise.text.numbers import decimal, percent, ratio_text, times
from fanwise.validator.report.model import Lifetime, LifetimeRow, Report
from fanwise.validator.report.sections.segments import fitting
from fanwise.validator.stats.descriptive import shares

__all__ = ["appendix", "lifetimes"]


def lifetimes(report: Report) -> Section | None:
    """Return totals per unit; None where no value is measured below an axis' table."""
    tables = tuple(_totals(each) for each in report.lifetimes)
    return Section("lifetime", "Lifetime value by segment", tables, depth=1) if tables else None


def appendix(report: Report) -> Section | None:
    """Return the shares of units, rows and totals, each of the sum over all segments."""
    tables = tuple(_shares(each) for each in report.lifetimes)
    return Section("shares", "Appendix: shares of the whole", tables, folded=True) if tables else None


def _totals(found: Lifetime) -> Table:
    columns = (
        Column("segment", "text"),
        Column(found.carrier),
        Column(f"{found.table} / {found.carrier}"),
        Column(f"{found.column} / {found.table}", detail=True),
        Column("mean"),
        Column("95 % interval", detail=True),
        Column("median"),
        Column("max"),
        Column("total"),
        Column("ratio"),
        Column("its interval", detail=True),
    )
    rows = found.segments
    means = bars([row.mean for row in rows], [fitting(row.mean, 2) for row in rows])
    body = tuple(
        (row.segment, f"{row.carriers:,}", decimal(row.rate), _per_row(row), mean, *_rest(found, row))
        for row, mean in zip(rows, means, strict=True)
    )
    note = [f"All rows of {found.carrier} count, those without any {found.table} too. Ratio: to {found.anchor}."]
    note += [
        f"{row.segment}: {times(row.ratio)} the total of {found.anchor} per {found.carrier}; fanout times value, were "
        f"they independent, gives {times(row.independent)}."
        for row in rows
        if row.independent is not None
    ]
    return Table(f"{found.label} by {found.axis}", columns, body, " ".join(note))


def _per_row(row: LifetimeRow) -> str:
    return decimal(row.total / row.rows if row.rows else None)


def _rest(found: Lifetime, row: LifetimeRow) -> tuple[str | Cell, ...]:
    places = min(found.decimals if found.decimals is not None else 2, 2)
    spread, interval, ratio = row.spread, row.interval, row.ratio_interval
    return (
        f"{decimal(interval.low)} to {decimal(interval.high)}" if interval else "–",
        fitting(spread.median, places) if spread else "–",
        fitting(spread.high, places) if spread else "–",
        decimal(row.total, places),
        "1" if row.segment == found.anchor else times(row.ratio),
        f"{ratio_text(ratio.low)} to {ratio_text(ratio.high)}" if ratio else "–",
    )


def _shares(found: Lifetime) -> Table:
    columns = (
        Column("segment", "text"),
        Column(found.carrier),
        Column("share"),
        Column(found.table),
        Column("share"),
        Column(f"sum of {found.column}"),
        Column("share"),
    )
    places = min(found.decimals if found.decimals is not None else 2, 2)
    sides = [
        [float(row.carriers) for row in found.segments],
        [float(row.rows) for row in found.segments],
        [row.total for row in found.segments],
    ]
    parts = [shares(side) or [float("nan")] * len(side) for side in sides]
    names = [*(row.segment for row in found.segments), "all"]
    numbers = [[*side, sum(side)] for side in sides]
    drawn = [bars([*part, None], [percent(each, 2) for each in (*part, sum(part))], 1.0) for part in parts]
    rows = tuple(
        (
            name,
            f"{numbers[0][at]:,.0f}", drawn[0][at],
            f"{numbers[1][at]:,.0f}", drawn[1][at],
            decimal(numbers[2][at], places), drawn[2][at],
        )
        for at, name in enumerate(names)
    )  # fmt: skip
    return Table(f"{found.label} by {found.axis}: shares", columns, rows, "Every share is of all segments.")

"""Lifetime value: totals per carrier by segment, with bars to scale, and everybody's share of the whole."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import decimal, percent, ratio_text, times
from fanwise.validator.report.blocks import Bar, Bars, Block, Column, Paragraph, Section, Table
from fanwise.validator.report.model import Lifetime, LifetimeRow, Report
from fanwise.validator.stats.descriptive import shares

__all__ = ["appendix", "lifetimes"]


def lifetimes(report: Report) -> Section | None:
    """Return totals per carrier; None where no value is measured below an axis' table."""
    blocks = [block for each in report.lifetimes for block in _blocks(each)]
    return Section("lifetime", "Lifetime value by segment", tuple(blocks)) if blocks else None


def appendix(report: Report) -> Section | None:
    """Return the shares of carriers, rows and totals, each of the sum over all segments."""
    tables = [_shares(each) for each in report.lifetimes]
    return Section("shares", "Appendix: shares of the whole", tuple(tables)) if tables else None


def _blocks(found: Lifetime) -> Iterator[Block]:
    columns = (
        Column("segment", "left", "text"),
        Column(found.carrier),
        Column(f"{found.table} / {found.carrier}"),
        Column("mean"),
        Column("95 % interval"),
        Column("median"),
        Column("max"),
        Column("total"),
        Column(f"of {found.anchor}"),
    )
    title = f"{found.label} by {found.axis}"
    note = f"All rows of {found.carrier} count, those without any {found.table} too."
    yield Table(title, columns, tuple(_row(found, row) for row in found.segments), note)
    yield _bars(f"{found.table} per {found.carrier}", found.table, [(r.segment, r.rate) for r in found.segments])
    yield _bars(title, f"{found.column} per {found.carrier}", [(row.segment, row.mean) for row in found.segments])
    means = [(row.segment, row.total / row.rows if row.rows else None) for row in found.segments]
    yield _bars(f"mean {found.table}.{found.column}", f"{found.column} per {found.table}", means)
    told = [
        f"{row.segment} should have {times(row.independent)} the total of {found.anchor} per {found.carrier} "
        f"(fanout times value, were they independent) and has {times(row.ratio)}."
        for row in found.segments
        if row.independent is not None
    ]
    if told:
        yield Paragraph(" ".join(told))


def _row(found: Lifetime, row: LifetimeRow) -> tuple[str, ...]:
    places = min(found.decimals if found.decimals is not None else 2, 2)
    spread, interval, ratio = row.spread, row.interval, row.ratio_interval
    return (
        row.segment,
        f"{row.carriers:,}",
        decimal(row.rate),
        decimal(row.mean),
        f"{decimal(interval.low)} to {decimal(interval.high)}" if interval else "–",
        decimal(spread.median) if spread else "–",
        decimal(spread.high, places) if spread else "–",
        decimal(row.total, places),
        "1" if row.segment == found.anchor else times(row.ratio) + _within(ratio.low, ratio.high) if ratio else "–",
    )


def _within(low: float, high: float) -> str:
    return f" ({ratio_text(low)} to {ratio_text(high)})"


def _bars(caption: str, unit: str, values: list[tuple[str, float | None]]) -> Bars:
    """Return bars from 0 to the largest value."""
    items = tuple(Bar(name, value or 0.0, decimal(value)) for name, value in values)
    return Bars(caption, unit, items, max((item.value for item in items), default=0.0))


def _shares(found: Lifetime) -> Table:
    columns = (
        Column("segment", "left", "text"),
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
    rows = [
        (
            row.segment,
            f"{row.carriers:,}", percent(parts[0][at], 2),
            f"{row.rows:,}", percent(parts[1][at], 2),
            decimal(row.total, places), percent(parts[2][at], 2),
        )
        for at, row in enumerate(found.segments)
    ]  # fmt: skip
    totals = [sum(side) for side in sides]
    whole = [percent(sum(part), 2) for part in parts]
    last = ("all", f"{totals[0]:,.0f}", whole[0], f"{totals[1]:,.0f}", whole[1], decimal(totals[2], places), whole[2])
    return Table(f"{found.label} by {found.axis}: shares", columns, (*rows, last), "Every share is of all segments.")

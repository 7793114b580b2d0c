"""Population: how many rows each segment has, beside the declared shares."""

from __future__ import annotations

from fanwise.text.numbers import percent
from fanwise.validator.report.blocks import Bar, Bars, Block, Column, Section, Table
from fanwise.validator.report.model import Population, Report

__all__ = ["population", "segment_text"]

_COLUMNS = (
    Column("segment", "left", "text"),
    Column("rows"),
    Column("share"),
    Column("declared"),
    Column("label", "left", "text"),
)


def population(report: Report) -> Section | None:
    """Return one table and one drawing per axis; None for a contract without axes."""
    blocks = [block for each in report.populations for block in _blocks(each)]
    return Section("population", "Population", tuple(blocks)) if blocks else None


def segment_text(name: str | None) -> str:
    """Return the name of a segment; rows without one are `(null)`."""
    return name if name is not None else "(null)"


def _blocks(found: Population) -> tuple[Block, ...]:
    total = sum(found.counts.values())
    order = [*found.shares, *(name for name in found.counts if name not in found.shares)]
    rows, bars = [], []
    for name in order:
        got = found.counts.get(name, 0)
        share = percent(got / total) if total else "–"
        declared = percent(found.shares.get(name)) if name is not None else "–"
        rows.append((segment_text(name), f"{got:,}", share, declared, _label(found, name)))
        bars.append(Bar(segment_text(name), float(got), f"{got:,} ({share})"))
    place = f"{found.axis} ({found.table}.{found.column})"
    table = Table(f"Segments of {place}", _COLUMNS, tuple(rows))
    scale = max((bar.value for bar in bars), default=0.0)
    return Bars(f"Rows of {found.table} by {found.axis}", "rows", tuple(bars), scale), table


def _label(found: Population, name: str | None) -> str:
    """Return what is to be said of a segment beside the others."""
    if name is None:
        return "no segment"
    if name not in found.shares:
        return "not declared"
    sizes = [found.counts.get(other, 0) for other in found.shares]
    own = found.counts.get(name, 0)
    if not own:
        return "empty"
    if len(set(sizes)) == 1:
        return "all alike"
    return "largest" if own == max(sizes) else "smallest" if own == min(sizes) else ""

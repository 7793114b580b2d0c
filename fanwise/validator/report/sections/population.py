"""Population: how many rows each segment has, beside the declared shares."""

from __future__ import annotations

from fanwise.text.blocks import Column, Section, Table, bars
from fanwise.text.numbers import percent
from fanwise.validator.report.model import Population, Report

__all__ = ["population", "segment_text"]

_COLUMNS = (
    Column("segment", "text"),
    Column("rows"),
    Column("share"),
    Column("declared"),
    Column("label", "text", detail=True),
)


def population(report: Report) -> Section | None:
    """Return one table per axis; None for a contract without axes."""
    tables = tuple(_table(each) for each in report.populations)
    return Section("population", "Population", tables, depth=1) if tables else None


def segment_text(name: str | None) -> str:
    """Return the name of a segment; rows without one are `(null)`."""
    return name if name is not None else "(null)"


def _table(found: Population) -> Table:
    total = sum(found.counts.values())
    order = [*found.shares, *(name for name in found.counts if name not in found.shares)]
    counts = [found.counts.get(name, 0) for name in order]
    shares = [got / total if total else None for got in counts]
    rows = []
    for name, got, share in zip(order, counts, bars(shares, [percent(share) for share in shares], 1.0), strict=True):
        declared = percent(found.shares.get(name or ""))
        rows.append((segment_text(name), f"{got:,}", share, declared, _label(found, name)))
    title = f"Segments of {found.axis} ({found.table}.{found.column})"
    if any(share is not None for share in found.shares.values()):
        return Table(title, _COLUMNS, tuple(rows))
    return Table(title, (*_COLUMNS[:3], *_COLUMNS[4:]), tuple((*row[:3], *row[4:]) for row in rows))


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

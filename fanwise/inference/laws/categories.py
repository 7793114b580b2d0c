"""Categories: each value with its share, rare ones together as `other`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fanwise.inference.laws.laws import number
from fanwise.inference.model import SEGMENT, UNIT, Column, Table, work_sql
from fanwise.inference.sources.opening import Opened
from fanwise.io.quoting import quote_ident, quote_text

__all__ = ["Category", "is_category", "read_category"]

_MOST = 60
_REPEATS = 10
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Category:
    """The shares of a column's values, in all rows and per segment. merged: how many rare values became `other`."""

    shares: Mapping[str, float]
    by_segment: Mapping[str, Mapping[str, float]]
    merged: int


def is_category(column: Column, rows: int) -> bool:
    """Return whether a column of texts holds few values again and again."""
    if column.values:
        return True
    few = column.distinct <= _MOST or column.distinct <= rows / 500
    return (
        column.sort == "text" and 0 < column.distinct <= _SHOWN and few and column.count >= _REPEATS * column.distinct
    )


def read_category(found: Opened, table: Table, column: Column, least: int) -> Category | None:
    """Return the shares of a column's values; None where no value belongs to enough units."""
    own, unit, segment = quote_ident(column.name), quote_ident(UNIT), quote_ident(SEGMENT)
    known = found.session.rows(
        f"SELECT CAST({own} AS VARCHAR), count(*), count(DISTINCT {unit}) FROM {work_sql(table.name)} "
        f"WHERE {own} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    kept = [value for value, _, units in known if units >= least and _writable(value)]
    if not kept:
        return None
    other = "other"
    while other in kept:
        other += "_"
    names = ", ".join(map(quote_text, kept))
    label = f"CASE WHEN CAST({own} AS VARCHAR) IN ({names}) THEN CAST({own} AS VARCHAR) ELSE {quote_text(other)} END"
    rows = found.session.rows(
        f"SELECT {segment}, {label} AS v, count(*) FROM {work_sql(table.name)} WHERE {own} IS NOT NULL GROUP BY ALL "
        "ORDER BY ALL"
    )
    order = [*kept, *([other] if len(kept) < len(known) else [])]
    totals = {value: sum(count for _, each, count in rows if each == value) for value in order}
    segments: dict[str, dict[str, float]] = {}
    for name in dict.fromkeys(str(name) for name, _, _ in rows if name is not None):
        own_counts = {value: sum(c for s, each, c in rows if s == name and each == value) for value in order}
        segments[name] = _shares(own_counts)
    return Category(_shares(totals), segments, len(known) - len(kept))


def _writable(value: str) -> bool:
    return 0 < len(value) <= 200 and value.isprintable()


def _shares(counts: Mapping[str, float]) -> dict[str, float]:
    total = sum(counts.values())
    return {value: float(number(count / total, 4)) for value, count in counts.items()}

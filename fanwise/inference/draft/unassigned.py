"""Rows without a segment, because a reference on the way to it is null: what `else` says of them."""

from __future__ import annotations

from collections.abc import Mapping

from fanwise.inference.findings import Findings
from fanwise.inference.laws.laws import number
from fanwise.inference.model import SEGMENT, work_sql
from fanwise.inference.structure.paths import Way, unit_way
from fanwise.io.quoting import quote_ident, quote_text

__all__ = ["with_else", "without_segment"]


def without_segment(findings: Findings, table: str) -> int:
    """Return how many rows of a table that sees the axis have no segment."""
    way, seen = unit_way(findings.found.source, table)
    if findings.found.source.axis is None or not seen or not _may_be_null(findings, table, way):
        return 0
    sql = f"SELECT count(*) FROM {work_sql(table)} WHERE {quote_ident(SEGMENT)} IS NULL"
    return int(findings.found.session.rows(sql)[0][0])


def with_else(findings: Findings, table: str, per: Mapping[str, float], value: str, base: str = "") -> dict[str, float]:
    """Return numbers by segment with that of the rows that have none: the mean of a SQL value, or its ratio to a base.

    Too few such rows, or none with a value, take the mean of all rows.
    """
    if not without_segment(findings, table):
        return dict(per)
    own, view = quote_ident(SEGMENT), work_sql(table)
    sql = (
        f"SELECT favg({value}) FILTER ({own} IS NULL), count({value}) FILTER ({own} IS NULL), favg({value}), "
        f"favg({value}) FILTER ({own} = {quote_text(base)}) FROM {view}"
    )
    none, count, every, zero = findings.found.session.rows(sql)[0]
    mean = none if count >= findings.options.least else every
    return {**per, "else": number(float(mean) / float(zero) if base else float(mean))}


def _may_be_null(findings: Findings, table: str, way: Way) -> bool:
    """Return whether a reference along a way has nulls: made data have no orphans, the other cause of no segment."""
    tables = findings.found.source.tables
    homes = [table, *(each.target for each in way)]
    return any(
        tables[home].columns[name].count < (tables[home].rows or 0)
        for home, each in zip(homes, way, strict=False)
        for name in each.columns
    )

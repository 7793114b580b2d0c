"""Totals per unit, and the share of the top 5 % of units, less what halves of REAL differ by."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

from fanwise.comparison.context import Context
from fanwise.comparison.gates import judged
from fanwise.comparison.pair import LEAST
from fanwise.comparison.result import Row
from fanwise.comparison.shapes import HALVES, half
from fanwise.comparison.subjects import total_sql
from fanwise.inference.sources.opening import Opened
from fanwise.text.numbers import percent, told_apart

__all__ = ["measure"]

_TOP = 0.05


def measure(context: Context) -> Iterator[Row]:
    """Yield the total of each column of numbers below a unit, and what the top units have of it."""
    pair = context.pair
    for subject in context.shapes:
        if subject.kind != "total":
            continue
        sql = total_sql(pair, subject.table, subject.column)
        real, synth = _measured(pair.real, sql, HALVES), _measured(pair.synth, sql, 0)
        if min(real[0][0], synth[0][0]) < LEAST:
            continue
        unit, what = pair.unit_of(subject.table), f"{subject.table}.{subject.column}"
        yield from _rows(what, unit, real, synth[0])


_Part = tuple[int, float, float]  # units, mean total, share of the top


def _rows(what: str, unit: str, real: list[_Part], synth: _Part) -> Iterator[Row]:
    (_, one, top_one), (_, other, top_other) = real[0], synth
    halves = list(zip(real[1::2], real[2::2], strict=True))
    if one:
        floor = fmean(abs(b[1] / a[1] - 1) if a[1] else 0.0 for a, b in halves) if halves else 0.0
        apart = max(0.0, abs(other / one - 1) - floor)
        shown, shown_other = told_apart(one, other)
        message = (
            f"total {what} per {unit}: {shown} in REAL, {shown_other} in SYNTH, {percent(other / one - 1)}; "
            f"halves of REAL are {percent(floor)} apart"
        )
        yield Row("total", f"total {what}", "", judged("total", apart), message, one, other, apart, floor)
    if top_one and top_other:
        floor = fmean(abs(b[2] - a[2]) for a, b in halves) if halves else 0.0
        apart = max(0.0, abs(top_other - top_one) - floor)
        message = (
            f"top 5 % of {unit} by {what}: {percent(top_one)} of the total in REAL, {percent(top_other)} in SYNTH; "
            f"halves of REAL are {100 * floor:.1f} points apart"
        )
        yield Row("top", f"top 5 % by {what}", "", judged("top", apart), message, top_one, top_other, apart, floor)


def _measured(found: Opened, sql: str, halves: int) -> list[_Part]:
    """Return all units, then the halves, one after the other."""
    base = found.session.load(f"SELECT u, v FROM ({sql})")
    out = []
    for where in ["TRUE", *(f"{half('u', way)} = {side}" for way in range(halves) for side in (0, 1))]:
        ranked = (
            f"SELECT v, row_number() OVER (ORDER BY v DESC) AS place, count(*) OVER () AS n FROM {base} WHERE {where}"
        )
        units, mean, top = found.session.rows(
            f"SELECT count(*), favg(v), fsum(v) FILTER (place <= greatest(1, round({_TOP} * n))) / nullif(fsum(v), 0) "
            f"FROM ({ranked})"
        )[0]
        out.append((int(units), float(mean or 0.0), float(top or 0.0)))
    found.session.execute(f"DROP TABLE {base}")
    return out

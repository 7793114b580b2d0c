"""Dates and instants: an interval with a curve, or a lag after another instant of the row or of a row above."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fanwise.inference.laws.laws import GRID, Law, fit, number, quantile_law
from fanwise.inference.laws.numbers import spread_of
from fanwise.inference.laws.seasons import seasons
from fanwise.inference.model import UNIT, Column, Reference, Table, work_sql
from fanwise.inference.sources.opening import Opened
from fanwise.inference.structure.paths import joined
from fanwise.inference.yaml_text import name_of
from fanwise.io.quoting import quote_ident

__all__ = ["Window", "day_after", "day_before", "draft_time", "find_window"]

Curve = dict[str, Mapping[str, float] | str]

_FLAT = 0.1  # the distance up to which instants are spread over the interval that is left
_FAR = 0.1  # the part of that interval in which half of the instants lie, up to which they follow by a lag
_LONGEST_CURVE = 180_000  # days; a schema has 500 years
_EVEN = 0.05
_TOGETHER = 0.05  # r² from which on two columns of instants rise together
_FIRST = 1_000  # rows that are looked at before all of them
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open interval of days in which the events of a source lie."""

    start: dt.date
    end: dt.date


@dataclass(frozen=True, slots=True)
class _Before:
    """An instant that comes before another: its name in the language, and how to query both.

    helper: name and body of a hidden column that stands for it where it may be null. lost: rows that are null with it.
    """

    name: str
    relation: str
    is_day: bool
    helper: tuple[str, str] | None = None
    lost: int = 0

    @property
    def column(self) -> str:
        """The column that is read."""
        return self.helper[0] if self.helper is not None else self.name


def find_window(found: Opened, least: int) -> Window | None:
    """Return the interval of the tables that have parents or references, else of all tables."""
    tables = list(found.source.tables.values())
    own = [
        (table, column)
        for table in tables
        for column in table.columns.values()
        if column.sort in ("date", "instant")
        and column.count > least
        and (column.sort == "instant" or table.references)
    ]
    ends = [found_ends for table, column in own if (found_ends := _ends(found, table, column, least)) is not None]
    return Window(min(low for low, _ in ends), max(high for _, high in ends)) if ends else None


def _ends(found: Opened, table: Table, column: Column, least: int) -> tuple[dt.date, dt.date] | None:
    """Return the days around all values except `least` at each end; None where nothing is left between them."""
    own = quote_ident(column.name)
    sql = f"SELECT list_last(min({own}, {least})), list_last(max({own}, {least})) FROM {work_sql(table.name)}"
    low, high = found.session.rows(sql)[0]
    if low is None or low > high or column.count < least:
        return None
    return day_before(found, table, column, _day(low), least), day_after(found, table, column, _day(high), least)


def _day(value: dt.date | dt.datetime) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


def day_before(found: Opened, table: Table, column: Column, day: dt.date, least: int) -> dt.date:
    """Return the day, or the last one before it, that is not a value of too few units."""
    most = min(119, (day - dt.date.min).days)
    return _clear(found, table, column, [day - dt.timedelta(days=back) for back in range(most + 1)], least)


def day_after(found: Opened, table: Table, column: Column, day: dt.date, least: int) -> dt.date:
    """Return the first day after it that is not a value of too few units; the last day of the calendar as it is."""
    most = min(120, (dt.date.max - day).days)
    return _clear(found, table, column, [day + dt.timedelta(days=on) for on in range(1, most + 1)] or [day], least)


def _clear(found: Opened, table: Table, column: Column, days: Sequence[dt.date], least: int) -> dt.date:
    own = quote_ident(column.name)
    some = ", ".join(f"DATE '{day.isoformat()}'" for day in days)
    sql = (
        f"SELECT CAST({own} AS DATE), count(DISTINCT {quote_ident(UNIT)}) FROM {work_sql(table.name)} "
        f"WHERE {own} IN ({some}) GROUP BY 1"
    )
    rare = {day for day, units in found.session.rows(sql) if units < least}
    return next((day for day in days if day not in rare), days[-1])


def draft_time(
    found: Opened, table: Table, column: Column, window: Window | None, least: int
) -> tuple[str, str, Curve, _Before | None]:
    """Return the kind of a column of dates or instants, its evidence, its curve, and the instant that it reads."""
    before = _best_before(found, table, column)
    if before is not None and window is not None:
        before = _linked(found, table, column, before, window)
        done = _after(found, table, column, before, window, least)
        if before.helper is None or done[0].startswith(("date", "timestamp")):
            return *done, before
    return *_alone(found, table, column, window, least), None


def _linked(found: Opened, table: Table, column: Column, before: _Before, window: Window) -> _Before:
    """Return the instant before a column as it is written: a hidden one, where the column outlives its nulls."""
    own = quote_ident(column.name)
    sql = f"SELECT count(*) FILTER (b IS NULL), count({own}) FILTER (b IS NULL) FROM ({before.relation})"
    lost, alive = found.session.rows(sql)[0]
    if not alive:
        return replace(before, lost=int(lost))
    taken = {name.lower() for each in table.columns.values() for name in (each.name, each.said)}
    day = window.start.isoformat()
    start = f"DATE '{day}'" if before.is_day else f"TIMESTAMP '{day} 00:00:00'"
    helper = name_of(f"{column.name}_from", taken), f'expr: "coalesce({before.name}, {start})"'
    return replace(before, helper=helper)


def _alone(found: Opened, table: Table, column: Column, window: Window | None, least: int) -> tuple[str, str, Curve]:
    """Return the distribution of a column that follows no other instant."""
    ends = _ends(found, table, column, least)
    if ends is None:
        low, high = (window.start, window.end) if window else (dt.date(2024, 1, 1), dt.date(2025, 1, 1))
        return _between(column, low.isoformat(), high.isoformat()), "too few values to learn from", {}
    whole = window is not None and _near(ends, window)
    names = ("window.start", "window.end") if whole else (ends[0].isoformat(), ends[1].isoformat())
    start = window.start if window is not None else ends[0]
    curve = _curve(found, table, column, None, ends, start)
    if window is None:
        curve.pop("trend", None)  # it would count from the start of a window
    return _between(column, *names), "", curve


def _near(ends: tuple[dt.date, dt.date], window: Window) -> bool:
    slack = max((window.end - window.start).days * 0.02, 1)
    return abs((ends[0] - window.start).days) <= slack and abs((ends[1] - window.end).days) <= slack


def _between(column: Column, low: str, high: str) -> str:
    return f"{'date' if column.sort == 'date' else 'timestamp'}: {{between: [{low}, {high}]}}"


def _best_before(found: Opened, table: Table, column: Column) -> _Before | None:
    """Return the instant that never comes after the column's, and is nearest to it.

    Where one column ends before the other begins, the order says nothing: then both must rise together as well.
    """
    best: tuple[float, _Before] | None = None
    for each in _others(found, table, column):
        own = quote_ident(column.name)
        sql = (
            f"SELECT count(*), count(*) FILTER ({own} < b), avg(epoch({own}) - epoch(b)), min({own}) >= max(b), "
            f"regr_r2(epoch({own}), epoch(b)) * sign(covar_pop(epoch({own}), epoch(b))) "
            f"FROM ({each.relation}) WHERE {own} IS NOT NULL AND b IS NOT NULL"
        )
        count, wrong, gap, apart, together = found.session.rows(sql)[0]
        if apart and not (together is not None and together >= _TOGETHER):
            continue
        if count >= 0.5 * column.count > 0 and not wrong and gap > 0 and (best is None or gap < best[0]):
            best = float(gap), each
    return best[1] if best else None


def _others(found: Opened, table: Table, column: Column) -> Iterator[_Before]:
    """Yield the instants of the same row that stand before, and those of rows above or referred to."""
    own = quote_ident(column.name)
    for each in _not_before(found, table, column):
        sql = f"SELECT {own}, CAST({quote_ident(each.name)} AS TIMESTAMP) AS b FROM {work_sql(table.name)}"
        yield _Before(each.said, sql, each.sort == "date")
    targets = [edge.target for edge in found.source.edges(table.name)]
    for edge in found.source.edges(table.name):
        if targets.count(edge.target) > 1:
            continue
        for other in found.source.tables[edge.target].columns.values():
            if other.sort in ("date", "instant") and other.count:
                relation, last = joined(table.name, (edge,))
                sql = (
                    f"SELECT t.{own} AS {own}, CAST({last}.{quote_ident(other.name)} AS TIMESTAMP) AS b FROM {relation}"
                    f"{_without_orphans(edge, last)}"
                )
                yield _Before(f"{edge.target}.{other.said}", sql, other.sort == "date")


def _not_before(found: Opened, table: Table, column: Column) -> list[Column]:
    """Return the times before a column that it never comes before in the first rows: one question for all of them."""
    times = [each for each in table.before(column) if each.sort in ("date", "instant") and each.count]
    if len(times) < 2:
        return times
    own, names = quote_ident(column.name), [quote_ident(each.name) for each in times]
    asked = ", ".join(f"count(*) FILTER ({own} < CAST({name} AS TIMESTAMP))" for name in names)
    few = f"SELECT {', '.join((own, *names))} FROM {work_sql(table.name)} LIMIT {_FIRST}"
    wrong = found.session.rows(f"SELECT {asked} FROM ({few})")[0]
    return [each for each, count in zip(times, wrong, strict=True) if not count]


def _without_orphans(edge: Reference, last: str) -> str:
    """Return the condition that leaves orphans out: made data have none, so they say nothing of nulls."""
    lost = " AND ".join(f"t.{quote_ident(name)} IS NOT NULL" for name in edge.columns)
    return f" WHERE NOT ({lost} AND {last}.{quote_ident(edge.keys[0])} IS NULL)"


def _after(
    found: Opened, table: Table, column: Column, before: _Before, window: Window, least: int
) -> tuple[str, str, Curve]:
    own, end = quote_ident(column.name), f"epoch(TIMESTAMP '{window.end.isoformat()}')"
    note = f"never before {before.name}"
    left = f"({end} - epoch(b))"
    part = f"least(1, (epoch({own}) - epoch(b)) / nullif({left}, 0))"
    even = spread_of(found, f"SELECT {part} AS x FROM ({before.relation}) WHERE b IS NOT NULL AND {left} > 86400", "x")
    if even is not None and float(np.interp(0.5, GRID, even.quantiles)) >= _FAR:
        curve = _curve(found, table, column, before, (window.start, window.end), window.start)
        spread = float(np.max(np.abs(even.quantiles - GRID))) <= _FLAT
        if spread or not curve.keys().isdisjoint(("hour", "weekday")):  # a lag would lose them
            return _between(column, before.column, "window.end"), note, curve
    lag = spread_of(found, f"SELECT epoch({own}) - epoch(b) AS x FROM ({before.relation})", "x")
    if lag is None:
        return _between(column, before.column, "window.end"), note, {}
    law = fit(lag)
    if law is None or law.word == "normal" or lag.low < 0:
        law = quantile_law(lag, list, min(0.4, least / lag.count))
    days = ", type: date" if column.sort == "date" else ""
    return f"after: {{column: {before.column}, lag: {_lag(law)}}}{days}", f"{note}; {law.note}", {}


def _lag(law: Law) -> str:
    """Return a lag; times are in the unit that fits them."""

    def told(value: float) -> str:
        for unit, seconds in (("d", 86400), ("h", 3600), ("m", 60)):
            if value >= 2 * seconds:
                return f"{number(value / seconds)}{unit}"
        return str(max(0, round(value)))

    if law.word == "quantile":
        knots = ", ".join(f"{share}: {max(0, round(value))}" for share, value in law.params["knots"].items())
        log = ", log: true" if law.params.get("log") and min(map(round, law.params["knots"].values())) > 0 else ""
        return f"{{quantile: {{knots: {{{knots}}}{log}}}}}"
    timed = {"mean", "sd", "median", "min", "max"}
    params = ", ".join(f"{name}: {told(value) if name in timed else value}" for name, value in law.params.items())
    return f"{{{law.word}: {{{params}}}}}"


def _curve(
    found: Opened,
    table: Table,
    column: Column,
    before: _Before | None,
    ends: tuple[dt.date, dt.date],
    start: dt.date,
) -> Curve:
    """Return factors of weekdays, hours and months, and a trend from `start` on, where they are not flat.

    None for an interval that is too long for the curve of a schema.
    """
    if (ends[1] - min(start, ends[0])).days > _LONGEST_CURVE:
        return {}
    own = quote_ident(column.name)
    relation = before.relation if before else f"SELECT {own} FROM {work_sql(table.name)}"
    sql = f"SELECT isodow({own}), hour({own}), 0, count(*) FROM ({relation}) WHERE {own} IS NOT NULL GROUP BY ALL"
    if column.sort == "date":
        sql = sql.replace(f"hour({own})", "0")
    rows = found.session.rows(sql)
    parts: dict[str, Mapping[str, float] | str] = {
        "weekday": _factors(rows, 0, dict(zip(range(1, 8), _DAYS, strict=True)), 1 / 7),
        "hour": _factors(rows, 1, {hour: str(hour) for hour in range(24)}, 1 / 24) if column.sort == "instant" else {},
    }
    parts |= seasons(found, relation, own, "b" if before else None, ends, start)
    return {name: factors for name, factors in parts.items() if factors}


def _factors(rows: Sequence[tuple[int, ...]], at: int, names: dict[int, str], even: float) -> dict[str, float]:
    counts = dict.fromkeys(names, 0)
    for row in rows:
        counts[row[at]] += row[3]
    total = sum(counts.values())
    if total < 20 * len(names) or (at == 1 and counts[0] == total):
        return {}
    chi = sum((count - total * even) ** 2 / (total * even) for count in counts.values())
    noise = 4 * (even / total) ** 0.5 / even
    factors = {
        names[key]: number(count / total / even, 3) if abs(count / total / even - 1) > noise else 1
        for key, count in counts.items()
    }
    uneven = max(abs(factor - 1) for factor in factors.values()) > _EVEN
    return factors if uneven and chi > 5 * len(names) else {}

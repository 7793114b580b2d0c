"""The window, the axes and the curves of a dataset."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal

from fanwise.generator.errors import nearest
from fanwise.generator.language.curve import Curve
from fanwise.generator.language.names.instants import parse_day, parse_instant, parse_trend
from fanwise.generator.language.names.outline import AxisOutline, ColumnOutline, Outline
from fanwise.generator.language.problems import Complaints, Fault, Skip
from fanwise.generator.language.spec import Axis
from fanwise.io.problems import Place

__all__ = ["bind_axis", "bind_curve", "bind_window", "check_case", "read_rank"]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS = tuple(str(hour) for hour in range(24))
TOLERANCE = 1e-9


def bind_window(raw: Mapping[str, Any], complaints: Complaints) -> tuple[int, int] | None:
    """Return the half-open window in microseconds since 1970-01-01 UTC, or None."""
    window = raw.get("window")
    if not isinstance(window, dict) or {"start", "end"} - window.keys():
        return None
    ends: list[int] = []
    for name in ("start", "end"):
        try:
            ends.append(parse_instant(window[name]))
        except ValueError as error:
            complaints.add("FW-SCHEMA-BAD-TIME", ("window", name), str(error))
    if len(ends) < 2:
        return None
    if ends[0] >= ends[1]:
        why = f"the window must end after its start ({window['start']})"
        complaints.add(
            "FW-SCHEMA-WINDOW", ("window", "end"), why, "swap start and end; the end itself is not part of the window"
        )
        return None
    return ends[0], ends[1]


def bind_axis(outline: Outline, complaints: Complaints, name: str) -> Axis | None:
    """Return an axis, or None where it has no table; every problem of it is reported."""
    found, place = outline.axes[name], ("segments", name)
    _check_share(complaints, found, place)
    rank: tuple[str, ...] = ()
    if "rank" in found.raw:
        with complaints.catch():
            rank = read_rank(found.raw["rank"], found.segments, (*place, "rank"))
            absent = [segment for segment in found.segments if segment not in rank]
            if absent:
                why = f"the rank does not list {', '.join(absent)}"
                raise Fault("FW-SCHEMA-RANK", (*place, "rank"), why)
    if "table" not in found.raw:
        return None
    table = outline.tables.get(found.table)
    if table is None:
        with complaints.catch():
            raise outline.unknown_table((*place, "table"), found.table)
        return None
    _check_column(outline, complaints, name)
    is_root = table.parent is None
    if not is_root and found.raw.get("assign") == "balanced":
        why = f"{found.table} has a parent, and balanced needs the row numbers of a root table"
        complaints.add("FW-SCHEMA-ASSIGN", (*place, "assign"), why)
    assign: Literal["balanced", "random"] = "balanced"
    if not is_root or found.raw.get("assign") == "random":
        assign = "random"
    share = MappingProxyType({segment: float(value) for segment, value in found.raw.get("share", {}).items()})
    return Axis(name, found.table, found.column, share, rank, assign, found.raw.get("description", ""))


def _check_share(complaints: Complaints, found: AxisOutline, place: Place) -> None:
    shares = found.raw.get("share", {})
    total = math.fsum(shares.values())
    if shares and abs(total - 1) > TOLERANCE:
        last = next(reversed(shares))
        rest = 1 - math.fsum(value for segment, value in shares.items() if segment != last)
        hint = f"{last}: {rest:.9g} would make it 1" if rest > 0 else "divide each share by their sum"
        complaints.add("FW-SCHEMA-SHARES", (*place, "share"), f"the sum of the shares is {total:.12g}, not 1", hint)


def _check_column(outline: Outline, complaints: Complaints, name: str) -> None:
    axis = outline.axes[name]
    columns = outline.tables[axis.table].columns
    unsure = any(found.kind == "" or _is_lost_segment(outline, found) for found in columns.values())
    if not axis.column and columns and not unsure:
        hint = f"add {axis.table}_segment: {{segment: {name}}} to tables.{axis.table}.columns"
        why = f"{axis.table} has no column for this axis"
        complaints.add("FW-SCHEMA-SEGMENT-COLUMN", ("segments", name), why, hint)
    for table_name, table in outline.tables.items():
        found = table.columns.get(name)
        if found is not None and found.kind and found.axis != name:
            why = f"'{name}' is the name of an axis, so a column with this name must be its segment column"
            complaints.add(
                "FW-SCHEMA-SEGMENT-COLUMN",
                ("tables", table_name, "columns", name),
                why,
                "rename the column or the axis",
            )


def _is_lost_segment(outline: Outline, found: ColumnOutline) -> bool:
    return found.axis is not None and found.axis not in outline.axes


def read_rank(raw: str | list[Any], segments: Iterable[str], place: Place) -> tuple[str, ...]:
    """Return an order of segments, highest first, from `VIP > Standard` or a list (raises Fault)."""
    known = tuple(segments)
    if not known:
        raise Skip
    rank = tuple(part.strip() for part in raw.split(">")) if isinstance(raw, str) else tuple(str(part) for part in raw)
    for at, segment in enumerate(rank):
        if segment not in known:
            hint = nearest(segment, known)
            if isinstance(raw, str) and any(">" in other for other in known):
                hint = "a segment contains '>': write the rank as a list"
            raise Fault("FW-SCHEMA-UNKNOWN-LABEL", place, f"'{segment}' is not a segment of this axis", hint)
        if segment in rank[:at]:
            raise Fault("FW-SCHEMA-DUPLICATE", place, f"'{segment}' is listed twice")
    if len(rank) < 2:
        raise Fault("FW-SCHEMA-RANK", place, "a rank has at least two segments", "write A > B")
    return rank


def bind_curve(name: str, raw: Mapping[str, Any], complaints: Complaints, *, has_window: bool) -> Curve:
    """Return a curve; every problem of it is reported."""
    place = ("curves", name)
    parts = {"month": MONTHS, "weekday": WEEKDAYS, "hour": HOURS}
    factors = {part: tuple(float(raw.get(part, {}).get(word, 1)) for word in words) for part, words in parts.items()}
    for part, values in factors.items():
        if not any(values):
            why = "all factors are 0, so no instant is possible"
            complaints.add("FW-SCHEMA-ZERO-WEIGHTS", (*place, part), why)
    trend = 1.0
    if "trend" in raw:
        here = (*place, "trend")
        try:
            trend = parse_trend(raw["trend"])
        except ValueError as error:
            complaints.add("FW-SCHEMA-BAD-TIME", here, str(error), "write 8%/y")
        if not has_window:
            why = "a trend counts from window.start, and the dataset has no window"
            complaints.add("FW-SCHEMA-WINDOW", here, why, "add window: {start: 2024-01-01, end: 2025-01-01}")
    spikes: dict[dt.date, float] = {}
    for day, factor in raw.get("spikes", {}).items():
        try:
            spikes[parse_day(day)] = float(factor)
        except ValueError as error:
            complaints.add("FW-SCHEMA-BAD-TIME", (*place, "spikes", day), str(error), "write 2024-11-29", on_key=True)
    return Curve(name, factors["month"], factors["weekday"], factors["hour"], trend, MappingProxyType(spikes))


def check_case(complaints: Complaints, names: Iterable[str], place: Place, what: str) -> None:
    """Report names that differ from an earlier one only by case."""
    seen: dict[str, str] = {}
    for name in names:
        first = seen.setdefault(name.lower(), name)
        if first != name:
            why = f"{what} '{name}' and '{first}' differ only in case"
            complaints.add("FW-SCHEMA-SAME-NAME", (*place, name), why)

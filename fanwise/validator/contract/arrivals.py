"""Arrivals in a contract: read, written back, and checked against the tables."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from typing import Any

from fanwise.io.problems import Place
from fanwise.validator.contract.conditions import ConditionError, parse_condition, resolve_name
from fanwise.validator.contract.model import ArrivalCell, Arrivals, Axis, Column, Curve, Table

__all__ = ["PARAMETERS", "arrival_problems", "arrivals_dict", "arrivals_of"]

PARAMETERS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "exponential": (("mean",),),
    "gamma": (("mean", "shape"),),
    "weibull": (("mean", "shape"),),
    "lognormal": (("mean", "sd"), ("median", "sigma")),
    "normal": (("mean", "sd"),),
    "uniform": (("min", "max"),),
    "pareto": (("min", "alpha"),),
    "fixed": (("value",),),
}
"""The parameters of each law: one of these sets."""

_CODE = "FW-CONTRACT-RULE"

Wrong = tuple[str, Place, str, str]


def arrivals_of(raw: Mapping[str, Any]) -> Arrivals:
    """Return the arrivals that a mapping describes."""
    cells = tuple(
        ArrivalCell(
            tuple(cell.get("at", ())),
            {name: float(value) for name, value in cell["gap"].items()},
            float(cell.get("rate", 1)),
        )
        for cell in raw["cells"]
    )
    curve = _curve(raw["curve"]) if "curve" in raw else None
    by, rate, limit = tuple(raw.get("by", ())), raw.get("rate"), raw.get("limit")
    return Arrivals(raw["start"], raw["until"], raw["law"], cells, by, rate, limit, curve)


def _curve(raw: Mapping[str, Any]) -> Curve:
    parts = {name: tuple(map(float, raw.get(name, ()))) for name in ("month", "weekday", "hour")}
    spikes = {day: float(factor) for day, factor in raw.get("spikes", {}).items()}
    first, last = raw["over"]
    return Curve((first, last), **parts, trend=float(raw.get("trend", 1)), spikes=spikes)


def arrivals_dict(arrivals: Arrivals) -> dict[str, Any]:
    """Return arrivals as a contract has them."""
    curve = arrivals.curve
    parts = {} if curve is None else {name: getattr(curve, name) or None for name in ("month", "weekday", "hour")}
    return {
        "start": arrivals.start,
        "until": arrivals.until,
        "law": arrivals.law,
        "by": arrivals.by,
        "cells": [{"at": cell.at, "gap": dict(cell.gap), "rate": cell.rate} for cell in arrivals.cells],
        "rate": arrivals.rate,
        "limit": arrivals.limit,
        "curve": None
        if curve is None
        else {"over": curve.over, **parts, "trend": curve.trend, "spikes": dict(curve.spikes) or None},
    }


def arrival_problems(
    tables: Mapping[str, Table], axes: Mapping[str, Axis], table: str, place: Place, spec: Column
) -> Iterator[Wrong]:
    """Yield the problems of the arrivals of a column."""
    edge, arrivals = tables[table].parent, spec.arrivals
    assert arrivals is not None
    if edge is None:
        yield _CODE, place, f"{table} has no parent, so nothing has arrivals", "give the table 'parent'"
        return
    if spec.type not in ("timestamp", "timestamptz"):
        yield "FW-CONTRACT-COLUMN-TYPE", place, f"arrivals are timestamps, and the column is {spec.type}", ""
    for key in ("start", "until", "rate", "limit"):
        text = getattr(arrivals, key)
        try:
            if text is not None:
                parse_condition(tables, axes, edge.table, text)
        except ConditionError as error:
            yield error.code, (*place, key), error.why, error.hint
    for at, name in enumerate(arrivals.by):
        try:
            resolve_name(tables, axes, edge.table, name)
        except ConditionError as error:
            yield error.code, (*place, "by", at), error.why, error.hint
    for at, cell in enumerate(arrivals.cells):
        yield from _cell((*place, "cells", at), arrivals, cell)
    yield from _of_curve((*place, "curve"), arrivals.curve)


def _cell(place: Place, arrivals: Arrivals, cell: ArrivalCell) -> Iterator[Wrong]:
    if len(cell.at) != len(arrivals.by):
        why = f"{len(cell.at)} values for {len(arrivals.by)} names"
        yield _CODE, (*place, "at"), why, "give one for each name of 'by'"
    known = PARAMETERS[arrivals.law]
    if not any(cell.gap.keys() == set(names) for names in known):
        wanted = " or ".join(", ".join(names) for names in known)
        yield _CODE, (*place, "gap"), f"not the parameters of {arrivals.law}", f"write {wanted}"
    elif any(not (value >= 0 and math.isfinite(value)) for value in cell.gap.values()):
        yield _CODE, (*place, "gap"), "a parameter is not a number of at least 0", "write seconds"


def _of_curve(place: Place, curve: Curve | None) -> Iterator[Wrong]:
    if curve is None:
        return
    for key, texts in (("over", curve.over), ("spikes", tuple(curve.spikes))):
        for text in texts:
            try:
                dt.datetime.fromisoformat(text)
            except ValueError:
                yield _CODE, (*place, key), f"'{text}' is not an ISO date", "write 2024-01-31 or 2024-01-31T00:00:00"
                return
    first, last = map(dt.datetime.fromisoformat, curve.over)
    if first >= last:
        yield _CODE, (*place, "over"), "it ends before it begins", "write the earlier instant first"

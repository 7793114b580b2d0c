"""Arrivals of a plan as a contract states them: the law of the gaps, the interval and the curve."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, get_args

from fanwise.generator.audit.contract.domains import iso
from fanwise.generator.audit.contract.reading import Off, Reader
from fanwise.generator.columns.bound import BoundColumn
from fanwise.generator.columns.support.correlation import merged
from fanwise.generator.columns.support.formulas import Renewals
from fanwise.generator.columns.support.instants import SECOND
from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.language.curve import Curve as Declared
from fanwise.generator.language.spec import Covariate
from fanwise.generator.plan import Plan
from fanwise.generator.values import TIMESTAMP
from fanwise.validator import ArrivalCell, Arrivals, Curve, Law, Table

__all__ = ["with_arrivals"]

MOST_CELLS = 60


def with_arrivals(plan: Plan, tables: Mapping[str, Table], name: str, off: dict[str, str]) -> Table:
    """Return a table of the contract with the processes of its instants; `off` gets why one is not compared."""
    table, columns = tables[name], dict(tables[name].columns)
    for column, spec in columns.items():
        bound = plan.tables[name].columns[column]
        found = bound.generator.renewals
        if found is None or type(bound) is not BoundColumn or not _is_whole(bound) or table.parent is None:
            continue
        try:
            columns[column] = replace(spec, arrivals=_arrivals(Reader(plan, tables, table.parent.table), found))
        except Off as why:
            off[f"{name}.{column} (gaps)"] = str(why)
    return replace(table, columns=columns)


def _is_whole(bound: BoundColumn) -> bool:
    """Return whether every instant of the process is written as it is."""
    return bound.dtype == TIMESTAMP and bound.when is None and not bound.spec.null


def _arrivals(reader: Reader, found: Renewals) -> Arrivals:
    """Return the process (raises Off)."""
    law = _law(found.law)
    axes = merged([*found.gaps.axes, *found.factors.axes])
    by = tuple(map(reader.plan.schema.readable, (axis.path for axis in axes)))
    if None in by:
        raise Off("what its gaps depend on is not in the files")
    keys = list(itertools.product(*((*axis.keys, None) for axis in axes)))
    if len(keys) > MOST_CELLS:
        raise Off(f"its gaps have more than {MOST_CELLS} cells")
    at = [dict(zip((axis.path.covariate for axis in axes), one, strict=True)) for one in keys]
    return Arrivals(
        start=reader.end(found.start, day=False),
        until=reader.end(found.end, day=False),
        law=law,
        cells=tuple(
            ArrivalCell(one, gap, _own(found.factors, profile).factor)
            for one, profile in zip(keys, at, strict=True)
            for gap in _parameters(_own(found.gaps, profile).params)
        ),
        by=tuple(filter(None, by)),
        rate=None if found.exposure is None else reader.value(found.exposure),
        limit=None if found.limit is None else reader.value(found.limit),
        curve=None if found.curve is None else _curve(found.curve, found.span),
    )


def _law(kind: str) -> Law:
    laws: tuple[Law, ...] = get_args(Law)
    law = next((law for law in laws if law == kind), None)
    if law is None:
        raise Off(f"gaps of '{kind}' are not compared")
    return law


def _own(cells: Cells, profile: Mapping[Covariate, str | None]) -> Any:
    """Return the cell of a profile with further covariates."""
    return cells.cells[cells.at({axis.path.covariate: profile[axis.path.covariate] for axis in cells.axes})]


def _parameters(params: Mapping[str, Any] | None) -> Iterator[dict[str, float]]:
    """Yield the parameters, none for a cell that no row is in (raises Off where they make a constant)."""
    if params is None:
        return
    made = {name: float(value) for name, value in params.items()}
    if any(not made.get(name, 1.0) > 0 for name in ("mean", "median", "sd", "sigma", "shape", "value")):
        raise Off("a parameter of its gaps is 0")
    yield made


def _curve(curve: Declared, span: tuple[int, int]) -> Curve:
    first, last = (iso(second * SECOND, day=False) for second in span)
    parts = {name: getattr(curve, name) for name in ("month", "weekday", "hour")}
    varied = {name: values if len(set(values)) > 1 else () for name, values in parts.items()}
    spikes = {day.isoformat(): factor for day, factor in curve.spikes.items()}
    return Curve((first, last), **varied, trend=curve.trend, spikes=spikes)

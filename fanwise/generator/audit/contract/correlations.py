"""Correlations as numbers: what `correlate` and `alike` make of the normal scores of the ranks of written values.

A value with ties has the score of their middle rank, so what can be measured is nearer to 0 than the correlation of the
draws. With the Hermite coefficients c and d of two scores as functions of what is drawn (orthonormal polynomials),
their covariance at a correlation r is Σ cₖ dₖ rᵏ (Mehler 1866).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.audit.contract.axis_effects import source_of
from fanwise.generator.columns.bound import BoundColumn
from fanwise.generator.columns.support.cell_law import CellDistribution
from fanwise.generator.columns.support.correlation import merged, seen_from
from fanwise.generator.columns.support.segments import Cell, CellAxis
from fanwise.generator.distributions.bounds import Bounded
from fanwise.generator.errors import Problem
from fanwise.generator.language.spec import Alike, ByKey, Correlate, Covariate, Step
from fanwise.generator.moments.dependence import innovations, is_size_biased
from fanwise.generator.plan import Plan
from fanwise.io.problems import dotted
from fanwise.validator import Correlated, Correlation

__all__ = ["correlations_of", "too_few_rows"]

Floats = npt.NDArray[np.float64]
Route = tuple[tuple[str, ...], ...]
MOST_CELLS = 60
_TERMS = 40  # of the series
_MOST_STEPS = 2000
_FINE = 0.02  # of a standard deviation: steps of values that are no more than rounding
_TAIL = 1e-9
_GRID = np.linspace(-6.0, 6.0, 601)


def correlations_of(plan: Plan) -> Iterator[Correlation]:
    """Yield the correlations of written columns that the files can show, table by table.

    Left out are those of hidden and replaced values, and of distributions that depend on what the files lack.
    """
    for name in filter(plan.schema.tables.__contains__, plan.dataset.tables):
        for bound in plan.tables[name].columns.values():
            spec = bound.spec.generator
            if not (spec.correlate or spec.alike) or not _usable(bound):
                continue
            if is_size_biased(plan.tables, name, bound.generator) or not _evenly_drawn(plan, name, bound):
                continue
            found = (*(_with(plan, name, bound, one) for one in spec.correlate), *_alike(plan, name, bound))
            yield from (each for each in found if each is not None)


def _usable(bound: BoundColumn) -> bool:
    spec = bound.spec
    return type(bound) is BoundColumn and not spec.hidden and spec.when is None and spec.type not in ("text", "float32")


def _evenly_drawn(plan: Plan, table: str, bound: BoundColumn) -> bool:
    """Return whether all rows referred to are drawn alike, so that none of them has much of the rows."""
    for steps, _ in innovations(bound.generator):
        at = table
        for step in steps:
            if step.column is not None:
                ref = plan.tables[at].columns[step.column].generator.reference
                if ref is None or ref.weight is not None or ref.zipf is not None or ref.conditional:
                    return False
            at = step.table
    return True


def _with(plan: Plan, table: str, bound: BoundColumn, one: Correlate) -> Correlation | None:
    other = plan.tables[one.path.target].columns[one.path.column]
    name = plan.schema.readable(one.path)
    clusters = _clusters(plan, table, bound)
    if name is None or not _usable(other) or clusters is None:
        return None
    given = [CellAxis(one.value.path, tuple(one.value.values))] if isinstance(one.value, ByKey) else []
    axes = merged([*given, *_axes(bound), *seen_from(one.path, _axes(other))])
    by, cells = _cells(plan, axes)
    found = []
    for cell in cells:
        at = {axis.path.covariate: key for axis, key in zip(axes, cell.keys, strict=True)}
        own = _cuts(bound, at)
        theirs = _cuts(other, {(steps[len(one.path.steps) :], column): key for (steps, column), key in at.items()})
        number = one.value if isinstance(one.value, float) else cell.acting(one.value)[0]
        if own is not None and theirs is not None and number:
            label = "" if isinstance(one.value, float) else str(at[one.value.path.covariate] or "else")
            found.append(Correlated(cell.keys, number, _expected(own, theirs, number), label))
    if by is None or not found:
        return None
    return Correlation(
        table, bound.spec.name, tuple(found), name, by, _order(bound), _order(other), clusters,
        claim=bound.spec.claims.rest, source=source_of(plan.dataset, one.place),
    )  # fmt: skip


def _alike(plan: Plan, table: str, bound: BoundColumn) -> Iterator[Correlation | None]:
    clusters = _clusters(plan, table, bound)
    axes = _axes(bound)
    by, cells = _cells(plan, axes)
    for one in bound.spec.generator.alike:
        below, apart = plan.schema.route(table, one.steps), _apart(plan, table, bound, one)
        if below is None or apart is None or clusters is None or by is None:
            continue
        found = []
        for cell in cells:
            cuts = _cuts(bound, {axis.path.covariate: key for axis, key in zip(axes, cell.keys, strict=True)})
            if cuts is not None:
                found.append(Correlated(cell.keys, one.share, _expected(cuts, cuts, one.share)))
        if found:
            yield Correlation(
                table, bound.spec.name, tuple(found), None, by, _order(bound), (), clusters, below, apart,
                bound.spec.claims.rest, source_of(plan.dataset, one.place),
            )  # fmt: skip


def _apart(plan: Plan, table: str, bound: BoundColumn, one: Alike) -> Route | None:
    """Return the way to the rows that two rows must differ in, () for themselves; None: they may share others too."""
    inner: tuple[Step, ...] = ()
    for steps, _ in innovations(bound.generator):
        if steps[: len(one.steps)] == one.steps or not steps:
            continue
        if any(step.column is not None for step in steps):
            return None
        inner = max(inner, steps[: len(one.steps) - 1], key=len)
    return () if not inner else plan.schema.route(table, inner)


def too_few_rows(plan: Plan) -> Iterator[Problem]:
    """Yield the correlations that the audit will not judge: about too few rows are independent of each other."""
    for each in correlations_of(plan):
        spec = plan.tables[each.table].columns[each.column].spec
        ends = [way[-1].table for way in _ways(plan, each.table, plan.tables[each.table].columns[each.column])]
        rows = min(plan.expected_rows[end] for end in ends or [each.table])
        declared = [one.place for one in spec.generator.correlate] + [one.place for one in spec.generator.alike]
        places = {dotted(place): place for place in declared}
        if rows < Correlation.fewest and each.claim != "none":
            why = f"{each.label} will not be judged (SKIPPED): about {rows:,.0f} independent rows"
            hint = f"make {Correlation.fewest} or more, or set claim: none"
            yield plan.dataset.problem("FW-PLAN-FEW-ROWS", places[each.source.path], why, hint)


def _clusters(plan: Plan, table: str, bound: BoundColumn) -> tuple[Route, ...] | None:
    """Return the routes to the rows that other rows share draws with."""
    routes = [plan.schema.route(table, way) for way in _ways(plan, table, bound)]
    found = tuple(route for route in routes if route is not None)
    return found if len(found) == len(routes) else None


def _ways(plan: Plan, table: str, bound: BoundColumn) -> list[tuple[Step, ...]]:
    """Return the ways to the rows that other rows share draws with: the root row, and rows referred to."""
    up: list[Step] = []
    at = table
    while (parent := plan.tables[at].parent) is not None:
        up.append(Step(parent))
        at = parent
    ways: dict[tuple[Step, ...], None] = {}
    for steps, _ in sorted(innovations(bound.generator), key=repr):
        if any(step.column is not None for step in steps):
            ways[steps] = None
        elif steps:
            ways[tuple(up)] = None
    return list(ways)


def _axes(bound: BoundColumn) -> tuple[CellAxis, ...]:
    found = bound.generator.distribution
    return () if found is None else found[0].axes


def _cells(plan: Plan, axes: Sequence[CellAxis]) -> tuple[tuple[str, ...] | None, list[Cell]]:
    """Return the names of the axes for a reader of the files, None where one has none, and all combinations."""
    names = [plan.schema.readable(axis.path) for axis in axes]
    keys = []
    for axis in axes:
        known = plan.dataset.axes.get(axis.path.axis or "")
        whole = known is not None and set(known.segments) == set(axis.keys)
        keys.append(axis.keys if whole else (*axis.keys, None))
    cells = [Cell(tuple(axes), chosen, {}, 1.0) for chosen in itertools.product(*keys)]
    named = tuple(name for name in names if name is not None)
    return (named if len(named) == len(names) and len(cells) <= MOST_CELLS else None), cells


def _order(bound: BoundColumn) -> tuple[str, ...]:
    """Return the values of a text from the lowest to the highest."""
    return tuple(map(str, bound.generator.possible or ())) if bound.dtype == pl.String() else ()


def _cuts(bound: BoundColumn, at: Mapping[Covariate, str | None]) -> Floats | None:
    """Return the shares of the draws below each step from one value to the next; none: no two values are alike.

    None: they are not known.
    """
    kind = bound.generator
    if kind.distribution is None:
        ends = kind.interval
        fixed = ends is not None and ends[0].instant is not None and ends[1] is not None and ends[1].instant is not None
        return np.empty(0) if fixed and bound.dtype == pl.Datetime("us") else None
    cells, laws = kind.distribution
    own = {axis.path.covariate: at[axis.path.covariate] for axis in cells.axes}
    if not laws:
        options = kind.domain(own)
        shares = [share for label, share in options or () if label is not None]
        return np.cumsum(shares)[:-1] if len(shares) > 1 else None
    law = laws[cells.at(own)]
    return None if law is None else _of_law(law, bound)


def _of_law(law: CellDistribution, bound: BoundColumn) -> Floats | None:
    family, (low, high) = law.family, law.bounds
    if not isinstance(family, Bounded) or law.factor != 1 or not law.variance > 0 or not family.increasing:
        return None
    low, high = (-math.inf if low is None else low), (math.inf if high is None else high)
    digits = 0 if bound.dtype.is_integer() or family.discrete else bound.decimals
    step, sd = 0.0 if digits is None else 10.0**-digits, math.sqrt(law.variance)
    if not family.discrete and not step > _FINE * sd:
        ends = [
            family.below(law.params, end).mass if math.isfinite(end) else share
            for end, share in ((low, 0.0), (high, 1.0))
        ]
        if ends[0] < 1e-4 and ends[1] > 1 - 1e-4:
            return np.empty(0)
        inner = _cdf(_GRID)
        return np.array(
            [share for share in (ends[0], *inner[(inner > ends[0]) & (inner < ends[1])], ends[1]) if 0 < share < 1]
        )
    first, last = family.sampler([law.params]).quantile(np.array([_TAIL, 1 - _TAIL]), 0).tolist()
    first, last = max(first, low), min(last, high)
    count = (last - first) / (1.0 if family.discrete else step)
    if not count <= _MOST_STEPS:
        return np.empty(0)
    half = 0.0 if family.discrete else step / 2
    points = np.round(first / (step or 1.0)) * (step or 1.0) + np.arange(int(count) + 2) * (step or 1.0) + half
    shares = [family.below(law.params, float(x)).mass for x in points if low <= x < high]
    return np.unique([share for share in shares if 0 < share < 1])


def _cdf(z: Floats) -> Floats:
    from scipy.special import ndtr

    return np.asarray(ndtr(z), dtype=np.float64)


def _expected(a: Floats, b: Floats, r: float) -> float:
    """Return the correlation of the scores of middle ranks where that of the draws is r."""
    (c, c_variance), (d, d_variance) = _series(a), _series(b)
    powers = r ** np.arange(1, _TERMS + 1)
    return float(f"{float(np.sum(c * d * powers)) / math.sqrt(c_variance * d_variance):.9g}")


def _series(cuts: Floats) -> tuple[Floats, float]:
    """Return the Hermite coefficients of a score as a function of the draw, and its variance."""
    c = np.zeros(_TERMS)
    if not len(cuts):
        c[0] = 1.0
        return c, 1.0
    from scipy.special import ndtri

    shares = np.concatenate([[0.0], cuts, [1.0]])
    scores, mass = ndtri((shares[1:] + shares[:-1]) / 2), np.diff(shares)
    z = ndtri(cuts)
    density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    before, polynomial = np.zeros_like(z), np.ones_like(z)
    for k in range(1, _TERMS + 1):
        edges = np.concatenate([[0.0], polynomial * density, [0.0]])
        c[k - 1] = float(np.sum(scores * (edges[:-1] - edges[1:]))) / math.sqrt(k)
        before, polynomial = polynomial, (z * polynomial - math.sqrt(k - 1) * before) / math.sqrt(k)
    mean = float(np.sum(mass * scores))
    return c, float(np.sum(mass * (scores - mean) ** 2))

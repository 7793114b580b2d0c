"""All effects of an axis at once: how far each measured mean is from its declared one, in every segment."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fanwise.validator.contract.metrics import Measure, Metric
from fanwise.validator.contract.model import Contract
from fanwise.validator.data.warehouse import Warehouse
from fanwise.validator.measures.estimates import Estimate, Scale
from fanwise.validator.sql.joint import ONE, Centre, joint_query
from fanwise.validator.stats.combined import Block, Combined, combined, fisher
from fanwise.validator.stats.intervals import Mean, counted_gap, steadied
from fanwise.validator.stats.power import FEWEST

__all__ = ["MOST_EFFECTS", "Joint", "Products", "judged_together", "products"]

Products = Mapping[str, Sequence[Sequence[float]]]
"""Correlations of the measures' deviations by segment, a square for each."""

Part = tuple[Measure, Scale, Mapping[str | None, Estimate], float]
"""A measure, the scale of its values, what was estimated, and the steps of its exposure that make 1."""

MOST_EFFECTS = 32
"""Effects up to which their covariance is measured; the work grows with their square."""


@dataclass(frozen=True, slots=True)
class Joint:
    """The effects of an axis, tested together.

    p: that all declared ratios are right; ratios: how many; worst: the effect that fits least. mixed: one factor on all
    effects explains them best, as where labels are partly mixed up. overall, achieved: how much of all effects is
    there (None: not known), and of each metric: 1 where it is fully there.
    """

    p: float
    ratios: int
    worst: Metric
    mixed: bool
    overall: float | None
    achieved: Mapping[str, float]


def products(warehouse: Warehouse, contract: Contract, parts: Sequence[Part]) -> Products:
    """Return the correlations of measures with the same units in every segment found."""
    factors = [scale.factor() for _, scale, _, _ in parts]
    names = dict.fromkeys(name for _, _, found, _ in parts for name in found if name is not None)
    centres = {
        name: [_centre(found.get(name), factor) for (_, _, found, _), factor in zip(parts, factors, strict=True)]
        for name in names
    }
    if not centres:
        return {}
    measures = [(part[0], factor, part[1].integral, part[3]) for part, factor in zip(parts, factors, strict=True)]
    sql, values = joint_query(contract, measures, centres, warehouse)
    return {row[0]: _correlations(row[1:], len(parts)) for row in warehouse.rows(sql, values)}


def _centre(found: Estimate | None, factor: float) -> Centre:
    if found is None or not found.denominator or not 0 < found.variance < math.inf:
        return 0.0, 0.0
    return found.mean * factor / found.weight, ONE / (found.denominator * factor * math.sqrt(found.variance))


def _correlations(sums: Sequence[int], size: int) -> list[list[float]]:
    own = iter(sums)
    square = [[0.0] * size for _ in range(size)]
    for one in range(size):
        for other in range(one, size):
            square[one][other] = square[other][one] = float(next(own))
    scale = [math.sqrt(square[at][at]) or math.inf for at in range(size)]
    return [
        [1.0 if one == other else square[one][other] / scale[one] / scale[other] for other in range(size)]
        for one in range(size)
    ]


def judged_together(
    metrics: Sequence[Metric], means: Mapping[str, Mapping[str, Mean]], correlated: Products | None, tolerance: float
) -> Joint | None:
    """Return the test of all declared ratios of `metrics`, which are of one axis; None where there are fewer than two.

    means: by metric id and segment. correlated: see `products`; None where the metrics have different units, which
    are then taken for independent.
    """
    cells = {metric.id: _cells(metric, means[metric.id], tolerance) for metric in metrics}
    segments = list(dict.fromkeys(name for own in cells.values() for name in own))
    alone = {}
    for metric in metrics:
        found = combined(list(cells[metric.id].values()))
        if found is not None:
            alone[metric.id] = found
    ratios = sum(found.ratios for found in alone.values())
    if ratios < 2:
        return None
    tested = [at for at, metric in enumerate(metrics) if metric.id in alone]
    together: Combined | None = None
    if correlated is not None:
        blocks = [_block(name, [(at, cells[metrics[at].id]) for at in tested], correlated) for name in segments]
        together = combined([block for block in blocks if block.effects])
    worst = min((metrics[at] for at in tested), key=lambda metric: alone[metric.id].p)
    achieved = {name: found.achieved for name, found in alone.items() if found.achieved is not None}
    if together is None:
        return Joint(fisher([found.p for found in alone.values()]), ratios, worst, False, None, achieved)
    mixed = together.scale is not None and together.scale < together.apart and len(alone) > 1
    return Joint(together.p, ratios, worst, mixed, together.achieved, achieved)


def _cells(metric: Metric, means: Mapping[str, Mean], tolerance: float) -> dict[str, Block]:
    """Return each segment of one effect as a block of its own."""
    found = {}
    missing = {}
    for name, mean in zip(means, steadied(list(means.values())), strict=True):
        declared = abs(metric.declared.get(name, 0.0))
        if not declared or mean.n < FEWEST or not mean.value > 0 or not math.isfinite(mean.variance):
            continue
        relative = mean.variance / mean.value / mean.value
        missing[name] = 1 - means[name].variance / mean.variance if mean.variance else 0.0
        gap, size, units = math.log(mean.value / declared), math.log(declared), mean.freedom + 1
        found[name] = Block((0,), (gap,), (relative,), (size,), ((1.0,),), (math.log1p(tolerance),), units)
    return _counted(found, missing)


def _counted(cells: dict[str, Block], missing: Mapping[str, float]) -> dict[str, Block]:
    """Return the segments with as much of their gaps as counts where they are below the others.

    The others are those that have seen their scatter themselves.
    """
    weights = {
        name: max(1 - missing[name], 1e-6) / (cell.variances[0] + cell.slack[0] ** 2 or math.inf)
        for name, cell in cells.items()
    }
    total = math.fsum(weights.values())
    if not total:
        return cells
    centre = math.fsum(weights[name] * cell.gaps[0] for name, cell in cells.items()) / total
    return {
        name: replace(cell, gaps=(centre - counted_gap(centre - cell.gaps[0], missing[name]),))
        if cell.gaps[0] < centre
        else cell
        for name, cell in cells.items()
    }


def _block(name: str, cells: Sequence[tuple[int, Mapping[str, Block]]], correlated: Products) -> Block:
    there = [(at, own[name]) for at, own in cells if name in own]
    square = correlated.get(name)
    return Block(
        effects=tuple(at for at, _ in there),
        gaps=tuple(each.gaps[0] for _, each in there),
        variances=tuple(each.variances[0] for _, each in there),
        sizes=tuple(each.sizes[0] for _, each in there),
        correlations=tuple(
            tuple(square[one][other] if square else float(one == other) for other, _ in there) for one, _ in there
        ),
        slack=tuple(each.slack[0] for _, each in there),
        units=min((each.units for _, each in there), default=0),
    )

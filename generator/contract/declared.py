"""Declared means per segment: the numbers of the file, with every other covariate averaged out.

Only what the file says goes in: parameters, multipliers, bounds. What the plan solved for stays out, so that the audit
catches a solver at fault.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from generator.columns.number import Number
from generator.plan.expected import LIMIT, Expectation, Place, Profile

__all__ = ["Law", "Means", "cell_means", "means_by_segment"]

_SAME = 1e-9
_DIGITS = 12  # further ones are rounding, and would make equal means differ


@dataclass(frozen=True, slots=True)
class Law:
    """What is averaged: the declared mean at a profile (None: such a row does not count), and what it depends on."""

    mean: Callable[[Profile], float | None]
    places: frozenset[Place]


@dataclass(frozen=True, slots=True)
class Means:
    """The declared mean of each segment of an axis, in any unit.

    exact: False where another covariate may go along with the axis in a way that the file does not tell; the order may
    then be claimed, the ratio may not.
    """

    by_segment: Mapping[str, float]
    exact: bool


def cell_means(number: Number) -> tuple[float | None, ...]:
    """Return the declared mean of each cell: its factor times the mean of its declared parameters within the bounds."""
    return tuple(
        None if law is None or cell.params is None else cell.factor * law.family.bounded_mean(cell.params, *law.bounds)
        for law, cell in zip(number.laws, number.cells.cells, strict=True)
    )


def means_by_segment(
    expectation: Expectation,
    table: str,
    axis: Place,
    law: Law,
    segments: Iterable[str],
    factors: Mapping[str, float] | None = None,
) -> Means | None:
    """Return the mean of `law` over the rows of `table` in each segment, or None where some segment has none.

    `axis` is the place of the segment. `factors` are the axis' multipliers where nothing else of it acts: they are
    returned as they stand in the file where averaging leaves their ratios alone.
    """
    others = law.places - {axis}
    profiles = expectation.profiles(table, law.places | {axis})
    known = len(profiles) <= LIMIT and all(expectation.knows(table, place) for place in (axis, *others))
    exact = known or not others
    found = {segment: _mean(law, profiles, axis, segment) for segment in segments}
    means = {segment: mean for segment, mean in found.items() if mean is not None}
    if len(means) < len(found):
        return None
    if factors is not None and (not exact or _proportional(means, factors)):
        return Means(factors, exact)
    return Means({segment: float(f"{mean:.{_DIGITS}g}") for segment, mean in means.items()}, exact)


def _mean(
    law: Law, profiles: Iterable[tuple[dict[Place, str | None], float]], axis: Place, segment: str
) -> float | None:
    """Return the mean in one segment; where no row of it is expected, that of the other rows as if they were in it."""
    all_rows = [(profile, mass) for profile, mass in profiles if mass > 0] or [(p, 1.0) for p, _ in profiles]
    own = [(profile, mass) for profile, mass in all_rows if profile[axis] == segment]
    rows = own or [({**profile, axis: segment}, mass) for profile, mass in all_rows]
    counted = [(mass, mean) for profile, mass in rows if (mean := law.mean(profile)) is not None]
    total = math.fsum(mass for mass, _ in counted)
    return math.fsum(mass * mean for mass, mean in counted) / total if total else None


def _proportional(means: Mapping[str, float], factors: Mapping[str, float]) -> bool:
    largest = max(factors, key=lambda segment: abs(factors[segment]))
    if not factors[largest]:
        return True
    unit = means[largest] / factors[largest]
    return all(abs(means[s] - unit * factor) <= _SAME * abs(means[largest]) for s, factor in factors.items())

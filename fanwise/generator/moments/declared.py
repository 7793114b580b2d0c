"""Declared means per segment: the numbers of the file, with every other covariate averaged out.

Only what the file says goes in: parameters, multipliers, bounds, read by `Declared` from the spec and not from the
cells that the engine draws with. So a fault of the cells, or of the solver, contradicts the contract and is found by
the audit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fanwise.generator.columns.support.laws import Declared
from fanwise.generator.language.spec import Covariate
from fanwise.generator.moments.profiles import LIMIT, Profiles, Weighted

__all__ = ["Means", "means_by_segment"]

_SAME = 1e-9
_DIGITS = 12  # further ones are rounding, and would make equal means differ


@dataclass(frozen=True, slots=True)
class Means:
    """The declared mean of each segment of an axis, in any unit.

    exact: False where another covariate may go along with the axis in a way that the file does not tell; the order may
    then be claimed, the ratio may not. negative: the numbers are factors on negative means. averaged:
    over what else the mean depends on, each row alike.
    """

    by_segment: Mapping[str, float]
    exact: bool
    negative: bool = False
    averaged: bool = False


def means_by_segment(
    profiles: Profiles,
    table: str,
    axis: Covariate,
    declared: Declared,
    segments: Iterable[str],
    factors: Mapping[str, float] | None = None,
) -> Means | None:
    """Return the declared mean over the rows of `table` in each segment, or None where some segment has none.

    `axis` is where the segment stands. `factors` are the axis' multipliers where nothing else of it acts: they are
    returned as they stand in the file where averaging leaves their ratios alone.
    """
    others = declared.covariates - {axis}
    weighted = profiles.of(table, declared.covariates | {axis})
    known = len(weighted) <= LIMIT and all(profiles.knows(table, one) for one in (axis, *others))
    exact = known or not others
    found = {segment: _mean(declared, weighted, axis, segment) for segment in segments}
    means = {segment: mean for segment, mean in found.items() if mean is not None}
    if len(means) < len(found):
        return None
    averaged = bool(others)
    if factors is not None and (not exact or _proportional(means, factors)):
        return Means(factors, exact, max(means.values()) <= 0 and min(means.values()) < 0, averaged)
    return Means({segment: float(f"{mean:.{_DIGITS}g}") for segment, mean in means.items()}, exact, False, averaged)


def _mean(declared: Declared, profiles: Iterable[Weighted], axis: Covariate, segment: str) -> float | None:
    """Return the mean in one segment; where no row of it is expected, that of the other rows as if they were in it."""
    all_rows = [(profile, mass) for profile, mass in profiles if mass > 0] or [(p, 1.0) for p, _ in profiles]
    own = [(profile, mass) for profile, mass in all_rows if profile[axis] == segment]
    rows = own or [({**profile, axis: segment}, mass) for profile, mass in all_rows]
    counted = [(mass, mean) for profile, mass in rows if (mean := declared.mean(profile)) is not None]
    total = math.fsum(mass for mass, _ in counted)
    return math.fsum(mass * mean for mass, mean in counted) / total if total else None


def _proportional(means: Mapping[str, float], factors: Mapping[str, float]) -> bool:
    largest = max(factors, key=lambda segment: abs(factors[segment]))
    if not factors[largest]:
        return True
    unit = means[largest] / factors[largest]
    return all(abs(means[s] - unit * factor) <= _SAME * abs(means[largest]) for s, factor in factors.items())

"""Declared means per segment: the numbers of the file, with every other covariate averaged out.

Only what the file says goes in: parameters, multipliers, bounds, read here from the spec and not from the cells that
the engine draws with. So a fault of the cells, or of the solver, contradicts the contract and is found by the audit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from fanwise.generator.columns.number import Number
from fanwise.generator.language.spec import ByKey, Generator, Path
from fanwise.generator.plan.profiles import LIMIT, Expectation, Place, Profile

__all__ = ["Law", "Means", "declared_factor", "declared_law", "declared_number", "means_by_segment", "places_of"]

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


def declared_factor(generator: Generator, profile: Profile) -> float:
    """Return the product of the file's multipliers at a profile."""
    found = (_entry(m.factors, m.default, m.path, profile) for m in generator.multipliers)
    return math.prod(1.0 if factor is None else factor for factor in found)


def declared_number(number: ByKey | float, profile: Profile) -> float | None:
    """Return a parameter's value at a profile, None where the file gives it none."""
    if isinstance(number, ByKey):
        return _entry(number.values, number.default, number.path, profile)
    assert isinstance(number, int | float)
    return number


def declared_law(number: Number, generator: Generator) -> Law:
    """Return the declared means of a number: factor times the mean of the declared parameters within the bounds."""
    law = next(found for found in number.laws if found is not None)
    by_key = {name: value for name, value in generator.params.items() if isinstance(value, ByKey)}
    bounded: dict[tuple[float | None, ...], float] = {}

    def mean(profile: Profile) -> float | None:
        chosen = {name: declared_number(value, profile) for name, value in by_key.items()}
        if None in chosen.values():
            return None
        at = tuple(chosen.values())
        if at not in bounded:
            bounded[at] = law.family.bounded_mean({**generator.params, **chosen}, *law.bounds)
        return declared_factor(generator, profile) * bounded[at]

    return Law(mean, places_of(generator))


def places_of(generator: Generator) -> frozenset[Place]:
    """Return the places that a generator's multipliers and parameters look at."""
    options = generator.params.get("options", ())
    numbers = [*generator.params.values(), *(weight for _, weight in options)]
    paths = [m.path for m in generator.multipliers] + [n.path for n in numbers if isinstance(n, ByKey)]
    return frozenset((path.steps, path.column) for path in paths)


def _entry(values: Mapping[str, float], default: float | None, path: Path, profile: Profile) -> float | None:
    value = profile[path.steps, path.column]
    return default if value is None else values.get(value, default)


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

"""mixture: one of several laws, by weight. A factor acts on each of them by the rule of its own kind.

Parameters are flat, so that each may be given per segment: `slow.weight`, `slow.normal.mean`, `slow.normal.sd`, ….
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fanwise.generator.distributions.base import Cells, Family, Floats, Ints, Nature, Params, Sampler
from fanwise.generator.distributions.requirements import broken, factor_of, reasonable
from fanwise.generator.distributions.rounded import Rounding, rounded_moments
from fanwise.generator.distributions.sampling import cell_of
from fanwise.generator.distributions.scaled import bounded_mean_scaled, bounded_variance_scaled
from fanwise.generator.numerics.randomness import name_key, uniform

_WEIGHT, _FACTOR = "weight", "factor"
_ROUNDING = name_key("mixture", "rounding")
_INSIDE = 2.0**-60, 1.0 - 2.0**-53


@dataclass(frozen=True, slots=True)
class Component:
    """One law of a mixture; `factor` acts on drawn integers, where no parameter can carry it."""

    name: str
    family: Family
    weight: float
    params: Params
    factor: float = 1.0

    @property
    def support(self) -> tuple[float, float]:
        """Bounds that no value is beyond."""
        low, high = self.family.support(self.params)
        return (low, high) if self.factor == 1 else (math.floor(low * self.factor), math.ceil(high * self.factor))

    def mean(self, low: float | None, high: float | None) -> float:
        """Return the mean between bounds."""
        if self.family.integral_scale:
            return bounded_mean_scaled(self.family, self.params, self.factor, low, high)
        return self.family.bounded_mean(self.params, low, high)

    def variance(self, low: float | None, high: float | None) -> float:
        """Return the variance between bounds."""
        if self.family.integral_scale:
            return bounded_variance_scaled(self.family, self.params, self.factor, low, high)
        return self.family.bounded_variance(self.params, low, high)

    def rounded(self, low: float | None, high: float | None, rounding: Rounding) -> tuple[float, float]:
        """Return mean and variance between bounds, after rounding."""
        if self.family.integral_scale:
            return self.mean(low, high), self.variance(low, high)
        return rounded_moments(self.family, self.params, low, high, rounding)


class Mixture:
    """The mixture of laws of `families`; one of integer laws only is `discrete`, and yields integers."""

    integral_scale = False
    dispersion = None
    increasing = False

    def __init__(self, families: Iterable[Family], *, discrete: bool) -> None:
        self.name = "mixture of counts" if discrete else "mixture"
        self.discrete = discrete
        self._families = {law.name: law for law in families if law.discrete or not discrete}

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        parts = self._components(params)
        if isinstance(parts, str):
            return parts
        weights = [part.weight for part in parts]
        for part in parts:
            wrong = part.family.check(part.params)
            if wrong:
                return f"{part.name}.{part.family.name}.{wrong}"
        return broken(
            (all(math.isfinite(weight) and weight >= 0 for weight in weights), "a weight is 0 or more"),
            (all(map(reasonable, weights)), "give weights between 1e-50 and 1e50"),
            (any(weights), "all weights are 0; give one component a weight above 0"),
        )

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters with the factor on every component; raise ValueError where one takes none."""
        by = factor_of(factor)
        out = dict(params)
        for part in self._known(params):
            if part.family.integral_scale:
                out[f"{part.name}.{_FACTOR}"] = part.factor * by
                continue
            try:
                scaled = part.family.scale(part.params, by)
            except ValueError as error:
                raise ValueError(f"{part.name}: {error}") from error
            out |= {f"{part.name}.{part.family.name}.{name}": value for name, value in scaled.items()}
        return out

    def nature(self, params: Params) -> Nature:
        """Return what sort of numbers these are: that of all components; integers of several sorts count."""
        natures = {part.family.nature(part.params) for part in self._known(params)}
        return "count" if self.discrete else "continuous" if natures == {"continuous"} else "other"

    def support(self, params: Params) -> tuple[float, float]:
        """Return bounds that no value is beyond."""
        ends = [part.support for _, part in self._shares(params)]
        return min(low for low, _ in ends), max(high for _, high in ends)

    def mean(self, params: Params) -> float:
        """Return the mean."""
        return self.bounded_mean(params, None, None)

    def variance(self, params: Params) -> float:
        """Return the variance."""
        return self.bounded_variance(params, None, None)

    def bounded_mean(self, params: Params, low: float | None, high: float | None) -> float:
        """Return E[min(max(X, low), high)]."""
        return math.fsum(share * part.mean(low, high) for share, part in self._shares(params))

    def bounded_variance(self, params: Params, low: float | None, high: float | None) -> float:
        """Return Var[min(max(X, low), high)]: the mean variance, and the variance of the means."""
        parts = self._shares(params)
        return _mixed([(share, part.mean(low, high), part.variance(low, high)) for share, part in parts])[1]

    def rounded(self, params: Params, low: float | None, high: float | None, rounding: Rounding) -> tuple[float, float]:
        """Return mean and variance of min(max(X, low), high) after rounding."""
        return _mixed([(share, *part.rounded(low, high, rounding)) for share, part in self._shares(params)])

    def upper(self, params: Params, tail: float) -> float:
        """Return a bound of the 1 − tail quantile: the largest of the components'."""
        return max(
            part.family.upper(part.params, tail) * part.factor + (part.factor != 1) for _, part in self._shares(params)
        )

    def sampler(self, cells: Sequence[Params]) -> Sampler:
        """Return the sampler of these cells."""
        return _Sampler([self._known(params) for params in cells])

    def _shares(self, params: Params) -> list[tuple[float, Component]]:
        """Return each component that has a weight, with its share."""
        parts = self._known(params)
        total = math.fsum(part.weight for part in parts)
        return [(part.weight / total, part) for part in parts if part.weight > 0]

    def _known(self, params: Params) -> list[Component]:
        parts = self._components(params)
        assert not isinstance(parts, str), parts
        return parts

    def _components(self, params: Params) -> list[Component] | str:
        """Return the components, or why the parameters describe none."""
        found: dict[str, dict[str, Any]] = {}
        for key, value in params.items():
            name, _, rest = key.partition(".")
            found.setdefault(name, {})[rest] = value
        parts = [self._component(name, own) for name, own in found.items()]
        wrong = [part for part in parts if isinstance(part, str)]
        if wrong or not parts:
            return wrong[0] if wrong else "needs components, such as slow.weight, slow.normal.mean and slow.normal.sd"
        return [part for part in parts if isinstance(part, Component)]

    def _component(self, name: str, own: Mapping[str, Any]) -> Component | str:
        kinds = {key.partition(".")[0] for key in own if "." in key}
        kind = next(iter(kinds)) if len(kinds) == 1 else ""
        if kind not in self._families or _WEIGHT not in own:
            return f"{name} needs a weight and one kind of {', '.join(sorted(self._families))}"
        law = {key.partition(".")[2]: value for key, value in own.items() if "." in key}
        return Component(name, self._families[kind], own[_WEIGHT], law, float(own.get(_FACTOR, 1.0)))


def _mixed(parts: Sequence[tuple[float, float, float]]) -> tuple[float, float]:
    """Return mean and variance of a mixture of laws, each with its share, mean and variance."""
    mean = math.fsum(share * each for share, each, _ in parts)
    return mean, math.fsum(share * (spread + (each - mean) ** 2) for share, each, spread in parts)


class _Sampler:
    """Locates a uniform among the components' shares; its place within that share is the component's own uniform.

    edges: float64 (cells, components + 1), from 0 to 1. factors: (cells, components).
    """

    def __init__(self, cells: Sequence[Sequence[Component]]) -> None:
        weights = np.array([[part.weight for part in parts] for parts in cells], dtype=np.float64)
        totals = np.array([math.fsum(row) for row in weights])[:, None]
        inner = np.minimum(np.cumsum(weights, axis=1) / totals, 1.0)
        # The last component that has a weight ends at 1, whatever the sum was rounded to.
        more = np.cumsum((weights > 0)[:, ::-1], axis=1)[:, ::-1] > (weights > 0)
        inner[~more] = 1.0
        self._edges = np.concatenate([np.zeros((len(cells), 1)), inner], axis=1)
        self._factors = np.array([[part.factor for part in parts] for parts in cells], dtype=np.float64)
        self._samplers = [
            column[0].family.sampler([part.params for part in column]) for column in zip(*cells, strict=True)
        ]
        self._discrete = all(part.family.discrete for part in cells[0])

    def quantile(self, u: Floats, cell: Cells) -> Floats | Ints:
        """Return the value at `u` in (0, 1), shape (n,), of each row's cell."""
        u = np.ascontiguousarray(u)
        out: Any = np.empty(u.size, dtype=np.int64 if self._discrete else np.float64)
        one = cell_of(cell, len(self._edges))
        at = np.asarray(cell) if one is None else np.full(u.size, one)
        chosen = np.zeros(u.size, dtype=np.int64)
        for edge in self._edges.T[1:-1]:
            chosen += u >= edge[at]
        for place, sampler in enumerate(self._samplers):
            rows = np.flatnonzero(chosen == place)
            if rows.size:
                out[rows] = self._drawn(place, sampler, u[rows], at[rows], one)
        return out  # type: ignore[no-any-return]

    def _drawn(self, place: int, sampler: Sampler, u: Floats, cell: Ints, one: int | None) -> Floats | Ints:
        low, high = self._edges[cell, place], self._edges[cell, place + 1]
        own = np.clip((u - low) / (high - low), *_INSIDE)
        drawn = sampler.quantile(own, cell if one is None else one)
        factors = self._factors[cell, place]
        if not (factors != 1).any():
            return drawn
        # The sampler is given one uniform; a second one, for rounding up or down, is mixed from its bits.
        rounded: Ints = np.floor(drawn * factors + uniform(u.view(np.uint64), _ROUNDING)).astype(np.int64)
        return rounded

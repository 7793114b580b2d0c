"""Numbers: every distribution family as a column kind, and as a fanout."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.columns.base import Binding, LanedKind, Nature
from fanwise.generator.columns.support.facts import Fact, segment_facts, shown
from fanwise.generator.columns.support.laws import ABSENT, Claim, Declared, Exact, Moments
from fanwise.generator.columns.support.segments import Cell, Cells
from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.context import GenerationContext
from fanwise.generator.distributions import family
from fanwise.generator.distributions.base import Family, Sampler
from fanwise.generator.distributions.bounds import clamp
from fanwise.generator.distributions.scaled import bounded_mean_scaled, bounded_variance_scaled
from fanwise.generator.distributions.solve import Unreachable, solve_factor
from fanwise.generator.language.spec import ByKey, Covariate, Generator, Profile
from fanwise.generator.numerics.rounding import round_half_away
from fanwise.generator.values import Values
from fanwise.io.problems import Place

_STRATA = 1 << 12
_FINE = 0.25  # in standard deviations: a rounding step below it leaves mean and variance alone


@dataclass(frozen=True)
class CellDistribution:
    """The law of one cell after solving: the mean before rounding is `factor` times that of `params`, within `bounds`.

    `factor` other than 1 acts on the drawn integer (families with integral_scale).
    """

    family: Family
    params: Mapping[str, Any]
    factor: float
    bounds: tuple[float | None, float | None]

    @property
    def chance(self) -> float:
        """The chance that there is a value: 1."""
        return 1.0

    @cached_property
    def mean(self) -> float:
        """The mean after bounding."""
        if self.family.integral_scale:
            return bounded_mean_scaled(self.family, self.params, self.factor, *self.bounds)
        return self.family.bounded_mean(self.params, *self.bounds)

    @cached_property
    def variance(self) -> float:
        """The variance after bounding."""
        if self.family.integral_scale:
            return bounded_variance_scaled(self.family, self.params, self.factor, *self.bounds)
        return self.family.bounded_variance(self.params, *self.bounds)

    def rounded(self, digits: int) -> Moments:
        """Return mean and variance after rounding, which matters where its steps are wide against the spread."""
        if self.family.discrete or 10.0**-digits <= _FINE * math.sqrt(self.variance):
            return self
        drawn = self.family.sampler([self.params]).quantile((np.arange(_STRATA) + 0.5) / _STRATA, 0)
        bounded = np.clip(drawn, *self.bounds) if any(bound is not None for bound in self.bounds) else drawn
        values = round_half_away(bounded, digits)
        return Exact(float(values.mean()), float(values.var()))

    @property
    def support(self) -> tuple[float, float]:
        """The least and the largest value, within the bounds."""
        low, high = self.family.support(self.params)
        if self.factor != 1:
            low, high = math.floor(low * self.factor), math.ceil(high * self.factor)
        return clamp(low, *self.bounds), clamp(high, *self.bounds)

    @property
    def text(self) -> str:
        """The law for a reader: `lognormal(mean 93.6, sd 75.4), mean after bounds 93.6`."""
        params = ", ".join(f"{name} {shown(value)}" for name, value in self.params.items())
        factor = f" × {self.factor:g}" if self.factor != 1 else ""
        after = f", mean after bounds {self.mean:.6g}" if self.bounds != (None, None) else ""
        return f"{self.family.name}({params}){factor}{after}"


@dataclass(frozen=True, slots=True)
class Number(LanedKind):
    """One draw per row by the inverse distribution function of the row's cell.

    laws: per cell, None where a parameter has no value for the combination (such rows are null).
    """

    names: ClassVar[tuple[str, ...]] = (
        "uniform", "integer", "normal", "lognormal", "exponential", "gamma", "beta", "weibull", "pareto", "student_t",
        "poisson", "negbin", "geometric", "binomial", "bernoulli", "boolean", "zipf", "fixed", "histogram", "mixture",
    )  # fmt: skip
    spec: Generator
    uniforms: UniformSource
    cells: Cells
    laws: tuple[CellDistribution | None, ...]
    sampler: Sampler
    factors: npt.NDArray[np.float64] | None
    missing: npt.NDArray[np.bool_]
    dtype: pl.DataType
    bounded = True

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        kind, params = binding.generator.kind, binding.generator.params
        law = _family(kind, params)
        cells = Cells.of(binding.generator)
        laws = tuple(binding.of_each(cells, lambda cell: _law(law, cell, binding)))
        fallback = next(found for found in laws if found is not None)  # the language asks for every segment, or else:
        factors = np.array([1.0 if found is None else found.factor for found in laws])
        dtype: pl.DataType = pl.Int64() if law.discrete else pl.Float64()
        return cls(
            binding.generator,
            binding.uniforms,
            cells,
            laws,
            law.sampler([(found or fallback).params for found in laws]),
            factors if law.integral_scale and (factors != 1).any() else None,
            np.array([found is None for found in laws]),
            pl.Boolean() if kind == "boolean" else dtype,
        )

    def draw(self, ctx: GenerationContext) -> Values:
        return self.draw_lane(ctx, 0)

    def draw_lane(self, ctx: GenerationContext, lane: int) -> Values:
        """Return the draw of one lane; lanes are independent."""
        cell = self.cells.codes(ctx)
        data: npt.NDArray[Any] = self.sampler.quantile(self.uniforms.draw(ctx, 2 * lane), cell)
        if self.factors is not None:
            data = np.floor(data * self.factors[cell] + self.uniforms.draw(ctx, 2 * lane + 1)).astype(np.int64)
        if self.dtype == pl.Boolean():
            data = data.astype(np.bool_)
        null = self.missing[cell] if self.missing.any() and not isinstance(cell, int) else None
        return Values(data, self.dtype, null=null)

    @property
    def known(self) -> list[CellDistribution]:
        """The laws of the cells that have one."""
        return [law for law in self.laws if law is not None]

    @property
    def nature(self) -> Nature:
        natures = {law.family.nature(law.params) for law in self.known}
        return natures.pop() if len(natures) == 1 else "other"

    @property
    def dispersion(self) -> float | None:
        """Variance over mean, where that is the same in all cells whatever their means are."""
        law = self.known[0]
        return law.family.dispersion if not law.bounds[0] and law.bounds[1] is None else None

    def domain(self, profile: Profile) -> list[tuple[str | None, float]] | None:
        if self.nature != "share":
            return None
        law = self.laws[self.cells.at(profile)]
        if law is None:
            return [(None, 1.0)]
        hit, miss = ("true", "false") if self.dtype == pl.Boolean() else ("1", "0")
        return [(hit, law.mean), (miss, 1 - law.mean)]

    def moments(self, profile: Profile) -> Moments | None:
        return self.laws[self.cells.at(profile)] or ABSENT

    def largest(self, tail: float) -> float:
        most = [law.family.upper(law.params, tail) * law.factor + (law.factor != 1) for law in self.known]
        bound = self.known[0].bounds[1]
        return max(most) if bound is None else min(max(most), bound)

    def smallest(self) -> float:
        return min(law.support[0] for law in self.known)

    def means(self) -> Iterator[tuple[str, float, float]]:
        for cell, law in zip(self.cells.cells, self.laws, strict=True):
            if law is None or cell.params is None or None in cell.keys:
                continue
            if cell.keys or law.bounds != (None, None):
                yield cell.label or "everywhere", law.family.mean(cell.params) * cell.factor, law.mean

    def declared(self) -> Declared:
        """Return the factors times the mean of the declared parameters within the bounds."""
        law, params = self.known[0], self.spec.params
        given = {name: value for name, value in params.items() if isinstance(value, ByKey)}
        bounded: dict[tuple[float | None, ...], float] = {}

        def mean(profile: Profile) -> float | None:
            at = tuple(value.at(profile) for value in given.values())
            if None in at:
                return None
            if at not in bounded:
                chosen = {**params, **dict(zip(given, at, strict=True))}
                bounded[at] = law.family.bounded_mean(chosen, *law.bounds)
            return self.spec.factor(profile) * bounded[at]

        return Declared(mean, self.spec.covariates)

    def claims(self, covariate: Covariate) -> Iterator[Claim]:
        if self.nature == "share":
            yield Claim("share", self.declared(), True if self.dtype == pl.Boolean() else 1, is_mean=True)
        else:
            fractions = self.dtype == pl.Float64()
            sd = min(law.variance for law in self.known) ** 0.5 if fractions else math.inf
            yield Claim("value", self.declared(), sd=sd)

    def rules_out(self, ctx: GenerationContext, row: int, cell: Any) -> str:
        law = self.laws[self.cells.of_row(ctx, row)]
        if law is None or self.dtype == pl.Boolean():
            return ""
        low, high = law.support
        return "" if low <= cell <= high else f"the range of the column is {low:g} to {high:g}"

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield from segment_facts(self.cells, ctx, row)
        code = self.cells.of_row(ctx, row)
        law, cell = self.laws[code], self.cells.cells[code]
        if law is None:
            yield Fact("parameters", None)
            return
        yield Fact("declared", dict(cell.params or {}))
        if self.cells.axes:
            yield Fact("multiplier", cell.factor)
        yield Fact("solved", law.text)
        yield Fact("draw", float(self.uniforms.draw(ctx)[row]))


def _family(kind: str, params: Mapping[str, Any]) -> Family:
    """Return the family of a kind: where kind and family have different names, the parameters decide."""
    if kind == "histogram" and "counts" in params:  # `{0: 3, 1: 5}` of a fanout counts, `{edges, weights}` measures
        return family("counts")
    if kind == "mixture":
        kinds = {name.split(".")[1] for name in params if name.count(".") == 2}
        return family("mixture of counts" if all(family(one).discrete for one in kinds) else "mixture")
    return family("bernoulli" if kind == "boolean" else kind)


def _law(law: Family, cell: Cell, binding: Binding) -> CellDistribution | None:
    if cell.params is None:
        return None
    at = f" for {cell.label}" if cell.keys else ""
    wrong = law.check(cell.params)
    if wrong:
        name = wrong.partition(" ")[0]
        place = binding.place(name if name in cell.params else "", cell)
        raise binding.error("FW-PLAN-PARAMETER", place, f"{wrong}{at}")
    if cell.factor == 1:
        return CellDistribution(law, cell.params, 1.0, binding.bounds)
    try:
        factor = solve_factor(law, cell.params, cell.factor, *binding.bounds)
        if law.integral_scale:
            return CellDistribution(law, cell.params, factor, binding.bounds)
        return CellDistribution(law, law.scale(cell.params, factor), 1.0, binding.bounds)
    except Unreachable as error:
        base = law.bounded_mean(cell.params, *binding.bounds)
        low, high = error.low * base, error.high * base
        raise binding.error(
            "FW-PLAN-UNREACHABLE",
            _farthest(cell, binding, up=error.wanted > error.high),
            f"{cell.label}: needs a mean of {cell.factor * base:.4g}, possible are {low:.4g} to {high:.4g}",
        ) from None
    except ValueError as error:
        place = _farthest(cell, binding, up=True)
        raise binding.error("FW-PLAN-FACTOR", place, f"{cell.label}: {error}") from None


def _farthest(cell: Cell, binding: Binding, *, up: bool) -> Place:
    """Return the place of the multiplier that moves the mean of a cell farthest."""
    factors = [
        (1.0 if factor is None else factor, place) for factor, place in map(cell.acting, binding.generator.multipliers)
    ]
    return (max if up else min)(factors, key=lambda found: found[0])[1]

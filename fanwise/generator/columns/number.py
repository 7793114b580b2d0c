"""Numbers: every distribution family as a column kind, and as a fanout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.segments import Cell, Cells
from fanwise.generator.context import GenerationContext
from fanwise.generator.distributions import family
from fanwise.generator.distributions.base import Family, Sampler
from fanwise.generator.distributions.scaled import bounded_mean_scaled, bounded_variance_scaled
from fanwise.generator.distributions.solve import Unreachable, solve_factor
from fanwise.generator.values import Values
from fanwise.io.problems import Place


@dataclass(frozen=True)
class CellLaw:
    """The law of one cell after solving: the mean before rounding is `factor` times that of `params`, within `bounds`.

    `factor` other than 1 acts on the drawn integer (families with integral_scale).
    """

    family: Family
    params: Mapping[str, Any]
    factor: float
    bounds: tuple[float | None, float | None]

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


@dataclass(frozen=True, slots=True)
class Number(ColumnKind):
    """One draw per row by the inverse distribution function of the row's cell.

    laws: per cell, None where a parameter has no value for the combination (such rows are null).
    """

    names: ClassVar[tuple[str, ...]] = (
        "uniform", "integer", "normal", "lognormal", "exponential", "gamma", "beta", "weibull", "pareto", "student_t",
        "poisson", "negbin", "geometric", "binomial", "bernoulli", "boolean", "zipf", "fixed", "histogram", "mixture",
    )  # fmt: skip
    key: int
    cells: Cells
    laws: tuple[CellLaw | None, ...]
    sampler: Sampler
    factors: npt.NDArray[np.float64] | None
    missing: npt.NDArray[np.bool_]
    dtype: pl.DataType

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
            binding.key,
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
        data: npt.NDArray[Any] = self.sampler.quantile(ctx.uniform(self.key, 2 * lane), cell)
        if self.factors is not None:
            data = np.floor(data * self.factors[cell] + ctx.uniform(self.key, 2 * lane + 1)).astype(np.int64)
        if self.dtype == pl.Boolean():
            data = data.astype(np.bool_)
        null = self.missing[cell] if self.missing.any() and not isinstance(cell, int) else None
        return Values(data, self.dtype, null=null)


def _family(kind: str, params: Mapping[str, Any]) -> Family:
    """Return the family of a kind: where kind and family have different names, the parameters decide."""
    if kind == "histogram" and "counts" in params:  # `{0: 3, 1: 5}` of a fanout counts, `{edges, weights}` measures
        return family("counts")
    if kind == "mixture":
        kinds = {name.split(".")[1] for name in params if name.count(".") == 2}
        return family("mixture of counts" if all(family(one).discrete for one in kinds) else "mixture")
    return family("bernoulli" if kind == "boolean" else kind)


def _law(law: Family, cell: Cell, binding: Binding) -> CellLaw | None:
    if cell.params is None:
        return None
    at = f" for {cell.label}" if cell.keys else ""
    wrong = law.check(cell.params)
    if wrong:
        name = wrong.partition(" ")[0]
        place = binding.place(name if name in cell.params else "", cell)
        raise binding.error("FW-PLAN-PARAMETER", place, f"{wrong}{at}")
    if cell.factor == 1:
        return CellLaw(law, cell.params, 1.0, binding.bounds)
    try:
        factor = solve_factor(law, cell.params, cell.factor, *binding.bounds)
        if law.integral_scale:
            return CellLaw(law, cell.params, factor, binding.bounds)
        return CellLaw(law, law.scale(cell.params, factor), 1.0, binding.bounds)
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

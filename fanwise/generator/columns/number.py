"""Numbers: every distribution family as a column kind, and as a fanout."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.columns.base import Binding, LanedKind
from fanwise.generator.columns.support.cell_law import CellDistribution, Written, bent_alike, law_of
from fanwise.generator.columns.support.facts import Fact, segment_facts
from fanwise.generator.columns.support.known import Nature
from fanwise.generator.columns.support.laws import ABSENT, Claim, Declared, Moments, Variety
from fanwise.generator.columns.support.segments import Cell, Cells
from fanwise.generator.columns.support.uniforms import EVERY, UniformSource
from fanwise.generator.context import Floats, GenerationContext, Ints
from fanwise.generator.distributions import family
from fanwise.generator.distributions.base import Family, Sampler
from fanwise.generator.distributions.bounds import clamp
from fanwise.generator.distributions.knots import IntegerSampler
from fanwise.generator.distributions.piecewise import COUNT_KNOT
from fanwise.generator.distributions.samplers import sampler_of
from fanwise.generator.distributions.sampling import Transformed
from fanwise.generator.distributions.solve import Unreachable
from fanwise.generator.language.spec import ByKey, Covariate, Generator, Profile
from fanwise.generator.values import Values
from fanwise.io.problems import Place

_MOST_DRAWS = 2.0**53  # of a uniform that differ


@dataclass(frozen=True, slots=True)
class Number(LanedKind):
    """One draw per row by the inverse distribution function of the row's cell.

    laws: per cell, None where a parameter has no value for the combination (such rows are null).
    """

    names: ClassVar[tuple[str, ...]] = (
        "uniform", "integer", "normal", "lognormal", "exponential", "gamma", "beta", "weibull", "pareto", "student_t",
        "poisson", "negbin", "geometric", "binomial", "bernoulli", "boolean", "zipf", "fixed", "histogram", "quantile",
        "mixture",
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
    independent = True

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        kind, params = binding.generator.kind, binding.generator.params
        law = _family(kind, params)
        if law.discrete:
            binding = replace(binding, bounds=_whole(binding))
        cells = Cells.of(binding.generator)
        anchored = _anchored(binding.generator, cells)
        laws = tuple(binding.of_each(cells, lambda cell: _law(law, cell, binding, anchored)))
        fallback = next(found for found in laws if found is not None)  # the language asks for every segment, or else:
        factors = np.array([1.0 if found is None else found.factor for found in laws])
        dtype: pl.DataType = pl.Int64() if law.discrete else pl.Float64()
        return cls(
            binding.generator,
            binding.uniforms,
            cells,
            laws,
            sampler_of(law, [(found or fallback).params for found in laws]),
            factors if law.integral_scale and (factors != 1).any() else None,
            np.array([found is None for found in laws]),
            pl.Boolean() if kind == "boolean" else dtype,
        )

    @property
    def quantile_of(self) -> UniformSource | str:
        if any(not law.family.increasing for law in self.known):
            return "it has no inverse distribution function"
        constant = all(law.family.variance(law.params) == 0 for law in self.known)
        return "it is a constant" if constant else self.uniforms

    @property
    def distribution(self) -> tuple[Cells, Sequence[CellDistribution | None]]:
        return self.cells, self.laws

    def draw(self, ctx: GenerationContext) -> Values:
        return self.draw_lane(ctx, 0)

    def draw_lane(self, ctx: GenerationContext, lane: int, rows: Ints | None = None) -> Values:
        """Return the draw of one lane, of these rows (None: all); lanes are independent."""
        cell, which = self.cells.codes(ctx), EVERY if rows is None else rows
        cell = cell if isinstance(cell, int) else cell[which]
        data = self._of_scores(ctx, cell) if lane == 0 and rows is None else None
        if data is None:
            data = self.sampler.quantile(self.uniforms.draw(ctx, 2 * lane, which), cell)
        return self._values(data, cell, lambda: self.uniforms.draw(ctx, 2 * lane + 1, which))

    def draw_lanes(self, ctx: GenerationContext, lanes: range, rows: Ints) -> Values:
        """Return what `draw_lane` returns of these rows for each of several lanes from 1 on, lane after lane."""

        def uniforms(second: int) -> Floats:
            own = range(2 * lanes.start + second, 2 * lanes.stop + second, 2)
            return self.uniforms.draw_lanes(ctx, own, rows).reshape(-1)

        cell = self.cells.codes(ctx)
        cell = cell if isinstance(cell, int) else np.tile(cell[rows], len(lanes))
        return self._values(self.sampler.quantile(uniforms(0), cell), cell, lambda: uniforms(1))

    def _values(
        self, data: npt.NDArray[Any], cell: npt.NDArray[np.int32] | int, rounding: Callable[[], Floats]
    ) -> Values:
        """Return the values of quantiles; `rounding`: the uniforms by which products with a factor are rounded."""
        if self.factors is not None:
            data = np.floor(data * self.factors[cell] + rounding()).astype(np.int64)
        if self.dtype == pl.Boolean():
            data = data.astype(np.bool_)
        null = self.missing[cell] if self.missing.any() and not isinstance(cell, int) else None
        return Values(data, self.dtype, null=null)

    def _of_scores(self, ctx: GenerationContext, cell: npt.NDArray[np.int32] | int) -> npt.NDArray[Any] | None:
        """Return the values where the scores of the uniforms are there and are enough."""
        if isinstance(self.sampler, Transformed) and self.sampler.scored is not None:
            exact = self.uniforms.made_scores(ctx)
            return None if exact is None else self.sampler.of_scores(exact, cell)
        if isinstance(self.sampler, IntegerSampler | Transformed) and self.sampler.stepped:
            near = self.uniforms.near_scores(ctx)
            return None if near is None else self.sampler.of_near(near, cell)
        return None

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

    @property
    def rounds_away(self) -> bool:
        return all(law.mean == law.variance == 0 != law.unrounded_mean for law in self.known)

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

    def variety(self) -> Variety:
        """Return the whole steps between the least and the largest value; a flat law has all of them alike often."""
        law = self.known[0]
        steps = 1.0 if law.family.discrete else 0.0 if law.rounding is None else 10.0**law.rounding.digits
        low = min(each.support[0] for each in self.known)
        high = max(each.support[1] for each in self.known)
        if not steps or not math.isfinite(high - low):
            return Variety()
        values = round((high - low) * steps) + 1.0
        flat = len(self.known) == 1 and law.family.name in {"integer", "uniform"} and law.bounds == (None, None)
        return Variety(values, 1.0 / values if flat else None)

    def extremes(self, rows: float) -> tuple[float, float] | None:
        one = 1.0 / min(max(rows, 2.0), _MOST_DRAWS)
        u = np.array([one, 1.0 - one])
        found = [
            (law.bounds, self.sampler.quantile(u, np.full(2, cell, dtype=np.int32)) * law.factor)
            for cell, law in enumerate(self.laws)
            if law is not None
        ]
        each = [clamp(float(value), *bounds) for bounds, values in found for value in values]
        return min(each), max(each)

    def tail(self) -> tuple[tuple[float, float], ...]:
        """Return the tail of the cell with the heaviest one."""
        law = max(self.known, key=lambda each: each.variance / each.mean**2 if each.mean > 0 else 0.0)
        return law.tail

    def largest(self, tail: float) -> float:
        most = [law.family.upper(law.params, tail) * law.factor + (law.factor != 1) for law in self.known]
        bound = self.known[0].bounds[1]
        return max(most) if bound is None else min(max(most), bound)

    @property
    def support(self) -> tuple[float, float]:
        ends = [law.support for law in self.known]
        return min(low for low, _ in ends), max(high for _, high in ends)

    def means(self) -> Iterator[tuple[str, float, float]]:
        for cell, law in zip(self.cells.cells, self.laws, strict=True):
            if law is None or cell.params is None or None in cell.keys:
                continue
            if cell.keys or law.bounds != (None, None):
                yield cell.label or "everywhere", law.family.mean(cell.params) * cell.factor, law.mean

    def declared(self) -> Declared:
        """Return the factors times the mean of the declared parameters within the bounds (see `Written.declared`)."""
        return self._declared(_anchored(self.spec, self.cells))

    def _declared(self, anchored: Callable[[Mapping[str, Any]], bool]) -> Declared:
        law, params = self.known[0], self.spec.params
        written = Written(law.family, law.bounds, law.rounding)
        given = {name: value for name, value in params.items() if isinstance(value, ByKey)}
        means: dict[tuple[float | None, ...], float] = {}

        def mean(profile: Profile) -> float | None:
            at = tuple(value.at(profile) for value in given.values())
            if None in at:
                return None
            if at not in means:
                chosen = {**params, **dict(zip(given, at, strict=True))}
                means[at] = written.declared(chosen, anchored=anchored(chosen))
            return self.spec.factor(profile) * means[at]

        return Declared(mean, self.spec.covariates)

    def claims(self, covariate: Covariate) -> Iterator[Claim]:
        if self.nature == "share":
            yield Claim("share", self.declared(), True if self.dtype == pl.Boolean() else 1, is_mean=True)
        else:
            cells = [pair for pair in zip(self.cells.cells, self.laws, strict=True) if _is_live(self.spec, pair[0])]
            alike = bent_alike(law for cell, law in cells if law is not None and cell.factor == 1)
            declared = self.declared() if alike else self._declared(lambda _: False)
            yield Claim("value", declared, kept=alike and all(law is None or law.kept for _, law in cells))

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
        yield from self.uniforms.describe(ctx, row)


def _family(kind: str, params: Mapping[str, Any]) -> Family:
    """Return the family of a kind: where kind and family have different names, the parameters decide."""
    if kind == "histogram" and "counts" in params:  # `{0: 3, 1: 5}` of a fanout counts, `{edges, weights}` measures
        return family("counts")
    if kind == "quantile" and any(name.startswith(COUNT_KNOT) for name in params):  # likewise as a fanout
        return family("quantile of counts")
    if kind == "mixture":
        kinds = {name.split(".")[1] for name in params if name.count(".") == 2}
        return family("mixture of counts" if all(family(one).discrete for one in kinds) else "mixture")
    return family("bernoulli" if kind == "boolean" else kind)


def _is_live(generator: Generator, cell: Cell) -> bool:
    """Return whether rows may have a cell: not where multipliers list all values, and it stands for another one."""
    return all(cell.acting(given)[0] is not None for given in generator.multipliers)


def _anchored(generator: Generator, cells: Cells) -> Callable[[Mapping[str, Any]], bool]:
    """Return the question whether rows have the law of these very parameters, with a factor of 1."""
    found = [cell.params for cell in cells.cells if cell.factor == 1 and _is_live(generator, cell)]
    return lambda params: params in found


def _law(
    law: Family, cell: Cell, binding: Binding, anchored: Callable[[Mapping[str, Any]], bool]
) -> CellDistribution | None:
    if cell.params is None:
        return None
    at = f" for {cell.label}" if cell.keys else ""
    wrong = law.check(cell.params)
    if wrong:
        name = wrong.partition(" ")[0]
        place = binding.place(name if name in cell.params else "", cell)
        raise binding.error("FW-PLAN-PARAMETER", place, f"{wrong}{at}")
    try:
        written = Written(law, binding.bounds, binding.rounding)
        return law_of(written, cell.params, cell.factor, anchored=anchored(cell.params))
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


def _whole(binding: Binding) -> tuple[float | None, float | None]:
    """Return the whole numbers next to the bounds, on the inner side (PlanError where there are none)."""
    low, high = binding.bounds
    low, high = None if low is None else float(math.ceil(low)), None if high is None else float(math.floor(high))
    if low is not None and high is not None and low > high:
        why = f"no whole number lies between {binding.bounds[0]:g} and {binding.bounds[1]:g}"
        raise binding.error("FW-PLAN-ORDER", (*binding.generator.place, "clamp"), why, "widen the clamp")
    return low, high


def _farthest(cell: Cell, binding: Binding, *, up: bool) -> Place:
    """Return the place of the multiplier that moves the mean of a cell farthest."""
    factors = [
        (1.0 if factor is None else factor, place) for factor, place in map(cell.acting, binding.generator.multipliers)
    ]
    return (max if up else min)(factors, key=lambda found: found[0])[1]

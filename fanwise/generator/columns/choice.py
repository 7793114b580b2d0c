"""`choice`: one of a few values, by weight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.cell_law import CellDistribution
from fanwise.generator.columns.support.facts import Fact, segment_facts
from fanwise.generator.columns.support.laws import ABSENT, Claim, Moments, listed_moments
from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.columns.support.weights import Weights
from fanwise.generator.context import GenerationContext
from fanwise.generator.distributions.bounds import clamp
from fanwise.generator.language.literals import Scalar, label_of
from fanwise.generator.language.spec import Covariate, Generator, Profile
from fanwise.generator.values import TEXT, Values


@dataclass(frozen=True, slots=True)
class Choice(ColumnKind):
    """One option per row; weights may differ per segment or category.

    written: what each option becomes by `clamp`, `round` and the type.
    """

    names: ClassVar[tuple[str, ...]] = ("choice",)
    spec: Generator
    uniforms: UniformSource
    weights: Weights
    options: npt.NDArray[Any] | pl.Series
    dtype: pl.DataType
    written: tuple[Scalar, ...]
    bounded = True
    independent = True

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        values = [value for value, _ in binding.generator.params["options"]]
        numbers = [weight for _, weight in binding.generator.params["options"]]
        weights = Weights.of(binding.generator, numbers, lambda at: _all_zero(binding, at))
        options, dtype = _options(values)
        written = tuple(_written(value, binding) for value in _listed(options))
        return cls(binding.generator, binding.uniforms, weights, options, dtype, written)

    @property
    def possible(self) -> Sequence[Any]:
        return _listed(self.options)

    @property
    def quantile_of(self) -> UniformSource | str:
        if (
            (np.diff(np.pad(self.weights.edges, ((0, 0), (1, 1)), constant_values=((0, 0), (0, 1)))) == 1)
            .any(axis=1)
            .all()
        ):
            return "it is a constant"
        if not isinstance(self.options, pl.Series) and (self.options[1:] <= self.options[:-1]).any():
            return "its options are not in ascending order; write them from the lowest to the highest"
        return self.uniforms

    @property
    def distribution(self) -> tuple[Cells, Sequence[CellDistribution | None]]:
        return self.weights.cells, ()

    def draw(self, ctx: GenerationContext) -> Values:
        cell = self.weights.cells.codes(ctx)
        scores = self.uniforms.near_scores(ctx) if self.weights.by_scores(len(ctx)) else None
        if scores is None:
            codes = self.weights.draw(self.uniforms.draw(ctx), cell)
        else:
            codes = self.weights.draw_scores(scores, cell)
        null = self.weights.null(cell)
        if isinstance(self.options, pl.Series):
            return Values(codes, self.dtype, self.options, null)
        return Values(self.options[codes], self.dtype, null=null)

    def domain(self, profile: Profile) -> list[tuple[str | None, float]] | None:
        code = self.weights.cells.at(profile)
        if self.weights.missing[code]:
            return [(None, 1.0)]
        shares: dict[str | None, float] = {}
        for value, (_, share) in zip(self.written, self._shares(code), strict=True):
            label = label_of(value)
            shares[label] = shares.get(label, 0.0) + share
        return list(shares.items())

    def extremes(self, rows: float) -> tuple[float, float] | None:
        if isinstance(self.options, pl.Series) or not self.dtype.is_numeric():
            return None
        return float(self.options.min()), float(self.options.max())

    def moments(self, profile: Profile) -> Moments | None:
        if isinstance(self.options, pl.Series):
            return None
        code = self.weights.cells.at(profile)
        shares = [share for _, share in self._shares(code)]
        values = [float(value) for value in self.written if value is not None]
        return ABSENT if self.weights.missing[code] else listed_moments(list(zip(values, shares, strict=True)))

    def claims(self, covariate: Covariate) -> Iterator[Claim]:
        """Yield the share of each value that is written of options whose weight the covariate decides."""
        for value in dict.fromkeys(self.written):
            places = [place for place, other in enumerate(self.written) if other == value]
            decided = self.weights.decided(covariate, places)
            if decided and len(places) < len(self.written):
                declared = self.weights.declared(places, self.spec.covariates)
                yield Claim("share", declared, value, place=decided[0].place)

    def rules_out(self, ctx: GenerationContext, row: int, cell: Any) -> str:
        options = list(self.options)
        return "" if cell in options else f"the column is one of {', '.join(map(str, options))}"

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield from segment_facts(self.weights.cells, ctx, row)
        shares = self._shares(self.weights.cells.of_row(ctx, row))
        yield Fact("shares", {str(option): round(share, 6) for option, share in shares})
        yield from self.uniforms.describe(ctx, row)

    def _shares(self, code: int) -> list[tuple[Any, float]]:
        """Return each option with its share in a cell."""
        return list(zip(_listed(self.options), self.weights.shares(code), strict=True))


def _all_zero(binding: Binding, at: str) -> Exception:
    return binding.error("FW-PLAN-ZERO-WEIGHTS", binding.place("options"), f"all weights are 0{at}")


def _listed(options: npt.NDArray[Any] | pl.Series) -> list[Any]:
    return options.to_list() if isinstance(options, pl.Series) else list(options.tolist())


def _written(option: Scalar, binding: Binding) -> Scalar:
    """Return what an option becomes by the bounds and the rounding of its column."""
    if not isinstance(option, int | float) or isinstance(option, bool):
        return option
    bounds = [None if bound is None else type(option)(bound) for bound in binding.bounds]
    value = clamp(option, *bounds)
    if binding.rounding is None or isinstance(option, int):
        return value
    rounded = binding.rounding.apply(value)
    return int(rounded) if binding.rounding.to_even else rounded


def _options(values: list[Any]) -> tuple[npt.NDArray[Any] | pl.Series, pl.DataType]:
    if all(isinstance(value, bool) for value in values):
        return np.array(values, dtype=np.bool_), pl.Boolean()
    if all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        return np.array(values, dtype=np.int64), pl.Int64()
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return np.array(values, dtype=np.float64), pl.Float64()
    return pl.Series([str(value) for value in values], dtype=pl.String), TEXT

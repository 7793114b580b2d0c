"""`rowsum`: the sum of numeric columns of the row, or of rows that it reaches."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import polars as pl

from fanwise.generator.columns.base import DEFAULT_ROUND, Binding, ColumnKind
from fanwise.generator.columns.support.exact_sums import EXACT, digits_of, sum_type, written
from fanwise.generator.columns.support.facts import Fact, shown, value_at
from fanwise.generator.columns.support.formulas import Formula
from fanwise.generator.columns.support.known import KnownColumn, Nature
from fanwise.generator.columns.support.laws import Exact, Moments
from fanwise.generator.context import GenerationContext
from fanwise.generator.errors import PlanError
from fanwise.generator.language.spec import Covariate, Generator, Path, Profile
from fanwise.generator.values import INTEGER, Values

_MOST_TERMS = 8  # that a reader of the files adds up, in the order of the declaration


@dataclass(frozen=True, slots=True)
class Rowsum(ColumnKind):
    """The sum of the columns that `paths` lead to; null where one of them is.

    Whole numbers and decimals add up exactly. digits: the digits after the point of the result.
    """

    names: ClassVar[tuple[str, ...]] = ("rowsum",)
    spec: Generator
    paths: tuple[Path, ...]
    terms: tuple[KnownColumn, ...]
    places: int | None
    dtype: pl.DataType

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        paths: tuple[Path, ...] = binding.generator.params["columns"]
        terms = tuple(map(binding.known, paths))
        for at, (path, term) in enumerate(zip(paths, terms, strict=True)):
            if not term.dtype.is_numeric():
                place = (*binding.generator.place, binding.generator.kind, at)
                raise binding.error("FW-PLAN-TYPE", place, f"{path.text} holds {term.dtype}, not numbers")
        kinds = [(term.dtype, term.decimals) for term in terms]
        return cls(binding.generator, paths, terms, digits_of(kinds), sum_type(kinds))

    def draw(self, ctx: GenerationContext) -> Values:
        found = [ctx.value(path) for path in self.paths]
        data = [written(values) for values in found]
        sums: Any = np.sum([column.astype(np.float64) for column in data], axis=0)
        if self.dtype == INTEGER:
            if (np.abs(sums) >= 2.0**63).any():
                raise PlanError("FW-PLAN-TYPE", "a sum does not fit 64 bits", "clamp the columns")
            sums = np.sum(data, axis=0, dtype=np.int64)
        elif self.places is not None:
            unit = 10.0**self.places
            units = np.sum([np.rint(column * unit) for column in data], axis=0)
            sums = np.where(np.abs(units) < EXACT, units / unit, sums)
        out = Values(sums, self.dtype)
        for values in found:
            out = out.with_null(values.null)
        return out

    @property
    def formula(self) -> Formula:
        if self.places is None or len(self.paths) > _MOST_TERMS:
            return Formula(off="sums of numbers that are not rounded depend on the order")
        return Formula(terms=self.paths, digits=None if self.dtype.is_integer() else self.places)

    @property
    def digits(self) -> int | None:
        return DEFAULT_ROUND if self.places is None else self.places

    @property
    def nature(self) -> Nature:
        natures = {term.nature for term in self.terms}
        return "continuous" if "continuous" in natures else "count" if natures == {"count"} else "other"

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns of the row that are added, down to those that are drawn."""
        return tuple(source for term in self.terms for source in term.sources)

    @property
    def covariates(self) -> frozenset[Covariate]:
        return frozenset().union(*(term.covariates for term in self.terms))

    def moments(self, profile: Profile) -> Moments | None:
        """Return the sums of means and variances; columns of the row itself are independent, given its profile."""
        if any(path.steps for path in self.paths) or len(set(self.sources)) < len(self.sources):
            return None
        found = [term.moments(profile) for term in self.terms]
        known = [moments for moments in found if moments is not None]
        if len(known) < len(found):
            return None
        chance = math.prod(moments.chance for moments in known)
        return Exact(sum(m.mean for m in known), sum(m.variance for m in known), chance)

    @property
    def summary(self) -> str:
        return f"{self.spec.kind} {', '.join(path.text for path in self.paths)}"

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        for path in self.paths:
            yield Fact("adds", f"{path.text} {shown(value_at(ctx.value(path), row))}")

"""`count`: a fanout of exactly as many rows as a column of the parent says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.facts import Fact, value_at
from fanwise.generator.columns.support.known import KnownColumn
from fanwise.generator.columns.support.laws import Exact, Moments
from fanwise.generator.columns.support.readings import numbers
from fanwise.generator.context import GenerationContext
from fanwise.generator.errors import PlanError
from fanwise.generator.language.spec import Covariate, Generator, Path, Profile
from fanwise.generator.values import INTEGER, Values


@dataclass(frozen=True, slots=True)
class Count(ColumnKind):
    """The whole number that `column` leads to from the parent's row; none where it is null."""

    names: ClassVar[tuple[str, ...]] = ("count",)
    spec: Generator
    column: Path
    source: KnownColumn
    dtype = INTEGER

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        path: Path = binding.generator.params["column"]
        source = binding.known(path)
        if not source.dtype.is_integer():
            hint = "write type: int64, or CAST(x AS bigint)"
            why = f"'{path.text}' holds {source.dtype}, and a number of rows is whole"
            raise binding.error("FW-PLAN-COUNT", binding.place("column"), why, hint)
        return cls(binding.generator, path, source)

    @property
    def counted(self) -> Path:
        return self.column

    @property
    def covariates(self) -> frozenset[Covariate]:
        return frozenset() if self.column.steps else self.source.covariates

    def moments(self, profile: Profile) -> Moments | None:
        found = None if self.column.steps else self.source.moments(profile)
        if found is None:
            return None
        mean = found.mean * found.chance  # a row without a value has no rows below it
        return Exact(mean, found.chance * (found.variance + found.mean**2) - mean**2)

    def draw(self, ctx: GenerationContext) -> Values:
        values = ctx.value(self.column)
        data = numbers(values, self.column.text).astype(np.int64)
        known = data if values.null is None else np.where(values.null, 0, data)
        if len(known) and known.min() < 0:
            row = int(np.argmin(known))
            where = f"'{self.column.text}' is {int(known[row]):,} in {ctx.name_of(row)}"
            why = f"{where}, and a number of rows is not negative"
            raise PlanError("FW-PLAN-COUNT", why, "clamp it: clamp: [0, null]")
        return Values(data, self.dtype, null=values.null)

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield Fact("count", f"{self.column.text} {value_at(ctx.value(self.column), row)}")

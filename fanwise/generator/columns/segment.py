"""`segment`: the row's segment on an axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.facts import Fact
from fanwise.generator.columns.support.segments import Assignment, balanced_points
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.spec import Generator, Profile
from fanwise.generator.values import TEXT, Values


@dataclass(frozen=True, slots=True)
class Segment(ColumnKind):
    """Codes into the axis' segments, balanced or at random."""

    names: ClassVar[tuple[str, ...]] = ("segment",)
    spec: Generator
    assignment: Assignment
    labels: pl.Series
    dtype = TEXT
    independent = True

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        axis = binding.dataset.axes[str(binding.generator.params["axis"])]
        labels = pl.Series(list(axis.segments), dtype=pl.String)
        return cls(binding.generator, Assignment.of(axis, binding.seed), labels)

    def draw(self, ctx: GenerationContext) -> Values:
        return Values(self.assignment.codes(ctx), self.dtype, self.labels)

    def domain(self, profile: Profile) -> list[tuple[str | None, float]] | None:
        return list(self.assignment.axis.share.items())

    def rules_out(self, ctx: GenerationContext, row: int, cell: Any) -> str:
        axis = self.assignment.axis
        return "" if cell in axis.segments else f"the segments of {axis.name} are {', '.join(axis.segments)}"

    @property
    def summary(self) -> str:
        return f"{self.spec.kind} {self.assignment.axis.name}"

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        axis = self.assignment.axis
        yield Fact("shares", dict(axis.share))
        yield Fact("assign", axis.assign)
        if axis.assign == "balanced":
            point = balanced_points(ctx.rows.numbers[[row]], self.assignment.seed, axis.name)
            yield Fact("point", float(point[0]))

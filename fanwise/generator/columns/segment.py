"""`segment`: the row's segment on an axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.segments import Assignment
from fanwise.generator.context import GenerationContext
from fanwise.generator.values import TEXT, Values


@dataclass(frozen=True, slots=True)
class Segment(ColumnKind):
    """Codes into the axis' segments, balanced or at random."""

    names: ClassVar[tuple[str, ...]] = ("segment",)
    assignment: Assignment
    labels: pl.Series
    dtype = TEXT

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        axis = binding.dataset.axes[str(binding.generator.params["axis"])]
        return cls(Assignment.of(axis, binding.seed), pl.Series(list(axis.segments), dtype=pl.String))

    def draw(self, ctx: GenerationContext) -> Values:
        return Values(self.assignment.codes(ctx), self.dtype, self.labels)

"""`parent`: a column of the driving parent, carried down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import polars as pl

from fanwise.generator.columns.base import Binding
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.spec import Step
from fanwise.generator.values import UNKNOWN, Values


@dataclass(frozen=True, slots=True)
class Parent:
    """The parent row's value, repeated for each of its children; never looked up in stored rows."""

    names: ClassVar[tuple[str, ...]] = ("parent",)
    step: Step
    column: str
    dtype: pl.DataType = UNKNOWN
    needs_number: bool = False

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        parent = binding.dataset.tables[binding.table].parent
        assert parent is not None
        return cls(Step("parent", parent), str(binding.generator.params["column"]))

    def draw(self, ctx: GenerationContext) -> Values:
        return ctx.follow((self.step,), self.column)

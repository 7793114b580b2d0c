"""`parent`: a column of the driving parent, carried down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind, KnownColumn
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.spec import Step
from fanwise.generator.values import Values


@dataclass(frozen=True, slots=True)
class Parent(ColumnKind):
    """The parent row's value, repeated for each of its children; never looked up in stored rows."""

    names: ClassVar[tuple[str, ...]] = ("parent",)
    step: Step
    column: str
    source: KnownColumn
    dtype: pl.DataType

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        parent = binding.dataset.tables[binding.table].parent
        assert parent is not None
        column = str(binding.generator.params["column"])
        source = binding.column_of(parent, column)
        return cls(Step("parent", parent), column, source, source.dtype)

    @property
    def integral(self) -> bool:
        """Whether the parent's column is kept as integers."""
        return self.source.integral

    def draw(self, ctx: GenerationContext) -> Values:
        return ctx.follow((self.step,), self.column)

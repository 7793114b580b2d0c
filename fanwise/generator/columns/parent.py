"""`parent`: a column of the driving parent, carried down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.facts import Fact
from fanwise.generator.columns.support.formulas import Formula
from fanwise.generator.columns.support.known import KnownColumn, Nature
from fanwise.generator.columns.support.nulls import Nullability
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.spec import Covariate, Generator, Path, Step
from fanwise.generator.values import Values


@dataclass(frozen=True, slots=True)
class Parent(ColumnKind):
    """The parent row's value, repeated for each of its children; never looked up in stored rows."""

    names: ClassVar[tuple[str, ...]] = ("parent",)
    spec: Generator
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
        return cls(binding.generator, Step(parent), column, source, source.dtype)

    @property
    def integral(self) -> bool:
        return self.source.integral

    @property
    def nature(self) -> Nature:
        return self.source.nature

    @property
    def digits(self) -> int | None:
        return None  # a key stays equal to the one that it is read from

    def draw(self, ctx: GenerationContext) -> Values:
        return ctx.follow((self.step,), self.column)

    @property
    def formula(self) -> Formula:
        return Formula(terms=(Path("", "", (self.step,), self.step.table, self.column),))

    @property
    def copies(self) -> Covariate:
        return (self.step,), self.column

    @property
    def held_elsewhere(self) -> str:
        return f"it repeats {self.step.table}.{self.column}; pin that row of {self.step.table}"

    def may_be_null(self, nulls: Nullability) -> bool:
        return nulls.column(self.step.table, self.column)

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield Fact("copies", f"{self.step.table}.{self.column}")

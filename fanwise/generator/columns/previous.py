"""`previous`, `next`: the value of a column one row before or after, among the rows below one parent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.otherwise import Otherwise, merged, merged_type
from fanwise.generator.columns.support.facts import Fact, value_at
from fanwise.generator.columns.support.formulas import Series
from fanwise.generator.columns.support.known import KnownColumn
from fanwise.generator.columns.support.nulls import Nullability
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.spec import Generator, Path
from fanwise.generator.values import Values


@dataclass(frozen=True, slots=True)
class Previous(ColumnKind):
    """What `column` leads to from the row before (`next`: after) it; `otherwise` where the parent has no such row."""

    names: ClassVar[tuple[str, ...]] = ("previous", "next")
    spec: Generator
    column: Path
    source: KnownColumn
    otherwise: Otherwise
    offset: int
    dtype: pl.DataType

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        path: Path = binding.generator.params["column"]
        source, otherwise = binding.known(path), Otherwise.bind(binding, "else")
        dtype = merged_type(source.dtype, otherwise)
        if dtype is None:
            why = f"'{path.text}' holds {source.dtype}, and this is {otherwise.dtype}"
            raise binding.error("FW-PLAN-TYPE", binding.place("else"), why, "use values of one type, or null")
        offset = -1 if binding.generator.kind == "previous" else 1
        return cls(binding.generator, path, source, otherwise, offset, dtype)

    @property
    def integral(self) -> bool:
        return self.dtype.is_integer() or (self.source.integral and self.otherwise.is_whole)

    @property
    def digits(self) -> int | None:
        known = (self.source.decimals, self.otherwise.decimals)
        return None if None in known else max(digits for digits in known if digits is not None)

    @property
    def siblings(self) -> Series:
        start, off = self.otherwise.stated
        return Series("previous" if self.offset < 0 else "next", self.column, start, off)

    def may_be_null(self, nulls: Nullability) -> bool:
        return nulls.path(self.column) or self.otherwise.may_be_null(nulls)

    def draw(self, ctx: GenerationContext) -> Values:
        own, rows = ctx.value(self.column), np.arange(len(ctx))
        # A row without a row before it has ordinal 0; the row after the last one is a first one, or behind the end.
        alone = ctx.rows.ordinals == 0
        if self.offset > 0:
            alone = np.append(alone[1:], np.ones(min(len(ctx), 1), dtype=np.bool_))
        found = own.take(np.where(alone, rows, rows + self.offset))
        return merged(alone, found, self.otherwise.draw(ctx), self.dtype)

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        word = "row before" if self.offset < 0 else "row after"
        yield Fact(word, f"{self.column.text} {value_at(self.draw(ctx), row)}")

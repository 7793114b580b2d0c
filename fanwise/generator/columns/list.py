"""`list`: as many values of one kind as a distribution of counts says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.elements import Elements
from fanwise.generator.columns.support.nested import Part, part_series, written_part
from fanwise.generator.columns.support.nulls import Nullability
from fanwise.generator.context import GenerationContext, Ints
from fanwise.generator.language.spec import Covariate, Generator
from fanwise.generator.values import Values


@dataclass(frozen=True, slots=True)
class List(ColumnKind):
    """Elements that are drawn like the rows of a child table: by the key of their row and their place in the list."""

    names: ClassVar[tuple[str, ...]] = ("list",)
    spec: Generator
    name: str
    part: Part
    length: ColumnKind
    most: int | None
    dtype: pl.DataType
    needs_number: bool

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        params = binding.generator.params
        part, law = binding.inner(params["of"], "of"), params["length"]
        length = binding.bind(law.generator, "length")
        name = " ".join(("list", binding.table, binding.column, binding.part))
        numbered = part.generator.needs_number or length.needs_number
        return cls(binding.generator, name, part, length, law.max, pl.List(written_part(part)), numbered)

    def counts(self, ctx: GenerationContext) -> Ints:
        """Return the number of elements of each row's list, int64 (n,); none where it is undetermined."""
        drawn = self.length.draw(ctx)
        counts = np.maximum(np.asarray(drawn.data).astype(np.int64), 0)
        if drawn.null is not None:
            counts = np.where(drawn.null, 0, counts)
        return counts if self.most is None else np.minimum(counts, self.most)

    def draw(self, ctx: GenerationContext) -> Values:
        counts = ctx.references.admitted(ctx, ".".join(self.name.split()[1:]), self.counts(ctx))
        elements = part_series(self.part, Elements.of(ctx, self.name, counts), "")
        return Values.of(_lists(elements, counts))

    @property
    def covariates(self) -> frozenset[Covariate]:
        return self.part.covariates | self.length.covariates

    def may_be_null(self, nulls: Nullability) -> bool:
        return False


def _lists(elements: pl.Series, counts: Ints) -> pl.Series:
    """Return lists of consecutive elements, `counts[i]` in list i."""
    owners = pl.Series("owner", np.repeat(np.arange(len(counts)), counts)).set_sorted()
    grouped = pl.DataFrame([owners, elements.alias("element")]).group_by("owner", maintain_order=True)
    lists, some = grouped.agg("element").get_column("element"), counts > 0
    if some.all():
        return lists
    nothing = pl.Series([[]], dtype=pl.List(elements.dtype))
    if not len(lists):
        return pl.concat([nothing] * len(counts)) if len(counts) else nothing.clear()
    spread = lists.gather(np.maximum(np.cumsum(some) - 1, 0))
    return pl.select(pl.when(pl.Series(some)).then(spread).otherwise(pl.lit(nothing).first())).to_series()

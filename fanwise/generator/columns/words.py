"""`words`: text of a few common words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.facts import Fact, segment_facts
from fanwise.generator.columns.support.segments import Cell, Cells
from fanwise.generator.columns.support.sentences import phrases
from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.spec import Generator
from fanwise.generator.values import TEXT, Values


@dataclass(frozen=True, slots=True)
class Words(ColumnKind):
    """A text from the pool of the row's cell, drawn evenly.

    ranges: the fewest and the most words of each cell; missing: cells without a range, whose rows are null.
    """

    names: ClassVar[tuple[str, ...]] = ("words",)
    spec: Generator
    uniforms: UniformSource
    cells: Cells
    ranges: tuple[tuple[int, int], ...]
    missing: npt.NDArray[np.bool_]
    dtype = TEXT

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        cells = Cells.of(binding.generator)
        ranges = tuple(binding.of_each(cells, lambda cell: _range(cell, binding)))
        missing = np.array([cell.params is None for cell in cells.cells])
        return cls(binding.generator, binding.uniforms, cells, ranges, missing)

    def draw(self, ctx: GenerationContext) -> Values:
        texts, starts, sizes = phrases(self.ranges)
        u, cell = self.uniforms.draw(ctx), self.cells.codes(ctx)
        if isinstance(cell, int):
            return Values((u * sizes[cell]).astype(np.int64), self.dtype, texts)
        codes = np.array(starts)[cell] + (u * np.array(sizes)[cell]).astype(np.int64)
        return Values(codes, self.dtype, texts, self.missing[cell] if self.missing.any() else None)

    @property
    def lengths(self) -> tuple[int, int] | None:
        sizes = phrases(self.ranges)[0].str.len_chars().to_numpy()
        return int(sizes.min()), int(sizes.max())

    @property
    def repeats(self) -> float:
        texts, starts, sizes = phrases(self.ranges)
        pools = [
            texts.slice(start, size).unique_counts().to_numpy() / size
            for start, size in zip(starts, sizes, strict=True)
        ]
        return max(float(np.sum(shares**2)) for shares in pools)

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield from segment_facts(self.cells, ctx, row)
        yield Fact("words", "{} to {}".format(*self.ranges[self.cells.of_row(ctx, row)]))
        yield Fact("draw", float(self.uniforms.draw(ctx)[row]))


def _range(cell: Cell, binding: Binding) -> tuple[int, int]:
    if cell.params is None:
        return 1, 1
    low, high = int(cell.params["min"]), int(cell.params["max"])
    if low > high:
        at = f" for {cell.label}" if cell.keys else ""
        raise binding.error("FW-PLAN-ORDER", binding.place("max", cell), f"min {low} is above max {high}{at}")
    return low, high

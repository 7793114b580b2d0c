"""`sequence`: a running number over the whole table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.formulas import Numbered
from fanwise.generator.columns.support.laws import Variety
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.spec import Generator
from fanwise.generator.values import INTEGER, Values


@dataclass(frozen=True, slots=True)
class Sequence(ColumnKind):
    """start + step · row number."""

    names: ClassVar[tuple[str, ...]] = ("sequence",)
    spec: Generator
    start: int
    step: int
    dtype = INTEGER
    nature = "identity"
    needs_number = True

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        params = binding.generator.params
        return cls(binding.generator, int(params.get("start", 1)), int(params.get("step", 1)))

    def variety(self) -> Variety:
        return Variety(alike=0.0)

    def extremes(self, rows: float) -> tuple[float, float]:
        last = self.start + self.step * (round(rows) - 1)
        return float(min(self.start, last)), float(max(self.start, last))

    @property
    def numbering(self) -> Numbered:
        return Numbered(self.start, self.step)

    @property
    def counts_up(self) -> bool:
        return self.step > 0

    def draw(self, ctx: GenerationContext) -> Values:
        return Values(self.start + self.step * ctx.rows.numbers, self.dtype)

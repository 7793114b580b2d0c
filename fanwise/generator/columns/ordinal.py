"""`ordinal`: the row's place below its parent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.formulas import Numbered
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.spec import Generator
from fanwise.generator.values import INTEGER, Values


@dataclass(frozen=True, slots=True)
class Ordinal(ColumnKind):
    """start, start + step, … within the parent; in a root table, over the table."""

    names: ClassVar[tuple[str, ...]] = ("ordinal",)
    spec: Generator
    start: int
    step: int
    dtype = INTEGER
    nature = "identity"
    differs_below = True

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        params = binding.generator.params
        return cls(binding.generator, int(params.get("start", 1)), int(params.get("step", 1)))

    @property
    def counts_up(self) -> bool:
        return self.step > 0

    @property
    def siblings(self) -> Numbered:
        return Numbered(self.start, self.step)

    def draw(self, ctx: GenerationContext) -> Values:
        return Values(self.start + self.step * ctx.rows.ordinals, self.dtype)

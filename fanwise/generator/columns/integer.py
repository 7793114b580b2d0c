"""`integer` with `unique: true`: a permutation of the range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.laws import Variety
from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.columns.support.unique import place_in_domain
from fanwise.generator.context import GenerationContext
from fanwise.generator.distributions.integer import Integer
from fanwise.generator.language.spec import Generator
from fanwise.generator.values import INTEGER, Values


@dataclass(frozen=True, slots=True)
class UniqueInteger(ColumnKind):
    """low + a keyed permutation of the range, by row number."""

    names: ClassVar[tuple[str, ...]] = ("unique integer",)
    spec: Generator
    uniforms: UniformSource
    low: int
    size: int
    dtype = INTEGER
    needs_number = True

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        low, high = binding.generator.params["min"], binding.generator.params["max"]
        if not isinstance(low, int | float) or not isinstance(high, int | float) or binding.generator.multipliers:
            place = (*binding.generator.place, "unique")
            raise binding.error(
                "FW-PLAN-UNIQUE-FORM",
                place,
                "unique needs one range for all rows",
                "use numbers for min and max, without a multiplier",
            )
        if binding.bounds != (None, None):
            place = (*binding.generator.place, "clamp")
            raise binding.error(
                "FW-PLAN-UNIQUE-FORM",
                place,
                "clamped values repeat and cannot be unique",
                "narrow min and max instead",
            )
        size = int(high) - int(low) + 1
        if size < 1:
            raise binding.error("FW-PLAN-ORDER", binding.place("max"), f"min {low} is above max {high}")
        if wrong := Integer().check({"min": low, "max": high}):
            raise binding.error("FW-PLAN-PARAMETER", binding.place(wrong.partition(" ")[0]), wrong)
        binding.require_room(size)
        return cls(binding.generator, binding.uniforms, int(low), size)

    def variety(self) -> Variety:
        return Variety(self.size, 0.0)

    def extremes(self, rows: float) -> tuple[float, float]:
        return float(self.low), float(self.low + self.size - 1)

    def draw(self, ctx: GenerationContext) -> Values:
        return Values(self.low + place_in_domain(ctx, self.uniforms, self.size, unique=True), self.dtype)

    @property
    def support(self) -> tuple[float, float]:
        return self.low, self.low + self.size - 1

    def rules_out(self, ctx: GenerationContext, row: int, cell: Any) -> str:
        high = self.low + self.size - 1
        return "" if self.low <= cell <= high else f"the range of the column is {self.low} to {high}"

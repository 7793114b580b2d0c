"""A column kind for Fanwise: `{roman: {min: 1, max: 20}}` is a numeral from I to XX, drawn evenly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import polars as pl

from fanwise.generator.columns import Binding, ColumnKind
from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.spec import Generator
from fanwise.generator.values import TEXT, Values

LARGEST = 3999
_SIGNS = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
    (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Roman(ColumnKind):
    """One numeral a row; `numerals` holds those of the range, in order."""

    names: ClassVar[tuple[str, ...]] = ("roman",)
    # How the language reads and checks the kind: an entry of `$defs` in dataset.schema.json.
    definitions: ClassVar[dict[str, dict[str, Any]]] = {
        "roman": {
            "description": "A Roman numeral.",
            "type": "object",
            "properties": {
                "min": {"type": "integer", "minimum": 1, "maximum": LARGEST, "default": 1},
                "max": {"type": "integer", "minimum": 1, "maximum": LARGEST},
            },
            "required": ["max"],
            "additionalProperties": False,
            "x-kind": {"in": ["column", "value"], "yields": "text"},
        }
    }
    spec: Generator
    uniforms: UniformSource
    numerals: pl.Series
    dtype = TEXT

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        """Return the kind for one place of a schema (PlanError where its range is empty)."""
        low, high = int(binding.generator.params.get("min", 1)), int(binding.generator.params["max"])
        if low > high:
            raise binding.error("FW-PLAN-ORDER", binding.place("max"), f"min {low} is above max {high}")
        numerals = pl.Series([numeral(number) for number in range(low, high + 1)], dtype=pl.String)
        return cls(binding.generator, binding.uniforms, numerals)

    def draw(self, ctx: GenerationContext) -> Values:
        """Return a numeral for each row of the context."""
        place = (self.uniforms.draw(ctx) * len(self.numerals)).astype(np.int64)
        return Values(place, self.dtype, self.numerals)


def numeral(number: int) -> str:
    """Return a number from 1 to 3999 in Roman numerals."""
    out = ""
    for value, sign in _SIGNS:
        count, number = divmod(number, value)
        out += sign * count
    return out

"""`uuid`: 36 lower-case characters, version 8."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.laws import Variety
from fanwise.generator.columns.support.patterns import uuid_text
from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.spec import Generator
from fanwise.generator.numerics.randomness import Bits, bits, child_keys, root_keys
from fanwise.generator.values import TEXT, Values


@dataclass(frozen=True, slots=True)
class Uuid(ColumnKind):
    """122 bits from two independent mixes of the row's place, so that equal row keys do not make equal identifiers."""

    names: ClassVar[tuple[str, ...]] = ("uuid",)
    spec: Generator
    uniforms: UniformSource
    dtype = TEXT

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        return cls(binding.generator, binding.uniforms)

    @property
    def lengths(self) -> tuple[int, int]:
        return 36, 36

    def variety(self) -> Variety:
        return Variety(alike=0.0)

    def draw(self, ctx: GenerationContext) -> Values:
        high = bits(ctx.rows.keys, self.uniforms.key)
        low = bits(_second_keys(ctx), self.uniforms.key, lane=1)
        return Values(uuid_text(high, low), self.dtype)


def _second_keys(ctx: GenerationContext) -> Bits:
    """Return a second mix of root row number and ordinals, uint64 (n,)."""
    name = f"second {ctx.table.name}"
    if ctx.parent is None:
        return root_keys(name, ctx.rows.ordinals)
    assert ctx.rows.parents is not None
    return child_keys(name, np.take(_second_keys(ctx.parent), ctx.rows.parents), ctx.rows.ordinals)

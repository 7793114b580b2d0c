"""Where the uniforms of a column come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from fanwise.generator.context import Floats, GenerationContext, Ints
from fanwise.generator.numerics.randomness import uniform

__all__ = ["EVERY", "KeyedUniforms", "UniformSource"]

EVERY = slice(None)


class UniformSource(Protocol):
    """Gives a column its uniforms. A column that goes along with another one has a source that knows of both."""

    @property
    def key(self) -> int:
        """The key of the column, for what is no draw of uniforms: permutations, identifiers."""
        ...

    def draw(self, ctx: GenerationContext, lane: int = 0, rows: Ints | slice = EVERY) -> Floats:
        """Return one uniform in (0, 1) for each of these rows of the context; lanes are independent."""
        ...


@dataclass(frozen=True, slots=True)
class KeyedUniforms:
    """Uniforms of the column's own key."""

    key: int

    def draw(self, ctx: GenerationContext, lane: int = 0, rows: Ints | slice = EVERY) -> Floats:
        """Return one uniform in (0, 1) for each of these rows of the context; lanes are independent."""
        return uniform(ctx.rows.keys[rows], self.key, lane)

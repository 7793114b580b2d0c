"""`fake`: realistic text from a pool."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.facts import Fact
from fanwise.generator.columns.support.laws import Variety
from fanwise.generator.columns.support.text_pools import Pool, PoolError
from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.spec import Generator
from fanwise.generator.values import TEXT, Values


@dataclass(frozen=True, slots=True)
class Fake(ColumnKind):
    """An entry of the provider's pool, drawn evenly."""

    names: ClassVar[tuple[str, ...]] = ("fake",)
    spec: Generator
    uniforms: UniformSource
    pool: Pool
    dtype = TEXT

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        params = binding.generator.params
        try:
            pool = Pool.of(str(params["provider"]), str(params.get("locale") or "en_US"))
        except PoolError as error:
            raise binding.error(error.code, binding.place(error.parameter), error.why, error.hint) from None
        return cls(binding.generator, binding.uniforms, pool)

    @property
    def lengths(self) -> tuple[int, int]:
        sizes = self.pool.labels.str.len_chars().to_numpy()
        return int(sizes.min()), int(sizes.max())

    def variety(self) -> Variety:
        """Return the different texts of the pool; it may hold some of them several times."""
        shares = self.pool.labels.unique_counts().to_numpy() / self.pool.size
        return Variety(len(shares), float(np.sum(shares**2)))

    def draw(self, ctx: GenerationContext) -> Values:
        codes = (self.uniforms.draw(ctx) * self.pool.size).astype(np.int64)
        return Values(codes, self.dtype, self.pool.labels)

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield Fact("pool", f"{self.pool.size:,} values")
        yield Fact("draw", float(self.uniforms.draw(ctx)[row]))

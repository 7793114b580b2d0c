"""`fake`: realistic text from a pool."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import ClassVar, Self

import numpy as np

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.facts import Fact
from fanwise.generator.columns.support.laws import Variety
from fanwise.generator.columns.support.text_pools import Pool, PoolError
from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.columns.support.unique import place_in_domain
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.spec import Generator
from fanwise.generator.numerics.randomness import permute
from fanwise.generator.values import TEXT, Values


@dataclass(frozen=True, slots=True)
class Fake(ColumnKind):
    """An entry of the provider's pool, drawn evenly; a permutation of the different ones when unique.

    numbered: where the table has more rows than there are entries, these come again with a number.
    """

    names: ClassVar[tuple[str, ...]] = ("fake",)
    spec: Generator
    uniforms: UniformSource
    pool: Pool
    unique: bool = False
    dtype = TEXT
    needs_number: bool = False

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        params = binding.generator.params
        try:
            pool = Pool.of(str(params["provider"]), str(params.get("locale") or "en_US"))
        except PoolError as error:
            raise binding.error(error.code, binding.place(error.parameter), error.why, error.hint) from None
        return cls(binding.generator, binding.uniforms, pool, binding.unique, needs_number=binding.unique)

    @property
    def numbered(self) -> bool:
        return self.unique and self.pool.separator is not None

    @property
    def lengths(self) -> tuple[int, int] | None:
        if self.numbered:
            return None
        sizes = self.pool.labels.str.len_chars().to_numpy()
        return int(sizes.min()), int(sizes.max())

    def variety(self) -> Variety:
        """Return the different texts of the pool; it may hold some of them several times."""
        if self.unique:
            return Variety(inf if self.numbered else len(self.pool.different), 0.0)
        shares = self.pool.labels.unique_counts().to_numpy() / self.pool.size
        return Variety(len(shares), float(np.sum(shares**2)))

    def draw(self, ctx: GenerationContext) -> Values:
        if not self.unique:
            codes = (self.uniforms.draw(ctx) * self.pool.size).astype(np.int64)
            return Values(codes, self.dtype, self.pool.labels)
        size = len(self.pool.different)
        if not self.numbered:
            return Values(place_in_domain(ctx, self.uniforms, size, True), self.dtype, self.pool.different)
        again, number = np.divmod(ctx.rows.numbers, size)
        texts = self.pool.different.gather(permute(number, size, self.uniforms.key))
        return Values(self.pool.with_number(texts, again + 1), self.dtype)

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield Fact("pool", f"{self.pool.size:,} values")
        if not self.unique:
            yield Fact("draw", float(self.uniforms.draw(ctx)[row]))

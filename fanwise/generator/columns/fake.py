"""`fake`: realistic text from a pool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.text_pools import Pool, PoolError
from fanwise.generator.context import GenerationContext
from fanwise.generator.values import TEXT, Values


@dataclass(frozen=True, slots=True)
class Fake(ColumnKind):
    """An entry of the provider's pool, drawn evenly."""

    names: ClassVar[tuple[str, ...]] = ("fake",)
    key: int
    pool: Pool
    dtype = TEXT

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        params = binding.generator.params
        try:
            pool = Pool.of(str(params["provider"]), str(params.get("locale") or "en_US"))
        except PoolError as error:
            raise binding.error(error.code, binding.place(error.parameter), error.why, error.hint) from None
        return cls(binding.key, pool)

    def draw(self, ctx: GenerationContext) -> Values:
        codes = (ctx.uniform(self.key) * self.pool.size).astype(np.int64)
        return Values(codes, self.dtype, self.pool.labels)

"""`constant`: the same value in every row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.instants import DAY
from fanwise.generator.columns.support.laws import ABSENT, Exact, Moments
from fanwise.generator.columns.support.nulls import Nullability
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.literals import Scalar, label_of
from fanwise.generator.language.names.instants import parse_instant
from fanwise.generator.language.spec import Generator, Profile
from fanwise.generator.values import TEXT, TIMESTAMP, Values

_DAY_LENGTH = len("2024-01-31")


@dataclass(frozen=True, slots=True)
class Constant(ColumnKind):
    """A text, number, boolean or null; as a replacement in a column of dates or instants, one of those."""

    names: ClassVar[tuple[str, ...]] = ("constant",)
    spec: Generator
    value: Scalar
    dtype: pl.DataType
    independent = True

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        return cls.of(binding.generator)

    @classmethod
    def of(cls, spec: Generator) -> Self:
        """Return the generator of a declaration."""
        value: Scalar = spec.params["value"]
        return cls(spec, value, scalar_type(value))

    @classmethod
    def beside(cls, spec: Generator, dtype: pl.DataType) -> Self:
        """Return the generator of a literal in a column of another generator's type: texts among times are times."""
        made = cls.of(spec)
        if not isinstance(made.value, str) or dtype not in (pl.Date(), TIMESTAMP):
            return made
        return replace(made, dtype=pl.Date() if len(made.value) == _DAY_LENGTH else TIMESTAMP)

    def draw(self, ctx: GenerationContext) -> Values:
        n = len(ctx)
        if isinstance(self.value, str) and self.dtype.is_temporal():
            moment = parse_instant(self.value)
            days = self.dtype == pl.Date()
            return Values(np.full(n, moment // DAY if days else moment, np.int32 if days else np.int64), self.dtype)
        if isinstance(self.value, str):
            return Values(np.zeros(n, dtype=np.int32), self.dtype, pl.Series([self.value]))
        if self.value is None:
            return Values(np.zeros(n, dtype=np.int32), TEXT, pl.Series([""]), np.ones(n, dtype=np.bool_))
        return Values(np.full(n, self.value), self.dtype)

    @property
    def possible(self) -> Sequence[Any]:
        return [self.value]

    @property
    def support(self) -> tuple[float, float]:
        if self.value is None:
            return math.inf, -math.inf  # no number at all
        return (-math.inf, math.inf) if isinstance(self.value, str) else (float(self.value), float(self.value))

    def may_be_null(self, nulls: Nullability) -> bool:
        return self.value is None

    def domain(self, profile: Profile) -> list[tuple[str | None, float]] | None:
        if self.dtype.is_temporal():
            return None  # not one of listed labels
        return [(None if self.value is None else label_of(self.value), 1.0)]

    def extremes(self, rows: float) -> tuple[float, float] | None:
        if isinstance(self.value, int | float) and not isinstance(self.value, bool):
            return float(self.value), float(self.value)
        return None

    def moments(self, profile: Profile) -> Moments | None:
        if isinstance(self.value, str):
            return None
        return ABSENT if self.value is None else Exact(float(self.value), 0.0)


def scalar_type(value: Scalar) -> pl.DataType:
    """Return the Polars type of a literal."""
    if value is None:
        return pl.Null()
    if isinstance(value, bool):
        return pl.Boolean()
    if isinstance(value, int):
        return pl.Int64()
    return pl.Float64() if isinstance(value, float) else TEXT

"""`exposure`: numbers whose mean is multiplied by a column of the row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind, LanedKind
from fanwise.generator.columns.support.facts import Fact, value_at
from fanwise.generator.columns.support.known import Nature
from fanwise.generator.columns.support.laws import Declared
from fanwise.generator.columns.support.nulls import Nullability
from fanwise.generator.columns.support.readings import numbers
from fanwise.generator.context import Floats, GenerationContext, Ints
from fanwise.generator.errors import PlanError
from fanwise.generator.language.spec import Covariate, Generator, Path
from fanwise.generator.numerics import exactmath
from fanwise.generator.values import Mask, Values

MOST = 100_000  # events in one row
_SURELY_MORE = 1.1 * MOST  # events on average: the chance of at most MOST is below 1e-200
_EVENTS = 3  # the first lane of the gaps between events; the law and the rounding have those before

_TOGETHER, _MOST_TOGETHER = 4096, 64  # gaps that are drawn at once, and of one row


@dataclass(frozen=True, slots=True)
class Exposed(ColumnKind):
    """Draws of `law` for an exposure of 1, multiplied by that of the row.

    Counts are events of a Poisson process whose rate is the mean: as many as lie within the exposure. `mixing`
    multiplies the rate of negbin and geometric by a gamma of mean 1. Other whole numbers are rounded up or down at
    random, so that the mean is kept; fractions are multiplied.
    """

    names: ClassVar[tuple[str, ...]] = ("number with exposure",)
    spec: Generator
    law: LanedKind
    mixing: LanedKind | None
    counts: bool
    exposure: Path
    dtype: pl.DataType
    needs_number: bool = False

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        inner: Generator = binding.generator.params["law"]
        law = binding.bind(inner, "")
        assert isinstance(law, LanedKind)
        mixing: ColumnKind | None = None
        if inner.kind in {"negbin", "geometric"}:
            shape = inner.params.get("k", 1.0)
            mixing = binding.bind(Generator("gamma", {"mean": 1.0, "shape": shape}, (), inner.place), "mixing")
        assert mixing is None or isinstance(mixing, LanedKind)
        counts = inner.kind in {"poisson", "negbin", "geometric"}
        path: Path = binding.generator.params["exposure"]
        return cls(binding.generator, law, mixing, counts, path, law.dtype, law.needs_number)

    @property
    def nature(self) -> Nature:
        return self.law.nature

    @property
    def per_unit(self) -> Path:
        return self.exposure

    @property
    def covariates(self) -> frozenset[Covariate]:
        return self.law.covariates

    def declared(self) -> Declared | None:
        return self.law.declared()

    def exposures(self, ctx: GenerationContext) -> Floats:
        return self._exposure(ctx)[0]

    def may_be_null(self, nulls: Nullability) -> bool:
        return nulls.path(self.exposure) or self.law.may_be_null(nulls)

    def smallest(self) -> float:
        return 0.0 if self.law.smallest() >= 0 else float("-inf")

    @property
    def summary(self) -> str:
        return f"{self.law.summary}, exposure {self.exposure.text}"

    def draw(self, ctx: GenerationContext) -> Values:
        exposure, null = self._exposure(ctx)
        drawn = self.law.draw(ctx)
        if self.counts:
            return Values(self._events(ctx, exposure), self.dtype, null=drawn.null).with_null(null)
        data = np.asarray(drawn.data) * exposure
        if self.dtype.is_integer():
            data = np.floor(data + self.law.uniforms.draw(ctx, 1)).astype(np.int64)
        return Values(data, self.dtype, null=drawn.null).with_null(null)

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield Fact("exposure", f"{self.exposure.text} {value_at(ctx.value(self.exposure), row)}")
        yield from self.law.describe(ctx, row)

    def _exposure(self, ctx: GenerationContext) -> tuple[Floats, Mask | None]:
        values = ctx.value(self.exposure)
        data = numbers(values, self.exposure.text)
        if len(data) and data.min() < 0:
            row = int(np.argmin(data))
            where = f"the exposure '{self.exposure.text}' is {data[row]:g} in {ctx.name_of(row)}"
            why = f"{where}, and it multiplies a mean"
            raise PlanError("FW-PLAN-PARAMETER", why, "clamp the column: clamp: [0, null]")
        return data, values.null

    def _events(self, ctx: GenerationContext, exposure: Floats) -> Ints:
        """Return the number of events within each row's exposure, int64 (n,)."""
        means = [0.0 if cell.params is None else cell.params["mean"] * cell.factor for cell in self.law.cells.cells]
        room: Floats = np.array(means)[self.law.cells.codes(ctx)] * exposure
        if self.mixing is not None:
            room = room * np.asarray(self.mixing.draw(ctx).data)
        counts, sums = np.zeros(len(ctx), dtype=np.int64), np.zeros(len(ctx))
        rows, event = np.flatnonzero(room > 0), 0
        more = bool((room > _SURELY_MORE).any())
        while len(rows) and event <= MOST and not more:
            together = min(max(_TOGETHER // len(rows), 1), _MOST_TOGETHER)  # of few rows, several events at once
            lanes = range(_EVENTS + event, _EVENTS + event + together)
            gaps = exactmath.log1p(-self.law.uniforms.draw_lanes(ctx, lanes, rows))
            reached = np.subtract.accumulate(np.vstack([sums[rows], gaps]))[1:]  # one after the other, as they happen
            inside = reached < room[rows]
            counts[rows] += inside.sum(axis=0)
            sums[rows] = reached[-1]
            rows, event = rows[inside[-1]], event + together
        if more or len(rows) or counts.max(initial=0) > MOST:
            raise PlanError(
                "FW-PLAN-PARAMETER", f"a row has more than {MOST:,} events", "lower the mean or the exposure"
            )
        return counts

"""`arrivals`: a fanout of one row for each arrival in an interval of the parent's row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from fanwise.generator.columns.base import Binding, ColumnKind, LanedKind
from fanwise.generator.columns.support.arrivals import Process
from fanwise.generator.columns.support.facts import Fact, value_at
from fanwise.generator.columns.support.formulas import Exposure
from fanwise.generator.columns.support.instants import SECOND, end_values
from fanwise.generator.columns.support.laws import Declared, Exact, Moments
from fanwise.generator.context import Floats, GenerationContext
from fanwise.generator.language.spec import Covariate, Generator, Profile
from fanwise.generator.values import INTEGER, Values


@dataclass(frozen=True, slots=True)
class Arrivals(ColumnKind):
    """The number of arrivals, each one gap after the one before; a row without an interval has none.

    length: the weighted seconds of the interval where it is the same for all rows and nothing cuts it off; its
    arrivals with exponential gaps are a Poisson process.
    """

    names: ClassVar[tuple[str, ...]] = ("arrivals",)
    spec: Generator
    process: Process
    gap: LanedKind
    length: float | None
    dtype = INTEGER
    needs_number: bool = False

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        if binding.bounds[0] is not None:
            place = (*binding.generator.place, "min")
            raise binding.error(
                "FW-PLAN-ARRIVALS", place, "the number of arrivals follows from the gaps", "delete min:"
            )
        gap, most = binding.bind(binding.generator.params["gap"], "gap"), binding.bounds[1]
        assert isinstance(gap, LanedKind)
        _check_gap(binding, gap)
        process = Process.of(binding.dataset, binding.generator, gap, most)
        start, end = process.start.instant, process.end.instant
        if start is not None and end is not None and end <= start:
            place, why = binding.place("until"), "the interval of the arrivals ends before it begins"
            raise binding.error("FW-PLAN-ARRIVALS", place, why, "let it end after `from`")
        if (start is not None or end is not None) and process.curve.is_silent(start, end):
            why = "the curve is 0 in all of the interval, so there are no arrivals"
            raise binding.error("FW-PLAN-ARRIVALS", (*binding.generator.place, "curve"), why, "name another curve")
        length = None
        if start is not None and end is not None and most is None and not process.varies:
            length = float(process.curve.length(np.array([start]), np.array([end]))[0])
        return cls(binding.generator, process, gap, length, gap.needs_number)

    @property
    def covariates(self) -> frozenset[Covariate]:
        return self.spec.covariates | self.gap.covariates

    @property
    def _is_poisson(self) -> bool:
        return self.length is not None and self.gap.spec.kind == "exponential"

    @property
    def dispersion(self) -> float | None:
        own_rates = self.process.varies or bool(self.bent)
        return 1.0 if self.gap.spec.kind == "exponential" and not own_rates else None

    @property
    def per_unit(self) -> Exposure | None:
        return None if self.length is not None else (self.process.start, self.process.end)

    @property
    def bent(self) -> str:
        if self.length is not None:
            return ""
        if self.gap.spec.kind != "exponential":
            return "with other gaps than exponential ones, the number of arrivals is not proportional to the time"
        if self.spec.params.get("curve"):
            return "arrivals follow a curve, and not the time itself"
        return "`max` may cut arrivals off" if self.process.most is not None else ""

    def exposures(self, ctx: GenerationContext) -> Floats:
        if self.length is not None:
            return np.ones(len(ctx))
        start, end, known = self.process.ends(ctx)
        return np.where(known, np.maximum(end - start, 0), 0).astype(np.float64) / SECOND

    def draw(self, ctx: GenerationContext) -> Values:
        return Values(self.process.drawn(ctx).counts, self.dtype)

    def never(self, ctx: GenerationContext) -> str:
        start, end, known = self.process.ends(ctx)
        if not known.any() or (end > start)[known].any():
            return ""
        return f"the interval of the arrivals ends before it begins, in each of the {len(ctx):,} rows that were tried"

    def smallest(self) -> float:
        return 0.0

    def moments(self, profile: Profile) -> Moments | None:
        mean = self._mean(profile)
        return None if mean is None else Exact(mean, mean)

    def declared(self) -> Declared | None:
        if self.length is not None:
            return Declared(self._mean, self.covariates) if self._is_poisson else None
        gap = self.gap.declared()
        if gap is None or self.process.varies:
            return None
        gaps = gap.mean

        def rate(profile: Profile) -> float | None:
            mean = gaps(profile)
            return self.spec.factor(profile) / mean if mean else None

        return Declared(rate, self.covariates | gap.covariates)

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield Fact("from", value_at(end_values(ctx, self.process.start), row))
        yield Fact("until", value_at(end_values(ctx, self.process.end), row))
        yield Fact("multiplier", float(self.process.rates(ctx)[row]))
        yield from (Fact(f"gap {fact.name}", fact.value) for fact in self.gap.describe(ctx, row))

    def _mean(self, profile: Profile) -> float | None:
        law = self.gap.moments(profile) if self._is_poisson else None
        if law is None or not law.chance or self.length is None:
            return None
        return max(self.length, 0.0) * self.spec.factor(profile) / law.mean


def _check_gap(binding: Binding, gap: LanedKind) -> None:
    """Raise PlanError for gaps without length, which never end an interval."""
    cells, laws = gap.distribution or (gap.cells, ())
    for cell, law in zip(cells.cells, laws, strict=False):
        if law is not None and law.mean <= 0:
            at = f" for {cell.label}" if cell.keys else ""
            why = f"the mean gap is {law.mean:g} seconds{at}, and it has to be above 0"
            raise binding.error("FW-PLAN-ARRIVALS", binding.place("gap"), why, "make it longer: {fixed: 1d}")

"""Bound tables and columns: a schema whose kinds are ready to draw."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.columns.base import ColumnKind
from fanwise.generator.columns.support.known import Nature
from fanwise.generator.columns.support.laws import ABSENT, Exact, Moments
from fanwise.generator.columns.support.stated import carried_from, stated_targets
from fanwise.generator.columns.support.types import cast, polars_type, stored_type, written_type
from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.context import SCORE, GenerationContext, Reference
from fanwise.generator.errors import PlanError
from fanwise.generator.language.spec import Column, Covariate, Dataset, Fanout, Path, Profile
from fanwise.generator.numerics.randomness import uniform
from fanwise.generator.numerics.rounding import round_half_away
from fanwise.generator.values import Mask, Values


@dataclass(frozen=True, slots=True)
class BoundWhen:
    """Replacements by the value that `path` leads to; a generator for each of `keys`."""

    path: Path
    keys: tuple[str, ...]
    generators: tuple[ColumnKind, ...]
    dtype: pl.DataType

    def apply(self, ctx: GenerationContext, values: Values) -> Values:
        """Return the values with the cases put in, as `dtype`."""
        codes = ctx.codes(self.path, self.keys)
        series = values.series().cast(self.dtype)
        for place, generator in enumerate(self.generators):
            here = codes == place
            if not here.any():
                continue
            drawn = generator.draw(ctx)
            if drawn.null is not None and drawn.null.all():
                values = Values.of(series).with_null(here)
                series = values.series()
                continue
            case = drawn.series().cast(self.dtype)
            series = pl.select(pl.when(pl.Series(here)).then(case).otherwise(series)).to_series()
        return Values.of(series)

    def case_at(self, profile: Profile) -> ColumnKind | None:
        """Return what replaces the value of a row with this profile, if anything."""
        key = profile[self.path.covariate]
        return self.generators[self.keys.index(key)] if key in self.keys else None

    def nulls(self, ctx: GenerationContext) -> Mask:
        """Return where a case puts null in."""
        codes = ctx.codes(self.path, self.keys)
        out = np.zeros(len(ctx), dtype=np.bool_)
        for place, generator in enumerate(self.generators):
            drawn = generator.draw(ctx)
            if drawn.null is not None:
                out |= (codes == place) & drawn.null
        return out


@dataclass(frozen=True, slots=True)
class BoundColumn:
    """A column ready to draw: its generator, then clamp, when, round, null, type.

    dtype: the Polars type of its values. integral: they are kept as integers (decimals, too, may be).
    """

    dataset: Dataset
    spec: Column
    generator: ColumnKind
    null_key: int
    dtype: pl.DataType
    integral: bool
    when: BoundWhen | None = None

    @classmethod
    def of(cls, dataset: Dataset, spec: Column, generator: ColumnKind, null_key: int, when: BoundWhen | None) -> Self:
        """Return the column with its type: the declared one, else that which is drawn."""
        drawn = written_type(generator.dtype) if when is None else stored_type(when.dtype)
        integral = generator.integral if when is None else drawn.is_integer()
        if spec.clamp is not None and not generator.dtype.is_numeric():
            why = f"only numbers can be clamped; this column draws values of the type {generator.dtype}"
            raise PlanError(dataset.problem("FW-PLAN-TYPE", (*spec.place, "clamp"), why, "delete the clamp"))
        if spec.type in ("uuid", "json") and drawn != pl.String():
            why = f"this column draws values of the type {drawn}, and {spec.type} is written as text"
            raise PlanError(dataset.problem("FW-PLAN-TYPE", (*spec.place, "type"), why, "delete the type"))
        if spec.type is None:
            return cls(dataset, spec, generator, null_key, drawn, integral, when)
        dtype = polars_type(spec.type)
        if not dtype.is_decimal():
            integral = dtype.is_integer()
        return cls(dataset, spec, generator, null_key, dtype, integral, when)

    @property
    def decimals(self) -> int | None:
        """The digits after the point that values are rounded to, or None where they are not."""
        if isinstance(self.dtype, pl.Decimal):
            return self.dtype.scale
        if self.dtype != pl.Float64():
            return None
        return self.generator.digits if self.spec.round is None else max(self.spec.round, 0)

    @property
    def nature(self) -> Nature:
        """What sort of thing the values are."""
        if self.dtype == pl.String or self.dtype.is_temporal():
            return "text" if self.dtype == pl.String else "time"
        return self.generator.nature

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns of its row that it is made of: itself, or those that it adds up."""
        return self.generator.sources or (self.spec.name,)

    @property
    def quantile_of(self) -> UniformSource | str:
        """The uniforms that each drawn value is the quantile of; as text, why there are none."""
        return self.generator.quantile_of

    @property
    def covariates(self) -> frozenset[Covariate]:
        """What the distribution of a value depends on."""
        return self.covariates_of(replaced=True)

    def covariates_of(self, *, replaced: bool) -> frozenset[Covariate]:
        """Return what a value's distribution depends on; `replaced`: that which `when` puts in, too."""
        own = self.generator.covariates
        if self.when is None:
            return own
        cases = self.when.generators if replaced else ()
        return own.union({self.when.path.covariate}, *(case.covariates for case in cases))

    def moments(self, profile: Profile, label: str | None = None, *, replaced: bool = True) -> Moments | None:
        """Return the moments of the value of a row with this profile; None where they are not known.

        label: of whether the value is this one, instead. replaced: what `when` puts in counts as a value.
        """
        case = None if self.when is None else self.when.case_at(profile)
        if case is not None and not replaced:
            return ABSENT
        generator = self.generator if case is None else case
        found = self._measured(generator, profile) if label is None else _share(generator.domain(profile), label)
        if found is None or not (math.isfinite(found.mean) and math.isfinite(found.variance)):
            return None
        return Exact(found.mean, found.variance, found.chance * (1.0 - self.spec.null))

    def _measured(self, generator: ColumnKind, profile: Profile) -> Moments | None:
        spec = self.spec
        clamped = spec.clamp is not None and generator is self.generator and not generator.bounded
        return None if self.dtype == pl.String() or clamped else generator.moments(profile)

    def values(self, ctx: GenerationContext) -> Values:
        """Return the column of the context's rows."""
        values = self._clamped(self.generator.draw(ctx))
        if self.when is not None:
            values = self.when.apply(ctx, values)
        values = self._rounded(values)
        if self.spec.null:
            values = values.with_null(self._null(ctx))
        return self._typed(values)

    def targets(self, ctx: GenerationContext) -> Reference:
        """Return the rows that a reference column refers to, null where the column is."""
        if self.generator.reference is None:
            refers = self.spec.refers
            assert refers is not None
            carried = carried_from(self.dataset, refers.table, self.spec.name)
            above = refers.target if carried == (refers.target, refers.column) else None
            return stated_targets(ctx, ctx.column(self.spec.name), refers, above)
        found = self.generator.reference.targets(ctx)
        null = found.null
        if self.when is not None:
            null = _either(null, self.when.nulls(ctx))
        if self.spec.null:
            null = _either(null, self._null(ctx))
        return replace(found, null=null)

    def _null(self, ctx: GenerationContext) -> Mask:
        return uniform(ctx.rows.keys, self.null_key) < self.spec.null

    def _clamped(self, values: Values) -> Values:
        if self.spec.clamp is None:
            return values
        low, high = self.spec.clamp
        data = np.asarray(values.data)
        if data.dtype.kind in "iu":  # the whole numbers within the bounds
            limits = np.iinfo(data.dtype)
            low = None if low is None else min(max(math.ceil(low), limits.min), limits.max)
            high = None if high is None else min(max(math.floor(high), limits.min), limits.max)
        if low is not None:
            data = np.maximum(data, data.dtype.type(low))
        if high is not None:
            data = np.minimum(data, data.dtype.type(high))
        return replace(values, data=data)

    def _rounded(self, values: Values) -> Values:
        digits = self.spec.round if self.spec.round is not None else self.generator.digits
        if values.dtype != pl.Float64() or digits is None:
            return values
        return replace(values, data=round_half_away(values.data, digits))

    def _typed(self, values: Values) -> Values:
        wanted = self.spec.type
        if wanted is None:
            return values
        try:
            return cast(values, wanted)
        except (pl.exceptions.PolarsError, OverflowError, ValueError) as error:
            why = f"a value does not fit type {wanted}: {str(error).splitlines()[0]}"
            hint = "choose a wider type or clamp the values"
            raise PlanError(self.dataset.problem("FW-PLAN-TYPE", (*self.spec.place, "type"), why, hint)) from None


def _share(domain: list[tuple[str | None, float]] | None, label: str) -> Moments | None:
    """Return the moments of whether a value is `label`; None where it is not one of those listed."""
    chances = [chance for value, chance in domain or () if value == label]
    if not chances:
        return ABSENT if domain == [(None, 1.0)] else None
    share = math.fsum(chances)
    return Exact(share, share * (1 - share))


def _either(a: Mask | None, b: Mask) -> Mask:
    return b if a is None else a | b


@dataclass(frozen=True, slots=True)
class ScoreColumn:
    """The normal scores of the uniforms that a column is drawn from, whatever is done to its values."""

    generator: ColumnKind

    def values(self, ctx: GenerationContext) -> Values:
        """Return the scores of the context's rows."""
        uniforms = self.generator.quantile_of
        assert not isinstance(uniforms, str)  # the plan refuses columns without scores
        return Values(uniforms.scores(ctx), pl.Float64())

    def targets(self, ctx: GenerationContext) -> Reference:
        """Scores refer to nothing."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class BoundFanout:
    """Children per parent row, ready to draw."""

    dataset: Dataset
    spec: Fanout
    generator: ColumnKind

    def smallest(self) -> float:
        """Return a number of children that no row has less than."""
        return max(self.generator.smallest(), self.spec.min or 0.0, 0.0)

    def largest(self, tail: float) -> float:
        """Return a number of children that a row exceeds with at most this probability."""
        most = self.generator.largest(tail)
        return most if self.spec.max is None else min(most, self.spec.max)

    @property
    def covariates(self) -> frozenset[Covariate]:
        """What the number of children depends on."""
        return self.generator.covariates

    def moments(self, profile: Profile) -> Moments | None:
        """Return the moments of the number of children of a row with this profile; None: they are not known."""
        free = self.generator.bounded or (self.spec.min is None and self.spec.max is None)
        return self.generator.moments(profile) if free else None

    def counts(self, parent: GenerationContext) -> npt.NDArray[np.int64]:
        """Return the number of children of each row, int64 (n,), within min and max; none where undetermined.

        Raises PlanError, with the place, for values that the kind refuses.
        """
        try:
            values = self.generator.draw(parent)
        except PlanError as error:
            raise PlanError(
                p if p.path else self.dataset.problem(p.code or "FW-DEFECT", self.spec.place, p.why, p.hint)
                for p in error.problems
            ) from error
        counts = np.asarray(values.data).astype(np.int64, copy=False)
        if values.null is not None:
            counts = np.where(values.null, 0, counts)
        counts = np.maximum(counts, max(self.spec.min or 0, 0))
        return counts if self.spec.max is None else np.minimum(counts, self.spec.max)


@dataclass(slots=True)
class BoundTable:
    """A table ready to generate; `rows` is set for roots, `fanout` for children."""

    name: str
    parent: str | None
    rows: int | None
    fanout: BoundFanout | None
    columns: Mapping[str, BoundColumn] = field(default_factory=dict)
    children: dict[str, BoundTable] = field(default_factory=dict)
    below: frozenset[str] = frozenset()

    def counts(self, parent: GenerationContext) -> npt.NDArray[np.int64]:
        """Return the number of rows that each row of the parent's context has here, int64 (n,)."""
        assert self.fanout is not None
        return self.fanout.counts(parent)

    def source(self, name: str) -> BoundColumn | ScoreColumn:
        """Return a column, or with SCORE behind its name, its normal scores."""
        found = self.columns[name.removesuffix(SCORE)]
        return ScoreColumn(found.generator) if name.endswith(SCORE) else found

    @property
    def written(self) -> tuple[str, ...]:
        """The names of the columns that are written, in the order of the file."""
        return tuple(name for name, column in self.columns.items() if not column.spec.hidden)

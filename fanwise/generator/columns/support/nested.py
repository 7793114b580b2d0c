"""What kinds of nested values share: their parts, and values of Polars' nested types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import polars as pl

from fanwise.generator.columns.support.types import as_written, zoned
from fanwise.generator.context import GenerationContext
from fanwise.generator.errors import PlanError
from fanwise.generator.language.spec import Column, Covariate
from fanwise.generator.values import Values

__all__ = ["Part", "covariates_of", "part_series", "struct_series", "struct_type", "written_part"]


class Drawn(Protocol):
    """What a part is drawn from."""

    @property
    def needs_number(self) -> bool: ...


class Part(Protocol):
    """A part of a nested value, bound as a column."""

    @property
    def generator(self) -> Drawn: ...
    @property
    def spec(self) -> Column: ...
    @property
    def dtype(self) -> pl.DataType: ...
    @property
    def covariates(self) -> frozenset[Covariate]: ...
    def values(self, ctx: GenerationContext) -> Values: ...


def written_part(part: Part) -> pl.DataType:
    """Return the type in which a part is written."""
    return zoned(part.dtype, part.spec.type or "")


def part_series(part: Part, ctx: GenerationContext, name: str) -> pl.Series:
    """Return a part of the context's rows, as it is written. Raises PlanError where a number is not finite."""
    series = as_written(part.values(ctx).series(name), written_part(part))
    if series.dtype.is_float() and not series.is_finite().all():
        what = f"the part '{name}'" if name else "an element"
        value = series.filter(~series.is_finite())[0]
        why = f"{what} is {value}, and JSON and databases have finite numbers only"
        raise PlanError("FW-PLAN-NOT-FINITE", why, "bound what it is computed from, or give it null there with case")
    return series


def struct_type(parts: Mapping[str, Part]) -> pl.Struct:
    """Return the type of a value with these parts."""
    return pl.Struct({name: written_part(part) for name, part in parts.items()})


def struct_series(parts: Mapping[str, Part], ctx: GenerationContext) -> pl.Series:
    """Return values with these parts; none is null."""
    return pl.DataFrame([part_series(part, ctx, name) for name, part in parts.items()]).to_struct("")


def covariates_of(parts: Iterable[Part]) -> frozenset[Covariate]:
    """Return what the distributions of parts depend on."""
    return frozenset().union(*(part.covariates for part in parts))

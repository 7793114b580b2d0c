"""What a kind may know of another column of the plan."""

from __future__ import annotations

from typing import Literal, Protocol

import polars as pl

from fanwise.generator.columns.support.laws import Moments
from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.language.spec import Covariate, Profile

__all__ = ["KnownColumn", "Nature"]

Nature = Literal["continuous", "count", "share", "identity", "time", "text", "other"]


class KnownColumn(Protocol):
    """What a kind may know of another column of the plan.

    dtype: the type of its values. integral: they are kept as integers. decimals: the digits after the point that they
    are rounded to, or None.
    """

    @property
    def dtype(self) -> pl.DataType: ...

    @property
    def integral(self) -> bool: ...

    @property
    def decimals(self) -> int | None: ...

    @property
    def nature(self) -> Nature: ...

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns of its row that it is made of: itself, or those that it adds up."""
        ...

    @property
    def covariates(self) -> frozenset[Covariate]: ...

    @property
    def quantile_of(self) -> UniformSource | str:
        """The uniforms that each drawn value is the quantile of; as text, why there are none."""
        ...

    def moments(self, profile: Profile) -> Moments | None:
        """Return the moments of its values in a row with this profile, or None where they are not known."""
        ...

"""What every distribution family offers; one file a family, each a pure function of one uniform per row.

A *cell* is one combination of segments and categories; the plan resolves the parameters of each cell once, and a
`Sampler` then maps (uniform, cell) to values for millions of rows without knowing why the parameters differ.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

Nature = Literal["continuous", "count", "share", "other"]
Params = Mapping[str, Any]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Cells = npt.NDArray[np.integer[Any]] | int


class Sampler(Protocol):
    """The inverse distribution functions of a list of cells, ready for many rows."""

    def quantile(self, u: Floats, cell: Cells) -> Floats | Ints:
        """Return the value at `u` in (0, 1), shape (n,), of each row's cell; `cell` is an int where rows share one."""
        ...


class Family(Protocol):
    """A distribution family. All methods take one cell's parameters as a mapping of numbers.

    `discrete` families yield int64. `integral_scale` marks those on which a factor cannot act through a parameter
    (fixed, integer, zipf, histogram of counts): the engine draws x, then rounds x·m up or down at random.
    dispersion: variance over mean, where that is a constant. increasing: a value rises with its uniform.
    """

    name: str
    discrete: bool
    integral_scale: bool

    @property
    def increasing(self) -> bool:
        return True

    @property
    def dispersion(self) -> float | None:
        return None

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None; where one is at fault, its name is the first word."""
        ...

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters whose mean is `factor` times as large (raises ValueError where there are none)."""
        ...

    def nature(self, params: Params) -> Nature:
        """Return what sort of numbers these are."""
        return "other"

    def support(self, params: Params) -> tuple[float, float]:
        """Return bounds that no value is beyond."""
        return -math.inf, math.inf

    def mean(self, params: Params) -> float: ...

    def variance(self, params: Params) -> float: ...

    def bounded_mean(self, params: Params, low: float | None, high: float | None) -> float:
        """Return E[min(max(X, low), high)], relative error at most 1e-9."""
        ...

    def bounded_variance(self, params: Params, low: float | None, high: float | None) -> float:
        """Return Var[min(max(X, low), high)], relative error at most 1e-6."""
        ...

    def upper(self, params: Params, tail: float) -> float:
        """Return the 1 − tail quantile (used for limits such as the largest plausible fanout)."""
        ...

    def sampler(self, cells: Sequence[Params]) -> Sampler:
        """Return the sampler of these cells; called once at plan time."""
        ...

"""Samplers that transform one uniform a row by a closed formula, with parameters gathered per cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from fanwise.generator.distributions.base import Cells, Floats, Ints
from fanwise.generator.distributions.steps import NearScores, steps_reached
from fanwise.generator.numerics.blocks import blocks


class Kernel(Protocol):
    """Writes the values of one block to `out`, given its uniforms and the parameters (one number, or one per row)."""

    def __call__(self, u: Floats, out: Floats, /, *params: Any) -> None: ...


def cell_of(cell: Cells, size: int) -> int | None:
    """Return the one cell of all rows, or None when rows differ; `size` is the number of cells."""
    if np.ndim(cell) == 0:
        return int(cell)
    return 0 if size == 1 else None


def pick(params: Iterable[Floats], cell: Cells, one: int | None) -> list[Any]:
    """Return each parameter as a number, where the rows share the cell `one`, or as an array with one value per row."""
    if one is not None:
        return [float(values[one]) for values in params]
    return [values.take(cell) for values in params]


@dataclass(frozen=True, slots=True)
class Transformed:
    """The sampler of a kernel; `integral` results are float64 integers in the kernel and become int64.

    scored: the kernel that takes normal scores and not uniforms, where there is one. waiting: a value is the parameter
    times −log(1 − u), an exponential waiting time. stepped: a value is 0 up to the parameter, and 1 above it.
    """

    kernel: Kernel
    params: tuple[Floats, ...]
    integral: bool = False
    scored: Kernel | None = None
    waiting: bool = False
    stepped: bool = False

    @classmethod
    def of(
        cls,
        kernel: Kernel,
        cells: Iterable[Sequence[float]],
        *,
        integral: bool = False,
        scored: Kernel | None = None,
        waiting: bool = False,
        stepped: bool = False,
    ) -> Transformed:
        """Return the sampler whose parameters are one sequence of numbers per cell."""
        columns = np.array([list(numbers) for numbers in cells], dtype=np.float64).T
        params = tuple(np.ascontiguousarray(column) for column in columns)
        return cls(kernel, params, integral, scored, waiting, stepped)

    def of_scores(self, z: Floats, cell: Cells) -> Floats | None:
        """Return the values at normal scores, shape (n,), or None where only uniforms have values."""
        if self.scored is None:
            return None
        found = Transformed(self.scored, self.params).quantile(z, cell)
        return np.asarray(found, dtype=np.float64)

    def of_near(self, scores: NearScores, cell: Cells) -> Ints:
        """Return the values at the uniforms of normal scores, shape (n,), where values are stepped."""
        one = cell_of(cell, len(self.params[0]))
        by_uniforms: Any = self.quantile
        return steps_reached(self.params[0][:, None], scores, cell if one is None else one, by_uniforms)

    def quantile(self, u: Floats, cell: Cells) -> Floats | Ints:
        """Return the value at `u` in (0, 1), shape (n,), of each row's cell."""
        u = np.ascontiguousarray(u)
        out: Any = np.empty(u.size, dtype=np.int64 if self.integral else np.float64)
        one = cell_of(cell, len(self.params[0]))
        for rows in blocks(u.size):
            params = pick(self.params, cell if one is not None else np.asarray(cell)[rows], one)
            if not self.integral:
                self.kernel(u[rows], out[rows], *params)
                continue
            drawn = np.empty(rows.stop - rows.start)
            self.kernel(u[rows], drawn, *params)
            np.copyto(out[rows], drawn, casting="unsafe")
        return out  # type: ignore[no-any-return]

"""Values that rise in steps: drawn from normal scores, which are compared with the scores of the steps.

A uniform is needed only near a step, and an exact score only where a rough one is near. So a value is always that of
its uniform, without the normal distribution function of most rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fanwise.generator.distributions.base import Cells, Floats, Ints
from fanwise.generator.numerics.blocks import small_blocks
from fanwise.generator.numerics.exactmath import normal_quantile
from fanwise.generator.numerics.rough import Singles, add_exact_scores

__all__ = ["FEW", "NEAR", "NearScores", "steps_reached"]

NEAR = 1e-9
"""To a step, in uniforms: far more than the errors of the normal distribution function and its inverse."""

FEW = 8
"""Steps, up to which comparing a score twice with each takes less time than its uniform."""


@dataclass(frozen=True, slots=True)
class NearScores:
    """Normal scores of some rows: numbers off by at most `error`, or NaN; float64 where they are exact.

    exactly, uniforms: return the exact scores, and the uniforms, of some of the rows.
    """

    values: Floats | Singles
    error: float
    exactly: Callable[[Ints | slice], Floats]
    uniforms: Callable[[Ints], Floats]

    def exact(self, rows: Ints | None = None) -> NearScores:
        """Return the exact scores of some rows, or of all."""
        if rows is None:
            return NearScores(self.exactly(slice(None)), 0.0, self.exactly, self.uniforms)
        return NearScores(
            self.exactly(rows), 0.0, lambda some: self.exactly(rows[some]), lambda some: self.uniforms(rows[some])
        )

    def add_to(self, total: Singles, weight: Floats, cell: Cells) -> float:
        """Add the scores times the weight of each row's cell to `total`, and return the most that they are off by."""
        add_exact_scores(total, self.values, weight, cell)
        return self.error * float(np.abs(weight).max())


def steps_reached(steps: Floats, scores: NearScores, cell: Cells, by_uniforms: Callable[[Floats, Cells], Ints]) -> Ints:
    """Return how many steps each row's uniform has reached, int64 (n,).

    A score is compared with one just below and one just above each step. Where these disagree, it is made exactly, and
    then its uniform decides. steps: uniforms, ascending, shape (cells, steps). by_uniforms: counts the same.
    """
    above, below = _scores_at(steps + NEAR) + scores.error, _scores_at(steps - NEAR) - scores.error
    out, near = np.empty(len(scores.values), dtype=np.int64), [np.empty(0, dtype=np.int64)]
    for rows in small_blocks(len(out)):
        own = cell if isinstance(cell, int) else cell[rows]
        values = scores.values[rows]
        count, unsure = _compared(above, values, own, np.greater_equal), _compared(below, values, own, np.less)
        np.copyto(out[rows], count)
        np.add(unsure, count, out=unsure)
        np.not_equal(unsure, steps.shape[1], out=(found := unsure.view(np.bool_)))
        near.append(rows.start + np.flatnonzero(found))
    some = np.concatenate(near)
    if some.size:
        own = cell if isinstance(cell, int) else cell[some]
        out[some] = (
            steps_reached(steps, scores.exact(some), own, by_uniforms)
            if scores.error
            else by_uniforms(scores.uniforms(some), own)
        )
    return out


def _compared(steps: Floats, values: npt.NDArray[Any], cell: Cells, compare: np.ufunc) -> npt.NDArray[np.uint8]:
    """Return for each value how many steps of its cell the comparison holds for."""
    count, found = np.zeros(len(values), dtype=np.uint8), np.empty(len(values), dtype=np.bool_)
    for step in steps.astype(values.dtype).T:
        compare(values, step[cell] if isinstance(cell, int) else step.take(cell), out=found)
        np.add(count, found.view(np.uint8), out=count)
    return count


def _scores_at(u: Floats) -> Floats:
    """Return the normal scores of uniforms, −∞ from 0 down and ∞ from 1 up."""
    inside = normal_quantile(np.clip(u, NEAR / 2, 1 - NEAR / 2))
    return np.where(u <= 0, -np.inf, np.where(u >= 1, np.inf, inside))

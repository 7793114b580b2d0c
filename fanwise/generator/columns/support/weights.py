"""Options drawn by weight, where a weight may differ per segment or category."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from fanwise.generator.columns.support.laws import Declared
from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.distributions.base import Floats
from fanwise.generator.distributions.steps import FEW, NearScores, steps_reached
from fanwise.generator.language.spec import ByKey, Covariate, Generator, Number, Profile
from fanwise.generator.numerics.blocks import blocks
from fanwise.generator.values import Mask

__all__ = ["Weights"]

_COMPARED = 64  # edges, up to which u is compared with each

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Weights:
    """The shares of some options in each cell.

    numbers: the weights as they are declared. edges: float64 (cells, options − 1), the upper ends of all but the last
    option's share of (0, 1). missing: bool (cells,), where a weight has no value, so that a row is null.
    """

    numbers: tuple[Number, ...]
    cells: Cells
    edges: Floats
    missing: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, generator: Generator, numbers: Sequence[Number], on_zero: Callable[[str], Exception]) -> Self:
        """Return the weights of a generator's options.

        on_zero: makes the error that is raised where all weights of a cell are 0, from words that name the cell.
        """
        named: Mapping[str, Number] = {str(place): weight for place, weight in enumerate(numbers)}
        cells = Cells.of(Generator(generator.kind, {}, generator.multipliers, generator.place), extra=named)
        even = dict.fromkeys(named, 1.0)
        table = np.array([[float((cell.params or even)[place]) for place in named] for cell in cells.cells])
        totals = table.sum(axis=1, keepdims=True)
        for cell, total in zip(cells.cells, totals[:, 0], strict=True):
            if not total > 0:
                raise on_zero(f" for {cell.label}" if cell.keys else "")
        missing = np.array([cell.params is None for cell in cells.cells])
        return cls(tuple(numbers), cells, (np.cumsum(table, axis=1) / totals)[:, :-1], missing)

    def draw(self, u: Floats, cell: npt.NDArray[np.integer[Any]] | int) -> Places:
        """Return the place of an option for each row, int64 (n,), from uniforms and the cells of the rows."""
        if self.edges.shape[1] > _COMPARED and isinstance(cell, int):
            return np.searchsorted(self.edges[cell], u, side="right")
        return _reached(self.edges, u, cell)

    def by_scores(self, rows: int) -> bool:
        """Return whether `draw_scores` takes less time than `draw` where so many rows have scores."""
        return self.edges.shape[1] <= FEW and self.edges.size <= rows

    def draw_scores(self, scores: NearScores, cell: npt.NDArray[np.int32] | int) -> Places:
        """Return what `draw` returns for the uniforms of normal scores."""
        return steps_reached(self.edges, scores, cell, self.draw)

    def null(self, cell: npt.NDArray[np.int32] | int) -> Mask | None:
        """Return which rows have no value, for a weight is not given for them; None: all have one."""
        return self.missing[cell] if not isinstance(cell, int) and self.missing.any() else None

    def shares(self, code: int) -> list[float]:
        """Return the share of each option in a cell."""
        return [float(share) for share in np.diff(np.concatenate([[0.0], self.edges[code], [1.0]]))]

    def decided(self, covariate: Covariate, places: Sequence[int]) -> list[ByKey]:
        """Return the weights of some options that a covariate decides."""
        given = [weight for weight in map(self.numbers.__getitem__, places) if isinstance(weight, ByKey)]
        return [weight for weight in given if weight.path.covariate == covariate]

    def declared(self, places: Sequence[int], covariates: frozenset[Covariate]) -> Declared:
        """Return the declared share of some options together."""
        return Declared(partial(_share, self.numbers, places), covariates)


def _reached(edges: Floats, values: Floats, cell: npt.NDArray[np.integer[Any]] | int) -> Places:
    """Return for each value how many edges of its cell it is not below.

    Comparing a block with one edge after the other takes a tenth of the time of a binary search, as nothing branches.
    """
    out = np.empty(len(values), dtype=np.int64)
    for rows in blocks(len(values)):
        block = values[rows]
        count = np.zeros(len(block), dtype=np.uint8 if edges.shape[1] <= _COMPARED else np.uint32)
        reached = np.empty(len(block), dtype=np.bool_)
        for edge in edges.T:
            np.greater_equal(block, edge[cell] if isinstance(cell, int) else edge.take(cell[rows]), out=reached)
            np.add(count, reached.view(np.uint8), out=count)
        out[rows] = count
    return out


def _share(weights: Sequence[Number], places: Sequence[int], profile: Profile) -> float | None:
    """Return the declared share of some options at a profile, None where one of the weights is not given."""
    each = [weight.at(profile) if isinstance(weight, ByKey) else weight for weight in weights]
    given = [weight for weight in each if weight is not None]
    return sum(given[place] for place in places) / sum(given) if len(given) == len(each) else None

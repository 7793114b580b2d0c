"""`states`: a Markov chain along the rows below one parent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.facts import Fact, segment_facts, value_at
from fanwise.generator.columns.support.formulas import Moves
from fanwise.generator.columns.support.laws import Variety
from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.columns.support.siblings import first_siblings, steps
from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.context import Codes, Floats, GenerationContext
from fanwise.generator.language.spec import Generator, Path
from fanwise.generator.values import TEXT, Values


@dataclass(frozen=True, slots=True)
class States(ColumnKind):
    """The first child is in the start state; each further one has moved from the state before it, by its own draw.

    A state without next states is final. So the state of a row is a function of its own key and those of its earlier
    siblings, all of which stand in the same chunk. start: the column of the start state, whose nulls are kept; None:
    the first label. edges: float64 (cells, states, moves − 1), the upper ends of all but the last move's share of
    (0, 1). targets: (states, moves), where each move leads. missing: cells without weights, whose rows are null and
    stay put.
    """

    names: ClassVar[tuple[str, ...]] = ("states",)
    spec: Generator
    uniforms: UniformSource
    cells: Cells
    start: Path | None
    edges: Floats
    targets: Codes
    labels: pl.Series
    missing: npt.NDArray[np.bool_]
    dtype = TEXT
    is_history = True

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        moves, start = binding.generator.params["moves"], binding.generator.params["start"]
        weights = {str(place): weight for place, (_, _, weight) in enumerate(moves)}
        cells = Cells.of(binding.generator, extra=weights)
        first = [] if isinstance(start, Path) else [str(start)]
        states = list(dict.fromkeys([*first, *(s for state, after, _ in moves for s in (state, after))]))
        leaving = {state: [m for m, move in enumerate(moves) if move[0] == state] for state in states}
        width = max(len(found) for found in leaving.values())
        targets = np.tile(np.arange(len(states), dtype=np.int32)[:, None], (1, width))
        edges = np.ones((len(cells), len(states), width - 1))
        for at, (state, found) in enumerate(leaving.items()):
            targets[at, : len(found)] = [states.index(moves[move][1]) for move in found]
            for number, cell in enumerate(cells.cells):
                if not found or cell.params is None:
                    continue
                shares = np.cumsum([float(cell.params[str(move)]) for move in found])
                if not shares[-1] > 0:
                    where = f" for {cell.label}" if cell.keys else ""
                    why, place = f"all weights of the next states of '{state}' are 0{where}", binding.place("next")
                    raise binding.error("FW-PLAN-ZERO-WEIGHTS", (*place, state), why)
                edges[number, at, : len(found) - 1] = shares[:-1] / shares[-1]
        missing = np.array([cell.params is None for cell in cells.cells])
        labels, begin = pl.Series(states, dtype=TEXT), start if isinstance(start, Path) else None
        return cls(binding.generator, binding.uniforms, cells, begin, edges, targets, labels, missing)

    def variety(self) -> Variety:
        return Variety(len(self.labels))

    @property
    def possible(self) -> Sequence[Any]:
        return self.labels.to_list()

    @property
    def siblings(self) -> Moves:
        cells = [cell.params for cell in self.cells.cells if cell.params is not None]
        after: dict[str, tuple[str, ...]] = {}
        for place, (state, then, _) in enumerate(self.spec.params["moves"]):
            if any(float(params[str(place)]) > 0 for params in cells):
                after[state] = (*after.get(state, ()), then)
        states = self.labels.to_list()
        return Moves(self.start or states[0], {state: after.get(state, (state,)) for state in states})

    def draw(self, ctx: GenerationContext) -> Values:
        u, cell = self.uniforms.draw(ctx), self.cells.codes(ctx)
        at = np.full(len(ctx), cell, dtype=np.int32) if isinstance(cell, int) else cell
        state = np.zeros(len(ctx), dtype=np.int32)
        null = self.missing[at] if self.missing.any() else None
        if self.start is not None:
            begun = ctx.codes(self.start, tuple(self.labels)).take(first_siblings(ctx))
            nowhere = begun == len(self.labels)
            state[:] = np.where(nowhere, 0, begun)
            null = nowhere if null is None else null | nowhere
        for rows in steps(ctx):
            state[rows] = self._after(state[rows - 1], u[rows], at[rows])
        return Values(state, self.dtype, self.labels, null)

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield from segment_facts(self.cells, ctx, row)
        yield Fact("state before", value_at(self.draw(ctx), row - 1) if ctx.rows.ordinals[row] else None)
        yield Fact("draw", float(self.uniforms.draw(ctx)[row]))

    def _after(self, state: Codes, u: Floats, cell: Codes) -> Codes:
        move = (u[:, None] >= self.edges[cell, state]).sum(axis=1)
        moved: Codes = self.targets[state, move]
        return np.where(self.missing[cell], state, moved)

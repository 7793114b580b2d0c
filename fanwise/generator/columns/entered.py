"""`entered`: when each state of a column with `dwell` begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from fanwise.generator.columns.base import Binding, ColumnKind, LanedKind
from fanwise.generator.columns.support.calendar import later, whole_seconds
from fanwise.generator.columns.support.facts import Fact, value_at
from fanwise.generator.columns.support.formulas import Stays
from fanwise.generator.columns.support.instants import end_values
from fanwise.generator.columns.support.siblings import first_siblings, running_sums
from fanwise.generator.context import GenerationContext, Ints
from fanwise.generator.language.spec import End, Generator, Path
from fanwise.generator.values import TIMESTAMP, Values


@dataclass(frozen=True, slots=True)
class Entered(ColumnKind):
    """The first row begins at `at`, each further one when the state of the row before it ends.

    dwell: by state, how long it lasts. The rows of a final state, which lasts for ever, all have its beginning. Lags
    belong to the column of the states, so that two columns of its instants are the same.
    """

    names: ClassVar[tuple[str, ...]] = ("entered",)
    spec: Generator
    column: Path
    at: End
    dwell: Mapping[str, LanedKind]
    final: frozenset[str]
    dtype = TIMESTAMP
    ascends = True
    needs_number: bool = False

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        path: Path = binding.generator.params["column"]
        states = None if path.steps else binding.dataset.tables[binding.table].columns[path.column].generator
        if states is None or not states.params.get("dwell"):
            why = f"'{path.text}' has no dwell" if states else f"'{path.text}' is not a column of {binding.table}"
            if states and states.kind != "states":
                why = f"'{path.text}' has the kind {states.kind}, and a row enters a state"
            hint = "name a column of states with a dwell: {states: {…, dwell: {trial: {fixed: 14d}}}}"
            raise binding.error("FW-PLAN-DWELL", binding.place("column"), why, hint)
        dwell: dict[str, LanedKind] = {}
        for state, given in states.params["dwell"].items():
            made = binding.bind(given, f"dwell {state}", path.column)
            assert isinstance(made, LanedKind)
            dwell[state] = made
        every = {state for before, then, _ in states.params["moves"] for state in (before, then)}
        numbered = any(law.needs_number for law in dwell.values())
        return cls(binding.generator, path, states.params["at"], dwell, frozenset(every - dwell.keys()), numbered)

    @property
    def siblings(self) -> Stays:
        known = {
            state: law.support
            for state, law in self.dwell.items()
            if all(cell.params is not None for cell in law.cells.cells)
        }
        lasts = {state: (max(low, 0.0), max(high, 0.0)) for state, (low, high) in known.items()}
        return Stays(self.column, self.at, {**lasts, **dict.fromkeys(sorted(self.final), (0.0, 0.0))})

    def draw(self, ctx: GenerationContext) -> Values:
        lasted = self._lasted(ctx)
        start = end_values(ctx, self.at).take(first_siblings(ctx))
        null = ctx.value(self.column).null
        begun = later(np.asarray(start.data), running_sums(ctx, lasted) - lasted, start.null)
        return Values(begun, self.dtype, null=start.null).with_null(null)

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield Fact("state", value_at(ctx.value(self.column), row))
        before = row - 1 if ctx.rows.ordinals[row] else None
        yield Fact("row before", None if before is None else value_at(self.draw(ctx), before))
        if before is not None:
            yield Fact("it lasted", f"{self._lasted(ctx)[before]:,} s")

    def _lasted(self, ctx: GenerationContext) -> Ints:
        """Return the seconds that the state of each row lasts, int64 (n,); 0 for a final one."""
        codes = ctx.codes(self.column, tuple(self.dwell))
        seconds = np.zeros(len(ctx), dtype=np.int64)
        for code, law in enumerate(self.dwell.values()):
            here = codes == code
            if here.any():
                seconds = np.where(here, whole_seconds(law.draw_lane(ctx, 0)), seconds)
        return seconds

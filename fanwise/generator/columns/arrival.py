"""`arrival`: the instant of each arrival, in a table whose fanout is `arrivals`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from fanwise.generator.columns.base import Binding, ColumnKind, LanedKind
from fanwise.generator.columns.support.arrivals import Process
from fanwise.generator.columns.support.facts import Fact
from fanwise.generator.columns.support.formulas import Renewals
from fanwise.generator.columns.support.instants import not_before
from fanwise.generator.columns.support.timing import Timing
from fanwise.generator.context import GenerationContext
from fanwise.generator.language.spec import End, Generator, Step
from fanwise.generator.values import TIMESTAMP, Values


@dataclass(frozen=True, slots=True)
class Arrival(ColumnKind):
    """The instants that the fanout counted, made again from the same draws, in the order of the rows."""

    names: ClassVar[tuple[str, ...]] = ("arrival",)
    spec: Generator
    process: Process
    law: str
    as_day: bool
    start: End
    end: End
    dtype = TIMESTAMP
    ascends = True
    needs_number: bool = False

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        fanout = binding.dataset.tables[binding.table].fanout
        if fanout is None or fanout.generator.kind != "arrivals":
            place = (*binding.generator.place, binding.generator.kind)
            why = f"the rows of {binding.table} are not made by arrivals"
            raise binding.error("FW-PLAN-ARRIVALS", place, why)
        gap = binding.bind(fanout.generator.params["gap"], "fanout gap", "")
        assert isinstance(gap, LanedKind)
        process = Process.of(binding.dataset, fanout.generator, gap, fanout.max)
        parent = str(binding.dataset.tables[binding.table].parent)
        start, end = (_seen_below(end, binding.table, parent) for end in (process.start, process.end))
        return cls(binding.generator, process, gap.spec.kind, binding.as_day, start, end, gap.needs_number)

    @property
    def interval(self) -> tuple[End, End]:
        """The ends of the parent's interval, seen from the row."""
        return self.start, self.end

    @property
    def timing(self) -> Timing | None:
        return Timing(self.start, self.end, spread=self.law == "exponential")

    @property
    def renewals(self) -> Renewals:
        one = self.process
        return Renewals(
            one.start, one.end, self.law, one.gap.cells, one.factors, one.exposure, one.limit, one.curve.curve,
            one.curve.span,
        )  # fmt: skip

    def draw(self, ctx: GenerationContext) -> Values:
        above, parents = ctx.parent, ctx.rows.parents
        assert above is not None
        assert parents is not None
        data = self.process.instants(above)
        if self.as_day:
            data = not_before(data, self.process.ends(above)[0].take(parents))
        return Values(data, self.dtype)

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield Fact("arrival", f"number {int(ctx.rows.ordinals[row]) + 1} of its parent")


def _seen_below(end: End, table: str, parent: str) -> End:
    """Return an end that a row of the parent reads, as the rows of `table` below it read it."""
    path = end.path
    return end if path is None else End(None, replace(path, table=table, steps=(Step(parent), *path.steps)))

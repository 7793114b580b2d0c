"""`ref`: a foreign key to any table but the driving parent, drawn by weight.

A reference draws a row; the key, and whatever a path asks for, is then read from that row. Segments act by rejection: a
proposal is kept with probability weight / largest weight, else the next lane proposes. So a changed multiplier moves
few references, and no table of weights is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.distinct import distinct_draws
from fanwise.generator.columns.support.facts import Fact, shown, value_at
from fanwise.generator.columns.support.known import KnownColumn, Nature
from fanwise.generator.columns.support.laws import Declared
from fanwise.generator.columns.support.matching import Matching
from fanwise.generator.columns.support.nulls import Nullability
from fanwise.generator.columns.support.readings import numbers
from fanwise.generator.columns.support.ref_sampling import (
    Places,
    Pool,
    RunningSum,
    Weights,
    WholeTable,
    below_ancestor,
    siblings_before,
)
from fanwise.generator.columns.support.reference_kind import ReferenceKind
from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.context import GenerationContext, Reference
from fanwise.generator.distributions import family
from fanwise.generator.distributions.base import Sampler
from fanwise.generator.errors import PlanError
from fanwise.generator.language.spec import Covariate, Generator, Path, Profile, Step
from fanwise.generator.values import Values

Ints = npt.NDArray[np.int64]

_TRIES = 4096  # where one proposal in a hundred is kept, one row in 10^17 needs more


@dataclass(frozen=True, slots=True)
class Ref(ColumnKind):
    """A row of `table`: of the whole run, below the same ancestor (within), or before the row itself (own table)."""

    names: ClassVar[tuple[str, ...]] = ("ref",)
    spec: Generator
    uniforms: UniformSource
    name: str
    own: str
    table: str
    column: str
    zipf: float | None
    weight: Path | None
    weights: Weights
    distinct_in: str | None
    within: str | None
    error: PlanError
    uneven: PlanError
    endless: PlanError
    source: KnownColumn
    dtype: pl.DataType
    needs_number: bool = False
    matching: Matching | None = None
    always: bool = True

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        params, own = binding.generator.params, binding.table
        weight, table, within = params.get("weight"), str(params["table"]), params.get("within")
        zipf = float(weight) if isinstance(weight, int | float) else None
        path = weight if isinstance(weight, Path) else None
        cells = Cells.of(binding.generator)
        factors = np.array([cell.factor for cell in cells.cells])
        if not factors.max() > 0:
            why, hint = "all multipliers are 0, so no row can be drawn", "give one segment a multiplier above 0"
            raise binding.error("FW-PLAN-ZERO-WEIGHTS", (*binding.generator.place, "multiplier"), why, hint)
        root = binding.dataset.tables[own].parent is None
        # Pools that differ from row to row weigh by rejection; a whole table, and its beginning, has one running sum.
        local = bool(within) or (table == own and not root)
        weights = Weights(
            cells, factors / factors.max(), path if local else None, zipf if local or table == own else None
        )
        place = binding.generator.place
        nothing = binding.error(
            "FW-PLAN-NO-TARGET",
            (*place, "ref"),
            f"no row of {table} is left",
            f"give {table} more rows, or the fanout a lower `max`",
        )
        uneven = binding.error(
            "FW-PLAN-REF-WEIGHTS",
            (*place, "multiplier"),
            "hardly any row has a multiplier near the largest one",
            "bring this reference's multipliers closer together",
        )
        endless = binding.error(
            "FW-PLAN-REF-WEIGHTS",
            (*place, "weight"),
            f"the weights of {table} have an infinite sum",
            "divide them by a large number",
        )
        source = binding.column_of(table, str(params["column"]))
        found = cls(
            binding.generator, binding.uniforms, binding.column, own, table, str(params["column"]), zipf, path, weights,
            params.get("distinct_in"), within, nothing, uneven, endless, source, source.dtype,
            needs_number=table == own and root,
        )  # fmt: skip
        return found if not (params.get("match") or params.get("not")) else found._matching(binding)

    def _matching(self, binding: Binding) -> Self:
        """Return the reference with its condition, which takes the weights over: nothing is then rejected."""
        params, cells = self.spec.params, self.weights.cells
        other: Step | None = params.get("not")
        match, otherwise = params.get("match", ()), params.get("otherwise", False)
        matching = Matching(
            self.name, self.own, self.table, match, otherwise, other, self.weight, self.zipf,
            cells, self.weights.factors, self.within,
        )  # fmt: skip
        even = Weights(Cells((), cells.cells[:1]), np.ones(1))
        target = binding.dataset.tables[self.table]
        positive = self.weight is None and self.weights.factors.min() > 0
        enough = target.parent is None and binding.rows(self.table) > (other is not None)
        always = positive and enough and (not match or otherwise)
        numbered = self.needs_number or (other is not None and target.parent is not None)
        return replace(self, matching=matching, weights=even, needs_number=numbered, always=always)

    @property
    def integral(self) -> bool:
        return self.source.integral

    @property
    def nature(self) -> Nature:
        return self.source.nature

    @property
    def digits(self) -> int | None:
        return None  # a key stays equal to the one that it refers to

    @property
    def reference(self) -> ReferenceKind:
        return self

    @property
    def covariates(self) -> frozenset[Covariate]:
        return frozenset()  # those of the factors stand in the table referred to

    @property
    def factor_covariates(self) -> frozenset[Covariate]:
        """What the factor of a row referred to depends on, seen from there."""
        return self.spec.covariates

    def factor(self, profile: Profile) -> float:
        """Return the factor on the weight of a row referred to that has this profile."""
        weights = self.weights if self.matching is None else self.matching
        return float(weights.factors[weights.cells.at(profile)])

    def declared_weight(self, weight: Declared | None) -> Declared:
        """Return the declared weight of a row referred to; `weight` is that of its weight column."""
        if weight is None:
            return Declared(self.spec.factor, self.spec.covariates)
        mean, own = weight.mean, self.spec
        needed = own.covariates | weight.covariates
        return Declared(lambda profile: own.factor(profile) * (mean(profile) or 0.0), needed)

    def may_be_null(self, nulls: Nullability) -> bool:
        alone = self.table == self.own or self.within is not None or not self.always
        return alone or nulls.column(self.table, self.column)

    @property
    def summary(self) -> str:
        return f"{self.spec.kind} {self.table}"

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        found = ctx.targets(self.name)
        if found.null is not None and found.null[row]:
            yield Fact("refers to", None)
            return
        numbers = found.near.rows.numbers if found.near is not None else None
        target = int(found.rows[row]) if numbers is None else int(numbers[found.rows[row]])
        yield Fact("refers to", f"{self.table} {target}")
        if self.zipf is not None:
            yield Fact("weight", f"zipf {self.zipf:g} by row number")
        for axis in (self.weights if self.matching is None else self.matching).cells.axes:
            seen = found.follow(ctx.references, axis.path.steps, axis.path.column)
            yield Fact("segment", f"{axis.path.text} {shown(value_at(seen, row))}")
        yield Fact("first draw", float(self.uniforms.draw(ctx)[row]))

    def draw(self, ctx: GenerationContext) -> Values:
        return ctx.targets(self.name).follow(ctx.references, (), self.column)

    def targets(self, ctx: GenerationContext) -> Reference:
        """Return the rows referred to."""
        pool = self._pool(ctx)
        chosen = self._propose(ctx, pool, slice(None), 0)
        if self.distinct_in is not None:
            groups = ctx.ancestor(self.distinct_in)[1]
            redraw = partial(self._propose, ctx, pool)
            sizes = () if self.matching is None else (pool.size,)  # those of other rows overlap
            chosen = distinct_draws(chosen, groups, redraw, pool.lowest, *sizes)
        beyond = chosen >= pool.lowest + pool.size
        if beyond.any() and not self.within and self.table != self.own and self.always and self.matching is None:
            raise self.error
        null = (chosen < 0) | beyond
        if null.any():
            return pool.reference(np.where(null, 0, chosen), null)
        return pool.reference(chosen, None)

    def _pool(self, ctx: GenerationContext) -> Pool:
        if self.matching is not None:
            return self._matched(ctx, self.matching)
        if self.within is not None:
            return below_ancestor(ctx, self.table, self.within)
        if self.table == self.own:
            return siblings_before(ctx, self._running_sum(ctx) if ctx.parent is None and len(ctx) else None)
        size = ctx.references.size(self.table)
        if size == 0 and len(ctx):
            raise self.error
        return WholeTable(
            ctx,
            self.table,
            np.broadcast_to(np.int64(size), len(ctx)),
            np.broadcast_to(np.int64(0), len(ctx)),
            self._ranks(ctx, size),
            self._running_sum(ctx),
        )

    def _matched(self, ctx: GenerationContext, matching: Matching) -> Pool:
        if self.within is None and len(ctx) and not ctx.references.size(self.table):
            raise self.error
        pool = matching.pool(ctx)
        if pool.weights is not None and not pool.weights.running.sums[-1] < np.inf:
            raise self.endless
        return pool

    @property
    def match(self) -> tuple[tuple[Path, Path], ...]:
        """The paths, from the row referred to and from the own row, that lead to equal values."""
        return () if self.matching is None or self.matching.otherwise else self.matching.match

    @property
    def other(self) -> Step | None:
        """The reference whose row is not drawn again; the driving parent's, where it has no column."""
        return None if self.matching is None else self.matching.other

    @property
    def conditional(self) -> bool:
        """Whether the rows to choose from depend on the row."""
        return self.within is not None or self.matching is not None

    def _ranks(self, ctx: GenerationContext, size: int) -> Sampler | None:
        if self.zipf is None or not size:
            return None
        params = {"s": self.zipf, "n": size}
        return ctx.references.once(("zipf", self.zipf, size), lambda: family("zipf").sampler([params]))

    def _running_sum(self, ctx: GenerationContext) -> RunningSum | None:
        path, size = self.weight, ctx.references.size(self.table)
        if path is None or not size:
            return None

        def make() -> RunningSum:
            weights = ctx.references.gather(self.table, np.arange(size), path.steps, path.column)
            return RunningSum(np.maximum(numbers(weights, path.column), 0.0))

        running = ctx.references.once(("running sum", self.table, path.steps, path.column), make)
        if not running.sums[-1] > 0:
            raise self.error
        if not running.sums[-1] < np.inf:
            raise self.endless
        return running

    def _propose(self, ctx: GenerationContext, pool: Pool, rows: Places, lane: int) -> Ints:
        """Return the rows chosen on one lane, int64 (m,); -1 where there is nothing to choose from."""
        sizes = pool.size[rows]
        if self.weights.even and sizes.all():
            return pool.at(self.uniforms.draw(ctx, 2 * lane * _TRIES, rows), rows)
        out = np.full(len(sizes), -1, dtype=np.int64)
        pending, weighted = np.flatnonzero(sizes > 0), not self.weights.even
        places = np.arange(len(ctx)) if isinstance(rows, slice) else rows
        for attempt in range(_TRIES if weighted else 1):
            if not pending.size:
                break
            at = places[pending]
            place = 2 * (lane * _TRIES + attempt)
            chosen = self.weights.propose(pool, at, self.uniforms.draw(ctx, place, at))
            if not weighted:
                out[pending] = chosen
                break
            kept = self.weights.accepted(pool, at, chosen, self.uniforms.draw(ctx, place + 1, at))
            out[pending[kept]] = chosen[kept]
            pending = pending[~kept]
        if pending.size and weighted and self.within is None:
            raise self.uneven
        return out

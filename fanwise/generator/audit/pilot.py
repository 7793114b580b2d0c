"""Pilot: moments measured on generated rows, where no formula gives them.

The engine makes rows of the axis' table with all that hangs below them: all of them, several times with different
seeds, where they are few; else rows spread evenly over the table. What is measured of one row of the axis' table is
what the audit's interval is made of: X rows that count below it, and Y their total. The proof is in pilot.proof.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.audit.dependencies import Needs
from fanwise.generator.context import GenerationContext, Rows, codes_of
from fanwise.generator.engine.references import LIMIT, TableReferences
from fanwise.generator.errors import PlanError, TooManyRows
from fanwise.generator.language.spec import Step
from fanwise.generator.moments.laws import Unknown
from fanwise.generator.numerics.randomness import bits, uniform
from fanwise.generator.plan import Plan
from fanwise.validator import Axis, Measure, Measured, Pilot, PilotSize

__all__ = ["COST", "DRAWS", "ROWS", "Drawn", "Question", "Units", "pilots"]

ROWS = 50_000
"""Rows of the axis' table that a pilot makes at most, over all its draws; more if all are needed, by a reference."""

COST = 1_000_000
"""Rows of all tables of one root that a pilot expects to make at most, over all its draws."""

MOST = 3_000_000
"""Rows of one table that a pilot makes at once, whatever it expects: one row may have more below it than all others."""

DRAWS = 20
"""Draws of a small data set: the chance of n rows, measured on 20 n, is off by less than 2 points."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Units = tuple[Ints, Floats, Floats]
"""Segment (a position in the axis, or beyond), X and Y of each row of the axis' table, each of shape (n,)."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a pilot is asked: a measure, the steps from its rows to the axis' table, and the axis."""

    measure: Measure
    steps: tuple[Step, ...]
    axis: Axis


@dataclass(frozen=True, slots=True)
class _Size:
    """How a question is answered: root rows of each draw (None: all), and draws."""

    roots: int | None
    draws: int


def pilots(
    plan: Plan, questions: Mapping[str, Question], unknown: dict[str, str], *, early: bool = False
) -> Iterator[tuple[dict[str, Pilot], bool]]:
    """Yield what generated rows show of each question, by its name, and True; why some have none goes to `unknown`.

    early: before it, with False, what the first 1, 2, 4, … draws show.
    Raises PlanError for a value that the plan cannot make: a run would stop at it, too.
    """
    sizes: dict[str, _Size] = {}
    for name, question in questions.items():
        try:
            sizes[name] = _size(plan, question)
        except Unknown as why:
            unknown[name] = str(why)
    found: dict[str, list[Units]] = {name: [] for name in sizes}
    refused: dict[str, str] = {}

    def shown() -> dict[str, Pilot]:
        unknown.update(refused)
        return {name: _pilot(plan, questions[name], sizes[name], parts) for name, parts in found.items()}

    draws = max((size.draws for size in sizes.values()), default=0)
    for draw in range(draws):
        wanted = {name: size for name, size in sizes.items() if draw < size.draws and name in found}
        try:
            asked = {name: (questions[name], size.roots) for name, size in wanted.items()}
            units = _answered(plan, draw, asked, refused)
        except PlanError:
            if not draw:
                raise
            break  # another seed meets a value that this one does not
        for name, each in units.items():
            found[name].append(each)
        for name in refused:
            found.pop(name, None)
        if early and (draw + 1).bit_count() == 1 and draw + 1 < draws:
            yield shown(), False
    yield shown(), True


def _answered(
    plan: Plan, draw: int, asked: Mapping[str, tuple[Question, int | None]], refused: dict[str, str]
) -> dict[str, Units]:
    """Return the units of each question in one draw; the first draw is the data set itself.

    Why a question has no answer in this draw, and so in none, is added to `refused`.
    """
    rows = Drawn(plan.reseeded(_seed(plan.seed, draw)) if draw else plan)
    found: dict[str, Units] = {}
    for name, (question, roots) in asked.items():
        try:
            found[name] = rows.units(question, roots)
        except TooManyRows:
            refused[name] = "counts more rows below one row than a pilot makes"
    rows.release()
    return found


def _seed(seed: int, draw: int) -> int:
    """Return the seed of a further draw, a function of the data set's own."""
    digest = hashlib.blake2b(f"pilot {seed} {draw}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def _size(plan: Plan, question: Question) -> _Size:
    """Return how many rows answer a question; raises Unknown where no number of rows would do, or too many."""
    Needs(plan, question.measure, question.steps).check(LIMIT)
    root = plan.root(question.measure.table)
    tree = sum(plan.expected_rows[name] for name in (root, *plan.tables[root].below))
    rows, whole = plan.expected_rows[question.axis.table], plan.rows[root]
    complete = any(_needs_all(plan, table, step) for table, step in _edges(question))
    least = rows / COST if complete else rows / ROWS  # of an axis that a reference leads to, only the segment is made
    share = min(1.0, 1.0 / max(least, tree / COST, 1.0))
    if share == 1.0:
        each = max(rows * DRAWS / ROWS, tree * DRAWS / COST, 1.0)
        return _Size(None, max(int(DRAWS / each), 1))
    if complete:
        raise Unknown("counts rows by a reference, more than a pilot makes")
    return _Size(max(int(whole * share), 1), 1)


def _edges(question: Question) -> Iterator[tuple[str, Step]]:
    table = question.measure.table
    for step in question.steps:
        yield table, step
        table = step.table


def _needs_all(plan: Plan, table: str, step: Step) -> bool:
    """Return whether rows below any row of the root may lead along a step to the same row."""
    if step.column is None:
        return False
    ref = plan.tables[table].columns[step.column].generator.reference
    return ref is None or ref.within is None


@dataclass(slots=True)
class Drawn:
    """The rows of one draw, made when first asked for, and shared by the questions."""

    plan: Plan
    references: TableReferences = field(init=False)
    _tops: dict[tuple[str, int], GenerationContext] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.references = TableReferences(self.plan.tables, most=MOST)

    def units(self, question: Question, roots: int | None) -> Units:
        """Return the units of a question, below `roots` root rows (None: all)."""
        measure, axis = question.measure, question.axis
        ctx = self.rows(measure.table, roots)
        x, y = _values(ctx, measure)
        for step in question.steps:
            ctx, place, there = self._above(ctx, step)
            x, y = (_added(each[there], place, len(ctx)) for each in (x, y))
            if ctx.table.name == measure.per:
                x = self._exposures(ctx, measure)
        codes = codes_of(ctx.column(axis.column), axis.segments)
        return codes.astype(np.int64), x, y

    def _exposures(self, ctx: GenerationContext, measure: Measure) -> Floats:
        """Return what each row of `per` counts for: 1, or the exposure of its fanout."""
        fanout = self.plan.tables[measure.table].fanout
        exposed = measure.exposure is not None and measure.column is None and fanout is not None
        return fanout.generator.exposures(ctx) if exposed and fanout is not None else np.ones(len(ctx))

    def release(self) -> None:
        for top in self._tops.values():
            top.release()

    def rows(self, table: str, roots: int | None) -> GenerationContext:
        """Return the rows of a table below `roots` root rows, spread over the root table (None: all)."""
        if roots is None:
            return self.references.whole(table)
        root = self.plan.root(table)
        if (root, roots) not in self._tops:
            numbers = _spread(self.plan.seed, roots, self.plan.rows[root])
            self._tops[root, roots] = GenerationContext(
                self.plan.tables[root], Rows.of_root(root, numbers), None, self.references, self._numbers
            )
        return self._tops[root, roots].reach(table)

    def _numbers(self, ctx: GenerationContext) -> Ints:
        """Return row numbers spread over the whole table, about those that the rows have."""
        return np.arange(len(ctx)) * max(round(self.plan.expected_rows[ctx.table.name]) // max(len(ctx), 1), 1)

    def _above(self, ctx: GenerationContext, step: Step) -> tuple[GenerationContext, Ints, npt.NDArray[np.bool_]]:
        """Return the rows that a step leads to, the place of each row's own among them, and which rows have one."""
        if step.column is None:
            assert ctx.parent is not None
            assert ctx.rows.parents is not None
            return ctx.parent, ctx.rows.parents, np.ones(len(ctx), dtype=np.bool_)
        found = ctx.targets(step.column)
        there = np.ones(len(ctx), dtype=np.bool_) if found.null is None else ~found.null
        target = found.near if found.near is not None else self.references.whole(found.table)
        return target, found.rows[there], there


def _spread(seed: int, n: int, rows: int) -> Ints:
    """Return n row numbers, one drawn in each of n equal parts of the table: representative, whatever its rhythm."""
    part = uniform(bits(np.arange(n, dtype=np.uint64), seed), seed)
    return np.minimum(((np.arange(n) + part) * (rows / n)).astype(np.int64), rows - 1)


def _added(each: Floats, place: Ints, size: int) -> Floats:
    return np.bincount(place, weights=each, minlength=size).astype(np.float64)


def _values(ctx: GenerationContext, measure: Measure) -> tuple[Floats, Floats]:
    """Return X and Y of each measured row: whether it counts, and what it adds."""
    ones = np.ones(len(ctx))
    if measure.aggregate == "count" or measure.column is None:
        return np.zeros(len(ctx)), ones
    values = ctx.column(measure.column)
    counts = ones.astype(np.bool_) if values.null is None else ~values.null
    if measure.without:
        when = ctx.table.columns[measure.column].when  # type: ignore[attr-defined]
        counts &= ctx.codes(when.path, when.keys) == len(when.keys)
    if measure.value is not None:
        y = codes_of(values, (measure.value,)) == 0
    else:
        y = values.series().cast(pl.Float64).fill_null(0.0).to_numpy()
    exposure = np.ones(len(ctx))
    if measure.exposure is not None:
        exposure = ctx.table.columns[measure.column].generator.exposures(ctx)  # type: ignore[attr-defined]
    return counts * exposure, np.where(counts, y, 0.0).astype(np.float64)


def _pilot(plan: Plan, question: Question, size: _Size, parts: Sequence[Units]) -> Pilot:
    axis, draws = question.axis, len(parts)
    codes, x, y = (np.concatenate(each) for each in zip(*parts, strict=True))
    root = plan.root(question.measure.table)
    scale = 1 / draws if size.roots is None else plan.rows[root] / size.roots
    moments = {}
    for place, segment in enumerate(axis.segments):
        own = codes == place
        moments[segment] = _measured(x[own], y[own], scale, heavy=question.measure.aggregate in ("mean", "sum"))
    return Pilot(PilotSize(axis.table, len(codes) // draws, draws), moments)


def _measured(x: Floats, y: Floats, scale: float, *, heavy: bool) -> Measured:
    """Return the moments of units with these X and Y; the data set has `scale` times as many. heavy: Y may be."""
    units, counted = len(x), float(np.mean(x)) if len(x) else 0.0
    if not counted > 0:
        return Measured(units * scale, units, 0.0, 0.0, np.nan, 0.0)
    ratio = float(np.sum(y) / np.sum(x))
    gaps = y - ratio * x
    variance = float(np.mean(gaps**2))
    kurtosis = float(np.mean(gaps**4)) / variance**2 if variance > 0 else 3.0
    unbiased = variance * units / max(units - 1, 1)
    clump = float(np.mean(x**2)) / counted
    # What a unit adds to the mean: its total, or for a mean what its values are above the mean, whatever their number.
    tail = _tail(gaps + ratio * counted) if heavy and ratio > 0 and y.min() >= 0 else ()
    return Measured(units * scale, units, float(np.mean(x > 0)), counted, ratio, unbiased, kurtosis, clump, tail)


def _tail(y: Floats) -> tuple[tuple[float, float], ...]:
    """Return how the largest units lie above their mean, as pairs of the share of units above, and of the factor."""
    ranks = np.unique(np.geomspace(1, max(len(y) // 3, 1), 30).astype(np.int64))[::-1]
    largest = np.sort(y)[-ranks] / np.mean(y)
    return (*zip((ranks / len(y)).tolist(), largest.tolist(), strict=True), (0.0, float(largest[-1])))

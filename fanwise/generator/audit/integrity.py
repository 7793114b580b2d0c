"""Integrity before the first row: may a key be unique, and do some rows lack a value or break a condition?

What no formula counts is tried on rows that are made for it. They are rows of the data set itself, so one that breaks a
rule fails its audit. If none of m things does (rows, or pairs of rows that may be alike), all n keep the rule with the
chance 1 − (1 − (m + 1)/(n + 1)) / (m + 2): even odds that the rule always holds, else a rate that may be any
(Laplace's rule of succession).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from fanwise.generator.audit.contract.axis_effects import source_of
from fanwise.generator.audit.pilot import Drawn
from fanwise.generator.context import GenerationContext
from fanwise.generator.errors import TooManyRows
from fanwise.generator.language.spec import Path
from fanwise.generator.language.sql.expressions import ExpressionError, evaluate
from fanwise.generator.moments.uniqueness import Uniqueness, must_be_unique, uniqueness
from fanwise.generator.plan import Plan
from fanwise.generator.plan.nulls import Nulls
from fanwise.io.problems import Place, dotted
from fanwise.text.numbers import count, number
from fanwise.validator import Contradiction, Outlook, PilotSize, Source

__all__ = ["integrity_gates"]

CHECKED = 20_000
"""Rows of a table and of those above it, about, that are made to try a condition on."""

CLEAN = 0.999
"""The chance that a condition holds from which a forecast has no gate for it: a thousand rows that keep it."""

CONDITION = "change how the columns are drawn so that no row breaks the condition, or drop it from checks."
REFERENCE = "draw values that the column referred to has, or delete references."
REQUIRED = "compute the column so that no row is null, for example with coalesce, or drop required."

SURE = 1e-4
"""The chance of a unique key below which its repeats are certain."""

SAFE = 0.9999
"""The chance of a unique key from which a forecast has no gate for it."""


Gate = tuple[Outlook, Contradiction | None]


def integrity_gates(plan: Plan) -> Iterator[Gate]:
    """Yield a gate for each rule of integrity that some rows may break, with the problem where they certainly do.

    The rules: keys and columns that must be unique, those that must not be null, stated references, and the conditions
    of rows.
    """
    tried = _Tried(plan)
    yield from _unique_gates(tried)
    yield from _required_gates(tried)
    yield from _reference_gates(tried)
    yield from _condition_gates(tried)
    tried.rows.release()


class _Tried:
    """Some rows of a plan's tables, made once for all rules."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.rows = plan, Drawn(plan)

    def of(self, table: str) -> GenerationContext:
        """Return rows of a table: all of them, or those below some rows of its root."""
        whole = self.plan.rows[self.plan.root(table)]
        return self.rows.rows(table, None if self.all(table) else max(int(whole * CHECKED / self._above(table)), 1))

    def all(self, table: str) -> bool:
        """Return whether all rows of a table are made."""
        return self._above(table) <= CHECKED

    def _above(self, table: str) -> float:
        """Return the rows of a table and of those above it."""
        return sum(self.plan.expected_rows[name] for name in _chain(self.plan, table))

    def frame(self, table: str, paths: Mapping[str, Path]) -> pl.DataFrame | None:
        """Return what paths lead to from these rows; None where one parent has more rows than a forecast makes."""
        try:
            ctx = self.of(table)
            return pl.DataFrame([ctx.value(path).series(name) for name, path in paths.items()])
        except TooManyRows:
            return None

    def columns(self, table: str, names: Sequence[str]) -> pl.DataFrame | None:
        """Return columns of these rows, as `frame` does."""
        return self.frame(table, {name: Path(name, table, (), table, name) for name in names})

    def size(self, table: str, made: int) -> float:
        """Return how many rows the table has, of which some were made."""
        return max(self.plan.expected_rows[table], made)


def _unbroken(tried: float, all_of_them: float) -> float:
    """Return the chance that a rule holds that none of those that were tried breaks."""
    return 1.0 - (1.0 - (tried + 1) / (all_of_them + 1)) / (tried + 2)


def _unique_gates(tried: _Tried) -> Iterator[Gate]:
    plan = tried.plan
    for name, table in plan.dataset.tables.items():
        for columns in must_be_unique(plan.dataset, name):
            if any(table.columns[column].hidden for column in columns):
                continue
            found, size = uniqueness(plan.profiles, plan.dataset, plan.tables, name, columns), None
            if found.chance is None:
                found, size = _alike(tried, name, columns) or (found, None)
            if found.chance is not None and found.chance < SAFE:
                yield _gate(plan, name, columns, found, source_of(plan.dataset, table.unique_place(columns)), size)


def _alike(tried: _Tried, table: str, columns: Sequence[str]) -> tuple[Uniqueness, PilotSize] | None:
    """Return what rows that were made tell about a key that no formula tells enough of; None where none can be made."""
    every = tried.columns(table, columns)
    if every is None:
        return None
    frame = every.drop_nulls()
    made, different = frame.height, frame.n_unique()
    size = PilotSize(table, made)
    if different < made:
        return Uniqueness(made, different, math.inf), size
    rows = tried.size(table, every.height) * made / max(every.height, 1)
    pairs, all_pairs = made * (made - 1) / 2, rows * (rows - 1) / 2
    return Uniqueness(rows, math.inf, -math.log(_unbroken(pairs, all_pairs)) if rows else 0.0), size


def _required_gates(tried: _Tried) -> Iterator[Gate]:
    nulls = Nulls(tried.plan.tables)
    for name, table in tried.plan.dataset.tables.items():
        for column in table.columns.values():
            must = column.required or column.name in table.key
            if not must or column.hidden or not nulls.column(name, column.name):
                continue
            made = tried.columns(name, [column.name])
            if made is None:
                continue
            values, label = made.to_series(), f"{name}.{column.name}"
            rule = _Rule(f"required.{label}", f"{label} is not null", name, column.place, label)
            yield from rule.gates(tried, values.null_count(), len(values), "is null", REQUIRED)


def _reference_gates(tried: _Tried) -> Iterator[Gate]:
    """Yield gates of `references`, whose values are drawn for themselves, where the table referred to is made whole."""
    for name, table in tried.plan.schema.tables.items():
        spec = tried.plan.dataset.tables[name]
        for key in table.foreign_keys:
            column = spec.columns[key.columns[0]]
            if column.refers is None or not tried.all(key.table):
                continue
            made, there = tried.columns(name, [column.name]), tried.columns(key.table, key.keys)
            if made is None or there is None:
                continue
            values, keys = made.to_series(), there.to_series()
            if values.dtype != keys.dtype:
                one_sort = values.dtype.is_numeric() and keys.dtype.is_numeric()
                values, keys = (each.cast(pl.Float64 if one_sort else pl.String) for each in (values, keys))
            lost = int((~values.drop_nulls().is_in(keys.implode())).sum())
            label = f"{name}.{column.name}"
            told = f"{label} refers to {key.table}.{key.keys[0]}"
            rule = _Rule(f"reference.{label}", told, name, column.place, label)
            yield from rule.gates(tried, lost, len(values), f"has no row in {key.table}", REFERENCE)


def _condition_gates(tried: _Tried) -> Iterator[Gate]:
    for check in tried.plan.dataset.checks:
        made = tried.frame(check.table, check.expression.names)
        if made is None or not made.height:
            continue
        try:
            holds = evaluate(check.expression.compiled, made)
        except ExpressionError:
            continue  # the audit says what is wrong with it
        broken = int((~holds.cast(pl.Boolean)).sum() or 0)
        metric = f"condition.{check.table}.{dotted(check.place)}"
        rule = _Rule(metric, f"{check.table}: {check.expression.text}", check.table, check.place)
        yield from rule.gates(tried, broken, made.height, "is false", CONDITION)


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule that each row of a table keeps or breaks by itself. subject: of what a message says it, if not label."""

    metric: str
    label: str
    table: str
    place: Place
    subject: str = ""

    def gates(self, tried: _Tried, broken: int, made: int, wrong: str, hint: str) -> Iterator[Gate]:
        """Yield the gate where some of the rows that were made break the rule, or too few were made to trust it."""
        chance = 0.0 if broken else _unbroken(made, tried.size(self.table, made))
        if chance >= CLEAN:
            return
        source = source_of(tried.plan.dataset, self.place)
        gate = Outlook(
            self.metric, self.label, "all rows", "condition", "holds", None, chance,
            source=source, pilot=PilotSize(self.table, made), integrity=True,
        )  # fmt: skip
        rows = f"{broken:,} of the {count(made, 'row')} of {self.table} that were tried"
        message = f"{self.subject or self.label} {wrong} in {rows}."
        yield gate, Contradiction(self.metric, message, hint, (source,), integrity=True) if broken else None


def _chain(plan: Plan, table: str) -> Iterator[str]:
    yield table
    while (parent := plan.tables[table].parent) is not None:
        yield (table := parent)


def _gate(
    plan: Plan, table: str, columns: Sequence[str], found: Uniqueness, source: Source, size: PilotSize | None
) -> Gate:
    names = ", ".join(columns)
    metric, label = f"unique.{table}.{'.'.join(columns)}", f"{table} ({names}) is unique"
    assert found.chance is not None
    values = f"from {count(round(found.values), 'value')}" if math.isfinite(found.values) else "at random"
    drawn = f"is drawn {values}: about {number(found.repeats, 2)} of {count(round(found.rows), 'row')}"
    if size is not None:
        drawn = f"{size.rows - min(found.values, size.rows):,.0f} of the {count(size.rows, 'row')} that were tried"
    message = f"{table} ({names}) must be unique, but {drawn} repeat an earlier one."
    hint = _fix(plan, table, columns)
    certain = found.chance < SURE
    advice = "" if certain or size is not None else f"{message[:-1]}: {hint}"
    gate = Outlook(
        metric, label, names, "unique", "no repeats", None, found.chance, None, advice,
        source=source, pilot=size, integrity=True,
    )  # fmt: skip
    return gate, Contradiction(metric, message, hint, (source,), integrity=True) if certain else None


def _fix(plan: Plan, table: str, columns: Sequence[str]) -> str:
    """Return how to make draws differ."""
    refs = [name for name in columns if plan.tables[table].columns[name].generator.reference is not None]
    if len(refs) > 1 and plan.tables[table].parent is None:
        first, second = (plan.tables[table].columns[name].generator.reference for name in refs[:2])
        assert first is not None
        assert second is not None
        return (
            f"make {table} a child of {first.table}, with {refs[0]}: {{parent: {first.column}}}, "
            f"and add distinct_in: {first.table} to the ref to {second.table}."
        )
    return "widen the domain, or let the key count: {sequence: {}}, {ordinal: {}} below a parent, or {uuid: {}}."

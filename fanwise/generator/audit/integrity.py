"""Integrity before the first row: may a key be unique, and do some rows break a condition?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import polars as pl

from fanwise.generator.audit.contract.axis_effects import source_of
from fanwise.generator.audit.pilot import Drawn
from fanwise.generator.language.spec import Check
from fanwise.generator.language.sql.expressions import ExpressionError, evaluate
from fanwise.generator.moments.uniqueness import Uniqueness, must_be_unique, uniqueness
from fanwise.generator.plan import Plan
from fanwise.io.problems import dotted
from fanwise.text.numbers import count, number
from fanwise.validator import Contradiction, Outlook, PilotSize, Source

__all__ = ["condition_gates", "unique_gates"]

CHECKED = 20_000
"""Rows of a table and of those above it, about, that are made to try a condition on."""

CLEAN = 0.999
"""The chance that a condition holds from which a forecast has no gate for it: a thousand rows that keep it."""

SURE = 1e-4
"""The chance of a unique key below which its repeats are certain."""

SAFE = 0.9999
"""The chance of a unique key from which a forecast has no gate for it."""


def unique_gates(plan: Plan) -> Iterator[tuple[Outlook, Contradiction | None]]:
    """Yield a gate for each key and unique column whose draws may repeat, with the problem where they certainly do."""
    for name, table in plan.dataset.tables.items():
        for columns in must_be_unique(plan.dataset, name):
            if any(table.columns[column].hidden for column in columns):
                continue
            found = uniqueness(plan.profiles, plan.dataset, plan.tables, name, columns)
            if found.chance is None or found.chance >= SAFE:
                continue
            yield _gate(plan, name, columns, found, source_of(plan.dataset, table.unique_place(columns)))


def condition_gates(plan: Plan) -> Iterator[tuple[Outlook, Contradiction | None]]:
    """Yield a gate for each row condition that some of the first rows made break, or that too few were made to trust.

    The rows are those of the data set itself, so one that breaks a condition fails it. If none of m rows
    does, all hold with the chance 1 − (1 − (m + 1)/(N + 1)) / (m + 2): even odds that the condition always holds, else
    a rate that may be any (Laplace's rule of succession).
    """
    rows = Drawn(plan)
    for check in plan.dataset.checks:
        above = sum(plan.expected_rows[name] for name in _chain(plan, check.table))
        whole = plan.rows[plan.root(check.table)]
        roots = None if above <= CHECKED else max(int(whole * CHECKED / above), 1)
        ctx = rows.rows(check.table, roots)
        columns = [ctx.value(path).series(name) for name, path in check.expression.names.items()]
        if not columns or not len(ctx):
            continue
        try:
            holds = evaluate(check.expression.compiled, pl.DataFrame(columns))
        except ExpressionError:
            continue  # the audit says what is wrong with it
        broken = int((~holds.cast(pl.Boolean)).sum() or 0)
        made, all_rows = len(ctx), max(plan.expected_rows[check.table], len(ctx))
        chance = 0.0 if broken else 1.0 - (1.0 - (made + 1) / (all_rows + 1)) / (made + 2)
        if chance < CLEAN:
            yield _condition(plan, check, chance, broken, made)
    rows.release()


def _chain(plan: Plan, table: str) -> Iterator[str]:
    yield table
    while (parent := plan.tables[table].parent) is not None:
        yield (table := parent)


def _condition(plan: Plan, check: Check, chance: float, broken: int, made: int) -> tuple[Outlook, Contradiction | None]:
    source = source_of(plan.dataset, check.place)
    label = f"{check.table}: {check.expression.text}"
    size = PilotSize(check.table, made)
    metric = f"condition.{check.table}.{dotted(check.place)}"
    gate = Outlook(
        metric, label, "all rows", "condition", "holds", None, chance, source=source, pilot=size, integrity=True
    )
    if not broken:
        return gate, None
    message = f"{label} is false in {broken:,} of the {count(made, 'row')} of {check.table} that were tried."
    hint = "change how the columns are drawn so that no row breaks the condition, or drop it from checks."
    return gate, Contradiction(metric, message, hint, (source,), integrity=True)


def _gate(
    plan: Plan, table: str, columns: Sequence[str], found: Uniqueness, source: Source
) -> tuple[Outlook, Contradiction | None]:
    names = ", ".join(columns)
    metric, label = f"unique.{table}.{'.'.join(columns)}", f"{table} ({names}) is unique"
    assert found.chance is not None
    values = f"from {count(round(found.values), 'value')}" if math.isfinite(found.values) else "at random"
    message = (
        f"{table} ({names}) must be unique, but is drawn {values}: about {number(found.repeats, 2)} of "
        f"{count(round(found.rows), 'row')} repeat an earlier one."
    )
    hint = _fix(plan, table, columns)
    certain = found.chance < SURE
    advice = "" if certain else f"{message[:-1]}: {hint}"
    gate = Outlook(
        metric, label, names, "unique", "no repeats", None, found.chance, None, advice, source=source, integrity=True
    )
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

"""Integrity that can be counted before the first row: may a key be unique?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from fanwise.generator.audit.contract.axis_effects import source_of
from fanwise.generator.moments.uniqueness import Uniqueness, must_be_unique, uniqueness
from fanwise.generator.plan import Plan
from fanwise.text.numbers import count, number
from fanwise.validator import Contradiction, Outlook, Source

__all__ = ["unique_gates"]

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
            place = (*table.place, "key") if columns == table.key else (*table.columns[columns[0]].place, "unique")
            source = source_of(plan.dataset, place)
            yield _gate(plan, name, columns, found, source)


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

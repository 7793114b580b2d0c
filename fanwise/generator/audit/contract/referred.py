"""Rules on the rows that a reference may lead to: by `match`, `not` and `within`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fanwise.generator.audit.contract.reading import Off, Reader
from fanwise.generator.columns.support.reference_kind import ReferenceKind
from fanwise.generator.columns.support.stated import carried_from
from fanwise.generator.language.spec import Path, Step
from fanwise.generator.plan import Plan

__all__ = ["carried_parts", "reference_rules"]


def reference_rules(reader: Reader, ref: ReferenceKind) -> tuple[list[str], str]:
    """Return the conditions that a reference keeps, and why one of them cannot be seen in the files, or ""."""
    holds: list[str] = []
    off = ""
    for rules in (_matched, _other, _within):
        try:
            holds += rules(reader, ref)
        except Off as why:
            off = off or str(why)
    return holds, off


def _matched(reader: Reader, ref: ReferenceKind) -> Iterator[str]:
    step = Step(ref.table, ref.name)
    for there, own in ref.match:
        path = replace(there, table=reader.name, steps=(step, *there.steps))
        yield f"{reader.readable(path)} = {reader.readable(own)}"


def _other(reader: Reader, ref: ReferenceKind) -> Iterator[str]:
    """Yield that the row is another one than that which another reference, or the parent, leads to."""
    if ref.other is None:
        return
    schema = reader.plan.schema.made[ref.table]
    alone = schema.key == (ref.column,) or schema.columns[ref.column].unique
    if not alone and not _shares_the_rest(reader, ref, ref.other):
        raise Off(f"{ref.table}.{ref.column} does not tell the rows of {ref.table} apart")
    own = reader.readable(Path(ref.name, reader.name, (), reader.name, ref.name))
    there = reader.readable(Path(f"{ref.table}.{ref.column}", reader.name, (ref.other,), ref.table, ref.column))
    yield f"{own} <> {there}"


def _shares_the_rest(reader: Reader, ref: ReferenceKind, other: Step) -> bool:
    """Return whether both references choose below one ancestor, from which all other parts of the key are carried."""
    dataset, key = reader.plan.dataset, reader.plan.schema.made[ref.table].key
    beside = reader.plan.tables[reader.name].columns[other.column].generator.reference if other.column else None
    if ref.column not in key or beside is None or ref.within is None or beside.within != ref.within:
        return False
    shared = {carried_from(dataset, ref.within, name) for name in dataset.tables[ref.within].columns}
    return all(carried_from(dataset, ref.table, part) in shared for part in key if part != ref.column)


def _within(reader: Reader, ref: ReferenceKind) -> Iterator[str]:
    """Yield that the row referred to and the own one have the same ancestor."""
    if ref.within is None:
        return
    plan = reader.plan
    steps: list[Step] = []
    table = reader.name
    while table != ref.within:
        table = plan.tables[table].parent or ""
        steps.append(Step(table))
    for part, there in carried_parts(plan, ref.table, ref.within).items():
        far = Path(f"{ref.name}.{there}", reader.name, (Step(ref.table, ref.name),), ref.table, there)
        own = Path(f"{ref.within}.{part}", reader.name, tuple(steps), ref.within, part)
        yield f"{reader.readable(far)} = {reader.readable(own)}"


def carried_parts(plan: Plan, table: str, ancestor: str) -> dict[str, str]:
    """Return the columns of a table that hold the key of an ancestor, by the parts of the key (raises Off)."""
    dataset, found = plan.dataset, dict[str, str]()
    key = plan.schema.made[ancestor].key
    if not key:
        raise Off(f"{ancestor} has no key")
    for part in key:
        origin = carried_from(dataset, ancestor, part)
        seen = (name for name, made in plan.schema.made[table].columns.items() if not made.hidden)
        there = next((name for name in seen if carried_from(dataset, table, name) == origin), None)
        if there is None:
            raise Off(f"{table} does not hold the key of {ancestor}")
        found[part] = there
    return found

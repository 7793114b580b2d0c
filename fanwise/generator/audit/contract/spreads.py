"""How often each row of a table is referred to, as far as the files tell its weight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from fanwise.generator.audit.contract.axis_effects import source_of
from fanwise.generator.audit.contract.reading import Off, Reader
from fanwise.generator.audit.contract.referred import carried_parts
from fanwise.generator.columns.bound import BoundColumn
from fanwise.generator.columns.support.reference_kind import ReferenceKind
from fanwise.generator.language.spec import Multiplier, Path
from fanwise.generator.plan import Plan
from fanwise.generator.plan.foreign_keys import ForeignKey
from fanwise.io.quoting import quote_text
from fanwise.validator import Spread

__all__ = ["spreads_of"]


def spreads_of(plan: Plan) -> Iterator[Spread]:
    """Yield the spread of each reference whose rows draw for themselves, from all rows of another table alike."""
    for name, table in plan.schema.tables.items():
        for key in table.foreign_keys:
            bound = None if key.step.column is None else plan.tables[name].columns.get(key.step.column)
            ref = None if bound is None else bound.generator.reference
            if bound is None or ref is None or type(bound) is not BoundColumn or bound.when is not None:
                continue
            if ref.table == ref.own or ref.name != key.step.column:
                continue
            source = source_of(plan.dataset, bound.spec.place)
            try:
                weight, zipf = _weight(plan, ref, bound.generator.spec.multipliers)
                by, other = _by(plan, ref), _other(plan, ref, key)
            except Off:
                continue
            # A row that is not drawn twice below another one leaves its chance to the others.
            if ref.distinct_in is None or (weight is None and zipf is None):
                yield Spread(name, key.columns, weight, zipf, by, other, source)


def _by(plan: Plan, ref: ReferenceKind) -> tuple[str, ...]:
    """Return what rows that are chosen among have in common, as expressions of the table referred to (raises Off)."""
    if not ref.conditional:
        return ()
    if ref.zipf is not None:
        raise Off("a rank among all rows says little of some of them")
    reader = Reader(plan, {}, ref.table)
    shared = [reader.readable(replace(there, table=ref.table)) for there, _ in ref.match]
    if ref.within is not None:
        names = carried_parts(plan, ref.table, ref.within).values()
        shared += [reader.readable(Path(name, ref.table, (), ref.table, name)) for name in names]
    if not shared and ref.other is None:
        raise Off("which rows it chooses among is not in the files")
    return tuple(dict.fromkeys(shared))


def _other(plan: Plan, ref: ReferenceKind, key: ForeignKey) -> tuple[str, ...]:
    """Return the columns of the reference whose row is not chosen again; () where there is none (raises Off)."""
    if ref.other is None:
        return ()
    beside = next((each for each in plan.schema.tables[ref.own].foreign_keys if each.step == ref.other), None)
    made = plan.tables[ref.own].columns.get(ref.other.column or "")
    chosen = None if made is None else made.generator.reference
    if beside is None or beside.columns == key.columns or ref.distinct_in is not None:
        raise Off("the row that is not chosen again is not in the files")
    if (ref.match or ref.within) and (chosen is None or (chosen.match, chosen.within) != (ref.match, ref.within)):
        raise Off("the row that is not chosen again may be of another group")
    return beside.columns


def _weight(plan: Plan, ref: ReferenceKind, multipliers: Sequence[Multiplier]) -> tuple[str | None, float | None]:
    """Return the weight of a row as an expression, or the exponent by which it falls (raises Off)."""
    reader = Reader(plan, {}, ref.table)
    parts = [_factor(reader, each) for each in multipliers]
    if ref.weight is not None:
        parts.append(reader.readable(replace(ref.weight, table=ref.table)))
    if ref.zipf is not None:
        rank = _rank(reader)
        if rank is None and parts:
            raise Off("the rank of a row is not in the files")
        if rank is None:
            return None, ref.zipf
        parts.append(f"power({rank}, {-ref.zipf!r})")
    return (" * ".join(parts) or None), None


def _factor(reader: Reader, multiplier: Multiplier) -> str:
    """Return the factor on a row as an expression of it (raises Off)."""
    path = replace(multiplier.path, table=reader.name)
    made = reader.plan.tables[path.target].columns[path.column]
    if made.dtype != pl.String():
        raise Off(f"'{path.text}' is not text")
    own = reader.readable(path)
    cases = " ".join(f"when {own} = {quote_text(key)} then {factor!r}" for key, factor in multiplier.factors.items())
    rest = 1.0 if multiplier.default is None else multiplier.default
    return f"(case {cases} else {rest!r} end)"


def _rank(reader: Reader) -> str | None:
    """Return the rank of a row, 1 for the first one, as an expression; None where no column numbers the rows."""
    for name, bound in reader.plan.tables[reader.name].columns.items():
        numbered, spec = bound.generator.numbering, bound.spec
        plain = type(bound) is BoundColumn and bound.when is None and not spec.null and not spec.hidden
        if numbered is not None and plain and spec.clamp is None and numbered.step:
            own = reader.readable(Path(name, reader.name, (), reader.name, name))
            return f"(({own} - {numbered.start}) / {float(numbered.step)!r} + 1)"
    return None

"""Both sides opened, with the structure that is found in REAL: tables, keys, references, segments, units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fanwise.comparison.borrowed import borrowed_columns
from fanwise.inference.findings import Findings, find_categories
from fanwise.inference.model import Axis, Column, Source, data_sql
from fanwise.inference.options import Options
from fanwise.inference.sources.opening import Opened, opened
from fanwise.inference.structure.axis import as_named, choose_axis, lift_again
from fanwise.inference.structure.discovered import add_segments, assigned, located
from fanwise.inference.structure.keys import find_keys
from fanwise.inference.structure.paths import make_views, unit_way
from fanwise.inference.structure.promotion import make_again, promote
from fanwise.inference.structure.references import choose_parents, find_references
from fanwise.io.errors import InputError
from fanwise.io.quoting import quote_ident, quote_text

if TYPE_CHECKING:
    from fanwise.io.tables import Location

__all__ = ["LEAST", "Pair", "opened_pair", "table_rows"]

LEAST = 20
"""The fewest units whose values are compared."""

_NUMBERS = ("int", "float", "decimal")
_TIMES = ("date", "instant")


@dataclass(slots=True)
class Pair:
    """REAL and SYNTH in sessions of their own, with views of the same names.

    findings: of REAL. borrowed: see `borrowed_columns`.
    lost: what REAL has and SYNTH lacks, in words, with the table. notes: of both sides.
    """

    real: Opened
    synth: Opened
    findings: Findings
    borrowed: Mapping[tuple[str, str], str] = field(default_factory=dict)
    lost: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def source(self) -> Source:
        """The structure of both sides."""
        return self.real.source

    @property
    def axis(self) -> Axis | None:
        """The segments of REAL."""
        return self.real.source.axis

    @property
    def sides(self) -> tuple[Opened, Opened]:
        """Both sides."""
        return self.real, self.synth

    def unit_of(self, table: str) -> str:
        """Return the table whose rows are the units of a table's rows."""
        way, _ = unit_way(self.source, table)
        return way[-1].target if way else table


@contextmanager
def opened_pair(
    real: Location, synth: Location, by: str | None, model: str | None, threads: int | None
) -> Iterator[Pair]:
    """Yield both sides; raises SourceError and InputError for what cannot be used."""
    frames = [assigned(model, located(each)) if model else None for each in (real, synth)]
    with (
        opened(real, whole=True, threads=threads) as one,
        opened(synth, whole=True, threads=threads) as other,
    ):
        before = {*one.source.tables}
        find_keys(one)
        find_references(one)
        promote(one)
        # A table that was made of another one stands before it.
        for made in reversed([table for table in one.source.tables.values() if table.name not in before]):
            make_again(other, made)
        if frames[0] is not None and frames[1] is not None:
            by = add_segments(one, frames[0])
            find_keys(other)
            add_segments(other, frames[1], by.rpartition(".")[2])
        by = as_named(one.source, by) if by else by
        choose_parents(one, by.rpartition(".")[0] if by else None)
        axis = _axis(one, other, by) if by else None
        lost = _pruned(one.source, other.source, axis)
        tables = {name: table for name, table in one.source.tables.items() if name in other.source.tables}
        one.source = Source(one.source.shown, tables, one.source.notes, axis)
        for found in (one, other):
            make_views(Opened(found.session, one.source), by_key=True)
        notes = [*(f"REAL: {note}" for note in one.source.notes), *(f"SYNTH: {note}" for note in other.source.notes)]
        findings = Findings(one, Options(by, 1), {}, {}, find_categories(one, 1), None)
        yield Pair(one, other, findings, borrowed_columns(one), lost, notes)


def _has(source: Source, table: str, columns: list[str]) -> bool:
    return table in source.tables and set(columns) <= set(source.tables[table].columns)


def _rows(found: Opened, table: str) -> int:
    return int(found.session.rows(f"SELECT count(*) FROM {data_sql(table)}")[0][0])


def _pruned(real: Source, synth: Source, axis: Axis | None) -> list[tuple[str, str]]:
    """Leave out of REAL what SYNTH lacks or has in another type, and return it with the reason."""
    lost = []
    for table in list(real.tables.values()):
        other = synth.tables.get(table.name)
        if other is None:
            lost.append((table.name, f"{table.name}: SYNTH has no such table"))
            continue
        for column in list(table.columns.values()):
            why = _unlike(column, other.columns.get(column.name))
            if why and (axis is None or (axis.table, axis.column) != (table.name, column.name)):
                lost.append((f"{table.name}.{column.name}", f"{table.name}.{column.name}: {why}"))
                del table.columns[column.name]
    for table in real.tables.values():
        table.references = [
            each
            for each in table.references
            if each.target in synth.tables
            and set(each.columns) <= set(table.columns)
            and set(each.keys) <= set(real.tables[each.target].columns)
        ]
        table.key = table.key if set(table.key) <= set(table.columns) else ()
    return lost


def _unlike(column: Column, other: Column | None) -> str:
    if other is None:
        return "SYNTH has no such column"
    if not column.count or not other.count or _kind(column) == _kind(other):
        return ""
    return f"{_kind(column)} in REAL, {_kind(other)} in SYNTH"


def _kind(column: Column) -> str:
    if column.sort in _NUMBERS:
        return "numbers"
    return "dates" if column.sort in _TIMES else "true or false" if column.sort == "bool" else "text"


def _axis(real: Opened, synth: Opened, by: str) -> Axis:
    """Return the segments of REAL; those of SYNTH are named alike: rare ones of REAL are in `other` on both sides."""
    axis = choose_axis(real, by, LEAST)
    below = real.source.tables[axis.table].lifted.get(axis.column, axis.table)
    if not _has(synth.source, below, [axis.column]):
        why = f"--by {by}: SYNTH has no {axis.table}.{axis.column}"
        raise InputError("FW-USAGE-NAME", why, "both sides need the column of the segments.")
    lift_again(synth, real.source.tables[axis.table])
    own, home = quote_ident(axis.column), data_sql(axis.table)
    names = ", ".join(map(quote_text, axis.units))
    label = f"coalesce(CAST({own} AS VARCHAR), {quote_text('unknown')})"
    if "other" in axis.units:
        label = f"CASE WHEN {label} IN ({names}) THEN {label} ELSE 'other' END"
    synth.session.execute(f"CREATE OR REPLACE TABLE {home} AS SELECT * REPLACE ({label} AS {own}) FROM {home}")
    return axis


def table_rows(pair: Pair) -> dict[str, tuple[int, int]]:
    """Return the number of rows of each table on both sides."""
    return {name: (_rows(pair.real, name), _rows(pair.synth, name)) for name in pair.source.tables}

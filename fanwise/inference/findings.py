"""What was found of a source before a line is written: formulas, digits, effects, and which of them chance explains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from fanwise.inference.laws.categories import Category, is_category, read_category
from fanwise.inference.laws.effects import Effect, means, shown_effects
from fanwise.inference.laws.formulas import find_formulas
from fanwise.inference.laws.numbers import digits_of
from fanwise.inference.laws.times import Window, find_window
from fanwise.inference.model import SEGMENT, UNIT, Column, Reference, Table, data_sql, work_sql
from fanwise.inference.options import Options
from fanwise.inference.sources.opening import Opened
from fanwise.inference.structure.paths import segment_name
from fanwise.io.quoting import quote_ident, quote_text

__all__ = ["Findings", "fanout_sql", "find_all", "find_categories", "find_effects", "role_of"]

Place = tuple[str, str]

_OPTIONS = 12
_SURE = 9.0


@dataclass(slots=True)
class Findings:
    """effects: by table and column, the fanout of a table under "", a value of a category under "column = value"."""

    found: Opened
    options: Options
    digits: dict[str, dict[str, int]]
    formulas: dict[Place, str]
    categories: dict[Place, Category]
    window: Window | None
    effects: dict[Place, Effect] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    curves: dict[str, Mapping[str, Mapping[str, float] | str]] = field(default_factory=dict)

    def effect(self, table: str, column: str = "") -> Effect | None:
        """Return the effect of the axis on a column or a fanout, None where chance explains it."""
        effect = self.effects.get((table, column))
        return effect if effect is not None and effect.name in self.shown else None

    def is_sure(self, effect: Effect) -> bool:
        """Return whether data of this size show the order of all segments again."""
        return effect.least >= _SURE


def role_of(findings: Findings, table: Table, column: Column) -> str:
    """Return what a column is: how it is written follows from that."""
    axis, place = findings.found.source.axis, (table.name, column.name)
    each = table.reference_of(column.name)
    if axis is not None and (axis.table, axis.column) == place:
        return "segment"
    if each is not None:
        return "parent" if each.parent else "ref"
    if column.name in table.key:
        return "key" if len(table.key) == 1 else "part"
    if column.name in table.moved:
        return "moved"
    if place in findings.formulas:
        return "formula"
    if column.count == 0:
        return "nothing"
    if place in findings.categories:
        return "category"
    if column.distinct == 1:
        return "constant"
    named = {"bool": "bool", "text": "text", "date": "time", "instant": "time"}
    return named.get(column.sort, "number")


def find_all(found: Opened, options: Options) -> Findings:
    """Look at every column and every edge of a source."""
    tables = found.source.tables.values()
    digits = {table.name: digits_of(found, table) for table in tables}
    categories = find_categories(found, options.least)
    formulas = find_formulas(found, digits)
    findings = Findings(found, options, digits, formulas, categories, find_window(found, options.least))
    if found.source.axis is not None:
        findings.effects = dict(find_effects(findings))
        findings.shown = shown_effects(findings.effects.values())
    return findings


def fanout_sql(table: str, each: Reference, target: str) -> str:
    """Return the query of how many rows each row above has, with its segment and unit."""
    same = " AND ".join(
        f"p.{quote_ident(key)} = c.{quote_ident(column)}" for column, key in zip(each.columns, each.keys, strict=True)
    )
    foreign = ", ".join(map(quote_ident, each.columns))
    return (
        f"SELECT p.{quote_ident(SEGMENT)}, p.{quote_ident(UNIT)}, coalesce(c.n, 0) AS n FROM {work_sql(target)} AS p "
        f"LEFT JOIN (SELECT {foreign}, count(*) AS n FROM {data_sql(table)} GROUP BY ALL) AS c ON {same}"
    )


def find_categories(found: Opened, least: int) -> dict[Place, Category]:
    """Return the shares of every column of few texts."""
    categories: dict[Place, Category] = {}
    for table in found.source.tables.values():
        for column in table.columns.values():
            free = table.reference_of(column.name) is None and column.name not in table.key
            if free and is_category(column, table.rows or 0) and column.count:
                category = read_category(found, table, column, least)
                if category is not None:
                    categories[table.name, column.name] = category
    return categories


def find_effects(findings: Findings) -> Iterator[tuple[Place, Effect]]:
    """Yield the effect of the axis on every fanout, reference, mean and share that it reaches."""
    source = findings.found.source
    axis = source.axis
    assert axis is not None
    base = next(iter(axis.units))
    for table in source.tables.values():
        for each in source.edges(table.name):
            seen = each.target == axis.table or (each.parent and segment_name(source, each.target) is not None)
            if seen and (
                each.parent or not any(one.parent and one.target == axis.table for one in source.edges(table.name))
            ):
                relation = f"({fanout_sql(table.name, each, each.target)})"
                place = table.name, "" if each.parent else each.columns[0]
                yield from _measured(findings, relation, {place: "n"}, base)
        if segment_name(source, table.name) is not None:
            asked = dict(_asked(findings, table))
            yield from _measured(findings, work_sql(table.name), asked, base)


def _measured(
    findings: Findings, relation: str, asked: Mapping[Place, str], base: str
) -> Iterator[tuple[Place, Effect]]:
    by_name = {f"{table}.{column}": (table, column) for table, column in asked}
    values = {name: asked[place] for name, place in by_name.items()}
    for name, found in means(findings.found, relation, values).items():
        effect = Effect.of(name, base, found)
        if effect is not None:
            yield by_name[name], effect


def _asked(findings: Findings, table: Table) -> Iterator[tuple[Place, str]]:
    for column in table.columns.values():
        own, role = quote_ident(column.name), role_of(findings, table, column)
        if role == "number":
            yield (table.name, column.name), own
        elif role == "bool":
            yield (table.name, column.name), f"CAST({own} AS INT)"
        elif role == "category":
            options = list(findings.categories[table.name, column.name].shares)
            for value in options[:_OPTIONS]:
                sql = f"CAST(CAST({own} AS VARCHAR) = {quote_text(value)} AS INT)"
                yield (table.name, f"{column.name} = {value}"), sql

"""Columns that follow from others: copies, products, sums, and sums or counts of rows below; exact in every row.

Each is tested on a sample first. A formula reads columns that stand before it, so there are no cycles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from fanwise.inference.model import Column, Reference, Table, data_sql
from fanwise.inference.naming import snake
from fanwise.inference.sources.opening import Opened
from fanwise.io.quoting import quote_ident

__all__ = ["Formula", "find_formulas"]

_SAMPLE = 100_000
_LEAST = 20
_PAIRS = 66
_NEAR, _COPIED = 12, 30  # columns before one that may make it: with another, and alone
_BATCH = 60


@dataclass(frozen=True, slots=True)
class Formula:
    """How a column follows from others, as the language writes it.

    wrong: SQL that is true in rows that break it. reads: the names that it reads from the source, besides the column's.
    """

    text: str
    source: str
    wrong: str
    reads: tuple[str, ...]


def find_formulas(found: Opened, digits: dict[str, dict[str, int]]) -> dict[tuple[str, str], str]:
    """Return the formula of each column that has one: `expr: …` or `rollup: …`. digits: of the columns of numbers."""
    out: dict[tuple[str, str], str] = {}
    for table in found.source.tables.values():
        if not table.rows or table.rows < _LEAST:
            continue
        for column in table.columns.values():
            free = table.reference_of(column.name) is None and column.name not in {*table.key, *table.moved}
            if free and column.distinct > 1:
                text = _formula(found, table, column, digits[table.name])
                if text is not None:
                    out[table.name, column.name] = text
    return out


def _formula(found: Opened, table: Table, column: Column, digits: dict[str, int]) -> str | None:
    candidates = [
        *_copies(found, table, column),
        *_computed(table, column, digits),
        *_rollups(found, table, column, digits),
    ]
    for begin in range(0, len(candidates), _BATCH):
        batch = candidates[begin : begin + _BATCH]
        for each in _kept(found, _kept(found, batch, column, _SAMPLE), column, None):
            return each.text
    return None


def _kept(found: Opened, batch: Sequence[Formula], column: Column, rows: int | None) -> list[Formula]:
    """Return the formulas that no row breaks, of so many rows or of all."""
    out: list[Formula] = []
    for source in dict.fromkeys(each.source for each in batch):
        own = [each for each in batch if each.source == source]
        asked = ", ".join(f"count(*) FILTER ({each.wrong})" for each in own)
        # Only what is read: binding all columns of a wide table takes longer than the question.
        read = ", ".join(map(quote_ident, dict.fromkeys([column.name, *(name for each in own for name in each.reads)])))
        limit = f" LIMIT {rows}" if rows else ""
        broken = found.session.rows(f"SELECT {asked} FROM (SELECT {read} FROM {source}{limit})")[0]
        out += [each for each, count in zip(own, broken, strict=True) if not count]
    return out


def _copies(found: Opened, table: Table, column: Column) -> Iterator[Formula]:
    """Yield the columns of a row above, or referred to, that the column may be."""
    for each in found.source.edges(table.name):
        if len([one for one in found.source.edges(table.name) if one.target == each.target]) > 1:
            continue  # the name of the table would not say which
        target = found.source.tables[each.target]
        for other in target.columns.values():
            alike = snake(other.name) == snake(column.name) or other.sort in ("float", "decimal", "instant")
            if (
                other.sort == column.sort
                and alike
                and other.name not in target.key
                and other.distinct >= column.distinct
            ):
                yield Formula(
                    f'expr: "{target.name}.{other.said}"',
                    _beside(table, each, column, other),
                    f"{quote_ident(column.name)} IS DISTINCT FROM {quote_ident('~' + other.name)}",
                    (f"~{other.name}",),
                )


def _beside(table: Table, each: Reference, column: Column, other: Column) -> str:
    same = " AND ".join(
        f"t.{quote_ident(name)} = p.{quote_ident(key)}" for name, key in zip(each.columns, each.keys, strict=True)
    )
    return (
        f"(SELECT t.{quote_ident(column.name)}, p.{quote_ident(other.name)} AS {quote_ident('~' + other.name)} "
        f"FROM {data_sql(table.name)} AS t LEFT JOIN {data_sql(each.target)} AS p ON {same})"
    )


def _computed(table: Table, column: Column, digits: dict[str, int]) -> Iterator[Formula]:
    """Yield another column of the row, and products, sums and differences of two."""
    if column.sort not in ("int", "float", "decimal"):
        return
    before = [
        each
        for each in table.before(column)
        if each.sort in ("int", "float", "decimal")
        and each.name not in table.key
        and table.reference_of(each.name) is None
        and each.distinct > 1
    ]
    source, own, places = data_sql(table.name), quote_ident(column.name), digits.get(column.name, 0)
    for each in before[-_COPIED:]:
        yield Formula(f"expr: {each.name}", source, f"{own} IS DISTINCT FROM {quote_ident(each.name)}", (each.name,))
    for one, other in list(combinations(before[-_NEAR:] if len(before) <= _COPIED else before[-2:], 2))[:_PAIRS]:
        a, b = (f"CAST({quote_ident(each.name)} AS DOUBLE)" for each in (one, other))
        for sign, first, second in (("*", one, other), ("+", one, other), ("-", one, other), ("-", other, one)):
            left, right = (a, b) if first is one else (b, a)
            value = f"round({left} {sign} {right}, {places})"
            wrong = f"abs({own} - {value}) > 1e-9 * greatest(1, abs({own})) OR ({own} IS NULL) <> ({value} IS NULL)"
            text = f'expr: "round({first.name} {sign} {second.name}, {places})"'
            yield Formula(text, source, wrong, (first.name, second.name))


def _rollups(found: Opened, table: Table, column: Column, digits: dict[str, int]) -> Iterator[Formula]:
    """Yield sums and counts of the rows below."""
    if column.sort not in ("int", "float", "decimal") or len(table.key) != 1:
        return
    for child, each in found.source.children(table.name):
        if not each.parent or each.keys != table.key:
            continue
        numbers = [
            other.name
            for other in child.columns.values()
            if other.sort in ("int", "float", "decimal")
            and other.name not in child.key
            and child.reference_of(other.name) is None
        ]
        key, foreign, places = quote_ident(table.key[0]), quote_ident(each.columns[0]), digits.get(column.name, 0)
        sums = "".join(f", sum({quote_ident(name)}) AS {quote_ident('~' + name)}" for name in numbers)
        source = (
            f"(SELECT t.{quote_ident(column.name)}, c.* EXCLUDE (k) FROM {data_sql(table.name)} AS t LEFT JOIN "
            f"(SELECT {foreign} AS k, count(*) AS {quote_ident('~count')}{sums} FROM {data_sql(child.name)} "
            "GROUP BY 1) "
            f"AS c ON t.{key} = c.k)"
        )
        own = quote_ident(column.name)
        if column.sort == "int":
            wrong = f'{own} IS DISTINCT FROM coalesce("~count", 0)'
            yield Formula(f"rollup: {{count: {child.name}}}", source, wrong, ("~count",))
        for name in numbers:
            value = f"round(coalesce({quote_ident('~' + name)}, 0), {places})"
            wrong = f"abs({own} - {value}) > 1e-7 * greatest(1, abs({own})) OR {own} IS NULL"
            rounded = f", round: {places}" if column.sort != "int" else ""
            yield Formula(f"rollup: {{sum: {child.name}.{name}}}{rounded}", source, wrong, (f"~{name}",))

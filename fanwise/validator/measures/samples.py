"""Samples: of a very large table, the part that is looked at, read once where several distributions or rules do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from fanwise.io.quoting import quote_ident
from fanwise.text.numbers import percent
from fanwise.validator.contract.conditions import resolve_name
from fanwise.validator.contract.model import Distribution, Path
from fanwise.validator.contract.paths import edges_along
from fanwise.validator.data.types import is_integer
from fanwise.validator.data.warehouse import table_sql
from fanwise.validator.measures.evidence import Evidence, Need
from fanwise.validator.measures.views import view_needs
from fanwise.validator.sql.sampling import chosen, parts

__all__ = ["law_needs", "looked_at", "part_text", "parts_of", "sampled", "sampled_above", "variety_parts"]


def law_needs(evidence: Evidence, law: Distribution) -> tuple[Need, ...]:
    """Return the tables and columns that a distribution is tested on."""
    tables, axes = evidence.contract.tables, evidence.contract.axes
    needs: list[Need] = [(law.table, law.column)]
    edge = tables[law.table].parent if law.per is not None else None
    if edge is not None:
        needs += [(law.table, column) for column in edge.columns] + [(edge.table, key) for key in edge.keys]
    for name in (*law.by, *(rows.name for rows in law.without)):
        at = resolve_name(tables, axes, law.home, name)
        near = law.home
        for step in edges_along(tables, law.home, at.path):
            needs += [(near, column) for column in step.columns] + [(step.table, key) for key in step.keys]
            near = step.table
        needs.append((at.table, at.column))
    return tuple(dict.fromkeys((*needs, *view_needs(evidence.contract, law))))


def sampled(evidence: Evidence, table: str, column: str, count: int) -> str:
    """Return the SQL of the rows in one of `count` parts of a table, chosen by a column; of all rows where it is one.

    A part that is asked for several times is kept, with the columns that distributions and rules below one row use.
    """
    if count == 1:
        return table_sql(table)
    if not _shared(evidence, table, column, count):
        return f"(SELECT * {_part(evidence, table, column, count)})"
    return evidence.kept(("sample", table, column, count), lambda: _sample(evidence, table, column, count))


def sampled_above(evidence: Evidence, table: str, column: str, count: int) -> dict[Path, str]:
    """Return the parts of tables above that hold every row which one of `count` parts of `table` refers to.

    A row of it and the row that it refers to by the integer `column` are chosen by the same last bits. Only parts that
    are kept save a join.
    """
    tables, found = evidence.contract.tables, dict[Path, str]()
    for edge in tables[table].edges:
        key, ends = edge.keys[0], ((table, column), (edge.table, edge.keys[0]))
        if edge.columns != (column,) or evidence.blocked(ends):
            continue
        own = parts(evidence.profile(edge.table).rows)
        integers = all(is_integer(evidence.warehouse.columns[near][name]) for near, name in ends)
        if 1 < own <= count and integers and _shared(evidence, edge.table, key, own):
            found[(edge.columns,)] = sampled(evidence, edge.table, key, own)
    return found


def _shared(evidence: Evidence, table: str, column: str, count: int) -> bool:
    """Return whether a part is asked for several times."""
    return evidence.kept("uses of samples", lambda: Counter(_uses(evidence)))[table, column, count] > 1


def parts_of(evidence: Evidence, law: Distribution) -> int:
    """Return into how many parts the rows of a distribution are divided."""
    key = evidence.contract.tables[law.home].key
    return parts(max(evidence.profile(table).rows for table in (law.home, law.table))) if key else 1


MOST_TEXTS = 1 << 16
"""Rows up to which all texts are looked at."""


def variety_parts(evidence: Evidence, table: str) -> int:
    """Return into how many parts a table is divided, in one of which texts are compared: a power of two."""
    rows = evidence.profile(table).rows
    return 1 << max(0, (rows // MOST_TEXTS).bit_length()) if evidence.contract.tables[table].key else 1


def looked_at(evidence: Evidence, law: Distribution) -> str:
    """Return in words that a part of the rows was looked at; empty where all were."""
    return part_text(parts_of(evidence, law), law.home)


def part_text(count: int, table: str) -> str:
    """Return in words that one of `count` parts of a table was looked at; empty where that is all of it."""
    return f" (looked at: {percent(1 / count)} of {table})" if count > 1 else ""


def _sample(evidence: Evidence, table: str, column: str, count: int) -> str:
    known = evidence.warehouse.columns[table]
    name = quote_ident(f"1 of {count} parts of {table} by {column}")
    columns = ", ".join(quote_ident(own) for own in dict.fromkeys(_columns(evidence, table)) if own in known)
    part = _part(evidence, table, column, count)
    evidence.warehouse.rows(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {columns} {part}")
    return name


def _part(evidence: Evidence, table: str, column: str, count: int) -> str:
    integer = is_integer(evidence.warehouse.columns[table].get(column, ""))
    return f"FROM {table_sql(table)} WHERE {chosen([quote_ident(column)], count, integer=integer)}"


def _uses(evidence: Evidence) -> Iterator[tuple[str, str, int]]:
    """Yield each part that is asked for, once for each query that does."""
    tables = evidence.contract.tables
    scans = dict.fromkeys((law.table, law.per, law.by, law.without) for law in evidence.contract.distributions)
    first = {(law.table, law.per, law.by, law.without): law for law in reversed(evidence.contract.distributions)}
    for law in map(first.__getitem__, scans):
        if evidence.blocked(law_needs(evidence, law)) or parts_of(evidence, law) == 1:
            continue
        key, edge, count = tables[law.home].key, tables[law.table].parent, parts_of(evidence, law)
        yield law.home, key[0], count
        if law.per is not None and edge is not None and edge.keys == key[:1]:
            yield law.table, edge.columns[0], count
    for table, spec in tables.items():
        for name, column in spec.columns.items():
            if column.repeats is not None and spec.key and not evidence.blocked([(table, name)]):
                yield table, spec.key[0], variety_parts(evidence, table)
        for rule in spec.distinct:
            if len(rule.path) == 1 and len(rule.path[0]) == 1 and not evidence.blocked([(table, rule.path[0][0])]):
                yield table, rule.path[0][0], parts(evidence.profile(table).rows)


def _columns(evidence: Evidence, table: str) -> Iterator[str]:
    spec = evidence.contract.tables[table]
    yield from spec.key
    for edge in spec.edges:
        yield from edge.columns
    yield from (name for name, column in spec.columns.items() if column.repeats is not None)
    for rule in spec.distinct:
        yield from rule.columns
    for law in evidence.contract.distributions:
        yield from (column for near, column in law_needs(evidence, law) if near == table and column is not None)

"""Ways from one table to another along references, and the views that show segments and units along them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from fanwise.inference.model import SEGMENT, UNIT, Axis, Reference, Source, Table, data_sql, work_sql
from fanwise.inference.naming import is_person
from fanwise.inference.sources.opening import Opened
from fanwise.io.quoting import quote_ident

__all__ = ["Way", "joined", "make_views", "segment_name", "unit_way", "way_to", "ways"]

Way = tuple[Reference, ...]

_MANY = 1000
_WIDE, _ROWS, _VALUES = 100, 122_880, 1 << 25
"""Columns from which on a working view is a table of its own, and the most rows and values of such a table.

Each question binds all columns of a view anew: 20 ms for 1,800 of them, where the question itself takes one. So many
rows are one row group, whose order is kept.
"""


def ways(source: Source, table: str, target: str) -> Iterator[Way]:
    """Yield all ways from a table to another, parents' references first."""

    def walk(at: str, way: Way) -> Iterator[Way]:
        if at == target:
            yield way
            return
        for each in sorted(source.edges(at), key=lambda one: not one.parent):
            yield from walk(each.target, (*way, each))

    yield from walk(table, ())


def way_to(source: Source, table: str, target: str) -> Way | None:
    """Return the way by which a table sees another: the only one, or the one along parents; None if there is none."""
    found = list(ways(source, table, target))
    driven = [way for way in found if all(each.parent for each in way)]
    return found[0] if len(found) == 1 else driven[0] if driven else None


def segment_name(source: Source, table: str) -> str | None:
    """Return the name by which a table sees the axis; None where the language has none that is clear."""
    axis = source.axis
    if axis is None:
        return None
    found = list(ways(source, table, axis.table))
    if len(found) == 1:
        return axis.name
    way = way_to(source, table, axis.table)
    direct = way is not None and len(way) == 1 and len(way[0].columns) == 1
    return f"{way[0].columns[0]}.{axis.name}" if way and direct else None


def joined(table: str, way: Sequence[Reference]) -> tuple[str, str]:
    """Return the FROM of a table with the tables along a way, and the alias of the last one."""
    sql, before = f"{data_sql(table)} AS t", "t"
    for at, each in enumerate(way):
        alias = f"p{at}"
        same = " AND ".join(
            f"{before}.{quote_ident(column)} = {alias}.{quote_ident(key)}"
            for column, key in zip(each.columns, each.keys, strict=True)
        )
        sql += f" LEFT JOIN {data_sql(each.target)} AS {alias} ON {same}"
        before = alias
    return sql, before


def make_views(found: Opened, clusters: Mapping[str, str] = MappingProxyType({}), *, by_key: bool = False) -> None:
    """Make the working view of each table. Units are rows of the axis' table, else of whoever acts.

    clusters: the column of a table whose values are its units instead. by_key: units are hashes of keys where their
    table has one, which are the same in another session, and not numbers of rows.
    """
    axis = found.source.axis
    for name in found.source.tables:
        way, seen = unit_way(found.source, name)
        sql, last = joined(name, way)
        segment = "NULL::VARCHAR"
        if axis is not None and seen:
            segment = f"CAST({last}.{quote_ident(axis.column)} AS VARCHAR)"
        key = found.source.tables[way[-1].target if way else name].key if by_key else ()
        columns = ", ".join(f"{last}.{quote_ident(column)}" for column in key)
        row = f"CASE WHEN {last}.{quote_ident(key[0])} IS NOT NULL THEN hash({columns}) END" if key else f"{last}.rowid"
        none = "hash(-1 - t.rowid)" if key else "-1 - t.rowid"
        unit = f"t.{quote_ident(clusters[name])}" if name in clusters else f"coalesce({row}, {none})"
        found.session.execute(
            f"CREATE OR REPLACE {_home_of(found.source.tables[name])} {work_sql(name)} AS "
            f"SELECT t.*, {_known(axis, segment)} AS {quote_ident(SEGMENT)}, {unit} AS {quote_ident(UNIT)} FROM {sql}"
        )


def _home_of(table: Table) -> str:
    """Return what holds the rows of a working view: a table of its own where binding a view would take longest."""
    wide, rows = len(table.columns), table.rows or 0
    return "TABLE" if wide >= _WIDE and rows <= _ROWS and wide * rows <= _VALUES else "VIEW"


def unit_way(source: Source, table: str) -> tuple[Way, bool]:
    """Return the way from a table to that of its units, and whether it leads to the segments."""
    axis = source.axis
    way = way_to(source, table, axis.table) if axis is not None else None
    if way is not None and segment_name(source, table) is not None:
        return way, True
    return _upwards(source, table), False


def _known(axis: Axis | None, segment: str) -> str:
    """Return the SQL of a segment: null where it is none of the axis'."""
    if axis is None:
        return segment
    names = ", ".join("'" + each.replace("'", "''") + "'" for each in axis.units)
    return f"CASE WHEN {segment} IN ({names}) THEN {segment} END"


def _upwards(source: Source, table: str) -> Way:
    """Return the way to whoever acts, else to the uppermost parent of many rows."""
    way: list[Reference] = []
    best, person = 0, is_person(table)
    while (parent := source.tables[table].parent) is not None and len(way) < 20:
        way.append(parent)
        table = parent.target
        if is_person(table) or (not person and (source.tables[table].rows or 0) >= _MANY):
            best, person = len(way), is_person(table)
    return tuple(way[:best])

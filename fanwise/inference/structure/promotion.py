"""Flat tables: an id that repeats gets a table of its own, so that its rows have a parent."""

from __future__ import annotations

from collections.abc import Sequence

from fanwise.inference.model import Column, Reference, Table, data_sql
from fanwise.inference.naming import is_id, is_person, snake, stem_of
from fanwise.inference.sources.opening import Opened
from fanwise.io.quoting import quote_ident

__all__ = ["actor_of", "make_again", "promote"]

_REPEATS = 0.9
_OFTEN, _FEW = 0.5, 20


def promote(found: Opened) -> None:
    """Make a table of the person, or whoever acts, of every table that neither refers to another nor is referred to."""
    for table in list(found.source.tables.values()):
        if table.references or any(True for _ in found.source.children(table.name)) or not table.rows:
            continue
        actor = actor_of(table)
        ids = [column for column in table.columns.values() if column is not actor and _repeats(table, column)]
        for column in ([actor] if actor else []) + ids:
            name = snake(stem_of(column.name))
            if name and name not in {snake(each) for each in found.source.tables}:
                _make(found, table, column, name, parent=column is actor)


def _repeats(table: Table, column: Column) -> bool:
    """Return whether a column holds ids, each of them in several rows."""
    return (
        is_id(column.name)
        and not column.unclear
        and column.sort in ("int", "text")
        and column.count == table.rows
        and _FEW <= column.distinct <= _OFTEN * (table.rows or 0)
        and (column.name,) != table.key
    )


def actor_of(table: Table) -> Column | None:
    """Return the column of ids that repeats, and is named like somebody who acts."""
    likely = [
        column
        for column in table.columns.values()
        if is_id(column.name)
        and is_person(column.name)
        and not column.unclear
        and column.sort in ("int", "text")
        and column.count == table.rows
        and 1 < column.distinct <= _REPEATS * (table.rows or 0)
    ]
    return likely[0] if likely else None


def _make(found: Opened, table: Table, actor: Column, name: str, *, parent: bool) -> None:
    """Make the table of an id, with the columns that are the same in all of its rows."""
    constant = [column for column in _candidates(table, actor) if _follows(found, table, actor, column)]
    _grouped(found, name, table.name, actor.name, [column.name for column in constant])
    columns = {
        actor.name: Column(actor.name, actor.sort, actor.type, actor.distinct, actor.distinct, actor.low, actor.high)
    }
    for column in constant:
        own = quote_ident(column.name)
        count = int(found.session.rows(f"SELECT count({own}) FROM {data_sql(name)}")[0][0])
        columns[column.name] = Column(
            column.name, column.sort, column.type, count, column.distinct, column.low, column.high
        )
    made = Table(name, actor.distinct, columns, (actor.name,), f"made of {table.name}.{actor.name}, which repeats")
    made.hidden = True
    found.source.tables = {name: made, **found.source.tables}
    table.moved |= {column.name: name for column in constant}
    note = f"{actor.distinct:,} different values in {table.rows:,} rows"
    table.references.append(Reference((actor.name,), name, (actor.name,), note, looked_up=not parent))


def make_again(found: Opened, made: Table, table: str) -> None:
    """Make in another source the table that was made of `table` in the first, where it is not there."""
    if made.name not in found.source.tables:
        _grouped(found, made.name, table, made.key[0], [name for name in made.columns if name not in made.key])


def _grouped(found: Opened, name: str, table: str, key: str, constant: Sequence[str]) -> None:
    own = quote_ident(key)
    parts = [own, *(f"any_value({each}) AS {each}" for each in map(quote_ident, constant))]
    found.session.execute(
        f"CREATE TABLE {data_sql(name)} AS SELECT {', '.join(parts)} FROM {data_sql(table)} GROUP BY {own}"
    )


def _candidates(table: Table, actor: Column) -> list[Column]:
    taken = {name for each in table.references for name in each.columns}
    return [
        column
        for column in table.columns.values()
        if column is not actor
        and column.name not in table.key
        and column.name not in taken
        and column.name not in table.moved
        and not is_id(column.name)
        and 0 < column.distinct <= actor.distinct
    ]


def _follows(found: Opened, table: Table, actor: Column, column: Column) -> bool:
    """Return whether all rows of one actor have the same value."""
    own = quote_ident(column.name)
    sql = (
        f"SELECT 1 FROM {data_sql(table.name)} GROUP BY {quote_ident(actor.name)} "
        f"HAVING min({own}) <> max({own}) OR count({own}) NOT IN (0, count(*)) LIMIT 1"
    )
    return not found.rows(sql)

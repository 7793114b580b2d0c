"""Flat tables: an id that repeats gets a table of its own, so that its rows have a parent, and levels above it."""

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
    """Make tables out of the ids of every table that neither refers to another nor is referred to.

    The person, or whoever acts, drives the rows. An id of what happened at once (a basket, an order) whose rows have
    the same person and the same instant becomes a level between the two. Other ids that repeat are looked up.
    """
    for table in list(found.source.tables.values()):
        if table.references or any(True for _ in found.source.children(table.name)) or not table.rows:
            continue
        actor = actor_of(table)
        event = _event_of(found, table, actor)
        if event is not None and (made := _made(found, table, event, parent=True, ids=True)) is not None:
            _promote_ids(found, made, made.columns[actor.name] if actor is not None else None)
        _promote_ids(found, table, actor if actor is not None and actor.name not in table.moved else None)


def _promote_ids(found: Opened, table: Table, actor: Column | None) -> None:
    """Make a table of the actor, and of each id that repeats and is not part of another."""
    ids = [column for column in table.columns.values() if column is not actor and _repeats(table, column)]
    for column in ([actor] if actor else []) + ids:
        if column.name not in table.moved and table.reference_of(column.name) is None:
            _made(found, table, column, parent=column is actor)


def _event_of(found: Opened, table: Table, actor: Column | None) -> Column | None:
    """Return the id of what happened at once: of its rows, all have the same actor and the same instant."""
    times = [column for column in table.columns.values() if column.sort in ("date", "instant") and column.count]
    for column in sorted(table.columns.values(), key=lambda each: -each.distinct):
        if column is actor or not _may_be_level(table, column) or (actor and column.distinct < actor.distinct):
            continue
        same = [*([actor] if actor is not None else []), *times[:1]]
        if times and all(_follows(found, table, column, each) for each in same):
            return column
    return None


def _may_be_level(table: Table, column: Column) -> bool:
    """Return whether a column holds ids that repeat at all."""
    return (
        is_id(column.name)
        and not is_person(column.name)
        and not column.unclear
        and column.sort in ("int", "text")
        and column.count == table.rows
        and _FEW <= column.distinct <= _REPEATS * (table.rows or 0)
        and (column.name,) != table.key
    )


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


def _made(found: Opened, table: Table, by: Column, *, parent: bool, ids: bool = False) -> Table | None:
    """Make the table of an id, with the columns that are the same in all of its rows; None where its name is taken.

    ids: other ids are among these columns.
    """
    name = snake(stem_of(by.name))
    if not name or name in {snake(each) for each in found.source.tables}:
        return None
    constant = [column for column in _candidates(table, by, ids=ids) if _follows(found, table, by, column)]
    _grouped(found, name, table.name, by.name, [column.name for column in constant])
    columns = {by.name: Column(by.name, by.sort, by.type, by.distinct, by.distinct, by.low, by.high)}
    for column in constant:
        own = quote_ident(column.name)
        count = int(found.session.rows(f"SELECT count({own}) FROM {data_sql(name)}")[0][0])
        columns[column.name] = Column(
            column.name, column.sort, column.type, count, column.distinct, column.low, column.high
        )
    made = Table(name, by.distinct, columns, (by.name,), f"made of {table.name}.{by.name}, which repeats")
    made.hidden = True
    found.source.tables = {name: made, **found.source.tables}
    table.moved |= {column.name: name for column in constant}
    note = f"{by.distinct:,} different values in {table.rows:,} rows"
    table.references.append(Reference((by.name,), name, (by.name,), note, looked_up=not parent))
    return made


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


def _candidates(table: Table, actor: Column, *, ids: bool) -> list[Column]:
    taken = {name for each in table.references for name in each.columns}
    return [
        column
        for column in table.columns.values()
        if column is not actor
        and (ids or column.name not in table.key)
        and column.name not in taken
        and column.name not in table.moved
        and (ids or not is_id(column.name))
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

"""Ids that have no table of their own: of people, of what happened at once, and in flat tables all that repeat."""

from __future__ import annotations

from collections.abc import Sequence

from fanwise.inference.model import Column, Reference, Table, data_sql
from fanwise.inference.naming import is_id, is_person, singular, snake, stem_of
from fanwise.inference.sources.opening import Opened
from fanwise.io.quoting import quote_ident

__all__ = ["actor_of", "make_again", "promote"]

_REPEATS = 0.9
_OFTEN, _FEW = 0.5, 20


def promote(found: Opened) -> None:
    """Make tables out of the ids of somebody who acts, of what happened at once, and of others that repeat.

    The person, or whoever acts, drives the rows. Several tables may have the id of the same person: they get one table,
    of all ids. An id of what happened at once (a basket, an order) whose rows have the same person and the same instant
    becomes a level between the two. Other ids that repeat are looked up, in tables that neither refer to another nor
    are referred to.
    """
    alone = [table for table in found.source.tables.values() if table.rows and _is_alone(found, table)]
    levels = []
    for table in list(found.source.tables.values()):
        actor = _free_actor(found, table)
        if actor is None and table not in alone:
            continue
        event = _event_of(found, table, actor)
        if event is not None and (made := _made(found, table, event, parent=True, ids=True)) is not None:
            levels.append((made, table))
    for holders in _holders(found).values():
        if len(holders) == 1:
            _made(found, *holders[0], parent=True)
        else:
            _made_of_all(found, holders)
    for table in [*(made for made, below in levels if below in alone), *alone]:
        for column in [each for each in table.columns.values() if _repeats(table, each)]:
            if column.name not in table.moved and table.reference_of(column.name) is None:
                _made(found, table, column, parent=False)


def _is_alone(found: Opened, table: Table) -> bool:
    return not table.references and not any(True for _ in found.source.children(table.name))


def _free_actor(found: Opened, table: Table) -> Column | None:
    """Return the column of somebody who acts, where the table refers to nobody and no other table is of them."""
    if not table.rows:
        return None
    actor = actor_of(table) or (_only_id(table) if _is_alone(found, table) else None)
    if actor is None or table.reference_of(actor.name) is not None or actor.name in table.moved:
        return None
    own = _table_of(found, actor)
    return None if _knows_people(table) or (own is not None and not _holds(own, actor)) else actor


def _table_of(found: Opened, actor: Column) -> Table | None:
    """Return the table that is named after an id; it does not have all of them, or it would be referred to."""
    stem = singular(stem_of(actor.name))
    return next((table for table in found.source.tables.values() if singular(table.name) == stem), None)


def _only_id(table: Table) -> Column | None:
    """Return the only id of a log of instants: whatever it is the id of, its rows are those of one."""
    ids = [column for column in table.columns.values() if is_id(column.name)]
    timed = any(column.sort in ("date", "instant") and column.count for column in table.columns.values())
    return ids[0] if len(ids) == 1 and timed and _repeats(table, ids[0]) else None


def _knows_people(table: Table) -> bool:
    return any(is_person(each.target) for each in table.references)


def _holders(found: Opened) -> dict[tuple[str, str], list[tuple[Table, Column]]]:
    """Return the tables and columns of each person whose id repeats in one of them, by its name and its sort."""
    tables = list(found.source.tables.values())
    actors = [actor for table in tables if (actor := _free_actor(found, table)) is not None]
    return {
        (snake(actor.name), actor.sort): [(table, column) for table in tables for column in _holds(table, actor)]
        for actor in actors
    }


def _holds(table: Table, actor: Column) -> list[Column]:
    """Return the columns of a table that have the ids of an actor, in all rows."""
    return [
        column
        for column in table.columns.values()
        if snake(column.name) == snake(actor.name)
        and column.sort == actor.sort
        and column.count == table.rows
        and column.name not in table.moved
        and table.reference_of(column.name) is None
        and not _knows_people(table)
    ]


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


def _name_for(found: Opened, by: Column) -> str | None:
    """Return the name of the table of an id: customer for customer_id, unit for id; None where it is taken.

    Where a table named after the id has some of them only, all_customers for customer_id.
    """
    stem, own = snake(stem_of(by.name)), _table_of(found, by)
    name = "unit" if stem in ("id", "key", "code", "no", "uuid") else stem
    name = name if own is None else f"all_{snake(own.name)}"
    return name if name and name not in {snake(each) for each in found.source.tables} else None


def _made(found: Opened, table: Table, by: Column, *, parent: bool, ids: bool = False) -> Table | None:
    """Make the table of an id, with the columns that are the same in all of its rows; None where its name is taken.

    ids: other ids are among these columns.
    """
    name = _name_for(found, by)
    if name is None:
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
    made.hidden, made.made_of = True, ((table.name, by.name),)
    found.source.tables = {name: made, **found.source.tables}
    table.moved |= {column.name: name for column in constant}
    note = f"{by.distinct:,} different values in {table.rows:,} rows"
    table.references.append(Reference((by.name,), name, (by.name,), note, looked_up=not parent))
    return made


def _made_of_all(found: Opened, holders: Sequence[tuple[Table, Column]]) -> None:
    """Make the table of an id that several tables have, where its name is free."""
    column = holders[0][1]
    name = _name_for(found, column)
    if name is None:
        return
    made_of = tuple((table.name, each.name) for table, each in holders)
    _united(found, name, column.name, made_of)
    own = quote_ident(column.name)
    rows, low, high = found.session.rows(f"SELECT count(*), min({own}), max({own}) FROM {data_sql(name)}")[0]
    key = Column(column.name, column.sort, column.type, rows, rows, low, high)
    names = [table.name for table, _ in holders]
    note = f"made of {column.name} in {', '.join(names[:-1])} and {names[-1]}"
    made = Table(name, rows, {column.name: key}, (column.name,), note, hidden=True, made_of=made_of)
    found.source.tables = {name: made, **found.source.tables}
    for table, each in holders:
        note = f"{each.distinct:,} of {rows:,} values"
        table.references.append(Reference((each.name,), name, (column.name,), note))


def make_again(found: Opened, made: Table) -> None:
    """Make in another source a table that was made in the first, where it is not there and can be made."""
    tables = found.source.tables
    rest = [name for name in made.columns if name not in made.key]
    known = all(table in tables and {column, *rest} <= tables[table].columns.keys() for table, column in made.made_of)
    if made.name in tables or not known:
        return
    if len(made.made_of) > 1:
        _united(found, made.name, made.key[0], made.made_of)
    else:
        _grouped(found, made.name, made.made_of[0][0], made.key[0], rest)
    tables[made.name] = made


def _united(found: Opened, name: str, key: str, made_of: Sequence[tuple[str, str]]) -> None:
    own = quote_ident(key)
    parts = " UNION ".join(f"SELECT {quote_ident(column)} AS {own} FROM {data_sql(table)}" for table, column in made_of)
    found.session.execute(f"CREATE TABLE {data_sql(name)} AS SELECT {own} FROM ({parts}) ORDER BY 1")


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

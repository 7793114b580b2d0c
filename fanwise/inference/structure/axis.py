"""The axis: the column that `by` names becomes segments; rare ones are merged, and rows without one are `unknown`."""

from __future__ import annotations

from dataclasses import replace

from fanwise.inference.model import Axis, Source, Table, data_sql
from fanwise.inference.sources.opening import Opened
from fanwise.inference.yaml_text import name_of
from fanwise.io.errors import InputError
from fanwise.io.problems import nearest
from fanwise.io.quoting import quote_ident, quote_text
from fanwise.text.numbers import count

__all__ = ["as_named", "choose_axis", "lift_again", "whole_axis"]

_LEAST = 50
_MOST = 40
_LONGEST = 200  # letters of the name of a segment
_SHOWN = 5  # names of segments in a note


def as_named(source: Source, by: str) -> str:
    """Return TABLE.COLUMN by the names of the opened source, where it has those of the source itself or of a schema."""
    table, _, column = by.rpartition(".")
    table = next((each for each in source.tables if _alike(each, table)), table)
    columns = source.tables[table].columns if table in source.tables else ()
    return f"{table}.{next((each for each in columns if _alike(each, column)), column)}" if table else by


def _alike(name: str, other: str) -> bool:
    return name == other or name_of(name, set()) == name_of(other, set())


def choose_axis(found: Opened, by: str, least: int) -> Axis:
    """Return the axis that TABLE.COLUMN makes; raises InputError for a column that cannot be one."""
    table, column = _place(found, by)
    own = quote_ident(column)
    if table.rows == 0:
        raise InputError("FW-USAGE-VALUE", f"--by {by}: {table.name} has 0 rows", "fill the table, or leave out --by.")
    rows = found.session.rows(
        f"SELECT CAST({own} AS VARCHAR), count(*) FROM {data_sql(table.name)} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5000"
    )
    enough, least = least, max(least, _LEAST)
    kept = [value for value, units in rows if value is not None and units >= least and _is_name(value)]
    if len(kept) > _MOST:
        hint = f"choose a column with at most {_MOST} values."
        raise InputError("FW-USAGE-VALUE", f"--by {by}: {len(kept):,} segments of at least {least} rows", hint)
    rare = [(value, units) for value, units in rows if value is not None and value not in kept]
    alone = len(rare) == 1 and len(kept) < _MOST
    if alone and rare[0][1] >= enough and _is_name(rare[0][0]):  # in `other`, it would only lose its name
        kept, rare = [*kept, rare.pop()[0]], []
    lost = sum(units for _, units in rare)
    empty = sum(units for value, units in rows if value is None)
    if len(kept) + (lost >= enough) + (empty >= enough) < 2:
        hint = "choose a column with fewer values, or a larger source."
        raise InputError("FW-USAGE-VALUE", f"--by {by}: fewer than two segments of at least {least} rows", hint)
    names = ", ".join(map(quote_text, kept)) or "''"
    other, unknown = _free("other", kept), _free("unknown", kept)
    biggest = kept[0] if kept else unknown
    rest = other if lost >= enough else biggest
    none = unknown if empty >= enough else biggest
    label = (
        f"CASE WHEN {own} IS NULL THEN {quote_text(none)} WHEN CAST({own} AS VARCHAR) IN ({names}) "
        f"THEN CAST({own} AS VARCHAR) ELSE {quote_text(rest)} END"
    )
    home = data_sql(table.name)
    found.session.execute(f"CREATE OR REPLACE TABLE {home} AS SELECT * REPLACE ({label} AS {own}) FROM {home}")
    units = found.session.rows(f"SELECT {own}, count(*) FROM {home} GROUP BY 1 ORDER BY 2 DESC, 1")
    merged = [f"{count(empty, 'row')} without a segment: in '{none}'"] if empty else []
    if lost:
        known = [value for value, units in rare if units >= enough]
        named = f" ({_listed(known, len(rare))})" if known else ""
        merged.insert(0, f"{count(len(rare), 'segment')} of fewer than {least} rows{named}: {lost:,} rows in '{rest}'")
    if merged:
        what = "; ".join(merged)
        found.source.notes.append(what)
        found.source.merged = f"--by {by}: {what}"
    return Axis(_named(found, table, column), table.name, column, {str(value): int(count) for value, count in units})


def _is_name(value: str) -> bool:
    return 0 < len(value) <= _LONGEST


def _listed(known: list[str], all_: int) -> str:
    """Return the names of segments; those of fewer units than may be named are only counted."""
    shown = known[:_SHOWN]
    rest = all_ - len(shown)
    return f"{', '.join(shown)}{f' and {rest:,} more' if rest else ''}"


def whole_axis(found: Opened, by: str) -> Axis:
    """Return the axis of TABLE.COLUMN with all of its segments as they are (InputError where there are too many)."""
    table, column = _place(found, by)
    own = quote_ident(column)
    rows = found.session.rows(
        f"SELECT CAST({own} AS VARCHAR), count(*) FROM {data_sql(table.name)} WHERE {own} IS NOT NULL GROUP BY 1 "
        "ORDER BY 2 DESC, 1 LIMIT 1000"
    )
    if not 2 <= len(rows) <= _MOST:
        why = f"--by {by}: {len(rows):,} segments; expected 2 to {_MOST}"
        raise InputError("FW-USAGE-VALUE", why, "choose another column.")
    return Axis(_named(found, table, column), table.name, column, {str(value): int(count) for value, count in rows})


def _named(found: Opened, table: Table, column: str) -> str:
    """Return the name of the axis: that of its column, where no other table has a column of this name."""
    others = {name.lower() for each in found.source.tables.values() if each is not table for name in each.columns}
    if column.lower() not in others:
        return column
    return name_of(f"{table.name}_{column}", {*others, *(name.lower() for name in table.columns)})


def _free(name: str, kept: list[str]) -> str:
    while name in kept:
        name += "_"
    return name


def _place(found: Opened, by: str) -> tuple[Table, str]:
    """Return the table and the column that TABLE.COLUMN names; a column that moved to a table above is found there."""
    name, dot, column = by.rpartition(".")
    tables = found.source.tables
    if not dot:
        raise InputError("FW-USAGE-VALUE", f"--by {by}: not TABLE.COLUMN", "for example --by customer.tier")
    known = {each.lower(): each for each in [*tables, *found.given.values()]}
    home = next((each for each in tables if each.lower() == name.lower() or found.given.get(each) == name), None)
    if home is None:
        raise InputError("FW-USAGE-NAME", f"--by {by}: no table {name}", nearest(name, known.values()))
    table = tables[home]
    own = next((each for each in table.columns if each.lower() == column.lower()), None)
    if own is None:
        raise InputError("FW-USAGE-NAME", f"--by {by}: {home} has no column {column}", nearest(column, table.columns))
    while (above := table.parent) is not None and tables[above.target].hidden:
        if own not in tables[above.target].columns:
            if table.key != above.columns:
                break
            _lift(found, table, own, tables[above.target])
        table = tables[above.target]
    return table, own


def _lift(found: Opened, table: Table, column: str, above: Table) -> None:
    """Give a made table a column of a table that has at most one row below each of its own.

    So the segment of a household's row of demographics is that of its baskets too.
    """
    above.lifted[column] = table.name
    lift_again(found, above)
    above.columns[column] = replace(table.columns[column])
    table.moved[column] = above.name


def lift_again(found: Opened, above: Table) -> None:
    """Give a made table its columns of tables below it, in this source or in another one."""
    home, key = data_sql(above.name), quote_ident(above.key[0])
    for column, table in above.lifted.items():
        own = quote_ident(column)
        below = f"SELECT {quote_ident(dict(above.made_of)[table])} AS {key}, {own} FROM {data_sql(table)}"
        select = f"SELECT m.*, t.{own} FROM {home} AS m LEFT JOIN ({below}) AS t USING ({key})"
        found.session.execute(f"CREATE OR REPLACE TABLE {home} AS {select}")

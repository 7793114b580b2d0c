"""Keys: those that are declared, else the smallest set of columns without nulls and repeats, named like a key.

Of several columns of that kind, the one that other tables have is the key, and not a number of its own beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, islice

from fanwise.inference.model import Column, Table, data_sql
from fanwise.inference.naming import is_generic, is_id, singular, snake
from fanwise.inference.sources.conditions import read_checks
from fanwise.inference.sources.opening import Opened
from fanwise.io.quoting import quote_ident
from fanwise.io.tables.constraints import NOTHING

__all__ = ["find_keys", "is_unique", "keep_keys"]

_TRIED = 40
_NEARLY = 0.95


def find_keys(found: Opened) -> None:
    """Give every table its key, and every column what is declared of it."""
    for name, table in found.source.tables.items():
        declared = found.constraints.get(name, NOTHING)
        for column in table.columns.values():
            column.required = column.name in declared.required or column.name in declared.key
            column.unique = (column.name,) in declared.unique
            column.values = tuple(declared.values.get(column.name, ()))
        read_checks(declared.checks, table.columns.values())
        if declared.key and set(declared.key) <= table.columns.keys():
            table.key, table.key_note = declared.key, "declared"
        else:
            _find(found, table)


def _find(found: Opened, table: Table) -> None:
    rows = table.rows or 0
    whole = [column for column in table.columns.values() if rows and column.count == rows and _may_be_key(column)]
    single = [column for column in whole if column.distinct == rows and (is_id(column.name) or rows > 1)]
    if single:
        known = {column.name: _elsewhere(found, table, column) for column in single} if len(single) > 1 else {}
        best = min(single, key=lambda column: (-known.get(column.name, 0), _rank(column, table.name)))
        meant = known.get(best.name, 0) > 0 or _rank(best, table.name)[0] < 3
        if meant or best.sort == "text" or best is next(iter(table.columns.values())):
            table.key = (best.name,)
            table.key_note = f"no nulls, no repeats in {rows:,} rows"
            return
    if rows > 1:
        named = [column.name for column in whole if is_id(column.name)]
        others = [column.name for column in whole if column.name not in named and column.sort in ("int", "date")]
        for columns in islice(_sets(named, others), _TRIED):
            if is_unique(found, table.name, columns):
                table.key, table.key_note = columns, f"no repeats in {rows:,} rows"
                return
    table.notes.append("no key: every set of columns named like one has nulls or repeats")


def _may_be_key(column: Column) -> bool:
    return column.sort in ("int", "text", "date")


def _elsewhere(found: Opened, table: Table, column: Column) -> int:
    """Return how many other tables have a column of this name that repeats values of this one."""
    if is_generic(column.name):
        return 0
    tables = 0
    for other in found.source.tables.values():
        theirs = other.columns.get(column.name)
        if other is table or theirs is None or theirs.sort != column.sort or not theirs.distinct < theirs.count:
            continue
        name = quote_ident(column.name)
        inside = f"count(*) FILTER ({name} IN (SELECT {name} FROM {data_sql(table.name)}))"
        met, all_of_them = found.session.rows(f"SELECT {inside}, count({name}) FROM {data_sql(other.name)}")[0]
        tables += met >= _NEARLY * all_of_them
    return tables


def _rank(column: Column, table: str) -> tuple[int, int]:
    name, home = snake(column.name), singular(table)
    if name in (
        "id",
        f"{home}_id",
        f"{home}id",
        f"{snake(table)}_id",
        f"{home}_key",
        f"{home}_code",
        f"{home}_no",
        "uuid",
    ):
        return 0, 0
    return (1 if name.endswith(("_id", "id")) else 2 if is_id(column.name) else 3), 0 if column.sort == "int" else 1


def _sets(named: Sequence[str], others: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield sets of columns, the smallest and best named first; each has a column that is named like an id."""
    yield from combinations(named, 2)
    yield from ((one, other) for one in named for other in others)
    yield from combinations(named, 3)


def keep_keys(tables: Mapping[str, Table], *, declared: bool = False) -> None:
    """Give up keys of several columns that nothing would keep apart when rows are made, those of parents first.

    declared: keep those that are declared.
    """
    done: set[str] = set()

    def keep(table: Table) -> None:
        if table.name in done:
            return
        done.add(table.name)
        if table.parent is not None:
            keep(tables[table.parent.target])
        stays = declared and table.key_note == "declared"
        if len(table.key) > 1 and not stays and not _is_kept(table, tables):
            table.notes.append(f"the key [{', '.join(table.key)}] is not kept: nothing would keep its rows apart")
            table.key = ()

    for each in tables.values():
        keep(each)


def _is_kept(table: Table, tables: Mapping[str, Table]) -> bool:
    """Return whether the parent's key tells its rows apart, and a number or one reference those below one of them."""
    parent = table.parent
    if parent is None or not set(parent.columns) <= set(table.key) or tables[parent.target].key != parent.keys:
        return False
    others = [name for name in table.key if name not in parent.columns]
    refs = [name for name in others if table.reference_of(name) is not None]
    return bool(others) and (len(refs) < len(others) or len(refs) == 1)


def is_unique(found: Opened, table: str, columns: Sequence[str]) -> bool:
    """Return whether no two rows are alike in these columns."""
    names = ", ".join(map(quote_ident, columns))
    sql = f"SELECT 1 FROM {data_sql(table)} GROUP BY {names} HAVING count(*) > 1 LIMIT 1"
    return not found.rows(sql)

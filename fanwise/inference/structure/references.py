"""References: declared ones, else columns whose values are keys of another table and whose names say so.

Inclusion alone is not enough: any 1, 2, 3 is among the numbers from 1 on. A few orphans are no reason against a
reference whose name says so: real data have them. One reference of each table is its parent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fanwise.inference.model import Column, Reference, Table, data_sql
from fanwise.inference.naming import about_itself, fits, is_id, is_person, may_be_person, singular, snake, stem_of
from fanwise.inference.sources.opening import Opened
from fanwise.io.quoting import quote_ident
from fanwise.io.tables.constraints import NOTHING

__all__ = ["choose_parents", "find_references"]

_NEARLY = 0.95
_COVERED = 0.8  # of the keys that ids must reach
_DENSE, _LONG = 4, 8  # numbers per key, and characters, from which chance does not hit a key
_ORPHANS = 0.01  # the largest share of values without a row that a reference may have
_SEVERAL = 20
_FEW = 50  # rows of a table that does not drive another one by its size alone


def find_references(found: Opened) -> None:
    """Give every table its references, without those that follow from others."""
    tables = found.source.tables
    for table in tables.values():
        for declared in found.constraints.get(table.name, NOTHING).references:
            target = next((name for name in tables if name.lower() == declared.table.lower()), None)
            keys = declared.keys or (tables[target].key if target else ())
            if target and len(keys) == len(declared.columns) and set(declared.columns) <= table.columns.keys():
                lost = _lost(found, table, declared.columns, tables[target], keys)
                note = f"declared{_but(lost)}"
                table.references.append(Reference(declared.columns, target, keys, note, declared=True, orphans=lost))
    for table in tables.values():
        table.references += list(_composite(found, table))
        for column in table.columns.values():
            if table.rows and column.count and not any(column.name in each.columns for each in table.references):
                _add(found, table, column.name)
    for table in tables.values():
        for column in table.columns.values():
            _add_by_values(found, table, column)
        _drop_implied(table)


def _add(found: Opened, table: Table, column: str) -> None:
    """Add the reference of one column, where its name and its values agree."""
    for target in _targets(found, table, column):
        key = target.key[0]
        values, known = _included(found, table.name, (column,), target.name, (key,))
        by_form = not fits(column, target.name, key)
        lost = values - known
        if lost <= (0 if by_form else _ORPHANS * values):
            note = f"{known:,} of {values:,} values found in {target.name}.{key}{_but(lost)}"
            table.references.append(Reference((column,), target.name, (key,), note, looked_up=by_form, orphans=lost))
            return
        if known >= _NEARLY * values:
            why = f"not a reference: {lost:,} of {values:,} values are not in {target.name}.{key}"
            table.columns[column].note = table.columns[column].note or why


def _but(orphans: int) -> str:
    return f"; {orphans:,} orphans in the source, none in data made from this" if orphans else ""


def _add_by_values(found: Opened, table: Table, column: Column) -> None:
    """Add the reference of an id of another name, where only one table's keys hold its values and not by chance."""
    stem, free = stem_of(column.name), table.reference_of(column.name) is None and (column.name,) != table.key
    if not free or column.note or not is_id(column.name) or stem == snake(column.name) or column.distinct < _SEVERAL:
        return
    likely = [other for other in found.source.tables.values() if _holds(found, table, column, other)]
    if not likely:
        return
    names = " and ".join(f"{other.name}.{other.key[0]}" for other in likely)
    target = likely[0]
    sure = _is_sparse(target) or (may_be_person(stem) and is_person(target.name))
    if len(likely) == 1 and sure:
        note = f"all of its values are in {names}, under another name"
        table.references.append(Reference((column.name,), target.name, target.key, note))
    else:
        column.unclear = True
        column.note = f"all of its values are in {names}: if it refers to it, write {{ref: {target.name}}}"


def _holds(found: Opened, table: Table, column: Column, other: Table) -> bool:
    """Return whether a table's keys hold all values of a column, and the column has most of the keys."""
    if other is table or len(other.key) != 1 or not other.rows:
        return False
    key = other.columns[other.key[0]]
    if (
        key.sort != column.sort
        or column.sort not in ("int", "text")
        or any(e.target == other.name for e in table.references)
    ):
        return False
    if column.distinct > other.rows or (column.distinct < _COVERED * other.rows and not _is_sparse(other)):
        return False
    values, known = _included(found, table.name, (column.name,), other.name, other.key)
    return values == known


def _is_sparse(table: Table) -> bool:
    """Return whether a key leaves gaps that others would not hit by chance."""
    key = table.columns[table.key[0]]
    if key.sort == "text":
        return str(key.low)[:1].isalpha() or len(str(key.low)) >= _LONG
    return key.sort == "int" and bool(key.high - key.low >= _DENSE * (table.rows or 0))


def _targets(found: Opened, table: Table, column: str) -> Iterator[Table]:
    """Yield the tables that a column may refer to by its name and type, the best first."""
    own = table.columns[column]
    likely = []
    for other in found.source.tables.values():
        if len(other.key) != 1 or not other.rows:
            continue
        key = other.columns[other.key[0]]
        if key.sort != own.sort or own.sort not in ("int", "text", "date") or not _larger(table, column, other):
            continue
        if other is table:
            if column != key.name and about_itself(column):
                likely.append((2, other))
        elif fits(column, other.name, key.name):
            likely.append((0 if snake(column).startswith(singular(other.name)) else 1, other))
        elif is_id(column) and own.sort == "text" and own.distinct >= _SEVERAL and str(own.low)[:1].isalpha():
            likely.append((3, other))  # texts such as P-0123 are in another table's key for a reason
    yield from (other for _, other in sorted(likely, key=lambda pair: pair[0]))


def _larger(table: Table, column: str, other: Table) -> bool:
    """Return whether a key may refer to the key of another table: only from the fewer rows to the more."""
    if table is other or table.key != (column,):
        return True
    if table.rows != other.rows:
        return (table.rows or 0) < (other.rows or 0)
    return snake(column).startswith(singular(other.name))


def _composite(found: Opened, table: Table) -> Iterator[Reference]:
    """Yield references to keys of several columns that the table has by the same names."""
    for other in found.source.tables.values():
        if other is table or len(other.key) < 2 or not table.rows or not other.rows:
            continue
        columns = tuple(_like(table, key) for key in other.key)
        if None in columns or (set(columns) == set(table.key) and table.rows >= other.rows):
            continue
        mine = tuple(column for column in columns if column)
        if any(each.columns == mine for each in table.references):
            continue
        values, known = _included(found, table.name, mine, other.name, other.key)
        if values and values - known <= _ORPHANS * values:
            note = f"{known:,} of {values:,} rows found in {other.name}{_but(values - known)}"
            yield Reference(mine, other.name, other.key, note, orphans=values - known)


def _like(table: Table, key: str) -> str | None:
    """Return the column that has the name of a key, or that name after the initials of its table."""
    word = snake(key)
    rest = word.partition("_")[2] if len(word.partition("_")[0]) <= 2 else ""
    for column in table.columns:
        own = snake(column)
        if own == word or (rest and len(own.partition("_")[0]) <= 2 and own.partition("_")[2] == rest):
            return column
    return None


def _lost(found: Opened, table: Table, columns: Sequence[str], target: Table, keys: Sequence[str]) -> int:
    """Return how many values of a declared reference lead nowhere: SQLite does not enforce what it declares."""
    pairs = zip(columns, keys, strict=True)
    if not table.rows or any(table.columns[a].type != target.columns[b].type for a, b in pairs):
        return 0
    values, known = _included(found, table.name, columns, target.name, keys)
    return values - known


def _included(found: Opened, table: str, columns: Sequence[str], target: str, keys: Sequence[str]) -> tuple[int, int]:
    """Return how many rows have a value, and how many of them are found among the keys."""
    given = " AND ".join(f"t.{quote_ident(column)} IS NOT NULL" for column in columns)
    same = " AND ".join(
        f"t.{quote_ident(column)} = k.{quote_ident(key)}" for column, key in zip(columns, keys, strict=True)
    )
    names = ", ".join(map(quote_ident, keys))
    sql = (
        f"SELECT count(*), count(*) FILTER (EXISTS (SELECT 1 FROM (SELECT DISTINCT {names} FROM {data_sql(target)}) "
        f"AS k WHERE {same})) FROM {data_sql(table)} AS t WHERE {given}"
    )
    values, known = found.session.rows(sql)[0]
    return int(values), int(known)


def _drop_implied(table: Table) -> None:
    """Leave out references whose columns are part of a longer one: the row that it leads to has the key already."""
    longer = [each for each in table.references if len(each.columns) > 1]
    table.references = [
        each
        for each in table.references
        if each.declared or not any(set(each.columns) < set(other.columns) for other in longer)
    ]


def choose_parents(found: Opened, by: str | None = None) -> None:
    """Let one reference of each table drive it; what would close a cycle does not refer any more.

    by: the table of the axis. The parent's key is part of the key, else its table was made of these rows, else its key
    ascends with the rows' own, else it is the axis' or that of somebody who acts, else it leads to one (an order to its
    customer), else each parent has most rows.
    """
    tables = found.source.tables
    _break_cycles(found)
    for table in tables.values():
        others = [
            each
            for each in table.references
            if each.target != table.name and not each.looked_up and tables[each.target].key == each.keys
        ]
        complete = [
            each for each in others if all(table.columns[name].count == (table.rows or 0) for name in each.columns)
        ]
        driving = [each for each in complete if _drives(found, table, each, by)]
        if driving:
            min(driving, key=lambda each: _order(found, table, each, by)).parent = True


def _order(found: Opened, table: Table, each: Reference, by: str | None) -> tuple[object, ...]:
    target = found.source.tables[each.target]
    return (
        not (set(each.columns) < set(table.key) or each.columns == table.key),
        table.rows is None and not all(table.columns[name].required for name in each.columns),
        not target.hidden,
        table.key[: len(each.columns)] != each.columns,
        not _ascends(found, table, each),
        each.target != by,
        not is_person(each.target),
        not _leads(found, each.target, by),
        target.rows or 0,
    )


def _leads(found: Opened, table: str, by: str | None) -> bool:
    """Return whether a table refers, over others or at once, to the axis' or to somebody who acts."""
    return any(
        each.target == by or is_person(each.target) or _leads(found, each.target, by)
        for each in found.source.edges(table)
    )


def _drives(found: Opened, table: Table, each: Reference, by: str | None) -> bool:
    """Return whether rows belong to the row that they refer to, and do not only look something up."""
    order = _order(found, table, each, by)
    return not all(order[:1] + order[2:8]) or (found.source.tables[each.target].rows or 0) >= _FEW or not table.rows


def _ascends(found: Opened, table: Table, each: Reference) -> bool:
    """Return whether the parents' keys ascend with the rows' own."""
    if len(table.key) != 1 or len(each.columns) != 1 or not table.rows or table.columns[table.key[0]].sort == "float":
        return False
    key, column = quote_ident(table.key[0]), quote_ident(each.columns[0])
    falls = f"SELECT {column} < lag({column}) OVER (ORDER BY {key}) AS falls FROM {data_sql(table.name)}"
    return not found.rows(f"SELECT 1 FROM ({falls}) WHERE falls LIMIT 1")


def _break_cycles(found: Opened) -> None:
    """Turn the weakest reference of each cycle of tables into a plain column."""
    tables = found.source.tables
    while (cycle := _cycle(found)) is not None:
        table, each = min(cycle, key=lambda pair: (not _has_nulls(*pair), pair[1].declared, -(pair[0].rows or 0)))
        table.references.remove(each)
        way = " > ".join([pair[0].name for pair in cycle] + [cycle[0][0].name])
        for name in each.columns:
            tables[table.name].columns[name].note = f"refers to {each.target}, which the cycle {way} does not allow"


def _has_nulls(table: Table, each: Reference) -> bool:
    return any(table.columns[name].count < (table.rows or 0) for name in each.columns)


def _cycle(found: Opened) -> list[tuple[Table, Reference]] | None:
    """Return a cycle of tables as their references, or None."""
    done: set[str] = set()

    def visit(name: str, path: list[tuple[Table, Reference]]) -> list[tuple[Table, Reference]] | None:
        at = next((index for index, (table, _) in enumerate(path) if table.name == name), None)
        if at is not None:
            return path[at:]
        if name in done:
            return None
        table = found.source.tables[name]
        for each in found.source.edges(name):
            if (cycle := visit(each.target, [*path, (table, each)])) is not None:
                return cycle
        done.add(name)
        return None

    return next((cycle for name in found.source.tables if (cycle := visit(name, [])) is not None), None)

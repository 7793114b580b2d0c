"""Row conditions: text in the language's SQL becomes DuckDB SQL, with every name resolved along the edges and quoted.

A name is `column`, `table.column` or `ref_column.column`; an axis may stand for its column. What else a condition may
hold is in `expressions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fanwise.io.problems import nearest
from fanwise.io.quoting import quote_ident
from fanwise.validator.contract.condition_kinds import refuse_no_truth
from fanwise.validator.contract.expressions import ConditionError, Name, names_in, to_sql
from fanwise.validator.contract.model import Axis, Path, Table
from fanwise.validator.contract.paths import edges_along, paths_to, to_only_child, ways_to

__all__ = [
    "Condition",
    "ConditionError",
    "Reference",
    "home_of",
    "parse_condition",
    "parse_truth",
    "resolve_name",
    "unknown_name",
]


@dataclass(frozen=True, slots=True)
class Reference:
    """A resolved name: `column` of `table`, reached along `path`."""

    name: str
    path: Path
    table: str
    column: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A row condition of `table`: pieces of SQL text and references in order."""

    table: str
    text: str
    parts: tuple[str | Reference, ...]

    @property
    def references(self) -> tuple[Reference, ...]:
        """The names of the condition, in order."""
        return tuple(part for part in self.parts if isinstance(part, Reference))

    def sql(self, alias: Callable[[Path], str]) -> str:
        """Return DuckDB SQL; `alias` names the table that a path arrives at."""
        return "".join(
            part if isinstance(part, str) else f"{alias(part.path)}.{quote_ident(part.column)}" for part in self.parts
        )


def parse_condition(tables: Mapping[str, Table], axes: Mapping[str, Axis], table: str, text: str) -> Condition:
    """Return the condition; raises ConditionError for unknown names and for anything but the language's SQL."""
    found, types = _names(tables, axes, table, text)
    parts = (found[part.text] if isinstance(part, Name) else part for part in to_sql(text, types))
    return Condition(table, text, tuple(parts))


def parse_truth(tables: Mapping[str, Table], axes: Mapping[str, Axis], table: str, text: str) -> Condition:
    """Return a condition whose value is true, false or null; raises ConditionError like `parse_condition`."""
    made = parse_condition(tables, axes, table, text)
    refuse_no_truth(text, _names(tables, axes, table, text)[1])
    return made


def _names(
    tables: Mapping[str, Table], axes: Mapping[str, Axis], table: str, text: str
) -> tuple[dict[str, Reference], dict[str, str]]:
    """Return what each name of a condition means, and its type."""
    found = {name: resolve_name(tables, axes, table, name) for name in names_in(text)}
    return found, {name: tables[at.table].columns[at.column].type for name, at in found.items()}


def home_of(tables: Mapping[str, Table], axes: Mapping[str, Axis], text: str) -> str | None:
    """Return the one table that reaches every name of a condition: the one that most of them need, else None."""
    try:
        names = names_in(text)
    except ConditionError:
        return next(iter(tables), None)  # the names pass reports the text itself
    fits = [table for table in tables if all(_resolves(tables, axes, table, name) for name in names)]
    mentioned = [table for table in fits if any(name.split(".")[0] == table for name in names)]
    best = mentioned or fits
    return best[0] if len(best) == 1 else None


def _resolves(tables: Mapping[str, Table], axes: Mapping[str, Axis], table: str, name: str) -> bool:
    try:
        resolve_name(tables, axes, table, name)
    except ConditionError:
        return False
    return True


def unknown_name(tables: Mapping[str, Table], axes: Mapping[str, Axis], text: str) -> str:
    """Return the fix for the first name of a condition that the contract does not have; "" where it has all of them."""
    columns = {column for table in tables.values() for column in table.columns}
    for name in names_in(text):
        head, dot, tail = name.partition(".")
        if head in tables and dot:
            known = {*tables[head].columns, *columns} if "." in tail else tables[head].columns
            if tail.split(".")[0] not in known:
                return f"{head} has no column '{tail}': {nearest(tail, known)}"
        elif head not in columns and dot:
            return f"there is no table '{head}': {nearest(head, tables)}"
        elif head not in columns and head not in axes:
            return f"no table has a column '{head}': {nearest(head, columns)}"
    return ""


def resolve_name(tables: Mapping[str, Table], axes: Mapping[str, Axis], table: str, name: str) -> Reference:
    """Return what `name` means for a row of `table`; raises ConditionError where that is unclear."""
    head, dot, tail = name.partition(".")
    if not dot:
        return _end(tables, axes, table, (), head, name)
    if head == table:
        return _further(tables, axes, table, (), tail, name)
    ways = ways_to(tables, table, head) if head in tables else []
    if len(ways) != 1:
        ways = list(_by_ref(tables, table, head)) or _lineage(tables, table, ways) or ways
    if not ways and head in tables:
        ways = to_only_child(tables, table, head)
    if len(ways) != 1:
        why = f"'{head}' is reached from {table} on {len(ways)} paths" if ways else f"{table} reaches no '{head}'"
        raise ConditionError(why, "write ref_column.column." if ways else nearest(head, tables))
    target = edges_along(tables, table, ways[0])[-1].table
    return _further(tables, axes, target, ways[0], tail, name)


def _further(
    tables: Mapping[str, Table], axes: Mapping[str, Axis], table: str, path: Path, rest: str, name: str
) -> Reference:
    """Return what the rest of a name means at the table where a path ends; it may lead on: `plan.monthly_price`."""
    if "." not in rest or rest in tables[table].columns:
        return _end(tables, axes, table, path, rest, name)
    found = resolve_name(tables, axes, table, rest)
    return Reference(name, (*path, *found.path), found.table, found.column)


def _lineage(tables: Mapping[str, Table], table: str, ways: Sequence[Path]) -> list[Path]:
    """Return the way along parents alone, which the name of an ancestor means where references lead there too."""
    return [way for way in ways if all(edge.kind == "parent" for edge in edges_along(tables, table, way))]


def _by_ref(tables: Mapping[str, Table], table: str, column: str) -> Iterator[Path]:
    """Yield the paths from `table` whose last edge is the reference at `column`."""
    own = [edge.columns for edge in tables[table].edges if column in edge.columns]
    if own:
        yield from ((columns,) for columns in own)
        return
    for name, other in tables.items():
        if name == table:
            continue
        for edge in other.edges:
            if edge.kind == "ref" and column in edge.columns:
                yield from ((*path, edge.columns) for path in paths_to(tables, table, name))


def _end(
    tables: Mapping[str, Table], axes: Mapping[str, Axis], table: str, path: Path, column: str, name: str
) -> Reference:
    if column in tables[table].columns:
        return Reference(name, path, table, column)
    axis = axes.get(column)
    if axis is not None:
        ways = ways_to(tables, table, axis.table)
        if len(ways) == 1:
            return Reference(name, (*path, *ways[0]), axis.table, axis.column)
        raise ConditionError(f"axis '{column}' is reached from {table} on {len(ways)} paths", "write the path.")
    raise ConditionError(f"{table} has no column '{column}'", nearest(column, tables[table].columns))

"""Foreign keys as the files hold them, and paths along them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fanwise.generator.audit.contract.columns import Nulls
from fanwise.generator.errors import Problem
from fanwise.generator.language.spec import Column, Dataset, Expression, Path, Step, Table
from fanwise.validator import Edge

__all__ = ["Edges"]

Route = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Edges:
    """The edges of each table that can be followed in the files, the parent's first.

    An edge of which a column is missing or hidden is left out, and `problems` says what an audit therefore cannot see.
    """

    by_table: Mapping[str, tuple[Edge, ...]]
    problems: tuple[Problem, ...]

    @classmethod
    def of(cls, dataset: Dataset, nulls: Nulls) -> Edges:
        """Return the edges of a data set."""
        found: dict[str, tuple[Edge, ...]] = {}
        problems: list[Problem] = []
        for table in dataset.tables.values():
            edges = []
            for edge, problem in _edges(dataset, nulls, table):
                edges += [edge] if edge else []
                problems += [problem] if problem else []
            found[table.name] = tuple(edges)
        return cls(found, tuple(problems))

    def route(self, table: str, steps: tuple[Step, ...]) -> Route | None:
        """Return the columns of each edge along `steps` from `table`, or None where an edge is not in the files."""
        route: list[tuple[str, ...]] = []
        for step in steps:
            edge = next((edge for edge in self.by_table[table] if _is_step(edge, step)), None)
            if edge is None:
                return None
            route.append(edge.columns)
            table = step.table
        return tuple(route)

    def name(self, dataset: Dataset, path: Path) -> str | None:
        """Return the name by which an audit finds what a path leads to, or None where the files do not hold it."""
        if dataset.tables[path.target].columns[path.column].hidden or self.route(path.table, path.steps) is None:
            return None
        if not path.steps:
            return path.column
        if path.target != path.table and self._ways(path.table, path.target) == 1:
            return f"{path.target}.{path.column}"
        last = path.steps[-1]
        return f"{last.column}.{path.column}" if last.column else None

    def _ways(self, table: str, target: str) -> int:
        """Return how many routes lead from one table to another that visit no table twice."""
        ways = 0
        todo: list[tuple[str, ...]] = [(table,)]
        while todo:
            visited = todo.pop()
            if visited[-1] == target:
                ways += 1
                continue
            todo += [(*visited, e.table) for e in self.by_table[visited[-1]] if e.table not in visited]
        return ways


def _is_step(edge: Edge, step: Step) -> bool:
    return edge.kind == step.kind and edge.table == step.table and (step.column is None or step.column in edge.columns)


def _edges(dataset: Dataset, nulls: Nulls, table: Table) -> Iterator[tuple[Edge | None, Problem | None]]:
    if table.parent is not None:
        yield _parent_edge(dataset, table)
    for column in table.columns.values():
        if column.kind == "ref":
            yield _ref_edge(dataset, nulls, table, column)


def _parent_edge(dataset: Dataset, table: Table) -> tuple[Edge | None, Problem | None]:
    parent = dataset.tables[table.parent or ""]
    carried = [_reading(table, (Step("parent", parent.name),), key) for key in parent.key]
    columns = tuple(column for column in carried if column is not None)
    if parent.key and len(columns) == len(parent.key):
        return Edge(columns, parent.name, parent.key, "parent"), None
    missing = [key for key, column in zip(parent.key, carried, strict=True) if column is None]
    if missing:
        why = f"does not carry {', '.join(missing)} of its parent {parent.name}"
        hint = f"add a column {{parent: {missing[0]}}}"
    else:
        why, hint = f"its parent {parent.name} has no key", f"give {parent.name} a key, and a column that reads it"
    problem = Problem(
        f"{why}, so the edge cannot be audited", hint, f"tables.{table.name}", mark=table.mark, file=dataset.file
    )
    return None, problem


def _ref_edge(dataset: Dataset, nulls: Nulls, table: Table, column: Column) -> tuple[Edge | None, Problem | None]:
    target = dataset.tables[str(column.generator.params["table"])]
    key = str(column.generator.params["column"])
    keys: tuple[str, ...] = (key,)
    columns: tuple[str, ...] = (column.name,)
    why = hint = ""
    if column.hidden:
        why, hint = "hidden", "delete hidden:"
    elif key in target.key and len(target.key) > 1 and not target.columns[key].unique:
        step = Step("ref", target.name, column.name)
        parts = [column.name if part == key else _reading(table, (step,), part) for part in target.key]
        keys, columns = target.key, tuple(part for part in parts if part is not None)
        if len(columns) < len(keys):
            missing = next(part for part, found in zip(target.key, parts, strict=True) if found is None)
            why = f"one part of the key of {target.name} ({', '.join(target.key)})"
            hint = f"add a column {{expr: {column.name}.{missing}}}"
    if why:
        why = f"{why}, so the reference cannot be audited"
        return None, Problem(why, hint, column.where, mark=column.mark, file=dataset.file)
    nullable = any(nulls.column(table.name, name) for name in columns)
    return Edge(columns, target.name, keys, "ref", nullable), None


def _reading(table: Table, steps: tuple[Step, ...], key: str) -> str | None:
    """Return the written column that holds, as it is, the column `key` of the row that `steps` lead to."""
    for column in table.columns.values():
        if not column.hidden and column.when is None and _copied(table, column) == (steps, key):
            return column.name
    return None


def _copied(table: Table, column: Column) -> tuple[tuple[Step, ...], str] | None:
    """Return what a column copies: `{parent: x}`, or an expression that is nothing but a name."""
    params = column.generator.params
    if column.kind == "parent":
        return (Step("parent", table.parent or ""),), str(params["column"])
    expression = params.get("expression")
    if not isinstance(expression, Expression) or len(expression.names) != 1:
        return None
    name, path = next(iter(expression.names.items()))
    return (path.steps, path.column) if expression.sql.strip() == f'"{name}"' else None

"""Names to paths: which table, axis or column a name means from a row of a given table.

A plain name is a column of the row's own table, or an axis: that of the own table, else the one that exactly one path
of parent and ref edges reaches. A dotted name starts at its first distinguishing step: a table that one path reaches,
else a foreign key column (a ref column, or one that carries the parent's key). Paths that use a reference of a table to
itself are found only by the name of that ref column. A reference `within: T` leads back to the same row of T as the
driving parents do, so going there by it is no second path.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from fanwise.generator.errors import nearest
from fanwise.generator.language.names.outline import Edge, Outline
from fanwise.generator.language.problems import Skip
from fanwise.generator.language.spec import Path, Step
from fanwise.io.problems import Refused

__all__ = ["Scope"]

MAX_LISTED = 4
MAX_PARTS = 5

Route = tuple[Step, ...]
Found = tuple[Route, str, str]  # steps, table arrived at, column


class Scope:
    """The names that a row of `table` can see."""

    def __init__(self, outline: Outline, table: str) -> None:
        self.outline = outline
        self.table = table

    def resolve(self, name: str) -> Path:
        """Return the path that `name` means (raises Refused, or Skip where an error elsewhere hides the answer)."""
        if self.table not in self.outline.tables or self.outline.cycle:
            raise Skip
        if name.count(".") >= MAX_PARTS:
            raise Refused(
                "FW-SCHEMA-NOT-REACHED",
                f"a dotted name has at most {MAX_PARTS} parts",
                "start at a later step",
            )
        found = self._candidates(name.split("."), self.table)
        if len(found) != 1:
            if self.outline.is_torn(self.table):
                raise Skip
            raise self._several(name, found) if found else self._unknown(name.split("."), self.table)
        steps, target, column = found[0]
        axis = next(
            (a for a, known in self.outline.axes.items() if (known.table, known.column) == (target, column)), None
        )
        return Path(name, self.table, steps, target, column, axis)

    def _candidates(self, parts: list[str], table: str) -> list[Found]:
        """Return what a name can mean from a row of `table`, at most MAX_LISTED + 1 things."""
        if len(parts) > 1:
            begun = [(route, route[-1].table if route else table) for route in self._starts(parts[0], table)]
            found = [
                ((*route, *steps), target, column)
                for route, arrived in begun
                for steps, target, column in self._candidates(parts[1:], arrived)
            ]
            return found[: MAX_LISTED + 1]
        name = parts[0]
        if name in self.outline.tables[table].columns:
            return [((), table, name)]
        axis = self.outline.axes.get(name)
        if axis is None or axis.table not in self.outline.tables:
            return []
        if not axis.column:
            raise Skip
        return [(route, axis.table, axis.column) for route in self._routes(table, axis.table)]

    def _starts(self, name: str, table: str) -> list[Route]:
        """Return the routes that the first part of a dotted name can mean."""
        if name == table:
            return [()]
        routes = self._routes(table, name) if name in self.outline.tables else []
        return (
            routes
            if len(routes) == 1
            else self._by_ref_column(name, table) or routes or self._to_only_child(name, table)
        )

    def _to_only_child(self, name: str, table: str) -> list[Route]:
        """Return the route to a table with one row for each row of this table, or of one above it."""
        found = self.outline.tables.get(name)
        if found is None or found.raw.get("fanout") != {"fixed": 1}:
            return []
        above = (table, *self.outline.ancestors(table))
        if found.parent not in above or found.parent == name:
            return []
        up = (Step(one) for one in above[1 : above.index(found.parent) + 1])
        return [(*up, Step(name, down=True))]

    def _routes(self, start: str, target: str) -> list[Route]:
        """Return the routes from `start` to `target`, at most MAX_LISTED + 1, none through a self-reference."""
        return list(islice(self._search(start, target), MAX_LISTED + 1))

    def _search(self, start: str, target: str) -> Iterator[Route]:
        todo: list[tuple[str, Route, str | None]] = [(start, (), None)]
        while todo:
            table, route, shared = todo.pop()
            if table == shared:
                continue
            if table == target:
                yield route
                continue
            onward = [edge for edge in self._edges(table) if target in self.outline.reachable[edge.target]]
            todo += [(e.target, (*route, e.step), self._shared(table, e, shared)) for e in reversed(onward)]

    def _shared(self, table: str, edge: Edge, before: str | None) -> str | None:
        """Return the ancestor whose row is the same for both ends of a reference, as long as only parents follow it."""
        if edge.step.column is None:
            return before
        within = self.outline.tables[table].columns[edge.step.column].raw.get("within")
        return within if isinstance(within, str) else None

    def _edges(self, table: str) -> Iterator[Edge]:
        edges = (edge for edge in self.outline.tables[table].edges if edge.target != table)
        return (edge for edge in edges if not self.outline.repeats(table, edge))

    def _by_ref_column(self, column: str, table: str) -> list[Route]:
        own = self._steps_by(column, table)
        if own:
            return [(own[0],)]
        owners = sorted(self.outline.reachable[table])
        return [
            (*r, step) for owner in owners for step in self._steps_by(column, owner) for r in self._routes(table, owner)
        ]

    def _steps_by(self, column: str, table: str) -> list[Step]:
        """Return the edge of `table` that a foreign key column stands for: a ref column, or one of the parent's key."""
        found = self.outline.tables[table].columns.get(column)
        edges = self.outline.tables[table].edges
        own = [e.step for e in edges if e.step.column == column]
        by_parent = not own and found is not None and found.edge == "parent"
        return [e.step for e in edges if e.step.column is None] if by_parent else own

    def _ref_columns(self, table: str) -> set[str]:
        owners = self.outline.reachable[table]
        return {
            column for owner in owners for column in self.outline.tables[owner].columns if self._steps_by(column, owner)
        }

    def _several(self, name: str, found: list[Found]) -> Refused:
        ways = ", ".join(self._written(name, one) for one in found[:MAX_LISTED])
        more = ", …" if len(found) > MAX_LISTED else ""
        return Refused("FW-SCHEMA-AMBIGUOUS-NAME", f"several paths lead from {self.table} to '{name}': {ways}{more}")

    def _written(self, name: str, found: Found) -> str:
        """Return the shortest name that means only `found`; where there is none, its route."""
        route, last = found[0], name.rpartition(".")[2]
        for step in route:
            for word in (step.column, step.table, *self._carriers(step)):
                if word is not None and self._candidates([word, last], self.table) == [found]:
                    return f"{word}.{last}"
        return " > ".join(
            [self.table, *(f"{step.column} > {step.table}" if step.column else step.table for step in route)]
        )

    def _carriers(self, step: Step) -> list[str]:
        """Return the columns of any table that carry the key of the parent that a step leads to."""
        if step.column is not None:
            return []
        children = (table for table in self.outline.tables.values() if table.parent == step.table)
        return [name for table in children for name, column in table.columns.items() if column.edge == "parent"]

    def _unknown(self, parts: list[str], table: str) -> Refused:
        name = parts[0]
        if len(parts) > 1:
            starts = self._starts(name, table)
            if starts:
                return self._unknown(parts[1:], starts[0][-1].table if starts[0] else table)
            if name in self.outline.tables:
                return Refused(
                    "FW-SCHEMA-NOT-REACHED", f"a row of {table} does not reach the table '{name}'", self._ways(table)
                )
            known = {*self.outline.reachable[table], *self._ref_columns(table)}
            return Refused(
                "FW-SCHEMA-NOT-REACHED",
                f"'{name}' is neither a table that {table} reaches nor a ref column",
                nearest(name, known),
            )
        axis = self.outline.axes.get(name)
        if axis is not None:
            return Refused(
                "FW-SCHEMA-NOT-REACHED",
                f"the axis '{name}' is on {axis.table}, which a row of {table} does not reach",
                self._ways(table),
            )
        return Refused(
            "FW-SCHEMA-UNKNOWN-COLUMN",
            f"'{name}' is neither a column of {table} nor an axis",
            self._where_else(name, table),
        )

    def _where_else(self, name: str, table: str) -> str:
        holders = {t for t in self.outline.reachable[table] if name in self.outline.tables[t].columns}
        for word in (*sorted(holders), *sorted(self._ref_columns(table))):
            found = self._candidates([word, name], table)
            if len(found) == 1 and found[0][1] in holders:
                return f"write {word}.{name}"
        return nearest(name, [*self.outline.tables[table].columns, *self.outline.axes])

    def _ways(self, table: str) -> str:
        reached = sorted(self.outline.reachable[table] - {table})
        return f"{table} reaches {', '.join(reached[:8])}" if reached else f"{table} has neither parent nor ref"

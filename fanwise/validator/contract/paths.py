"""Paths through the edges of a contract: walk one, list those below an axis, find the one that a name means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fanwise.validator.contract.model import Edge, Path, Table

__all__ = ["below", "edges_along", "paths_to", "tables_along", "to_only_child", "ways_to"]

LONGEST = 8
"""Edges in the longest path that is searched for; a contract may declare a longer one."""


def edges_along(tables: Mapping[str, Table], table: str, path: Path) -> tuple[Edge, ...]:
    """Return the edges of `path` from `table` (KeyError, naming the step, where there is no such edge)."""
    found: list[Edge] = []
    for columns in path:
        edge = None if table not in tables else _down(tables, table, columns) or tables[table].edge(columns)
        if edge is None:
            raise KeyError(f"{table} has no edge along {', '.join(columns)}")
        found.append(edge)
        table = edge.table
    return tuple(found)


def _down(tables: Mapping[str, Table], table: str, columns: tuple[str, ...]) -> Edge | None:
    """Return the edge from a row to its only row of a child: the step `>child` of a path."""
    child = columns[0][1:] if len(columns) == 1 and columns[0].startswith(">") else ""
    parent = tables[child].parent if child in tables else None
    if parent is None or parent.table != table:
        return None
    return Edge(parent.keys, child, parent.columns)


def to_only_child(tables: Mapping[str, Table], table: str, target: str) -> list[Path]:
    """Return the path to a table with exactly one row below each row of this table, or of one above it."""
    found = tables[target].parent
    if found is None or (found.min, found.max) != (1, 1):
        return []
    path: list[tuple[str, ...]] = []
    while table != found.table:
        parent = tables[table].parent
        if parent is None or len(path) > LONGEST:
            return []
        path.append(parent.columns)
        table = parent.table
    return [(*path, (f">{target}",))]


def tables_along(tables: Mapping[str, Table], table: str, path: Path) -> tuple[str, ...]:
    """Return the tables that `path` passes, the first one included."""
    return (table, *(edge.table for edge in edges_along(tables, table, path)))


def paths_to(tables: Mapping[str, Table], table: str, target: str, *, longest: int = LONGEST) -> Iterator[Path]:
    """Yield every path from `table` up to `target` that visits no table twice, the shorter ones first."""
    layer: list[tuple[tuple[str, ...], Path]] = [((table,), ())]
    for _ in range(longest + 1):
        following: list[tuple[tuple[str, ...], Path]] = []
        for visited, path in layer:
            if visited[-1] == target:
                yield path
                continue
            following += [
                ((*visited, edge.table), (*path, edge.columns))
                for edge in tables[visited[-1]].edges
                if edge.table not in visited and edge.table in tables
            ]
        layer = following


def ways_to(tables: Mapping[str, Table], table: str, target: str) -> list[Path]:
    """Return the paths that the name of a table may mean: none along a detour."""
    found = paths_to(tables, table, target)
    return [path for path in found if not any(edge.detour for edge in edges_along(tables, table, path))]


def below(tables: Mapping[str, Table], top: str) -> Iterator[tuple[str, Path]]:
    """Yield (table, path to `top`) of each table below `top` by parent edges, at any depth, or referring to it."""
    layer: list[tuple[str, Path]] = [(top, ())]
    seen = {top}
    while layer:
        following: list[tuple[str, Path]] = []
        for name, table in tables.items():
            parent = table.parent
            for above, path in layer if parent is not None and name not in seen else ():
                if parent is not None and parent.table == above:
                    following.append((name, (parent.columns, *path)))
        seen.update(name for name, _ in following)
        yield from following
        layer = following
    for name, table in tables.items():
        refs = (edge for edge in table.edges if edge.kind == "ref" and edge.table == top != name and not edge.detour)
        yield from ((name, (edge.columns,)) for edge in refs)

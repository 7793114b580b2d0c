"""Paths through the edges of a contract: walk one, list those below an axis, find the one that a name means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fanwise.validator.contract.model import Edge, Path, Table

__all__ = ["below", "edges_along", "paths_to", "tables_along", "ways_to"]

LONGEST = 8
"""Edges in the longest path that is searched for; a contract may declare a longer one."""


def edges_along(tables: Mapping[str, Table], table: str, path: Path) -> tuple[Edge, ...]:
    """Return the edges of `path` from `table` (KeyError, naming the step, where there is no such edge)."""
    found: list[Edge] = []
    for columns in path:
        edge = tables[table].edge(columns) if table in tables else None
        if edge is None:
            raise KeyError(f"{table} has no edge along {', '.join(columns)}")
        found.append(edge)
        table = edge.table
    return tuple(found)


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

"""Cycles in a graph of names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

__all__ = ["find_cycle"]


def find_cycle(nodes: Iterable[str], following: Callable[[str], Iterable[str]]) -> tuple[str, ...]:
    """Return a cycle as its nodes with the first repeated at the end, or () where there is none.

    Each node and each edge is looked at once, and nothing recurses, however deep the graph is.
    """
    finished: set[str] = set()
    for root in nodes:
        if root in finished:
            continue
        trail: dict[str, Iterator[str]] = {root: iter(following(root))}
        while trail:
            node = next(reversed(trail))
            after = next(trail[node], None)
            if after is None:
                finished.add(node)
                del trail[node]
            elif after in trail:
                names = list(trail)
                return (*names[names.index(after) :], after)
            elif after not in finished:
                trail[after] = iter(following(after))
    return ()

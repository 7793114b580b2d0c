"""Which rows go along with one another through correlated draws, so that formulas for independent rows do not hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fanwise.generator.columns.base import ColumnKind
from fanwise.generator.columns.bound import BoundTable
from fanwise.generator.columns.support.correlation import Innovation
from fanwise.generator.language.spec import Step

__all__ = ["innovations", "is_shared", "is_size_biased"]


def innovations(kind: ColumnKind) -> frozenset[Innovation]:
    """Return what the normal scores of a kind are sums of; nothing where it has none."""
    uniforms = kind.quantile_of
    return frozenset() if isinstance(uniforms, str) else uniforms.innovations


def is_shared(kind: ColumnKind) -> bool:
    """Return whether values of different rows have a part of their draw in common."""
    return any(steps for steps, _ in innovations(kind))


def is_size_biased(tables: Mapping[str, BoundTable], table: str, kind: ColumnKind) -> bool:
    """Return whether there are more rows where the value is higher or lower; `table` is that whose rows are drawn for.

    The values of all rows then have another distribution than that of one row of any one parent.
    """
    own = innovations(kind)
    return any(not own.isdisjoint(found) for found in _of_fanouts(tables, table))


def _of_fanouts(tables: Mapping[str, BoundTable], table: str) -> Iterator[set[Innovation]]:
    """Yield what the numbers of rows on the way up are drawn from, as a row of `table` sees it."""
    steps: tuple[Step, ...] = ()
    while (parent := tables[table].parent) is not None:
        fanout = tables[table].fanout
        steps = (*steps, Step(parent))
        if fanout is not None:
            yield {((*steps, *way), key) for way, key in innovations(fanout.generator)}
        table = parent

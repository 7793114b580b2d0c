"""Which tables and columns an expression, or a path, reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fanwise.validator.contract.conditions import Condition, parse_condition
from fanwise.validator.contract.model import Contract, Table
from fanwise.validator.contract.paths import edges_along

__all__ = ["Need", "needs_along", "needs_of", "needs_of_expression"]

Need = tuple[str, str | None]
"""A table and a column (None: the table alone) without which something cannot be asked."""


def needs_of(contract: Contract, table: str, conditions: Sequence[Condition]) -> tuple[Need, ...]:
    """Return the tables and columns that conditions read."""
    needs: list[Need] = [(table, None)]
    for condition in conditions:
        for name in dict.fromkeys(condition.references):
            needs += needs_along(contract.tables, table, name.path)
            needs.append((name.table, name.column))
    return tuple(dict.fromkeys(needs))


def needs_of_expression(contract: Contract, table: str, text: str) -> tuple[Need, ...]:
    """Return the tables and columns that an expression of a table reads."""
    return needs_of(contract, table, [parse_condition(contract.tables, contract.axes, table, text)])


def needs_along(tables: Mapping[str, Table], table: str, path: Sequence[tuple[str, ...]]) -> Iterator[Need]:
    """Yield the tables and columns that a path reads."""
    for edge in edges_along(tables, table, tuple(path)):
        yield from ((table, column) for column in edge.columns)
        yield from ((edge.table, key) for key in edge.keys)
        table = edge.table

"""Shares of segments that no contract declares: they are counted in the data."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from fanwise.io.quoting import quote_ident
from fanwise.validator.contract.model import Axis, Contract
from fanwise.validator.data.warehouse import Warehouse, table_sql
from fanwise.validator.errors import QueryError

__all__ = ["counted_rows", "with_counted_shares"]


def counted_rows(warehouse: Warehouse, table: str, column: str) -> dict[str | None, int]:
    """Return the rows of an open table per segment in `column`, as text; null first where there is one."""
    sql = (
        f"SELECT CAST({quote_ident(column)} AS VARCHAR) AS s, count(*) FROM {table_sql(table)} "
        "GROUP BY s ORDER BY s NULLS FIRST"
    )
    return {row[0]: row[1] for row in warehouse.rows(sql)}


def with_counted_shares(warehouse: Warehouse, contract: Contract) -> Contract:
    """Return the contract with the shares of the data wherever it declares none.

    The segments are those that the contract names, and all that the column holds unless an effect names them all.
    """
    axes = {
        name: _counted(warehouse, axis, closed=any(effect.axis == name for effect in contract.effects.values()))
        if axis.counted
        else axis
        for name, axis in contract.axes.items()
    }
    return replace(contract, axes=axes)


def _counted(warehouse: Warehouse, axis: Axis, *, closed: bool) -> Axis:
    found: dict[str | None, int] = {}
    if axis.column in warehouse.columns.get(axis.table, {}):
        with suppress(QueryError):  # the checks that read the table say so
            found = counted_rows(warehouse, axis.table, axis.column)
    names = [*axis.share, *(name for name in found if name is not None and name not in axis.share and not closed)]
    total = sum(found.get(name, 0) for name in names)
    return replace(axis, share={name: found.get(name, 0) / total if total else 1 / len(names) for name in names})

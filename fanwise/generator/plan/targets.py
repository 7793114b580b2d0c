"""Whether the rows that are referred to can be there: enough of them, and one for the first row."""

from __future__ import annotations

from collections.abc import Mapping

from fanwise.generator.columns.bound import BoundTable
from fanwise.generator.errors import PlanError
from fanwise.generator.language.spec import Column, Dataset, Table
from fanwise.generator.moments.profiles import Profiles

__all__ = ["check_distinct", "check_target"]

_SOME = 0.5  # rows expected, below which a table is most likely empty
_TAIL = 1e-12


def check_distinct(
    dataset: Dataset, tables: Mapping[str, BoundTable], profiles: Profiles, table: Table, column: Column
) -> None:
    """Refuse more different rows below one row than the table referred to has."""
    ref = tables[table.name].columns[column.name].generator.reference
    if ref is None or ref.distinct_in is None or ref.conditional:
        return
    most, at = 1.0, table
    while at.name != ref.distinct_in:
        fanout = tables[at.name].fanout
        if fanout is None:  # a problem of its own
            return
        most *= fanout.largest(_TAIL)
        at = dataset.tables[at.parent or ""]
    available = profiles.rows(ref.table)
    if most > available:
        why = f"up to {most:,.0f} rows of one {ref.distinct_in} must differ; {ref.table} has {available:,.0f}"
        hint = f"give {ref.table} more rows or {table.name}'s fanout a lower `max`"
        raise PlanError(dataset.problem("FW-PLAN-DISTINCT", (*column.place, "distinct_in"), why, hint))


def check_target(
    dataset: Dataset, tables: Mapping[str, BoundTable], profiles: Profiles, table: Table, column: Column
) -> None:
    """Refuse a reference to a table that will most likely be empty, while its own is not."""
    ref = tables[table.name].columns[column.name].generator.reference
    if ref is not None and ref.table == ref.own and column.required:
        why = "the first row has no earlier row to refer to, so the column is null there"
        place = (*column.place, "required")
        raise PlanError(dataset.problem("FW-PLAN-NO-TARGET", place, why, "delete required:"))
    if ref is None or ref.within is not None or ref.table == ref.own:
        return
    available, rows = profiles.rows(ref.table), profiles.rows(table.name)
    if available < _SOME <= rows:
        expected = f"about {available:.2g} rows are" if available else "none is"
        why = f"{table.name} refers to rows of {ref.table}, of which {expected} expected"
        place = (*column.place, "ref")
        raise PlanError(dataset.problem("FW-PLAN-NO-TARGET", place, why, f"give {ref.table} more rows"))

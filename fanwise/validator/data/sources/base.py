"""What a reader is: it makes the tables of one source known to the warehouse, one after another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from fanwise.validator.contract.model import Table
from fanwise.validator.errors import Problem, QueryError, SourceError

if TYPE_CHECKING:
    from fanwise.validator.data.warehouse import Warehouse

__all__ = ["Absent", "Frame", "Reader", "named_some", "needed"]


class Frame(Protocol):
    """Anything that hands out an Arrow stream: a polars.DataFrame, a pandas.DataFrame, a pyarrow.Table."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


class Absent(SourceError):
    """The source has no such table; the audit turns it into a finding."""


class Reader(Protocol):
    """One kind of source; `hint` is the fix if a table exists but cannot be read."""

    hint: str

    @property
    def folders(self) -> Sequence[Path]:
        """What DuckDB may read once it is locked down."""
        ...

    def begin(self, warehouse: Warehouse) -> None:
        """Open the source itself, before DuckDB is locked down; raises SourceError."""
        ...

    def open(self, warehouse: Warehouse, name: str, table: Table) -> None:
        """Define one table, and note its format; raises Absent, or whatever its content does wrong."""
        ...

    def close(self) -> None:
        """Release what `begin` opened; called once the tables are open."""
        ...


def named_some(names: Sequence[str]) -> str:
    """Return the first few names of what there is instead."""
    known = sorted(names)
    return ", ".join(known[:12]) + (", …" if len(known) > 12 else "") if known else "nothing"


def needed(name: str, table: Table, present: Sequence[str]) -> list[str]:
    """Return the columns of the contract that are present, in its order; at least one column, so that rows count."""
    found = [column for column in table.columns if column in present] or list(present[:1])
    if not found:
        raise QueryError(Problem(f"{name} has no columns"))
    return found

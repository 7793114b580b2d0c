"""What a contract promises of rows and values: rules, distributions, and where each is declared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["NOWHERE", "Cell", "Distinct", "Distribution", "Except", "Path", "Rollup", "Source"]

Path = tuple[tuple[str, ...], ...]
"""Edges from a table up to another one, each named by its columns in the table where it starts.

`(("order_id",), ("customer_id",))` from order_item: along order_item.order_id, then along order.customer_id.
"""


@dataclass(frozen=True, slots=True)
class Source:
    """Where something is declared: a file, a 1-based line (0: unknown) and a path such as `tables.order.fanout`."""

    file: str = ""
    line: int = 0
    path: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.file and self.line else self.file
        return f"{place} {self.path}".strip() if place else self.path


NOWHERE = Source()


@dataclass(frozen=True, slots=True)
class Except:
    """Rows that do not count: those in which `name` is one of `values`.

    `name` is written as in a row condition: `column`, `table.column` or `ref_column.column`.
    """

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rollup:
    """What the rows of `table`, whose parent is this one, come to. Nulls do not count, as in SQL.

    column: what is aggregated, None where rows are counted. slack: by how much a value of `column` may differ from the
    one that was aggregated, for values that are written with fewer digits than they were summed with.
    """

    aggregate: Literal["count", "sum", "mean", "min", "max"]
    table: str
    column: str | None = None
    slack: float = 0.0


@dataclass(frozen=True, slots=True)
class Distinct:
    """Below one row that `path` leads to, the values of `columns` are all different."""

    columns: tuple[str, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class Cell:
    """What is expected of the rows whose covariates have the values `at` (None: any value that no cell names).

    at_most: points, each with the share of values that are not above it. shares: of values, as text. mean, median: only
    shown.
    """

    at: tuple[str | None, ...] = ()
    at_most: tuple[tuple[float, float], ...] = ()
    shares: tuple[tuple[str, float], ...] = ()
    mean: float | None = None
    median: float | None = None


@dataclass(frozen=True, slots=True)
class Distribution:
    """How values are distributed: those of `column`, or without one the number of rows of `table` below one of `per`.

    Given the covariates `by`, rows are independent draws. `by` and `without` have names as in a row condition of
    `table`, or of `per` where rows are counted.
    """

    table: str
    cells: tuple[Cell, ...]
    column: str | None = None
    per: str | None = None
    by: tuple[str, ...] = ()
    without: tuple[Except, ...] = ()
    source: Source = NOWHERE

    @property
    def home(self) -> str:
        """The table whose rows have the values."""
        return self.table if self.per is None else self.per

    @property
    def label(self) -> str:
        """What is distributed, in words."""
        return f"{self.table}.{self.column}" if self.column is not None else f"{self.table} per {self.per}"

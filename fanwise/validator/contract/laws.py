"""What a contract expects of many rows together: distributions, correlations, how references are spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from fanwise.validator.contract.promises import NOWHERE, Except, Path, Source

__all__ = ["Cell", "Correlated", "Correlation", "Distribution", "Spread", "View"]


@dataclass(frozen=True, slots=True)
class Cell:
    """What is expected of the rows whose covariates have the values `at` (None: any value that no cell names).

    at_most: points, each with the share of values that are not above it; instants are seconds since 1970-01-01. shares:
    of values, as text. mean, median: only shown. ends: hardly any value lies outside them, `OUTSIDE` on each side.
    """

    OUTSIDE: ClassVar[float] = 1e-12

    at: tuple[str | None, ...] = ()
    at_most: tuple[tuple[float, float], ...] = ()
    shares: tuple[tuple[str, float], ...] = ()
    mean: float | None = None
    median: float | None = None
    ends: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What of a value is distributed, in place of the value itself; a number.

    lag: seconds since `start`. place: the part of the time from `start` to `end` that had passed. hour: seconds since
    midnight. weekday: from 1 for Monday. second: of its minute. character: the code of the one at place `at` of a text,
    counted from 1, or from -1 at its end. start, end: expressions of the row that an instant lies between. where: a
    condition on the rows that count. Rows whose interval is shorter than `shortest` seconds do not, and for `hour`,
    `weekday` and `second` neither do those whose day, week or minute is that of an end: the others may have any part of
    theirs.
    """

    what: Literal["lag", "place", "hour", "weekday", "second", "character"]
    start: str | None = None
    end: str | None = None
    shortest: float = 0.0
    at: int = 0
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Distribution:
    """How values are distributed: those of `column`, or without one the number of rows of `table` below one of `per`.

    Given the covariates `by`, rows are independent draws. `by` and `without` have names as in a row condition of
    `table`, or of `per` where rows are counted. view: only this of the values of a column is looked at. crowded: many
    values lie within few units of their last digit, which is then not even.
    """

    table: str
    cells: tuple[Cell, ...]
    column: str | None = None
    per: str | None = None
    by: tuple[str, ...] = ()
    without: tuple[Except, ...] = ()
    source: Source = NOWHERE
    view: View | None = None
    crowded: bool = False

    @property
    def home(self) -> str:
        """The table whose rows have the values."""
        return self.table if self.per is None else self.per

    @property
    def label(self) -> str:
        """What is distributed, in words."""
        return f"{self.table}.{self.column}" if self.column is not None else f"{self.table} per {self.per}"


@dataclass(frozen=True, slots=True)
class Spread:
    """How often rows of `table` lead to each row along the edge at `columns`: as often, or in proportion to a weight.

    weight: an expression of the table referred to. zipf: the exponent by which the weight falls with the rank of a row,
    in an order that nobody can read from the files. by: expressions of the table referred to; a row is chosen among
    those that have the same values of them. other: the columns of a reference to the same table; a row is another one
    than the one that this leads to.
    """

    table: str
    columns: tuple[str, ...]
    weight: str | None = None
    zipf: float | None = None
    by: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    source: Source = NOWHERE

    @property
    def label(self) -> str:
        """What is spread, in words."""
        return f"{self.table}.{' + '.join(self.columns)}"


@dataclass(frozen=True, slots=True)
class Correlated:
    """The rows whose covariates have the values `at` (None: any other), and the correlation that is expected of them.

    declared: of the normal scores of what was drawn. expected: of the normal scores of ranks, which is nearer to 0
    where values have ties. label: what the number is declared for, "" for all rows.
    """

    at: tuple[str | None, ...]
    declared: float
    expected: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Correlation:
    """How the normal scores of ranks go together: those of `column` and `other`, or of two rows of `column`.

    other: a name as in a row condition; None: of two rows below one that `below` leads to, which `apart` leads to
    different rows, () to themselves. Ranks are those among the rows with the same values of `by`. order, other_order:
    the values of a text from the lowest to the highest. clusters: the rows that these paths lead to have draws in
    common; () where rows are independent. claim: `ratio` judges the number, `direction` its sign, `none` describes.
    fewest: independent rows below which nothing is judged. rows: instead of `column`, the number of rows of this table
    below each row.
    """

    fewest: ClassVar[int] = 100
    table: str
    column: str
    cells: tuple[Correlated, ...]
    other: str | None = None
    by: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    other_order: tuple[str, ...] = ()
    clusters: tuple[Path, ...] = ()
    below: Path = ()
    apart: Path = ()
    claim: Literal["ratio", "direction", "none"] = "ratio"
    source: Source = NOWHERE
    rows: str | None = None

    @property
    def label(self) -> str:
        """What is correlated, in words."""
        what = f"{self.table}.{self.column}" if self.rows is None else f"{self.rows} per {self.table}"
        return f"{what} with {self.other or 'the rows below one parent'}"

    @property
    def id(self) -> str:
        """What a finding calls it."""
        other = self.other or f"alike.{'.'.join(column for step in self.below for column in step)}"
        return f"{self.table}.{self.column or self.rows}.{other}"

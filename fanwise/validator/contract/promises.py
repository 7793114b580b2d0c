"""What a contract promises of rows and values: rules, distributions, and where each is declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

__all__ = [
    "NOWHERE",
    "Among",
    "ArrivalCell",
    "Arrivals",
    "Cell",
    "Correlated",
    "Correlation",
    "Curve",
    "Distinct",
    "Distribution",
    "Except",
    "Law",
    "Moves",
    "Numbered",
    "Path",
    "Rollup",
    "Series",
    "Source",
    "Stays",
    "View",
]

Law = Literal["exponential", "gamma", "weibull", "lognormal", "normal", "uniform", "pareto", "fixed"]
"""Laws of a gap."""

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
    """What the rows of `table` below a row come to. Nulls do not count, as in SQL.

    column: what is aggregated, None where rows are counted. slack: by how much a value of `column` may differ from the
    one that was aggregated, for values that are written with fewer digits than they were summed with. where: a
    condition on the rows that count. by: the column of `table` that orders `first` and `last`; of equal rows, and
    without it, the order of the rows decides. path: edges from `table` to this one, () for its parent's.
    """

    aggregate: Literal["count", "sum", "mean", "min", "max", "first", "last", "count_distinct"]
    table: str
    column: str | None = None
    slack: float = 0.0
    where: str | None = None
    by: str | None = None
    path: Path = ()


@dataclass(frozen=True, slots=True)
class Among:
    """The values of `names` together are one of `rows`, as text; a null breaks no rule."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Series:
    """A value that follows from the rows below the same parent, in their order.

    take: `previous` and `next` read `of` in the row one before or after; the others run over the rows so far. start:
    what the row without such a neighbour has, or what a sum begins with; None: null, or 0. Both are expressions.
    """

    take: Literal["previous", "next", "sum", "count", "min", "max"]
    of: str
    start: str | None = None


@dataclass(frozen=True, slots=True)
class Numbered:
    """The values of a whole table are `start`, `start` + `step`, … up to as many as it has rows, each once."""

    start: int
    step: int = 1


@dataclass(frozen=True, slots=True)
class Moves:
    """The first row below a parent has `start`, each further one what `next` lists for the row before it.

    first: instead of `start`, an expression of the state of the first row.
    """

    start: str | None
    next: Mapping[str, tuple[str, ...]]
    first: str | None = None


@dataclass(frozen=True, slots=True)
class Stays:
    """Instants at which the states in column `state` begin: the first at `start`, each further one when the one before
    has lasted.

    start: an expression. lasts: the fewest and the most seconds of a state; one that is not listed lasts at least 0.
    """

    state: str
    start: str
    lasts: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Curve:
    """How fast arrivals come over time: the product of its parts.

    month: 12 factors from January; weekday: 7 from Monday; hour: 24; each empty where it changes nothing. trend: growth
    a year, of each day. spikes: factor per ISO date. over: the ISO instants between which the mean of it is 1.
    """

    over: tuple[str, str]
    month: tuple[float, ...] = ()
    weekday: tuple[float, ...] = ()
    hour: tuple[float, ...] = ()
    trend: float = 1.0
    spikes: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ArrivalCell:
    """Parents whose covariates have the values `at` (None: any other): the parameters of their gaps, in seconds.

    rate: what divides the gaps.
    """

    at: tuple[str | None, ...]
    gap: Mapping[str, float]
    rate: float = 1.0


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Instants below one parent from `start` to `until`: one gap from `start` to the first, and to each further one.

    Gaps are independent draws of `law`, in seconds of a clock that runs as fast as the curve is high. start, until,
    rate (a further divisor of the gaps) and limit (the most arrivals) are expressions of the parent, and `by` has names
    as in a row condition of it.
    """

    start: str
    until: str
    law: Law
    cells: tuple[ArrivalCell, ...]
    by: tuple[str, ...] = ()
    rate: str | None = None
    limit: str | None = None
    curve: Curve | None = None


@dataclass(frozen=True, slots=True)
class Distinct:
    """Below one row that `path` leads to, the values of `columns` are all different."""

    columns: tuple[str, ...]
    path: Path


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
    `table`, or of `per` where rows are counted. view: only this of the values of a column is looked at.
    """

    table: str
    cells: tuple[Cell, ...]
    column: str | None = None
    per: str | None = None
    by: tuple[str, ...] = ()
    without: tuple[Except, ...] = ()
    source: Source = NOWHERE
    view: View | None = None

    @property
    def home(self) -> str:
        """The table whose rows have the values."""
        return self.table if self.per is None else self.per

    @property
    def label(self) -> str:
        """What is distributed, in words."""
        return f"{self.table}.{self.column}" if self.column is not None else f"{self.table} per {self.per}"

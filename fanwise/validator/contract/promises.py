"""What a contract promises of rows and values: rules, and where each is declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = [
    "NOWHERE",
    "Among",
    "ArrivalCell",
    "Arrivals",
    "Check",
    "Curve",
    "Defect",
    "Distinct",
    "Except",
    "Law",
    "Moves",
    "Numbered",
    "Path",
    "Rollup",
    "Series",
    "Source",
    "Stays",
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
class Check:
    """A row condition of `table`, in the language's SQL; a row for which it is false is a violation, null is none."""

    table: str
    text: str
    source: Source = NOWHERE


@dataclass(frozen=True, slots=True)
class Defect:
    """A kind of fault that the data may have where their table of defects lists it.

    name: duplicate, late, null, typo, case, whitespace, outlier or orphan. column: None for a fault of whole rows.
    """

    table: str
    column: str | None
    name: str

"""A contract: what a data set promises, in declared numbers only.

The generator compiles one from a schema; a person writes one by hand for data that came from elsewhere. Everything
here is frozen and resolved: a path is a list of edges that exist, a segment is one that its axis declares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from fanwise.validator.contract.laws import Cell, Correlated, Correlation, Distribution, Spread, View
from fanwise.validator.contract.promises import (
    NOWHERE,
    Among,
    ArrivalCell,
    Arrivals,
    Check,
    Curve,
    Defect,
    Distinct,
    Except,
    Law,
    Moves,
    Numbered,
    Path,
    Rollup,
    Series,
    Source,
    Stays,
)
from fanwise.validator.contract.stored import StoredFile, StoredTable

__all__ = [
    "CORRELATION_TOLERANCE",
    "NOWHERE",
    "Among",
    "ArrivalCell",
    "Arrivals",
    "Axis",
    "Cell",
    "Check",
    "Claim",
    "Column",
    "Contract",
    "Correlated",
    "Correlation",
    "Curve",
    "Defect",
    "Distinct",
    "Distribution",
    "Edge",
    "Effect",
    "Except",
    "Expectation",
    "Gates",
    "Law",
    "Moves",
    "Numbered",
    "Path",
    "Rollup",
    "Scalar",
    "Series",
    "Source",
    "Spread",
    "Stays",
    "StoredFile",
    "StoredTable",
    "Table",
    "Thresholds",
    "View",
]

ColumnKind = Literal["continuous", "count", "text", "time", "other"]
Scalar = str | int | float | bool | None
Claim = Literal["ratio", "direction", "none"]
Gates = Literal["all", "integrity", "none"]
"""What can fail an audit: everything, the integrity of the data only, or nothing but data that cannot be read."""

Aggregate = Literal["count", "sum", "mean", "share"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    type: int8 … int64, float32, float64, decimal(p,s), text, varchar(n), char(n), uuid, json, bool, date, time,
    timestamp, timestamptz, list(type) or struct(name type, …).
    kind: `continuous` marks columns drawn from a continuous distribution, which `min_effect` may judge; computed
    columns (expr, rollup) are `other`. decimals: digits after the point that values are rounded to, or None. format:
    of a date or timestamp in text files, as strptime has it (None for ISO 8601), or how they write 1234.56.

    Rules, which every row keeps: min, max: the bounds, both included, a number or an ISO date or timestamp. values: all
    values that there are, as text. among: what it can be together with other columns. equals: an expression that gives
    the value. holds: conditions on the row. rollup: what the rows below come to. series, moves, stays: how it follows
    from the rows below the same parent. arrivals: the process in time whose instants the rows below one parent are.
    numbered: the running numbers of the whole table. ascends: it is not below that of an earlier one. before: it is not
    above this column in a later one. without: rows that `equals`, `among`, `rollup` and `series` say nothing about.
    nulls: the share of rows whose value is left out at random, about which they say nothing either; None where none is
    declared. repeats: two rows have the same value with at most this chance, None where it is not known.
    """

    type: str
    nullable: bool = False
    unique: bool = False
    kind: ColumnKind = "other"
    decimals: int | None = None
    format: str | None = None
    min: float | str | None = None
    max: float | str | None = None
    values: tuple[str, ...] = ()
    equals: str | None = None
    holds: tuple[str, ...] = ()
    rollup: Rollup | None = None
    series: Series | None = None
    numbered: Numbered | None = None
    moves: Moves | None = None
    stays: Stays | None = None
    arrivals: Arrivals | None = None
    among: Among | None = None
    ascends: bool = False
    before: str | None = None
    without: tuple[Except, ...] = ()
    nulls: float | None = None
    repeats: float | None = None
    source: Source = NOWHERE


@dataclass(frozen=True, slots=True)
class Edge:
    """A foreign key: `columns` of the table that has the edge equal `keys` of `table`, or are null where `nullable`.

    min, max: the fewest and the most rows that one row of `table` has along this edge, None where there is no bound.
    equals: an expression of `table` that gives their number; a null gives none.
    detour: other edges lead to the same row (a key is carried down), so the name of a table never means this way.
    orphans: the largest share of rows whose columns have no row of `table`; up to that they are a warning.
    """

    columns: tuple[str, ...]
    table: str
    keys: tuple[str, ...]
    kind: Literal["parent", "ref"] = "ref"
    nullable: bool = False
    min: int | None = None
    max: int | None = None
    equals: str | None = None
    detour: bool = False
    orphans: float = 0.0


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `key` may be empty; `rows` is the exact number of rows where one is declared (roots), else None.

    values: the rows of a table whose rows are given, each with the same columns of `columns`. order: a column that
    rises with the rows below one parent. unique: sets of columns that are unique together, beside the key.
    """

    columns: Mapping[str, Column]
    key: tuple[str, ...] = ()
    edges: tuple[Edge, ...] = ()
    rows: int | None = None
    values: tuple[Mapping[str, Scalar], ...] = ()
    distinct: tuple[Distinct, ...] = ()
    order: str | None = None
    unique: tuple[tuple[str, ...], ...] = ()

    @property
    def parent(self) -> Edge | None:
        """The edge to the driving parent, or None for a root."""
        return next((edge for edge in self.edges if edge.kind == "parent"), None)

    def edge(self, columns: tuple[str, ...]) -> Edge | None:
        """Return the edge that starts at these columns, or None."""
        return next((edge for edge in self.edges if edge.columns == columns), None)


@dataclass(frozen=True, slots=True)
class Axis:
    """A way to segment `table` by its column `column`.

    share: declared share per segment (sums to 1), in the order of the file. rank: segments from highest to lowest,
    empty where none is declared; it binds counts and means, not shares. assign: `balanced` promises every count within
    log2(n) + 2 of n times its share, `random` is tested by a G-test, `unknown` (data from elsewhere) is described only.
    unwatched: columns (`order.amount`) and numbers of rows (`order.customer_id`, the columns of the edge) that the axis
    may move without an effect of its own, as it moves others that they follow from: a difference is not a leak.
    """

    table: str
    column: str
    share: Mapping[str, float]
    rank: tuple[str, ...] = ()
    assign: Literal["balanced", "random", "unknown"] = "balanced"
    counted: bool = False
    source: Source = NOWHERE
    rank_source: Source = NOWHERE
    unwatched: tuple[str, ...] = ()

    @property
    def segments(self) -> tuple[str, ...]:
        """The declared segments in the order of the file."""
        return tuple(self.share)


@dataclass(frozen=True, slots=True)
class Effect:
    """One declared metric.

    kind: `fanout` counts rows of `table` per row of `per`; `value` is the mean of `column`; `share` is the share of
    rows whose `column` equals `value`. per (fanout only): a table on the path, by default the one that its first edge
    reaches. path: edges from `table` to the table of `axis`. declared: the mean per segment in any unit: only the
    ratios matter (multipliers will do); every segment of the axis has one. claim: `ratio` judges direction and
    declared ratio; `direction` the order only (say, where a second effect of the same axis mixes in); `none`
    describes. without: rows replaced by `when`; null values never count. dispersion: declared variance / mean of the
    counts (1 for a Poisson), or None where the law has no fixed one. negative: the means are negative, and `declared`
    holds factors on them: 1.5 against 1 means -75 against -50. cluster: a column of the axis' table whose values are
    the independent units, instead of its rows. exposure: an expression of the row (of `per`, where rows are counted)
    whose values the means are per unit of: totals are divided by the totals of it. sources: where the number of a
    segment stands, if not at `source`.
    """

    kind: Literal["fanout", "value", "share"]
    table: str
    axis: str
    path: Path
    declared: Mapping[str, float]
    column: str | None = None
    value: str | None = None
    per: str | None = None
    claim: Claim = "ratio"
    without: tuple[Except, ...] = ()
    dispersion: float | None = None
    negative: bool = False
    cluster: str | None = None
    exposure: str | None = None
    source: Source = NOWHERE
    sources: Mapping[str, Source] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expectation:
    """One entry of `audit.expect`.

    count: rows of `table` per row of `per`; sum: of `column` per row of `per`; mean: of `column`; share: of rows whose
    `column` equals `value`. `per` is the table that carries the axis, or another one on the path.
    ratios: (of, to, low, high): the metric of segment `of` over that of `to` lies in [low, high].
    cluster: see `Effect`.
    """

    aggregate: Aggregate
    table: str
    axis: str
    path: Path
    column: str | None = None
    value: str | None = None
    per: str | None = None
    rank: tuple[str, ...] = ()
    ratios: tuple[tuple[str, str, float, float], ...] = ()
    cluster: str | None = None
    source: Source = NOWHERE


CORRELATION_TOLERANCE = 0.02
"""Deviation from the expected correlation below which it is never a failure; half of it, never a warning."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What decides. Shares, not percent; see docs/audit.md for the reasons.

    min_effect_fanout, min_effect_value: practical floors, (higher − lower) / lower. cov: shown, never a gate.
    alpha_direction: one-sided level of the direction test. alpha_fail, alpha_warn: family-wise levels at which a
    declared ratio is excluded. equivalence: half-width δ of the band [D/(1+δ), D(1+δ)]. interval: level of the
    intervals of expectations and floors. ratio_tolerance: deviations from a declared ratio below this are never a
    failure. power, confidence: what a forecast asks for per pair, and for the whole audit.
    """

    min_effect_fanout: float = 0.20
    min_effect_value: float = 0.10
    cov: float = 0.05
    alpha_direction: float = 1e-3
    alpha_fail: float = 1e-6
    alpha_warn: float = 1e-3
    equivalence: float = 0.10
    interval: float = 0.999
    ratio_tolerance: float = 0.005
    power: float = 0.999
    confidence: float = 0.95


@dataclass(frozen=True, slots=True)
class Contract:
    """What a data set promises; `effects` and `expectations` are keyed by their names, `origin` is only shown.

    floors: `fanout` and `value` where the author states that `min_effect`, or it is not the default one; the ranks of
    expectations must then show it. gates: what decides; the rest is measured and reported. defects: what may be listed.
    """

    name: str
    tables: Mapping[str, Table]
    axes: Mapping[str, Axis] = field(default_factory=dict)
    effects: Mapping[str, Effect] = field(default_factory=dict)
    expectations: Mapping[str, Expectation] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    correlations: tuple[Correlation, ...] = ()
    spreads: tuple[Spread, ...] = ()
    thresholds: Thresholds = Thresholds()
    floors: frozenset[str] = frozenset()
    gates: Gates = "all"
    defects: tuple[Defect, ...] = ()
    origin: Mapping[str, str | int | float] = field(default_factory=dict)

    @property
    def source_word(self) -> str:
        """What a report calls the values to compare with: `declared`, or `reference` where other data show them."""
        return "reference" if "reference" in self.origin else "declared"

    def values_of(self, table: str, column: str) -> tuple[str, ...]:
        """Return all values that a column may have, as text: those that are listed, or the segments of its axis."""
        listed = self.tables[table].columns[column].values
        axes = (axis for axis in self.axes.values() if (axis.table, axis.column) == (table, column))
        return listed or next((axis.segments for axis in axes), ())

    def __post_init__(self) -> None:
        limits, usual = self.thresholds, Thresholds()
        changed = {"fanout": limits.min_effect_fanout != usual.min_effect_fanout}
        changed["value"] = limits.min_effect_value != usual.min_effect_value
        object.__setattr__(self, "floors", self.floors.union(kind for kind in changed if changed[kind]))

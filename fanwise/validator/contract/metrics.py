"""Metrics: everything that a contract asks to be measured by segment, and which pairs of segments each one compares.

| role | from | judged by |
|---|---|---|
| declared | an effect | direction and declared ratio |
| expected | an expectation | its rank and its ranges |
| floor | an axis with a rank, without effect and expectation | `min_effect` on all below it |
| watch | other fanouts and continuous columns below an axis with effects | should be equal; only warns |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from typing import Literal

from fanwise.validator.contract.model import (
    NOWHERE,
    Aggregate,
    Claim,
    Contract,
    Effect,
    Except,
    Expectation,
    Path,
    Source,
)
from fanwise.validator.contract.paths import below, tables_along

__all__ = ["Measure", "Metric", "Pair", "claimed_ratio", "metrics_of", "watched_name"]

Role = Literal["declared", "expected", "floor", "watch"]


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured, apart from what is claimed about it: two metrics with equal measures share one query.

    The estimate of a segment is a ratio of totals over the rows of the axis' table (`target`): of a count or a sum,
    over rows of `per`; of a sum (mean) or a count of hits (share), over the rows of `table` that have a value.
    cluster: the column of the axis' table whose values are the units; None where each of its rows is one. exposure: an
    expression of the row, or of that of `per`, whose total divides instead of the number of rows.
    """

    aggregate: Aggregate
    table: str
    column: str | None
    value: str | None
    per: str | None
    axis: str
    path: Path
    without: tuple[Except, ...] = ()
    cluster: str | None = None
    exposure: str | None = None

    @property
    def noun(self) -> str:
        """What is counted or averaged."""
        return (
            self.table if self.column is None or self.aggregate == "count" else f"a value in {self.table}.{self.column}"
        )

    @property
    def bare(self) -> tuple[object, ...]:
        """The measure apart from the rows it leaves out."""
        return (self.aggregate, self.table, self.column, self.value, self.per, self.axis, self.path, self.exposure)

    def same(self, other: Measure) -> bool:
        """Whether both are the same aggregate of the same column by the same axis, on the same path."""
        return self.bare == other.bare

    @property
    def label(self) -> str:
        """The measure in words: `order per customer`, `mean order.gross_amount`."""
        name = f"{self.table}.{self.column}"
        words = {
            "count": f"{self.table} per {self.per}",
            "sum": f"sum of {name} per {self.per}",
            "mean": f"mean {name}",
            "share": f"share {name} = {self.value}",
        }[self.aggregate]
        if self.exposure is None:
            return words
        plain = self.exposure.replace(".", "").replace("_", "").isalnum()
        return f"{words}, per unit of {self.exposure if plain else 'exposure'}"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two segments: the metric of `high` is claimed to be `ratio` times that of `low` (None: just higher; 1: equal)."""

    high: str
    low: str
    ratio: float | None = None

    @property
    def label(self) -> str:
        """The pair in words: `VIP/Standard`."""
        return f"{self.high}/{self.low}"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric and what is claimed about it.

    declared: relative mean per segment, largest segment first. floor: by how much neighbours of a rank must differ; of
    an expectation 0 unless the contract states it. negative: the means are negative, and `declared` holds factors on
    them, of which a rank speaks too. anchor: the largest segment. carrier: the axis' table.
    """

    id: str
    role: Role
    measure: Measure
    declared: Mapping[str, float] = field(default_factory=dict)
    rank: tuple[str, ...] = ()
    ratios: tuple[tuple[str, str, float, float], ...] = ()
    claim: Claim = "ratio"
    dispersion: float | None = None
    source: Source = NOWHERE
    sources: Mapping[str, Source] = field(default_factory=dict)
    floor: float = 0.0
    negative: bool = False
    anchor: str = ""
    carrier: str = ""

    @property
    def label(self) -> str:
        return self.measure.label

    @property
    def mirrored(self) -> bool:
        """Whether the declared means are negative, so that pairs are judged on their mirror image."""
        return self.negative or self._below_zero

    @property
    def signed(self) -> bool:
        """Whether it is declared which sign the means have."""
        return self.role == "declared" or self.negative

    @property
    def _below_zero(self) -> bool:
        values = self.declared.values()
        return bool(values) and max(values) <= 0 and min(values) < 0

    @property
    def units(self) -> str:
        """The independent units in words: `rows of customer`, `values of household_id`."""
        return f"values of {self.measure.cluster}" if self.measure.cluster else f"rows of {self.carrier}"

    @property
    def is_value(self) -> bool:
        """Whether the metric is about values rather than counts of rows."""
        return self.measure.aggregate != "count"

    def pairs(self) -> tuple[Pair, ...]:
        """Return the pairs that are judged; none for a metric that is only described."""
        return () if self.claim == "none" else self.compared()

    def compared(self) -> tuple[Pair, ...]:
        """Return the pairs to compare, highest first, whatever is claimed of them.

        Declared: between neighbouring levels of the declared mean, each segment of a level against the largest segment
        of the neighbouring one, and within a level against its own largest one (ratio 1).
        """
        if self.role == "declared":
            # Negative means are judged on their mirror image: -1.3 is 1.3 times -1.
            sized = {name: -value for name, value in self.declared.items()} if self._below_zero else self.declared
            return tuple(_declared_pairs(sized))
        if self.role == "watch":
            return tuple(Pair(name, self.anchor, 1.0) for name in self.declared if name != self.anchor)
        return tuple(Pair(high, low) for high, low in pairwise(self.rank))


def claimed_ratio(metrics: Iterable[Metric], metric: Metric, pair: Pair) -> float | None:
    """Return the ratio that is claimed of a pair: its own, else that of the effect with the same measure; or None."""
    if pair.ratio is not None:
        return pair.ratio if metric.claim == "ratio" else None
    for other in metrics:
        if other.role == "declared" and other.measure.same(metric.measure) and other.claim == "ratio":
            above, under = other.declared[pair.high], other.declared[pair.low]
            return above / under if above * under > 0 and above > under else None
    return None


def metrics_of(contract: Contract) -> tuple[Metric, ...]:
    """Return every metric of `contract`: declared, expected, floor, watch, in this order. Ids are unique and stable."""
    declared = [_declared(contract, name, effect) for name, effect in contract.effects.items()]
    factors = {metric.measure.bare for metric in declared if metric.negative}
    expected = [
        replace(metric, negative=metric.measure.bare in factors)
        for metric in (_expected(contract, name, entry) for name, entry in contract.expectations.items())
    ]
    derived = list(_derived(contract, {metric.measure for metric in (*declared, *expected)}))
    return tuple(
        replace(metric, carrier=contract.axes[metric.measure.axis].table) for metric in (*declared, *expected, *derived)
    )


def _declared_pairs(declared: Mapping[str, float]) -> Iterator[Pair]:
    # `declared` stands with the largest segment first, so the first of a level is its largest.
    order = sorted(declared, key=lambda name: -declared[name])
    levels = [tuple(level) for _, level in groupby(order, key=lambda name: declared[name])]
    for level in levels:
        yield from (Pair(level[0], name, 1.0) for name in level[1:])
    for upper, lower in pairwise(levels):
        yield from (_pair(upper[0], name, declared) for name in lower)
        yield from (_pair(name, lower[0], declared) for name in upper[1:])


def _pair(high: str, low: str, declared: Mapping[str, float]) -> Pair:
    above, under = declared[high], declared[low]
    return Pair(high, low, above / under if above * under > 0 else None)


def _by_size(contract: Contract, axis: str, values: Mapping[str, float]) -> dict[str, float]:
    share = contract.axes[axis].share
    return {name: values[name] for name in sorted(values, key=lambda name: (-share.get(name, 0.0), name))}


def _declared(contract: Contract, name: str, effect: Effect) -> Metric:
    aggregate: Aggregate = {"fanout": "count", "value": "mean", "share": "share"}[effect.kind]  # type: ignore[assignment]
    per = (
        effect.per or tables_along(contract.tables, effect.table, effect.path[:1])[-1] if aggregate == "count" else None
    )
    measure = Measure(
        aggregate, effect.table, effect.column, effect.value, per, effect.axis, effect.path, effect.without,
        effect.cluster, effect.exposure,
    )  # fmt: skip
    declared = _by_size(contract, effect.axis, effect.declared)
    # Shares sum to 1: where one segment is higher in one value, it is lower in another.
    rank = () if aggregate == "share" else contract.axes[effect.axis].rank
    return Metric(
        id=name, role="declared", measure=measure, declared=declared, rank=rank, claim=effect.claim,
        dispersion=effect.dispersion, source=effect.source, sources=effect.sources, anchor=next(iter(declared)),
        negative=effect.negative,
    )  # fmt: skip


def _expected(contract: Contract, name: str, entry: Expectation) -> Metric:
    per = (entry.per or contract.axes[entry.axis].table) if entry.aggregate in ("count", "sum") else None
    measure = Measure(
        entry.aggregate, entry.table, entry.column, entry.value, per, entry.axis, entry.path, cluster=entry.cluster
    )
    floor = _floor(contract, measure) if _kind(measure) in contract.floors else 0.0
    return Metric(
        id=f"expect.{name}", role="expected", measure=measure, rank=entry.rank, ratios=entry.ratios,
        source=entry.source, floor=floor,
    )  # fmt: skip


def _kind(measure: Measure) -> str:
    return "fanout" if measure.aggregate == "count" else "value"


def _floor(contract: Contract, measure: Measure) -> float:
    limits = contract.thresholds
    return limits.min_effect_fanout if measure.aggregate == "count" else limits.min_effect_value


def _derived(contract: Contract, known: set[Measure]) -> Iterator[Metric]:
    """Metrics of tables below or directly referring to an axis' table that no effect and no expectation names."""
    for name, axis in contract.axes.items():
        judged = any(measure.axis == name for measure in known)
        if not judged and not axis.rank:
            continue
        named = {(m.aggregate, m.table, m.column, m.per, m.path) for m in known if m.axis == name}
        for measure in _measures_below(contract, name):
            if (measure.aggregate, measure.table, measure.column, measure.per, measure.path) in named:
                continue
            role: Role = "watch" if judged else "floor"
            if judged and watched_name(measure) in axis.unwatched:
                continue
            declared = _by_size(contract, name, dict.fromkeys(axis.share, 1.0)) if judged else {}
            steps = [measure.table, *(column for step in measure.path for column in step)]
            slug = ".".join([role, name, *steps, *([measure.column] if measure.column else [])])
            yield Metric(
                id=slug, role=role, measure=measure, declared=declared, rank=axis.rank, source=axis.source,
                floor=_floor(contract, measure), anchor=next(iter(declared), ""),
            )  # fmt: skip


def watched_name(measure: Measure) -> str:
    """Return the name by which an axis leaves a measure unwatched: its column, or the columns of its first edge."""
    return f"{measure.table}.{measure.column or '+'.join(measure.path[0])}"


def _measures_below(contract: Contract, axis: str) -> Iterator[Measure]:
    for table, path in below(contract.tables, contract.axes[axis].table):
        per = tables_along(contract.tables, table, path[:1])[-1]
        yield Measure("count", table, None, None, per, axis, path)
        for column, spec in contract.tables[table].columns.items():
            if spec.kind == "continuous":
                yield Measure("mean", table, column, None, None, axis, path)

"""Evidence: what was read from a source, asked once and kept, so that checks may ask freely."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from fanwise.io.quoting import quote_ident
from fanwise.text.numbers import percent
from fanwise.validator.contract.metrics import Measure, Metric, Pair, metrics_of
from fanwise.validator.contract.model import Contract, StoredTable
from fanwise.validator.contract.paths import edges_along, tables_along
from fanwise.validator.data.counted_shares import counted_rows
from fanwise.validator.data.types import (
    duckdb_type,
    is_integer,
    is_kept_as,
    is_numeric,
    same_family,
)
from fanwise.validator.data.warehouse import Fault, Warehouse, table_sql
from fanwise.validator.errors import QueryError
from fanwise.validator.findings import Status
from fanwise.validator.measures.estimates import Estimate, Scale, Spread, estimate, spread
from fanwise.validator.measures.extremes import Bound, bounds, largest_unit, largest_value
from fanwise.validator.measures.joint import MOST_EFFECTS, Joint, Products, judged_together, products
from fanwise.validator.measures.needs import Need, needs_of_expression
from fanwise.validator.measures.pairs import Comparison, compared
from fanwise.validator.measures.profiles import ColumnProfile, Rider, TableProfile, profiled
from fanwise.validator.measures.rank_counts import Carriers, carriers
from fanwise.validator.sql.sampling import parts
from fanwise.validator.stats.intervals import Mean, holm

__all__ = ["ColumnProfile", "Evidence", "Need", "Rides", "TableProfile"]

T = TypeVar("T")


Rides = Callable[["Evidence", str], Rider]
"""What rides along in the scan of a table's profile."""


@dataclass
class Evidence:
    """Everything that checks and reports ask about a source. Answers are kept; nothing is asked twice.

    manifest: what the manifest of the data lists, by table. folder: where its files are, None for other sources.
    rides: what else the scan of a table answers besides its profile. brief: only means, spreads and the statuses
    of pairs are wanted, so ranks, lifetimes, causes and advice are left out.
    """

    warehouse: Warehouse
    contract: Contract
    manifest: Mapping[str, StoredTable] = field(default_factory=dict)
    folder: Path | None = None
    rides: Sequence[Rides] = ()
    brief: bool = False
    _kept: dict[object, object] = field(default_factory=dict)

    @cached_property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics of the contract; if brief, without measures that are only watched: their pairs are not shown."""
        found = metrics_of(self.contract)
        judged = {metric.measure for metric in found if metric.role != "watch"}
        return tuple(metric for metric in found if metric.measure in judged) if self.brief else found

    def fault(self, table: str) -> Fault | None:
        """Return why `table` cannot be used, or None."""
        return self.warehouse.faults.get(table)

    def blocked(self, needs: Iterable[Need]) -> str:
        """Return why something that needs these tables and columns cannot be asked; empty if it can."""
        for table, column in needs:
            fault = self.fault(table)
            if fault is not None:
                return fault.message
            if column is None:
                continue
            found = self.warehouse.columns.get(table, {}).get(column)
            if found is None:
                return f"column {table}.{column} is missing"
            declared = self.contract.tables[table].columns[column].type
            if not (same_family(duckdb_type(declared), found) or is_kept_as(declared, found)):
                return f"column {table}.{column} has another type"
        return ""

    def profile(self, table: str) -> TableProfile:
        """Return the profile of an open table: one scan over the columns that the contract names."""
        return self.kept(("profile", table), lambda: self._profile(table))

    def _profile(self, table: str) -> TableProfile:
        # To count the rows whose listed defects are undone takes as long as the scan: nothing rides along there.
        riders = () if self.warehouse.lists_defects else tuple(ride(self, table) for ride in self.rides)
        return profiled(self.warehouse, self.contract, table, riders)

    def estimates(self, measure: Measure) -> dict[str | None, Estimate]:
        """Return the estimate of every segment found."""
        key = ("estimates", measure)
        part, weight = self.parts(measure)[0], self.weight(measure)
        asked = (self.warehouse, self.contract, measure, self.scale(measure), part, weight)
        return self.kept(key, lambda: estimate(*asked))

    def spreads(self, measure: Measure) -> dict[str | None, Spread]:
        """Return the spread of single counts or values in every segment found."""
        key = ("spreads", measure)
        return self.kept(key, lambda: spread(self.warehouse, self.contract, measure, self.scale(measure)))

    def carriers(self, measure: Measure) -> Carriers | None:
        """Return ranks and deciles of the carriers, or None where there are none to rank."""
        key = ("carriers", measure)
        return self.kept(key, lambda: carriers(self.warehouse, self.contract, measure, self.scale(measure)))

    def bounds(self, measure: Measure) -> tuple[Bound, ...]:
        """Return the ends of single counts or values in every segment found, and how many lie there."""
        key = ("bounds", measure)
        return self.kept(key, lambda: bounds(self.warehouse, self.contract, measure, self.scale(measure)))

    def population(self, axis: str) -> dict[str | None, int]:
        """Return the rows of the axis' table per segment; null first where there is one."""
        spec = self.contract.axes[axis]
        return self.kept(("population", axis), lambda: counted_rows(self.warehouse, spec.table, spec.column))

    def misspelt(self, axis: str) -> dict[str, str]:
        """Return the segments without rows of which the data hold another spelling, and that spelling.

        Two spellings differ in case, blanks and signs only: a wrong letter may as well be another segment.
        """
        declared, found = self.contract.axes[axis].share, self.population(axis)
        unknown = {_letters(name): name for name in found if name is not None and name not in declared}
        near = {name: unknown.get(_letters(name)) for name in declared if name not in found}
        return {name: spelt for name, spelt in near.items() if spelt is not None}

    def spelt_otherwise(self, axis: str, segments: Iterable[str]) -> str:
        """Return in words that the data hold one of these segments in another spelling only; nothing where not."""
        wanted = [segment for segment in segments if segment in self.contract.axes[axis].share]
        spelt = self.misspelt(axis) if wanted else {}
        return next((f"{name} is spelt '{spelt[name]}' in the data" for name in wanted if name in spelt), "")

    def needs(self, measure: Measure) -> tuple[Need, ...]:
        """Return the tables and columns that a measure needs."""
        axis = self.contract.axes[measure.axis]
        found: list[Need] = [(measure.table, measure.column)]
        table = measure.table
        passed = tables_along(self.contract.tables, table, measure.path)
        for near, far, columns in zip(passed, passed[1:], measure.path, strict=False):
            edge = self.contract.tables[near].edge(columns)
            found += [(near, column) for column in columns]
            found += [(far, key) for key in (edge.keys if edge else ())]
        cluster: tuple[Need, ...] = ((axis.table, measure.cluster),) if measure.cluster else ()
        exposure: tuple[Need, ...] = ()
        if measure.exposure is not None:
            home = measure.per or measure.table
            exposure = needs_of_expression(self.contract, home, measure.exposure)
        return (*found, (axis.table, axis.column), *cluster, *exposure)

    def weight(self, measure: Measure) -> float:
        """Return the power of two that makes exposures whole numbers of at most 31 bits; 0 where there are none."""
        if measure.exposure is None:
            return 0.0
        home, text = measure.per or measure.table, measure.exposure
        largest = self.kept(("exposure", home, text), lambda: largest_value(self.warehouse, self.contract, home, text))
        return Scale(largest).factor(31)

    def comparison(self, metric: Metric, pair: Pair) -> Comparison:
        """Return one pair of a metric as measured."""
        return self.kept(("comparison", metric.id, pair), lambda: self._compared(metric, pair))

    def _compared(self, metric: Metric, pair: Pair) -> Comparison:
        found = compared(metric, pair, self.means(metric), self.estimates(metric.measure))
        if self.brief:
            return found
        sides = [side for side in (found.high, found.low) if side is not None and side.dominated]
        return replace(found, dominant=tuple(self._dominant(metric.measure, side) for side in sides))

    def _dominant(self, measure: Measure, found: Estimate) -> str:
        """Return which unit makes much of a segment's total: `customer 1 alone makes 31 % of VIP’s total`."""
        key = ("largest", measure, found.segment)
        asked = (self.warehouse, self.contract, measure, self.scale(measure), found.segment)
        unit = self.kept(key, lambda: largest_unit(*asked))
        return f"{unit} alone makes {percent(found.largest, 0)} of {found.segment}’s total"

    def means(self, metric: Metric) -> dict[str, Mean]:
        """Return the mean of each declared segment that was found, mirrored where the declared ones are negative."""
        found, singles = self.estimates(metric.measure), self._singles(metric)
        segments = self.contract.axes[metric.measure.axis].segments
        means = {name: found[name].as_mean(singles.get(name)) for name in segments if name in found}
        return {name: mean.mirrored() for name, mean in means.items()} if metric.mirrored else means

    def _singles(self, metric: Metric) -> dict[str | None, float]:
        """Return the variance of one count or value by segment, where several are in one unit."""
        measure = metric.measure
        if measure.aggregate == "share":
            return {name: each.mean * (1 - each.mean) for name, each in self.estimates(measure).items()}
        apart = measure.per == self.contract.axes[measure.axis].table or not measure.path
        if (apart and not measure.cluster) or metric.role == "watch":
            return {}
        return {name: each.sd**2 for name, each in self.spreads(measure).items()}

    def usable(self, metric: Metric) -> bool:
        """Whether everything that a metric needs can be asked."""
        return not self.blocked(self.needs(metric.measure))

    @cached_property
    def claimed(self) -> tuple[Metric, ...]:
        """The metrics whose declared ratios are claimed."""
        return tuple(metric for metric in self.metrics if metric.role == "declared" and metric.claim == "ratio")

    def claims(self, axis: str) -> list[Metric]:
        """Return the metrics of an axis that declare a difference and its ratio, and can be asked for."""
        mine = (each for each in self.claimed if each.measure.axis == axis and len(set(each.declared.values())) > 1)
        return [metric for metric in mine if self.usable(metric)]

    def joint(self, axis: str) -> Joint | None:
        """Return the test of all declared ratios of an axis at once; None where there are fewer than two."""
        metrics = self.claims(axis)
        means = {metric.id: self.means(metric) for metric in metrics}
        tolerance = self.contract.thresholds.ratio_tolerance
        return self.kept(("joint", axis), lambda: judged_together(metrics, means, self.products(metrics), tolerance))

    def products(self, metrics: Sequence[Metric]) -> Products | None:
        """Return how the units' deviations of metrics of one axis are correlated; None where units differ."""
        measures = [metric.measure for metric in metrics]
        if len({measure.cluster for measure in measures}) != 1 or len(measures) > MOST_EFFECTS:
            return None
        parts = [(measure, self.scale(measure), self.estimates(measure), self.weight(measure)) for measure in measures]
        key = ("products", *measures)
        return self.kept(key, lambda: products(self.warehouse, self.contract, parts))

    @cached_property
    def excluded(self) -> dict[tuple[str, str], float]:
        """Adjusted p-value (Holm, over the family of all declared ratios) that each declared ratio is wrong.

        Keyed by (metric id, pair label); pairs that cannot be compared are left out of the family.
        """
        tolerance = self.contract.thresholds.ratio_tolerance
        keys, values = [], []
        for metric in self.claimed:
            for pair, comparison in self._comparisons(metric) if self.usable(metric) else ():
                if pair.ratio is not None and comparison.ratio is not None:
                    keys.append((metric.id, pair.label))
                    values.append(comparison.excluded_p(tolerance))
        return dict(zip(keys, holm(values), strict=True))

    def read_through(self) -> bool:
        """Read every value of every open table; mark those that cannot be read. Returns whether there are any."""
        damaged = []
        for table in list(self.warehouse.columns):
            columns = ", ".join(quote_ident(column) for column in self.warehouse.columns[table])
            try:
                self.warehouse.rows(f"SELECT bit_xor(hash({columns})) FROM {table_sql(table)}")
            except QueryError as error:
                hint = "the file is damaged; write it again."
                damaged.append(table)
                why = f"table {table} cannot be read: {error.problems[0].statement}"
                self.warehouse.faults[table] = Fault(Status.ERROR, why, hint)
        return bool(damaged)

    def _comparisons(self, metric: Metric) -> list[tuple[Pair, Comparison]]:
        """Return the pairs of a metric; none where its query fails, which the metric's own findings report."""
        try:
            return [(pair, self.comparison(metric, pair)) for pair in metric.pairs()]
        except QueryError:
            return []

    def parts(self, measure: Measure) -> tuple[int, str]:
        """Return into how many parts the units are divided where a large table is only watched, and their table."""
        if not measure.path or any(metric.measure == measure and metric.role != "watch" for metric in self.metrics):
            return 1, measure.table
        last = edges_along(self.contract.tables, measure.table, measure.path)[-1]
        near = tables_along(self.contract.tables, measure.table, measure.path)[-2]
        types = [self.warehouse.columns[near].get(column, "") for column in last.columns]
        types += [self.warehouse.columns[last.table].get(key, "") for key in last.keys]
        whole = len(types) == 2 and all(map(is_integer, types))
        return parts(self.profile(measure.table).rows) if whole else 1, last.table

    def scale(self, measure: Measure) -> Scale:
        """Return how the values of a measure become integers; raises QueryError where they are not numbers."""
        if measure.aggregate not in ("mean", "sum") or measure.column is None:
            return Scale(integral=True)
        column = self.profile(measure.table).columns[measure.column]
        if not is_numeric(column.type):
            why = f"{measure.table}.{measure.column} is {column.type}, of which there is no mean"
            raise QueryError("FW-CONTRACT-COLUMN-TYPE", why)
        return column.scale

    def kept(self, key: object, make: Callable[[], T]) -> T:
        """Return what `make` returned for this key the first time."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]  # type: ignore[return-value]


def _letters(name: str) -> str:
    """Return the letters and digits of a name, in lower case."""
    return "".join(filter(str.isalnum, name.casefold()))

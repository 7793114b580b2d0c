"""Estimates: six sums per segment, by one pass of SQL per measure; nothing but sums leaves DuckDB.

Sums are sums of integers and so do not depend on the number of threads: a float is scaled by the power of two that
leaves 52 bits below the column's largest value (more digits than money has), and Σy² keeps 40 bits of the largest
total. Python finishes with exact fractions, so nothing cancels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fanwise.validator.contract.metrics import Measure
from fanwise.validator.contract.model import Contract
from fanwise.validator.contract.paths import tables_along
from fanwise.validator.data.warehouse import Warehouse
from fanwise.validator.sql.totals import TotalsQuery
from fanwise.validator.stats.intervals import Mean

__all__ = ["Estimate", "Scale", "Spread", "estimate", "spread"]

WHOLE_BITS = 52
SQUARE_BITS = 40
SPREAD_BITS = 31
COARSE_BITS = 20
"""Bits of the largest total of a segment below which its values are not measured well enough."""
DOMINANT = 0.1
"""Part of a segment's total above which one unit is named."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How a column's values become integers: its largest finite absolute value, or that they are integers already."""

    largest: float = 0.0
    integral: bool = False

    def factor(self, bits: int = WHOLE_BITS) -> float:
        """Return the power of two that brings the values below 2^bits."""
        if self.integral or not self.largest:
            return 1.0
        return math.ldexp(1.0, max(-1022, min(1022, bits - math.frexp(self.largest)[1])))


@dataclass(frozen=True, slots=True)
class Estimate:
    """One measure in one segment (None: rows whose segment is null).

    carriers: rows of the axis' table; units: those with something to average (X > 0); rows: ΣX; total: ΣY.
    mean: ΣY/ΣX, nan without rows; variance: of that ratio, cluster-robust, 0 with
    fewer than two units, infinite where no float can hold it.
    unit: the smallest step of a total, 1 for counts and integers.
    clump: rows in the unit of an average row, ΣX²/ΣX. largest: the part of the total that the largest unit makes.
    exposure: ΣX where it is not a number of rows; weight: the steps of it that make 1.
    steps: of the scale on which it was summed, those of the largest total.
    """

    segment: str | None
    carriers: int
    units: int
    rows: int
    total: float
    mean: float
    variance: float
    unit: float = 0.0
    clump: float = 1.0
    largest: float = 0.0
    exposure: float | None = None
    weight: float = 1.0
    steps: float = math.inf

    @property
    def denominator(self) -> float:
        """What the total is divided by: rows, or their exposure."""
        return float(self.rows) if self.exposure is None else self.exposure

    @property
    def dominated(self) -> bool:
        """Whether one unit makes more than a tenth of the total, and more than ten times its part."""
        return self.largest > max(DOMINANT, 1 / DOMINANT / max(self.units, 1))

    def as_mean(self, single: float | None = None) -> Mean:
        """Return what inference needs; single: the variance of one count or value, where it is known."""
        value, variance = self.mean / self.weight, self.variance / self.weight**2
        if self.exposure is not None:
            single = value if self.unit else None  # events; what they scatter more than those of Poisson is measured
        return Mean(
            value, variance, self.units, self.denominator * self.weight, self.unit,
            clump=self.clump, single=single, largest=self.largest,
        ).floored()  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spread:
    """How single counts (per row of `per`) or single values are spread in one segment. sd: of the n values, ddof 1."""

    segment: str | None
    n: int
    zeros: int
    mean: float
    sd: float
    low: float
    p25: float
    median: float
    p75: float
    high: float


def estimate(
    warehouse: Warehouse, contract: Contract, measure: Measure, scale: Scale, slices: int = 1, weight: float = 0.0
) -> dict[str | None, Estimate]:
    """Return the estimate of every segment found in the axis' table.

    slices: from one of so many slices of its rows. weight: the steps of an exposure that make 1; 0: there is none.
    """
    scale = _scale_of(measure, scale)
    found = _estimates(warehouse, contract, measure, scale, slices, weight, math.inf)
    if scale.integral or len(found) < 2:
        return found
    # Beside a segment of huge values, another one's may have too few bits: it is summed again on a scale of its own.
    coarse = {name for name, each in found.items() if each.units and each.steps < 2.0**COARSE_BITS}
    ends = _largest(warehouse, contract, measure) if coarse else {}
    while small := {
        name: end for name, end in ends.items() if name in coarse and 0 < end < scale.largest / 2.0**COARSE_BITS
    }:
        scale = Scale(max(small.values()))
        again = _estimates(warehouse, contract, measure, scale, slices, weight, scale.largest)
        found |= {name: again[name] for name in small}
        coarse = {name for name in small if again[name].steps < 2.0**COARSE_BITS}
    return found


def _largest(warehouse: Warehouse, contract: Contract, measure: Measure) -> dict[str | None, float]:
    """Return the largest absolute value of each segment."""
    query = TotalsQuery(contract, measure, raw=True, warehouse=warehouse)
    sql = f"WITH {query.per(0, materialized=False)} SELECT s, max(abs(y)) FROM per GROUP BY s"
    return {name: float(most or 0) for name, most in warehouse.rows(sql, query.values)}


def _estimates(
    warehouse: Warehouse,
    contract: Contract,
    measure: Measure,
    scale: Scale,
    slices: int,
    weight: float,
    most: float,
) -> dict[str | None, Estimate]:
    """Return the estimates on one scale; those of segments with values beyond `most` are not right."""
    factor = scale.factor()
    query = TotalsQuery(
        contract, measure, factor, scale.integral, slices=slices, weight=weight, most=most, warehouse=warehouse
    )
    per = query.per(len(measure.path), materialized=True, units=True)
    # The scale of the squares comes from the largest total, found by the same query.
    shift = f"least(0, {SQUARE_BITS - 1} - floor(log2(greatest(CAST(coalesce(max(abs(y)), 0) AS DOUBLE), 1))))"
    sql = (
        f"WITH {per}, scaled AS (SELECT pow(2, {shift}) AS t FROM per), "
        "units AS (SELECT s, CAST(x AS HUGEINT) AS x, y, CAST(round(CAST(y AS DOUBLE) * t) AS HUGEINT) AS z, t "
        "FROM per, scaled) "
        "SELECT s, count(*), count(*) FILTER (x > 0), sum(x), sum(y), sum(x * x), sum(z * z), sum(x * z), sum(z), "
        "max(abs(z)), sum(abs(z)), min(t) FROM units GROUP BY s ORDER BY s NULLS FIRST"
    )
    unit = 1.0 if scale.integral else 0.0
    found = [_estimate(row, Fraction(factor), unit, weight) for row in warehouse.rows(sql, query.values)]
    return {each.segment: each for each in found}


def _estimate(row: Sequence[Any], factor: Fraction, unit: float, weight: float) -> Estimate:
    carriers, units, x, y, xx, zz, xz, z, most, all_ = (int(number or 0) for number in row[1:11])
    mean, variance = math.nan, 0.0
    if x:
        mean = float(Fraction(y, x) / factor)
        if units > 1:
            # Σ(Z − RX)², exactly, from the six sums; Z is Y times factor and t.
            ratio = Fraction(z, x)
            residuals = zz - 2 * ratio * xz + ratio * ratio * xx
            whole = factor * Fraction(row[11])
            exact = Fraction(units, units - 1) * residuals / (x * whole) ** 2
            # A scatter too small for a float is not the same as none.
            variance = _float(exact) or (math.inf if exact else 0.0)
    exposure = None
    if weight and x:
        mean, variance, exposure = mean * weight, variance * weight**2, x / weight
    total, clump, largest = _float(Fraction(y) / factor), xx / x if x else 1.0, most / all_ if all_ else 0.0
    rows = x if exposure is None else round(exposure)
    steps = most / row[11] if most else 0.0
    return Estimate(
        row[0], carriers, units, rows, total, mean, variance, unit, clump, largest, exposure, weight or 1.0, steps
    )


def _float(exact: Fraction) -> float:
    """Return the nearest float; infinite where there is none that large."""
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


def spread(warehouse: Warehouse, contract: Contract, measure: Measure, scale: Scale) -> dict[str | None, Spread]:
    """Return the spread of single counts or values in every segment; of values, only finite ones."""
    scale = _scale_of(measure, scale)
    query = TotalsQuery(contract, measure, scale.factor(), scale.integral, warehouse=warehouse)
    depth = 0
    if measure.per is not None:
        depth = tables_along(contract.tables, measure.table, measure.path).index(measure.per)
    per = query.per(depth, materialized=False)
    divisor = Fraction(query.scale)
    shrink = 1.0 if scale.integral else math.ldexp(1.0, SPREAD_BITS - WHOLE_BITS)
    query.values.append(shrink)
    mark = f"${len(query.values)}"
    # Single scaled values have 31 bits left; totals and integers may have more, and their squares need the wider type.
    wide = "BIGINT" if measure.aggregate == "mean" and not scale.integral else "HUGEINT"
    sql = (
        f"WITH {per}, each AS (SELECT s, CAST(y AS DOUBLE) AS v, CAST(round(CAST(y AS DOUBLE) * {mark}) AS {wide}) "
        "AS z FROM per WHERE x > 0) "
        "SELECT s, count(*), count(*) FILTER (v = 0), sum(z), sum(z * z), "
        "quantile_cont(v, [0.0, 0.25, 0.5, 0.75, 1.0]) FROM each GROUP BY s ORDER BY s NULLS FIRST"
    )
    found = [_spread(row, divisor, Fraction(shrink)) for row in warehouse.rows(sql, query.values)]
    return {each.segment: each for each in found}


def _scale_of(measure: Measure, scale: Scale) -> Scale:
    """Rows and hits are integers, whatever the type of the column."""
    return Scale(integral=True) if measure.aggregate in ("count", "share") else scale


def _spread(row: Sequence[Any], divisor: Fraction, shrink: Fraction) -> Spread:
    segment, n, zeros, total, squares, quantiles = row
    whole = divisor * shrink
    mean = Fraction(int(total), n) / whole
    variance = (Fraction(int(squares)) - Fraction(int(total) ** 2, n)) / whole**2 / max(n - 1, 1)
    # The scaling leaves its trace in the last digits; nobody reads more than twelve.
    low, p25, median, p75, high = (float(f"{float(Fraction(quantile) / divisor):.12g}") for quantile in quantiles)
    return Spread(segment, n, zeros, float(mean), math.sqrt(_float(variance)), low, p25, median, p75, high)

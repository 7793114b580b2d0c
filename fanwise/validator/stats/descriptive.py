"""Description: how far segments lie apart, from summaries alone. None of it judges; judgement compares with a promise.

The unit is one row of the axis' table. Formulas: Welch (1951) for unequal variances; ω² and η² of one-way layouts;
Pearson's χ² with Cramér's V. scipy.stats and statsmodels are the oracles of the tests.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fanwise.validator.stats.intervals import Mean

__all__ = [
    "Anova",
    "ChiSquare",
    "Group",
    "chi_square",
    "closeness",
    "coefficient_of_variation",
    "explained",
    "relative_range",
    "shares",
    "welch_anova",
]

LEAST_EXPECTED = 5.0
"""Expected cell count below which the χ² approximation is not trusted, and no p-value is given."""


@dataclass(frozen=True, slots=True)
class Group:
    """n single values with their mean and variance (ddof 1)."""

    n: int
    mean: float
    variance: float


@dataclass(frozen=True, slots=True)
class Anova:
    """Welch's analysis of variance: F with `between` and `within` degrees of freedom, and its upper tail."""

    f: float
    between: float
    within: float
    p: float


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """Pearson's χ² of a table of counts. p: None where an expected count is below 5; cramer: Cramér's V, 0 to 1."""

    statistic: float
    df: int
    p: float | None
    cramer: float


def relative_range(means: Sequence[float]) -> float | None:
    """Return (largest − smallest) / smallest by size, or None unless there are two means, all above or all below 0."""
    sizes = [abs(mean) for mean in means]
    if len(means) < 2 or not min(means) * max(means) > 0:
        return None
    return (max(sizes) - min(sizes)) / min(sizes)


def coefficient_of_variation(values: Sequence[float]) -> float | None:
    """Return the standard deviation (ddof 0) of `values` over the size of their mean, or None where that is 0."""
    centre = math.fsum(value / len(values) for value in values)
    if len(values) < 2 or centre == 0:
        return None
    return math.sqrt(math.fsum((value / centre - 1) ** 2 for value in values) / len(values))


def shares(values: Sequence[float]) -> list[float] | None:
    """Return each value over the sum of all, or None where the sum is not positive."""
    total = math.fsum(values)
    return [value / total for value in values] if total > 0 and math.isfinite(total) else None


def closeness(low: float, high: float) -> float | None:
    """Return the least δ for which [low, high] lies in [1/(1+δ), 1+δ]: by how much two segments differ at most.

    With the 90 % interval of a ratio this is what two one-sided tests at 5 % show (equivalence).
    """
    return max(high, 1 / low) - 1 if low > 0 and math.isfinite(high) else None


def welch_anova(means: Sequence[Mean]) -> Anova | None:
    """Return Welch's test that all means are equal, or None where fewer than two have a variance.

    For counts per row it is Welch's ANOVA; for ratios of totals the same with their cluster-robust variances.
    """
    usable = [mean for mean in means if mean.n > 1 and mean.variance > 0 and math.isfinite(mean.variance)]
    k = len(usable)
    if k < 2 or k < len(means):
        return None
    weights = [1 / mean.variance for mean in usable]
    total = math.fsum(weights)
    if not 0 < total < math.inf:
        return None
    centre = math.fsum(weight * mean.value for weight, mean in zip(weights, usable, strict=True)) / total
    gaps = math.fsum(w * _square(mean.value - centre) for w, mean in zip(weights, usable, strict=True)) / (k - 1)
    loss = math.fsum((1 - w / total) ** 2 / (mean.n - 1) for w, mean in zip(weights, usable, strict=True))
    f = gaps / (1 + 2 * (k - 2) / (k * k - 1) * loss)
    within = (k * k - 1) / (3 * loss)
    return Anova(f, k - 1.0, within, _f_tail(f, k - 1.0, within))


def explained(groups: Sequence[Group]) -> tuple[float, float] | None:
    """Return (η², ω²), the share of the variance of single values that the groups explain; None without any variance.

    ω² = (SSb − (k−1)·MSw) / (SSt + MSw) corrects η² = SSb / SSt for chance; it may be slightly negative.
    """
    n, k = sum(group.n for group in groups), len(groups)
    if k < 2 or n <= k:
        return None
    centre = math.fsum(group.n * group.mean for group in groups) / n
    between = math.fsum(group.n * _square(group.mean - centre) for group in groups)
    within = math.fsum((group.n - 1) * group.variance for group in groups)
    total, noise = between + within, within / (n - k)
    if not 0 < total < math.inf:
        return None
    return between / total, (between - (k - 1) * noise) / (total + noise)


def chi_square(table: Sequence[Sequence[int]]) -> ChiSquare | None:
    """Return Pearson's χ² of independence of rows and columns; empty ones do not count; None for fewer than 2 × 2."""
    from fanwise.io.special import gammaincc

    rows = [sum(row) for row in table]
    columns = [sum(column) for column in zip(*table, strict=True)]
    n = sum(rows)
    tall, wide = sum(row > 0 for row in rows), sum(column > 0 for column in columns)
    if tall < 2 or wide < 2:
        return None
    terms, least = [], math.inf
    for row, own in zip(table, rows, strict=True):
        for count, column in zip(row, columns, strict=True):
            expected = own * column / n
            if expected:
                least = min(least, expected)
                terms.append((count - expected) ** 2 / expected)
    statistic, df = math.fsum(terms), (tall - 1) * (wide - 1)
    p = float(gammaincc(df / 2, statistic / 2)) if least >= LEAST_EXPECTED else None
    return ChiSquare(statistic, df, p, math.sqrt(statistic / (n * (min(tall, wide) - 1))))


def _square(x: float) -> float:
    """Return x², infinite where that is too large for a float (`**` would raise)."""
    return x * x


def _f_tail(f: float, between: float, within: float) -> float:
    from fanwise.io.special import fdtrc

    return float(fdtrc(between, within, f))

"""Inference from six sums: means and ratios of segments with cluster-robust intervals.

Only `scipy.special` is used, and imported on first use; scipy.stats and statsmodels are the oracles of the tests.
The unit is one row of the axis' table (a customer): X rows counted below it and Y their total. A segment's estimate
is the ratio of totals ΣY/ΣX, its variance the linearised n/(n−1)·Σ(Y−RX)²/(ΣX)², which is the cluster-robust
sandwich.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from fanwise.validator.stats.unit_sort import Sort

__all__ = ["Mean", "Ratio", "compare", "counted_gap", "g_test", "holm", "poisson_dispersion", "scattered", "steadied"]

Tail = Literal["greater", "less", "two-sided"]


@dataclass(frozen=True, slots=True)
class Mean:
    """The estimate of one segment.

    value: the mean (nan where there is nothing to average); variance: of the estimate; n: units that carry information;
    total: denominator ΣX; unit: the smallest step by which one row can change a total (1 for counts).
    known: of a prediction, the units that value and variance were measured on (infinite: they follow from formulas);
    doubt: squared coefficient of variation of `variance` as an estimate.
    clump: rows in the unit of an average row, ΣX²/ΣX. single: variance of one count or value; None: not known.
    largest: the part of ΣY that the largest unit makes.
    sharing: degrees of freedom of all segments that share their scatter (`steadied`); 0 where there are none.
    tail: of a prediction, pairs (a, b), a falling: of a total of T, about a·T values are above b/T of the sum of all.
    sorts: of a prediction, the known sorts of its units.
    """

    value: float
    variance: float
    n: int
    total: float
    unit: float = 0.0
    known: float = math.inf
    doubt: float = 0.0
    clump: float = 1.0
    single: float | None = None
    largest: float = 0.0
    sharing: float = 0.0
    tail: tuple[tuple[float, float], ...] = ()
    sorts: tuple[Sort, ...] = ()

    @property
    def freedom(self) -> float:
        """Degrees of freedom of the variance: n − 1, but of a heavy tail about twice the units that make the total.

        A variance has 2n/(κ − 1) of them, κ being the kurtosis: n/k where k of n units make the total.
        """
        return max(1.0, min(self.n - 1, 2 / self.largest if self.largest else math.inf))

    @property
    def cv2(self) -> float:
        """Squared coefficient of variation of one unit's contribution."""
        return self.variance / self.value / self.value * self.n if self.value else math.inf

    @property
    def heavy(self) -> bool:
        """Whether a few huge contributions decide, so that the mean is far from normal (n < 100·CV²)."""
        return math.isfinite(self.cv2) and self.n < 100 * self.cv2

    @property
    def row_variance(self) -> float | None:
        """Variance of one count or value; where each is a unit of its own, that of the estimate tells it."""
        return self.single if self.clump > 1 or self.single is not None else self.variance * self.total

    def mirrored(self) -> Mean:
        """Return the estimate of the negated values."""
        return replace(
            self, value=-self.value, sorts=tuple(replace(sort, y=-sort.y, xy=-sort.xy) for sort in self.sorts)
        )

    def floored(self) -> Mean:
        """Return the estimate with at least the variance that one row deviating by one unit would have caused.

        A sample in which all counts are equal has variance 0, yet a Bernoulli(0.99) fanout shows just that.
        """
        least = (self.unit / self.total) ** 2 if self.total else 0.0
        return self if self.variance >= least else replace(self, variance=least)


def steadied(means: Sequence[Mean]) -> list[Mean]:
    """Return the means with at least the variance that the segments together suggest.

    A small segment of a heavy-tailed distribution often misses the tail: its mean and its variance are then too small
    at once, and an interval at 1e-6 excludes the truth in up to 0.7 % of correct data sets (20 against 200 units,
    lognormal σ = 1.5 to 2). A multiplier scales the law, so what is relative is common: the variance of a row over the
    squared mean, for counts over m + c·m², times the design effect 1 + ρ·(ΣX²/ΣX − 1) of rows in units (Kish 1965).
    ρ, the correlation of a unit's rows, is measured: rows of a unit are independent evidence only as far as the
    data show it. How uneven the units are, n·ΣX²/(ΣX)², is common too: the tail that a segment misses may be in X.
    """
    sign = -1 if all(mean.value <= 0 for mean in means) else 1  # negative means scale alike
    usable = [
        mean
        for mean in means
        if mean.n > 1 and mean.total > 0 < sign * mean.value and 0 < mean.value * mean.value < math.inf
    ]
    weight = sum(mean.n - 1 for mean in usable)
    if not weight:
        return list(means)
    alike, between = _alike(usable), _between(usable) if all(mean.unit for mean in usable) else None
    uneven = math.fsum((mean.n - 1) * mean.n * mean.clump / mean.total for mean in usable) / weight

    def law(mean: Mean) -> float:
        own = mean.value * mean.value if between is None else mean.value * (1 + between * mean.value)
        return own * ((1 - alike) / mean.total + alike * max(mean.clump / mean.total, uneven / mean.n))

    parts = [(mean.n - 1) * mean.variance / law(mean) / weight for mean in usable]
    common = math.fsum(parts)
    shared = math.fsum((part / common) ** 2 / mean.freedom for part, mean in zip(parts, usable, strict=True) if part)

    def raised(mean: Mean) -> Mean:
        least = common * law(mean)
        if mean.variance >= least:
            return replace(mean, sharing=float(weight))
        return replace(mean, variance=least, largest=max(mean.largest, 2 * shared), sharing=float(weight))

    return [raised(mean) if mean in usable else mean for mean in means]


def _alike(means: Sequence[Mean]) -> float:
    """Return the correlation of the rows of a unit, 0 to 1, from the design effects of the segments.

    Each counts by its units. Units of hardly more than a row tell nothing of it, and count as wholly alike.
    """
    parts = []
    for mean in means:
        more, single = mean.clump - 1, mean.row_variance
        told = min(1.0, more) if single else 0.0
        rho = (mean.variance * mean.total / single - 1) / more if told and single else 1.0
        parts.append(mean.n * (told * min(rho, 1.0) + 1 - told))
    return max(0.0, math.fsum(parts) / sum(mean.n for mean in means))


def _between(means: Sequence[Mean]) -> float:
    """Return c of counts whose variance is m + c·m²: 0 for Poisson, 1/k for negative binomial, −1 for yes or no."""
    known = [(mean, mean.row_variance) for mean in means]
    weights = [mean.n * min(1.0, mean.value) if single is not None else 0.0 for mean, single in known]
    if not any(weights):
        return 0.0
    terms = (
        w * ((single or 0.0) / mean.value - 1) / mean.value for w, (mean, single) in zip(weights, known, strict=True)
    )
    least = -1.0 if all(mean.value < 1 for mean in means) else 0.0
    return max(least, math.fsum(terms) / math.fsum(weights))


@dataclass(frozen=True, slots=True)
class Ratio:
    """The ratio of the means of two segments, on the log scale.

    estimate: None where it has no meaning (a mean is 0, or they differ in sign): then the difference `high − D·low` is
    tested instead (Fieller), and so it is for two negative means where it is asked which one is higher. se: standard
    error of ln(estimate). df: Welch–Satterthwaite.
    """

    high: Mean
    low: Mean
    estimate: float | None
    se: float
    df: float

    @property
    def freedom(self) -> float:
        """Degrees of freedom that allow for heavy tails."""
        return _welch(_terms(self.high, self.low), (self.high.freedom, self.low.freedom))

    def interval(self, level: float) -> tuple[float, float] | None:
        """Return the two-sided interval of the ratio at `level`, or None where there is no ratio."""
        if self.estimate is None:
            return None
        half = t_quantile(1 - (1 - level) / 2, self.df) * self.se if self.se else 0.0
        return self.estimate * _exp(-half), self.estimate * _exp(half)

    def difference(self, level: float) -> tuple[float, float]:
        """Return the two-sided interval of `high − low` at `level` (Welch)."""
        gap, se, df = self._apart(1.0)
        half = t_quantile(1 - (1 - level) / 2, df) * se if se else 0.0
        return gap - half, gap + half

    def gap(self, against: float, tail: Tail) -> tuple[float, float, float]:
        """Return how far the ratio lies from `against`, its standard error and the degrees of freedom.

        On the log scale, or as a difference. `against` says how much higher: of a negative mean, -80 is 1.2 times -100.
        """
        if self.estimate is not None and (self.low.value > 0 or tail == "two-sided"):
            return math.log(self.estimate / against), self.se, self.df
        return self._difference(against)

    def parts(self, against: float) -> tuple[float, float]:
        """Return the parts of the squared standard error of `gap(against, "greater")`, of `high` and of `low`."""
        if self.estimate is not None and self.low.value > 0:
            return _terms(self.high, self.low)
        return self._variances(self._factor(against))

    def lead(self, against: float) -> float:
        """Return `high − against · low`, where `against` says how much higher, as in `gap`."""
        return self._difference(against)[0]

    def _difference(self, against: float) -> tuple[float, float, float]:
        return self._apart(self._factor(against))

    def _factor(self, against: float) -> float:
        return 2 - against if self.high.value < 0 and self.low.value < 0 else against

    def _variances(self, against: float) -> tuple[float, float]:
        return self.high.variance, against * against * self.low.variance

    def _apart(self, against: float) -> tuple[float, float, float]:
        variances = self._variances(against)
        gap = self.high.value - against * self.low.value
        return gap, math.sqrt(sum(variances)), _welch(variances, (self.high.n - 1, self.low.n - 1))

    def p_value(self, against: float = 1.0, tail: Tail = "two-sided") -> float:
        """Return the p-value of `ratio = against` (`greater`: of `ratio <= against`); 0 or 1 where nothing varies."""
        gap, se, df = self.gap(against, tail)
        if se == 0.0:
            # Rounding of the totals, not chance, is all that separates two exact numbers.
            sign = 0.0 if abs(gap) < 1e-12 else gap
            met = {"greater": sign > 0, "less": sign < 0, "two-sided": sign != 0}[tail]
            return 0.0 if met else 1.0
        return t_tail(gap / se, df, tail)


def compare(high: Mean, low: Mean) -> Ratio:
    """Return the ratio of two independent means; both need n >= 2.

    SE(ln R)² = v₁/m₁² + v₂/m₂² (delta method); df after Welch and Satterthwaite over the same two terms.
    """
    terms = _terms(high, low)
    df = _welch(terms, (high.n - 1, low.n - 1))
    if high.value * low.value > 0:
        return Ratio(high, low, high.value / low.value, math.sqrt(sum(terms)), df)
    return Ratio(high, low, None, math.inf, df)


def _terms(high: Mean, low: Mean) -> tuple[float, float]:
    """Return the two parts of SE², of the logarithm where the means have one sign."""
    if high.value * low.value > 0:
        return high.variance / high.value / high.value, low.variance / low.value / low.value
    return high.variance, low.variance


def _welch(terms: tuple[float, float], freedom: tuple[float, float]) -> float:
    total = sum(terms)
    if total == 0.0:
        return math.inf
    return 1.0 / sum((term / total) ** 2 / df for term, df in zip(terms, freedom, strict=True))


def counted_gap(gap: float, missing: float) -> float:
    """Return how much of a gap on the log scale counts against the lower mean.

    missing: the part of its variance that it owes to the other segments. What it has seen itself counts in full. Where
    it may have missed the tail, its mean is nearly that of the rest: the gap then counts on the scale of the mean,
    1 − exp(−gap), as in a score test, whose variance is that of the declared mean.
    """
    return (1 - missing) * gap - missing * math.expm1(-gap)


def _exp(x: float) -> float:
    return math.exp(min(x, 700.0))


def t_quantile(p: float, df: float) -> float:
    """Return the quantile of Student's t; the normal one for infinite `df`."""
    from fanwise.io.special import ndtri, stdtrit

    # stdtrit loses digits next to 1; the lower tail keeps them.
    lower = min(p, 1 - p)
    value = float(ndtri(lower)) if math.isinf(df) else float(stdtrit(df, lower))
    return -value if p > 0.5 else value


def t_tail(t: float, df: float, tail: Tail) -> float:
    """Return the tail probability of Student's t at `t`."""
    from fanwise.io.special import ndtr, stdtr

    def lower(x: float) -> float:
        return float(ndtr(x)) if math.isinf(df) else float(stdtr(df, x))

    if tail == "greater":
        return lower(-t)
    if tail == "less":
        return lower(t)
    return min(1.0, 2 * lower(-abs(t)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return Holm's adjusted p-values, in the order given."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for position, i in enumerate(order):
        running = max(running, min(1.0, (len(p_values) - position) * p_values[i]))
        adjusted[i] = running
    return adjusted


def g_test(counts: Sequence[float], shares: Sequence[float]) -> tuple[float, float]:
    """Return (G, p) of the likelihood-ratio test that `counts` come from `shares`; (inf, 0) for a count at share 0."""
    from fanwise.io.special import gammaincc

    total = sum(counts)
    if any(count and not share for count, share in zip(counts, shares, strict=True)):
        return math.inf, 0.0
    g = 2 * math.fsum(
        count * math.log(count / (total * share)) for count, share in zip(counts, shares, strict=True) if count
    )
    g = max(g, 0.0)
    df = sum(share > 0 for share in shares) - 1
    return g, float(gammaincc(df / 2, g / 2)) if df > 0 else 1.0


def poisson_dispersion(n: int, mean: float, variance: float, declared: float = 1.0) -> tuple[float, float]:
    """Return (variance / mean, two-sided p) of the dispersion test: (n − 1)·s²/(declared·mean) is χ² with n − 1 df."""
    from fanwise.io.special import gammainc, gammaincc

    statistic = (n - 1) * variance / (declared * mean)
    upper, lower = float(gammaincc((n - 1) / 2, statistic / 2)), float(gammainc((n - 1) / 2, statistic / 2))
    return variance / mean, min(1.0, 2 * min(upper, lower))


def scattered(n: int, total: float, rate: float, variance: float, exposure: float, clump: float) -> tuple[float, float]:
    """Return (scatter over that of Poisson counts, two-sided p) of n counts N with exposures E.

    variance: of the rate ΣN/ΣE, so that Σ(N − rE)² follows. clump: ΣE²/ΣE. T = (Σ(N − rE)² − ΣN) / √(2r²ΣE²) is
    standard normal for Poisson counts of one rate, whatever the exposures (Dean and Lawless 1989, JASA 84:467).
    """
    from fanwise.io.special import ndtr

    squares = variance * exposure * exposure * (n - 1) / n
    fitted = total - rate * clump  # the expected squares, less what fitting the rate takes up
    size = math.sqrt(2 * rate * rate * clump * exposure)
    score = (squares - fitted) / size if size else 0.0
    return squares / fitted if fitted > 0 else math.inf, min(1.0, 2 * float(ndtr(-abs(score))))

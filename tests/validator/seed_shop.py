"""Data that match printed summaries: ascending counts and amounts with told order statistics, totals and deviations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

__all__ = ["COUNTS", "CUSTOMERS", "ITEMS", "VALUES", "amounts", "counts", "spread_out"]

CUSTOMERS = {"VIP": 164, "Standard": 482, "Casual": 354}
ITEMS = 59_589


@dataclass(frozen=True)
class Told:
    """Order statistics, total and standard deviation, as the report printed them."""

    low: float
    p25: float | None
    median: float
    p75: float | None
    high: float
    sd: float
    total: float


COUNTS = {
    "VIP": Told(14, 20, 23, 27, 38, 4.76, 3_826),
    "Standard": Told(10, 20, 23, 26, 39, 4.81, 11_080),
    "Casual": Told(9, 19, 23, 27, 39, 5.40, 8_258),
}
VALUES = {
    "VIP": Told(5.29, None, 56.62, None, 635.90, 59.23, 275_439.44),
    "Standard": Told(5.63, None, 56.34, None, 856.91, 58.27, 798_125.58),
    "Casual": Told(5.09, None, 55.71, None, 799.60, 59.13, 597_600.93),
}


def count_bounds(told: Told, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and the most that each of n ascending counts may be, so that their order statistics are told."""
    least, most = np.full(n, told.low), np.full(n, told.high)
    for share, value in ((0.25, told.p25), (0.5, told.median), (0.75, told.p75)):
        place = share * (n - 1)
        least[int(np.floor(place)) :] = value
        most[: int(np.ceil(place)) + 1] = np.minimum(most[: int(np.ceil(place)) + 1], value)
    most[0], least[-1] = told.low, told.high
    return least, most


def counts(told: Told, n: int) -> np.ndarray:
    """Return n ascending counts with these order statistics, this total and, to the second decimal, this sd."""
    least, most = count_bounds(told, n)
    normal = stats.norm.ppf((np.arange(n) + 0.5) / n)
    found = np.clip(np.rint(told.total / n + told.sd * normal), least, most)
    while found.sum() != told.total:
        step = np.sign(told.total - found.sum())
        free = np.flatnonzero((found + step >= least) & (found + step <= most))
        found[free[free.size // 2]] += step
    wanted = told.sd**2 * (n - 1)
    for _ in range(100_000):
        gap = wanted - ((found - found.mean()) ** 2).sum()
        if abs(np.sqrt(((found - found.mean()) ** 2).sum() / (n - 1)) - told.sd) < 4e-3:
            break
        found = moved_apart(found, least, most, 1 if gap > 0 else -1, abs(gap))
    return found.astype(np.int64)


def moved_apart(found: np.ndarray, least: np.ndarray, most: np.ndarray, way: int, gap: float) -> np.ndarray:
    """Return the counts with one lower and one higher one a step further apart (or, way = -1, closer together)."""
    down = np.flatnonzero((found - way >= least) & (found - way <= most))
    up = np.flatnonzero((found + way <= most) & (found + way >= least))
    # The change of the sum of squares is 2·way·(found[j] − found[i]) + 2: the largest that does not overshoot.
    change = 2 * way * (found[up][None, :] - found[down][:, None]) + 2
    score = np.where((change * way > 0) & (np.abs(change) <= gap + 2), np.abs(change), -1)
    i, j = np.unravel_index(int(score.argmax()), score.shape)
    moved = found.copy()
    moved[down[i]] -= way
    moved[up[j]] += way
    return moved


def amounts(told: Told, n: int) -> np.ndarray:
    """Return n ascending amounts in cents: lognormal halves about the median, bent until mean and sd are told."""
    z = np.abs(stats.norm.ppf((np.arange(n) + 0.5) / n))
    upper = np.arange(n) >= n / 2
    low, median, high = (round(100 * end) for end in (told.low, told.median, told.high))

    def made(below: float, above: float) -> np.ndarray:
        cents = np.where(upper, median * np.exp(above * z), median * np.exp(-below * z)).clip(low, high)
        cents[0], cents[-1] = low, high
        cents[(n - 1) // 2] = cents[n // 2] = median
        return cents

    def fitting(above: float) -> np.ndarray:
        return made(bisected(lambda below: -made(below, above).sum(), -round(100 * told.total), 0.01, 3.0), above)

    above = bisected(lambda above: fitting(above).std(ddof=1), 100 * told.sd, 0.5, 0.9)
    cents = np.rint(fitting(above)).astype(np.int64)
    missing = round(100 * told.total) - int(cents.sum())
    cents[n // 4 : n // 4 + abs(missing)] += np.sign(missing)
    return np.sort(cents)


def bisected(rising: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < wanted else (low, middle)
    return low


def spread_out(values: np.ndarray) -> np.ndarray:
    """Return the values in an order that mixes small and large ones: steps of the golden section."""
    return values[np.argsort(np.arange(values.size) * 0.6180339887498949 % 1.0, kind="stable")]

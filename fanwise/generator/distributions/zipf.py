"""zipf {s, n}: rank k from 1 to n with probability proportional to k^(−s)."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy as np

from fanwise.generator.distributions.base import Cells, Floats, Ints, Params, Sampler
from fanwise.generator.distributions.bounds import NOTHING, Below, Bounded, about
from fanwise.generator.distributions.counting import smallest_integer
from fanwise.generator.distributions.knots import Locator, two_sided
from fanwise.generator.distributions.requirements import broken, unfit, unscalable, whole
from fanwise.generator.distributions.sampling import cell_of, pick
from fanwise.generator.numerics import exactmath
from fanwise.generator.numerics.blocks import blocks
from fanwise.generator.numerics.exactmath import rounded

_HEAD = 1 << 12  # ranks with a table; the error of the closed tail is about (s / _HEAD)^2 / 100 of a rank
_NO_SLOPE = 1e-300  # stands for |1 − s| where s = 1: log1p(a·w) / a is then w itself


class Zipf(Bounded):
    """The Zipf law on 1 … n; s = 0 makes all ranks equally likely."""

    name = "zipf"
    discrete = True
    integral_scale = True
    sort = "count"

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        return unfit(params, "s", "n") or broken(
            (0 <= params["s"] <= 100, f"s is {params['s']:g}; give a number from 0 to 100"),
            (
                whole(params["n"]) and 1 <= params["n"] <= 1e12,
                f"n is {params['n']:g}; give an integer from 1 to 1,000,000,000,000",
            ),
        )

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters for a factor of 1; raise ValueError for others, which act on the drawn integer."""
        return unscalable(self.name, params, factor)

    def support(self, params: Params) -> tuple[float, float]:
        """Return bounds that no value is beyond."""
        return 1.0, params["n"]

    def mean(self, params: Params) -> float:
        """Return the mean."""
        s, n = float(params["s"]), int(params["n"])
        return _power_sum(s - 1, n) / _power_sum(s, n)

    def variance(self, params: Params) -> float:
        """Return the variance."""
        s, n = float(params["s"]), int(params["n"])
        return max(0.0, _power_sum(s - 2, n) / _power_sum(s, n) - self.mean(params) ** 2) if n > 1 else 0.0

    def below(self, params: Params, x: float) -> Below:
        """Return what lies at or below x."""
        s, n = float(params["s"]), int(params["n"])
        if x < 1:
            return NOTHING
        k = n if x >= n else math.floor(x)
        total = _power_sum(s, n)
        mass, first, second = (_power_sum(s - order, k) / total for order in range(3))
        return about(self.mean(params), mass, _between(s, k + 1, n) / total, first, second)

    def upper(self, params: Params, tail: float) -> float:
        """Return the 1 − tail quantile."""
        s, n = float(params["s"]), int(params["n"])
        total = _power_sum(s, n)
        return float(smallest_integer(lambda k: _between(s, k + 1, n) <= tail * total, 1, n))

    def atoms(self, params: Params, limit: int) -> tuple[Floats, Floats] | None:
        """Return the values and their probabilities, or None when there are more than `limit`."""
        s, n = float(params["s"]), int(params["n"])
        if n > limit:
            return None
        ranks = np.arange(1, n + 1, dtype=np.float64)
        return ranks, ranks**-s / _power_sum(s, n)

    def sampler(self, cells: Sequence[Params]) -> Sampler:
        """Return the sampler of these cells."""
        return _Sampler(cells)


def _power_sum(t: float, last: int) -> float:
    """Return the sum of k^(−t) for k = 1 … last."""
    if last <= _HEAD:
        return _head_sum(t, last)
    return _head_sum(t, _HEAD) + _tail_sum(t, _HEAD + 1, last)


@functools.lru_cache(maxsize=4096)
def _head_sum(t: float, last: int) -> float:
    return math.fsum(np.arange(1, last + 1, dtype=np.float64) ** -t)


def _between(t: float, first: int, last: int) -> float:
    """Return the sum of k^(−t) for k = first … last, each part to its own precision."""
    if first > last:
        return 0.0
    split = min(max(first - 1, _HEAD), last)
    head = math.fsum(np.arange(first, split + 1, dtype=np.float64) ** -t)
    return head + (_tail_sum(t, split + 1, last) if last > split else 0.0)


def _tail_sum(t: float, first: int, last: int) -> float:
    """Return the sum of k^(−t) for k = first … last by Euler and Maclaurin at midpoints (first above `_HEAD`)."""
    low, high = first - 0.5, last + 0.5
    span = math.log(high / low)
    area = math.pow(low, 1 - t) * (math.expm1((1 - t) * span) / (1 - t)) if t != 1 else span
    slope = -t * (math.pow(high, -t - 1) - math.pow(low, -t - 1)) / 24
    third = -t * (t + 1) * (t + 2) * (math.pow(high, -t - 3) - math.pow(low, -t - 3)) * 7 / 5760
    return area - slope + third


class _Sampler:
    """A table of the first ranks; beyond, the midpoint integral of x^(−s) is inverted.

    With M the sum of weights between an anchor y₀ and y, y = y₀ · (1 + (1 − s) · M · y₀^(s − 1))^(1 / (1 − s)); the
    anchor is the end of the table for s < 1 and n for s ≥ 1, so that the bracket is a sum of positive terms. The next
    term of Euler and Maclaurin, s/24 · x^(−s − 1) at both ends, adds to M at the anchor and moves y by −s / (24 y).
    """

    def __init__(self, cells: Sequence[Params]) -> None:
        tables, tails = zip(*(_cell(cell) for cell in cells), strict=True)
        self._locator = Locator(tables)
        self._tails = tuple(np.ascontiguousarray(column) for column in np.array(tails, dtype=np.float64).T)

    def quantile(self, u: Floats, cell: Cells) -> Ints:
        """Return the value at `u` in (0, 1), shape (n,), of each row's cell."""
        u = np.ascontiguousarray(u)
        out = np.empty(u.size, dtype=np.int64)
        one = cell_of(cell, self._locator.cells)
        for rows in blocks(u.size):
            block = np.asarray(cell)[rows].astype(np.int64) if one is None else one
            found = self._locator.locate(u[rows], block)
            starts = self._locator.starts
            np.subtract(found, (starts[block] if isinstance(block, int) else starts.take(block)) - 1, out=out[rows])
            beyond = np.flatnonzero(out[rows] > _HEAD)
            if beyond.size:
                where = block if isinstance(block, int) else block[beyond]
                out[rows.start + beyond] = self._tail(u[rows][beyond], where, one)
        return out

    def _tail(self, u: Floats, cell: Ints | int, one: int | None) -> Ints:
        anchor, sign, table_end, weight, slope, correction, last, at_anchor = pick(self._tails, cell, one)
        mass = np.where(sign > 0, u - table_end, 1.0 - u)
        np.add(mass, at_anchor, out=mass)
        np.multiply(mass, weight, out=mass)
        np.multiply(mass, slope, out=mass)
        exactmath.log1p(mass, out=mass)
        np.divide(mass, slope, out=mass)
        np.multiply(mass, sign, out=mass)
        rank = exactmath.exp(mass, out=mass)
        np.multiply(rank, anchor, out=rank)
        np.subtract(rank, correction / rank, out=rank)
        np.ceil(np.subtract(rank, 0.5, out=rank), out=rank)
        out: Ints = np.minimum(np.maximum(rank, _HEAD + 1), last).astype(np.int64)
        return out


def _cell(params: Params) -> tuple[Floats, tuple[float, ...]]:
    """Return P(X ≤ k) of the table's ranks (a last entry of 1 stands for all beyond), and the numbers of the tail."""
    s, n = float(params["s"]), int(params["n"])
    total, ranks = _power_sum(s, n), np.arange(1, min(n, _HEAD) + 1, dtype=np.float64)
    weights = ranks**-s
    rest = _tail_sum(s, _HEAD + 1, n) if n > _HEAD else 0.0
    above = np.append(np.add.accumulate(weights[::-1])[::-1][1:], 0.0) + rest
    cdf, sf = np.add.accumulate(weights) / total, above / total
    if n <= _HEAD or sf[-1] < 2.0**-60:
        return two_sided(cdf, sf), (1.0,) * 8
    table = two_sided(np.append(cdf, 1.0), np.append(sf, 0.0))
    anchor = _HEAD + 0.5 if s < 1 else n + 0.5
    weight = float(rounded(total * anchor ** (s - 1)))
    sign = 1.0 if s < 1 else -1.0
    at_anchor = sign * float(rounded(s / 24 * anchor ** (-s - 1) / total))
    return table, (anchor, sign, float(table[-2]), weight, abs(1 - s) or _NO_SLOPE, s / 24, float(n), at_anchor)

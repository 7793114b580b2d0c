"""Laws of numbers: the plainest distribution that fits, else quantiles.

A candidate is fitted by maximum likelihood where a formula gives it, else by moments, and accepted if its
Kolmogorov-Smirnov distance is no more than chance or one percent, and its mean is that of the values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["GRID", "Floats", "Law", "Spread", "Tail", "fit", "number", "quantile_law"]

Floats = npt.NDArray[np.float64]

GRID = np.concatenate([[0.001, 0.0025], np.arange(0.005, 1.0, 0.005), [0.9975, 0.999]])
"""The probabilities at which distribution functions are compared."""

_CLOSE = 0.01
_CHANCE = 1.25  # times 1/√n: above it lies the distance of one sample in a hundred, parameters fitted
_MEAN = 0.01
_SPIKE = 0.02


@dataclass(frozen=True, slots=True)
class Spread:
    """How numbers are spread: moments, moments of logarithms (nan unless all are positive), quantiles on the grid."""

    count: int
    mean: float
    sd: float
    low: float
    high: float
    log_mean: float
    log_sd: float
    quantiles: Floats

    @property
    def chance(self) -> float:
        """The distance up to which a law is not excluded."""
        return max(_CLOSE, _CHANCE / math.sqrt(self.count))


@dataclass(frozen=True, slots=True)
class Law:
    """A distribution as the language writes it. distance: from the values. clamp: bounds that it needs."""

    word: str
    params: Mapping[str, Any]
    distance: float
    clamp: tuple[float | None, float | None] = (None, None)

    @property
    def note(self) -> str:
        """The evidence in a few words."""
        return f"distance {self.distance:.3f}"


@dataclass(frozen=True, slots=True)
class Tail:
    """The largest values of at least so many units as are written about.

    share: of the rows below. end: the value that the last of these units reaches. mean: of the rows from there on.
    inner: quantiles before it, by share. apart: moves a number that is a value of fewer units.
    """

    share: float
    end: float
    mean: float
    inner: Mapping[float, float]
    apart: Callable[[float], float]

    def last(self, *, log: bool) -> float:
        """Return the last knot, from which the values beyond the end have their mean."""
        if not log:
            return self.apart(2 * self.mean - self.end)
        low, high = 0.0, 40.0
        for _ in range(60):  # the mean of a straight line between logarithms is (b - a) / (ln b - ln a)
            middle = (low + high) / 2
            low, high = (middle, high) if self.end * math.expm1(middle) < self.mean * middle else (low, middle)
        return self.apart(self.end * math.exp(low))


def number(value: float, digits: int = 4) -> float | int:
    """Return a number with few digits, whole where it is."""
    if not value or not math.isfinite(value):
        return 0
    found = float(f"{value:.{digits - 1}e}")
    return int(found) if found.is_integer() and abs(found) < 1e15 else found


def fit(spread: Spread) -> Law | None:
    """Return the plainest law within the bound, None where there is none."""
    if spread.count < 2 or not spread.sd > 0:
        return None
    found = [law for law in _candidates(spread) if law.distance <= spread.chance]
    plain = [law for law in found if law.word in ("uniform", "exponential")]
    return plain[0] if plain else min(found, key=lambda law: law.distance, default=None)


def _candidates(spread: Spread) -> Iterator[Law]:
    from scipy import stats

    mean, sd, slack = spread.mean, spread.sd, max(_MEAN, 3.3 * spread.sd / abs(spread.mean or 1) / spread.count**0.5)

    def law(word: str, params: dict[str, float], cdf: Callable[[Floats], Floats], own: float) -> Iterator[Law]:
        if mean == 0 or abs(own / mean - 1) <= slack or word == "normal":
            yield Law(word, {name: number(value) for name, value in params.items()}, _distance(spread, cdf))

    ends = spread.low, spread.high
    yield from law(
        "uniform", {"min": ends[0], "max": ends[1]}, stats.uniform(ends[0], ends[1] - ends[0]).cdf, sum(ends) / 2
    )
    if spread.low >= 0:
        yield from law("exponential", {"mean": mean}, stats.expon(scale=mean).cdf, mean)
    yield from law("normal", {"mean": mean, "sd": sd}, stats.norm(mean, sd).cdf, mean)
    if spread.low > 0 and spread.log_sd > 0:
        median, sigma = math.exp(spread.log_mean), spread.log_sd
        own = median * math.exp(min(sigma * sigma / 2, 300))
        yield from law("lognormal", {"median": median, "sigma": sigma}, stats.lognorm(sigma, scale=median).cdf, own)
        shape = _gamma_shape(math.log(mean) - spread.log_mean)
        yield from law("gamma", {"mean": mean, "shape": shape}, stats.gamma(shape, scale=mean / shape).cdf, mean)
        shape = math.pi / math.sqrt(6) / sigma
        scale = mean / math.gamma(1 + 1 / shape) if shape > 0.05 else 0.0
        if scale > 0:
            yield from law("weibull", {"mean": mean, "shape": shape}, stats.weibull_min(shape, scale=scale).cdf, mean)


def _gamma_shape(gap: float) -> float:
    """Return the shape whose log of the mean is `gap` above the mean of the log (Minka 2002, one step of Newton's)."""
    from scipy import special

    gap = max(gap, 1e-9)
    shape = (3 - gap + math.sqrt((gap - 3) ** 2 + 24 * gap)) / (12 * gap)
    for _ in range(4):
        slope = 1 / shape - float(special.polygamma(1, shape))
        shape -= (math.log(shape) - float(special.digamma(shape)) - gap) / slope
    return shape


def _distance(spread: Spread, cdf: Callable[[Floats], Floats]) -> float:
    return float(np.max(np.abs(cdf(spread.quantiles) - GRID)))


def quantile_law(
    spread: Spread, guard: Callable[[Sequence[float]], list[float]], edge: float, tail: Tail | None = None
) -> Law:
    """Return the quantiles of the values as knots. edge: the share that is cut off at each end.

    guard: makes values that belong to too few units into such that belong to nobody. tail: keeps the mean of the
    largest values, which are cut off without it.
    """
    top = tail.share if tail is not None else 1 - edge
    wanted = [0.01, 0.05, *np.arange(0.1, 0.95, 0.1).round(1).tolist(), 0.95, 0.99, 0.999]
    inner = sorted(share for share in {*wanted, *_ends_of_spikes(spread)} if edge < share < top)
    values = np.interp([edge, *inner, top], GRID, spread.quantiles)
    values[0], values[-1] = max(values[0], spread.low), min(values[-1], spread.high)
    if tail is not None:
        more = {share: value for share, value in tail.inner.items() if edge < share < top}
        found = {**dict(zip(inner, values[1:-1].tolist(), strict=True)), **more}
        inner = sorted(found)
        values = np.array([values[0], *(found[share] for share in inner), tail.end])
    kept = np.maximum.accumulate(guard([float(number(value, 5)) for value in values]))
    shares = ["0", *map(_share, inner), "1"]
    log = bool(kept[0] > 0 and kept[-1] > 50 * kept[0])
    if tail is not None:
        shares[-1:] = [_share(tail.share), "1"]
        log = bool(kept[0] > 0 and tail.last(log=False) > 50 * kept[0])
        kept = np.append(kept, max(kept[-1], number(tail.last(log=log), 5)))
    knots = dict(zip(shares, kept.tolist(), strict=True))
    params: dict[str, Any] = {"knots": {share: number(value, 6) for share, value in knots.items()}}
    return Law("quantile", {**params, "log": True} if log else params, 0.0)


def _ends_of_spikes(spread: Spread) -> Iterator[float]:
    """Yield the shares at which a value that many rows have begins and ends."""
    same = np.diff(spread.quantiles) == 0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], same.astype(int), [0]])))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if GRID[end] - GRID[begin] >= _SPIKE:
            yield from (round(float(GRID[begin]), 4), round(float(GRID[end]), 4))


def _share(share: float) -> str:
    return f"{share:.6f}".rstrip("0")

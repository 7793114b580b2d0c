"""What a reader of the files sees of a normal score: ties, and the correlation that they leave.

A value with ties has the score of their middle rank, so what can be measured is nearer to 0 than the correlation of the
draws. With the Hermite coefficients c and d of two scores as functions of what is drawn (orthonormal polynomials),
their covariance at a correlation r is Σ cₖ dₖ rᵏ (Mehler 1866).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.columns.base import ColumnKind
from fanwise.generator.columns.support.cell_law import CellDistribution
from fanwise.generator.columns.support.instants import DAY
from fanwise.generator.distributions.bounds import Bounded
from fanwise.generator.distributions.samplers import sampler_of
from fanwise.generator.language.spec import Covariate

__all__ = ["cuts_of", "expected_of"]

Floats = npt.NDArray[np.float64]
_TERMS = 40  # of the series
_MOST_STEPS = 2000
_FINE = 0.02  # of a standard deviation: steps of values that are no more than rounding
_TAIL = 1e-9
_HELD = 1e-4  # of the rows with one value, from which it counts
_FEW_DAYS = 200  # of which a curve makes some much more frequent than others
_SHARES = (np.arange(4000) + 0.5) / 4000  # a value that two of them have is had by many rows
_GRID = np.linspace(-6.0, 6.0, 601)


def cuts_of(
    kind: ColumnKind, dtype: pl.DataType, decimals: int | None, at: Mapping[Covariate, str | None]
) -> Floats | None:
    """Return the shares of the draws below each step from one value to the next; none: no two values are alike.

    None: they are not known. dtype, decimals: of the values as they are written.
    """
    if kind.distribution is None:
        return _of_instants(kind, dtype)
    cells, laws = kind.distribution
    own = {axis.path.covariate: at[axis.path.covariate] for axis in cells.axes}
    if not laws:
        options = kind.domain(own)
        steps = np.cumsum([share for label, share in options or () if label is not None])[:-1]
        inner = np.unique(steps[(steps > 0) & (steps < 1)])  # no step to or from a value of weight 0
        return inner if len(inner) else None
    law = laws[cells.at(own)]
    digits = 0 if dtype.is_integer() or (law is not None and law.family.discrete) else decimals
    return None if law is None else _of_law(law, digits)


def _of_instants(kind: ColumnKind, dtype: pl.DataType) -> Floats | None:
    """Return the steps of instants between fixed ends: those of days, or none where there is one each second."""
    ends = kind.interval
    if ends is None or ends[0].instant is None or ends[1] is None or ends[1].instant is None:
        return None
    if dtype == pl.Datetime("us"):
        return np.empty(0)
    first, last = ends[0].instant, ends[1].instant
    midnights = np.arange(first // DAY + 1, -(-last // DAY)) * DAY
    # Along a curve the shares of the days differ; those of many days are no more than rounding.
    if dtype == pl.Date() and len(midnights) and not kind.spec.params.get("curve"):
        return (midnights - first) / (last - first)
    return np.empty(0) if len(midnights) > _FEW_DAYS else None


def _of_law(law: CellDistribution, digits: int | None) -> Floats | None:
    family, (low, high) = law.family, law.bounds
    if not isinstance(family, Bounded) or law.factor != 1 or not law.variance > 0 or not family.increasing:
        return None
    low, high = (-math.inf if low is None else low), (math.inf if high is None else high)
    step, sd = 1.0 if family.discrete else 0.0 if digits is None else 10.0**-digits, math.sqrt(law.variance)
    if family.discrete or step > _FINE * sd:
        first, last = family.sampler([law.params]).quantile(np.array([_TAIL, 1 - _TAIL]), 0).tolist()
        first, last = max(first, low), min(last, high)
        if (last - first) / step <= _MOST_STEPS:
            half = 0.0 if family.discrete else step / 2
            points = (np.round(first / step) + np.arange(int((last - first) / step) + 2)) * step + half
            return _inner(np.unique([family.below(law.params, float(x)).mass for x in points if low <= x < high]))
    ends = [
        family.below(law.params, end).mass if math.isfinite(end) else share for end, share in ((low, 0.0), (high, 1.0))
    ]
    held = [(0.0, ends[0]), *_repeated(law, low, high, step), (ends[1], 1.0)]
    edges = np.array([edge for edge in held if edge[1] - edge[0] >= _HELD]).ravel()
    if not len(edges):
        return np.empty(0)
    fine = _cdf(_GRID)
    return _inner(np.unique(np.concatenate([fine[np.searchsorted(edges, fine) % 2 == 0], edges])))


def _inner(cuts: Floats) -> Floats:
    """Return the cuts that have draws on both sides, so that each of their scores is finite."""
    return cuts[(cuts > _TAIL) & (cuts < 1 - _TAIL)]


def _repeated(law: CellDistribution, low: float, high: float, step: float) -> Iterator[tuple[float, float]]:
    """Yield the shares of the draws below and up to each value that many rows have once it is rounded to `step`."""
    assert isinstance(law.family, Bounded)
    values = sampler_of(law.family, [law.params]).quantile(_SHARES, 0)
    written = np.round(values / step) * step if step else values
    for value in np.unique(written[1:][written[1:] == written[:-1]]).tolist():
        if low < value < high:
            ends = (value - step / 2, value + step / 2) if step else (math.nextafter(value, -math.inf), value)
            below, upto = (law.family.below(law.params, min(max(end, low), high)).mass for end in ends)
            yield below, upto


def _cdf(z: Floats) -> Floats:
    from fanwise.io.special import ndtr

    return np.asarray(ndtr(z), dtype=np.float64)


def expected_of(a: Floats, b: Floats, r: float) -> float:
    """Return the correlation of the scores of middle ranks where that of the draws is r."""
    (c, c_variance), (d, d_variance) = _series(a), _series(b)
    powers = r ** np.arange(1, _TERMS + 1)
    return float(f"{float(np.sum(c * d * powers)) / math.sqrt(c_variance * d_variance):.9g}")


def _series(cuts: Floats) -> tuple[Floats, float]:
    """Return the Hermite coefficients of a score as a function of the draw, and its variance."""
    c = np.zeros(_TERMS)
    if not len(cuts):
        c[0] = 1.0
        return c, 1.0
    from fanwise.io.special import ndtri

    shares = np.concatenate([[0.0], cuts, [1.0]])
    scores, mass = ndtri((shares[1:] + shares[:-1]) / 2), np.diff(shares)
    z = ndtri(cuts)
    density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    before, polynomial = np.zeros_like(z), np.ones_like(z)
    for k in range(1, _TERMS + 1):
        edges = np.concatenate([[0.0], polynomial * density, [0.0]])
        c[k - 1] = float(np.sum(scores * (edges[:-1] - edges[1:]))) / math.sqrt(k)
        before, polynomial = polynomial, (z * polynomial - math.sqrt(k - 1) * before) / math.sqrt(k)
    mean = float(np.sum(mass * scores))
    return c, float(np.sum(mass * (scores - mean) ** 2))

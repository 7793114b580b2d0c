"""What every family must do, stated once; each family's test brings its parameters and scipy's law of the same name."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import special, stats

from fanwise.generator.distributions import family
from fanwise.generator.numerics.blocks import BLOCK

Params = Mapping[str, Any]
Floats = npt.NDArray[np.float64]

CENTRE = np.linspace(0.0017, 0.9983, 257)  # no multiple of a power of ten, so no tie with a round probability
LOWER = np.array([2.0**-53, 1e-15, 1e-12, 1.1e-9, 1e-7, 3e-5, 1e-3])
GRID = np.concatenate([LOWER, CENTRE, 1 - LOWER[::-1]])


class Laws:
    """Statements about families; each fails with the parameters and bounds at fault."""

    @staticmethod
    def moments(name: str, params: Params, law: Any, rel: float = 1e-9) -> None:
        """Mean, variance and upper quantile are scipy's."""
        made = family(name)

        assert made.check(params) is None
        assert made.mean(params) == pytest.approx(law.mean(), rel=rel)
        assert made.variance(params) == pytest.approx(law.var(), rel=rel)
        for tail in (0.3, 1e-6, 1e-12):
            assert made.upper(params, tail) == pytest.approx(law.isf(tail), rel=1e-9)

    @staticmethod
    def quantiles(name: str, params: Params, law: Any, rel: float) -> None:
        """Quantiles of a continuous law are scipy's, both tails included, and increase."""
        drawn = family(name).sampler([params]).quantile(GRID, 0)
        wanted = np.where(GRID < 0.5, law.ppf(GRID), law.isf(1 - GRID))

        assert drawn.dtype == np.float64
        assert (np.diff(drawn) >= 0).all()
        np.testing.assert_allclose(drawn, wanted, rtol=rel, atol=1e-290)

    @staticmethod
    def steps(name: str, params: Params, law: Any) -> None:
        """The quantile of an integer law is the first integer whose distribution function reaches u, tails included."""
        drawn = family(name).sampler([params]).quantile(GRID, 0)
        low, high = GRID < 0.5, GRID >= 0.5
        rest = 1 - GRID

        assert drawn.dtype == np.int64
        np.testing.assert_array_equal(drawn[len(LOWER) : -len(LOWER)], law.ppf(CENTRE).astype(np.int64))
        assert (law.cdf(drawn) >= GRID * (1 - 1e-11))[low].all()
        assert (law.cdf(drawn - 1) < GRID * (1 + 1e-11))[low].all()
        assert (law.sf(drawn) <= rest * (1 + 1e-11))[high].all()
        assert (law.sf(drawn - 1) > rest * (1 - 1e-11))[high].all()

    @staticmethod
    def bounded(name: str, params: Params, law: Any, levels: Sequence[float] = (1e-4, 0.1, 0.5, 0.8, 0.999)) -> None:
        """Bounded means and variances of a continuous law are those of an integration over normal scores."""
        made, scores = family(name), special.ndtri(levels)
        for low, high in _pairs(scores):
            ends = tuple(None if z is None else float(law.ppf(special.ndtr(z))) for z in (low, high))
            mean, variance = _integrated(law, low, high)

            assert made.bounded_mean(params, *ends) == pytest.approx(mean, rel=1e-9), (params, ends)
            assert made.bounded_variance(params, *ends) == pytest.approx(variance, rel=1e-6), (params, ends)

    @staticmethod
    def bounded_steps(name: str, params: Params, values: Floats, shares: Floats) -> None:
        """Bounded means and variances of an integer law are those of the enumeration of its values."""
        made, cumulative = family(name), np.cumsum(shares)
        marks = [float(values[min(np.searchsorted(cumulative, level), len(values) - 1)]) for level in (0.02, 0.5, 0.97)]
        for low, high in [*_pairs(np.array(marks)), (marks[0] - 0.5, marks[1] + 0.25), (-3.0, None), (None, -7.5)]:
            held = np.clip(values, -np.inf if low is None else low, np.inf if high is None else high)
            mean = math.fsum(shares * held)
            variance = math.fsum(shares * (held - mean) ** 2)

            assert made.bounded_mean(params, low, high) == pytest.approx(mean, rel=1e-9, abs=1e-12), (params, low, high)
            assert made.bounded_variance(params, low, high) == pytest.approx(variance, rel=1e-6, abs=1e-12), (
                params,
                low,
                high,
            )

    @staticmethod
    def fits(name: str, params: Params, law: Any) -> None:
        """A sample of 20,000 with a fixed seed passes Kolmogorov and Smirnov, or chi-squared for integers."""
        drawn = family(name).sampler([params]).quantile(np.random.default_rng(20_240_101).random(20_000), 0)
        if not family(name).discrete:
            assert stats.kstest(drawn, law.cdf).pvalue > 0.01
            return
        last = law.ppf(np.linspace(0, 1, 21)[1:-1])
        edges, reached = [], 0.0
        for edge in np.unique(np.concatenate([last - 1, last])):
            if law.cdf(edge) - reached >= 0.001 and law.sf(edge) >= 0.001:
                edges.append(edge)
                reached = law.cdf(edge)
        expected = np.diff([0.0, *law.cdf(edges), 1.0]) * drawn.size
        seen = np.bincount(np.searchsorted(edges, drawn), minlength=expected.size)

        assert stats.chisquare(seen, expected).pvalue > 0.01

    @staticmethod
    def cells(name: str, *params: Params) -> None:
        """A row's value depends on its own cell only: not on the others, nor on how rows are cut into calls."""
        made, u = family(name), np.random.default_rng(7).random(2 * BLOCK + 77)
        codes = np.arange(u.size, dtype=np.uint16) * 7 % len(params)
        together = made.sampler(params).quantile(u, codes)
        halves = [made.sampler(params).quantile(u[part], codes[part]) for part in (slice(0, 999), slice(999, None))]

        np.testing.assert_array_equal(together, np.concatenate(halves))
        for number, cell in enumerate(params):
            rows = codes == number
            np.testing.assert_array_equal(together[rows], made.sampler([cell]).quantile(u[rows], 0))
            np.testing.assert_array_equal(together[rows], made.sampler(params).quantile(u[rows], number))
        assert made.sampler(params).quantile(u[:0], 0).size == 0

    @staticmethod
    def scales(name: str, params: Params, *, values: bool) -> None:
        """A factor multiplies the mean; where it acts on the values it multiplies every quantile."""
        made = family(name)
        for factor in (0.0, 0.25, 1.0, 1.4):
            scaled = made.scale(params, factor)

            assert made.mean(scaled) == pytest.approx(factor * made.mean(params), rel=1e-12)
            if values:
                drawn, plain = (made.sampler([cell]).quantile(GRID, 0) for cell in (scaled, params))
                np.testing.assert_allclose(drawn, factor * plain, rtol=1e-12, atol=1e-300)
        for wrong in (-1.0, math.nan, math.inf):
            with pytest.raises(ValueError, match="0 or more"):
                made.scale(params, wrong)

    @staticmethod
    def constant(name: str, params: Params, value: float) -> None:
        """A law without spread gives its one value everywhere, without a warning."""
        made = family(name)

        assert made.variance(params) == 0
        assert made.bounded_mean(params, value + 1, None) == value + 1
        assert made.bounded_variance(params, None, value + 1) == 0
        assert made.upper(params, 1e-12) == value
        assert set(made.sampler([params]).quantile(GRID, 0).tolist()) == {value}

    @staticmethod
    def refuses(name: str, params: Params, *words: str) -> None:
        """Impossible parameters are refused with all these words."""
        message = family(name).check(params)

        assert message is not None
        assert [word for word in words if word not in message] == []


def _pairs(ends: Floats) -> list[tuple[float | None, float | None]]:
    numbers = [float(end) for end in ends]
    return [*itertools.combinations(numbers, 2), *((None, end) for end in numbers), *((end, None) for end in numbers)]


def _integrated(law: Any, low: float | None, high: float | None) -> tuple[float, float]:
    """Return mean and variance of the law held between its quantiles at normal scores, by Gauss-Legendre panels."""
    start, stop = -37.0 if low is None else low, 37.0 if high is None else high
    edges = np.linspace(start, stop, 2 + int(4 * (stop - start)))
    nodes, weights = special.roots_legendre(12)
    half = np.diff(edges)[:, None] / 2
    z = ((edges[1:] + edges[:-1])[:, None] / 2 + half * nodes).ravel()
    mass = (half * weights).ravel() * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    x = np.where(z < 0, law.ppf(special.ndtr(np.minimum(z, 0))), law.isf(special.ndtr(np.minimum(-z, 0))))
    if low is not None:
        x, mass = np.append(x, law.ppf(special.ndtr(low))), np.append(mass, special.ndtr(low))
    if high is not None:
        x, mass = np.append(x, law.ppf(special.ndtr(high))), np.append(mass, special.ndtr(-high))
    mean = math.fsum(x * mass)
    return mean, math.fsum((x - mean) ** 2 * mass)


@pytest.fixture
def laws() -> type[Laws]:
    """Return the statements."""
    return Laws

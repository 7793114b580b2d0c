"""Customers without clusters, in many shapes: what must not be called structure."""

from __future__ import annotations

import numpy as np
from scipy import stats

from fanwise.segmenter.axes import Scale
from fanwise.segmenter.model.scaling import apply, fit_feature


def _correlated(rng, rows, features):
    together = rng.uniform(0, 0.8)
    root = np.linalg.cholesky(np.full((features, features), together) + np.eye(features) * (1 - together))
    return rng.standard_normal((rows, features)) @ root.T


def _orders(rng, rows, features):
    """Return orders, value, mean, rate, gap, recency, tenure of customers with rates from one gamma distribution."""
    tenure, rate = rng.uniform(1, 24, rows), rng.gamma(1.5, 0.5, rows)
    orders = 1 + rng.poisson(rate * tenure)
    mean = np.exp(rng.normal(3, 0.5, rows) + rng.normal(size=rows) * 0.4 / np.sqrt(orders))
    recency = np.minimum(tenure / orders * rng.exponential(size=rows), tenure)
    gap = np.where(orders > 1, (tenure - recency) / np.maximum(orders - 1, 1), tenure)
    columns = (orders, orders * mean, mean, orders / tenure, gap, recency, tenure)
    return np.stack(columns[: max(features, 3)], axis=1)


def _level(rng, rows, features):
    return stats.norm.cdf(_correlated(rng, rows, features))


def _heavy(rng, rows, features):
    return _correlated(rng, rows, features) / np.sqrt(rng.chisquare(4, (rows, 1)) / 4)


def _inflated(rng, rows, features):
    counts = rng.poisson(rng.uniform(1, 8, features), (rows, features))
    return np.where(rng.random((rows, features)) < rng.uniform(0.2, 0.8, features), 0, counts)


def _zero_together(rng, rows, features):
    """Return counts that are 0 for the same customers, and otherwise unrelated."""
    counts = 1 + rng.poisson(rng.uniform(1, 8, features), (rows, features))
    return np.where(rng.random((rows, 1)) < rng.uniform(0.2, 0.8), 0, counts)


def _shares(rng, rows, features):
    orders = 1 + rng.geometric(0.3, (rows, 1))
    return rng.binomial(orders, rng.beta(1, 3, (rows, features))) / orders


def _mixed(rng, rows, features):
    level, values = _level(rng, rows, features), np.exp(_correlated(rng, rows, features))
    values[:, 0] = stats.poisson.ppf(level[:, 0], 2)
    values[:, -1] = np.where(level[:, -1] < 0.6, 0, values[:, -1])
    return values


SHAPES = {
    "independent log-normal": (lambda g, n, p: np.exp(g.standard_normal((n, p))), Scale.LOG),
    "correlated normal": (_correlated, Scale.PLAIN),
    "uniform": (_level, Scale.PLAIN),
    "heavy tails": (_heavy, Scale.SIGNED),
    "heavy tails, as they are": (_heavy, Scale.PLAIN),
    "Poisson": (lambda g, n, p: g.poisson(g.uniform(0.5, 10, p), (n, p)), Scale.LOG),
    "correlated Poisson": (lambda g, n, p: stats.poisson.ppf(_level(g, n, p), g.uniform(0.5, 10, p)), Scale.LOG),
    "geometric": (lambda g, n, p: stats.nbinom.ppf(_level(g, n, p), 1, g.uniform(0.1, 0.5, p)), Scale.LOG),
    "zero-inflated counts": (_inflated, Scale.LOG),
    "zero together": (_zero_together, Scale.LOG),
    "shares of few orders": (_shares, Scale.SHARE),
    "flags": (lambda g, n, p: (_level(g, n, p) < g.uniform(0.1, 0.9, p)).astype(float), Scale.PLAIN),
    "mixed": (_mixed, Scale.LOG),
    "orders": (_orders, Scale.LOG),
}


def standardised(raw, scale, weights=None):
    """Return raw values (n, p) brought to scale."""
    raw = np.asarray(raw, dtype=float)
    weights = np.ones(len(raw)) if weights is None else weights
    return apply(raw, [fit_feature("f", scale, column, weights) for column in raw.T])


def noise(shape, number, rows=5000):
    """Return standardised points of one set of this shape, with 2 to 6 features."""
    draw, scale = SHAPES[shape]
    rng = np.random.default_rng([number, list(SHAPES).index(shape)])
    points = standardised(draw(rng, rows, int(rng.integers(2, 7))), scale)
    return points[:, points.std(axis=0) > 0]

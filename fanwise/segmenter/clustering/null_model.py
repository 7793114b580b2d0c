"""Null sets: customers as they would be without clusters, to compare the silhouettes of real ones with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fanwise.io.special import ndtr
from fanwise.segmenter.clustering.marginals import POINTS, at_spikes, unimodal_margin, without_valleys
from fanwise.segmenter.clustering.rand_index import Labels
from fanwise.segmenter.model.scaling import FloatArray

__all__ = ["NullReference"]

MATCHED_ROWS = 4000
MATCHING_ROUNDS = 4
# Share of customers from which a pattern of spikes is a group of its own.
FREQUENT = 0.02
# Correlations of the hidden normals stay below this, so that they keep a Cholesky root.
MOST = 0.999


@dataclass(frozen=True, slots=True)
class Group:
    """A Gaussian copula: margins without several modes, and the correlations of the real customers.

    share: of the weight. centre, spread: (p,) mean and standard deviation. margins: (p, POINTS), equally likely
    standardised values of each feature in ascending order. root: (p, p), of the correlation matrix of the hidden
    normals, such that the features themselves correlate as they do in the sample (Cario and Nelson 1997, "Modeling and
    generating random vectors with arbitrary marginal distributions and correlation matrix").
    """

    share: float
    centre: FloatArray
    spread: FloatArray
    margins: FloatArray
    root: FloatArray

    @classmethod
    def fit(cls, points: FloatArray, weights: FloatArray, total: float, rng: np.random.Generator) -> Group:
        """Return the group of points (n, p) with weights (n,), which are part of a total weight."""
        margins = np.stack([unimodal_margin(column, weights) for column in points.T])
        wanted = _correlation(points, weights)
        normals = _uncorrelated(rng.standard_normal((MATCHED_ROWS, points.shape[1])))
        hidden, root = wanted, _root(wanted)
        for _ in range(MATCHING_ROUNDS):
            made = _correlation(_shaped(normals @ root.T, margins), np.ones(MATCHED_ROWS))
            hidden = np.clip(hidden + wanted - made, -MOST, MOST)
            np.fill_diagonal(hidden, 1.0)
            root = _root(hidden)
        centre = np.average(points, axis=0, weights=weights)
        spread = np.sqrt(np.average((points - centre) ** 2, axis=0, weights=weights))
        return cls(float(weights.sum() / total), centre, spread, margins, root)

    def draw(self, rows: int, rng: np.random.Generator) -> FloatArray:
        normals = rng.standard_normal((rows, len(self.margins))) @ self.root.T
        return _shaped(normals, self.margins) * self.spread + self.centre


@dataclass(frozen=True, slots=True)
class NullReference:
    """Customers of some number of groups, none of which has clusters inside. One group: no clusters at all."""

    groups: tuple[Group, ...]

    @classmethod
    def fit(cls, points: FloatArray, weights: FloatArray, labels: Labels, rng: np.random.Generator) -> NullReference:
        """Return the null of points (n, p) with weights (n,) and groups by labels (n,).

        Valleys are filled before patterns are distinguished: clusters that differ in which features are at a spike
        would otherwise be in the null, each with its own mode.
        """
        total = float(weights.sum())
        filled = points.copy()
        for label in np.unique(labels):
            own = labels == label
            filled[own] = np.stack([without_valleys(column, weights[own]) for column in points[own].T], axis=1)
        labels = _with_patterns(points, weights, labels)
        members = [labels == label for label in np.unique(labels)]
        return cls(tuple(Group.fit(filled[own], weights[own], total, rng) for own in members))

    def draw(self, rows: int, rng: np.random.Generator) -> FloatArray:
        """Return one null set: points (rows, p) in the units of those that the null was fitted to."""
        ends = np.rint(np.cumsum([group.share for group in self.groups]) * rows).astype(int)
        sizes = np.diff(ends, prepend=0)
        return np.vstack([group.draw(int(size), rng) for group, size in zip(self.groups, sizes, strict=True)])


def _with_patterns(points: FloatArray, weights: FloatArray, labels: Labels) -> Labels:
    """Return labels that also distinguish which features are at which spike, where a pattern is frequent enough.

    Never returned, one order, a single channel: that several features are at a spike together is how they are made, and
    not a cluster by itself.
    """
    patterns = labels
    for column in points.T:
        spikes = at_spikes(column, weights)
        patterns = patterns * (int(spikes.max()) + 1) + spikes
    _, patterns = np.unique(patterns, return_inverse=True)
    frequent = np.bincount(patterns, weights=weights) >= FREQUENT * weights.sum()
    # The rest of each label is one group: number 0 is nobody's pattern.
    patterns = np.where(frequent[patterns], patterns + 1, 0)
    return np.asarray(labels * (int(patterns.max()) + 1) + patterns, dtype=np.int64)


def _shaped(normals: FloatArray, margins: FloatArray) -> FloatArray:
    """Return normals (n, p) brought to the margins by their ranks in the standard normal distribution."""
    level = np.minimum((ndtr(normals) * POINTS).astype(np.int64), POINTS - 1)
    return np.take_along_axis(margins, level.T, axis=1).T


def _uncorrelated(normals: FloatArray) -> FloatArray:
    """Return normals without the means and correlations that chance gave them: they would be matched, too."""
    centred = normals - normals.mean(axis=0)
    root = np.linalg.cholesky(centred.T @ centred / len(centred))
    return np.asarray(np.linalg.solve(root, centred.T).T, dtype=np.float64)


def _correlation(points: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the weighted correlation matrix (p, p) of points (n, p)."""
    centred = points - np.average(points, axis=0, weights=weights)
    covariance = (centred * weights[:, None]).T @ centred
    spread = np.sqrt(np.diag(covariance))
    scale = np.where(spread > 0, spread, 1.0)
    correlation = np.asarray(covariance / scale[:, None] / scale, dtype=np.float64)
    np.fill_diagonal(correlation, 1.0)
    return correlation


def _root(correlation: FloatArray) -> FloatArray:
    """Return the symmetric root of the nearest correlation matrix (negative eigenvalues taken away, diagonal 1).

    Unlike eigenvectors, it does not depend on signs and orders that a processor's linear algebra may choose.
    """
    values, vectors = np.linalg.eigh(correlation)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return np.asarray(root / np.sqrt((root**2).sum(axis=1))[:, None], dtype=np.float64)

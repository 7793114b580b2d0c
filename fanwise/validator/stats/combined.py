"""The combined test: are many declared ratios right at once? Several effects on the same units, over all segments.

A declared effect says that ln(mean / declared) is one constant over all segments. The effects of an axis are measured
on the same units, so their estimates are correlated within a segment and independent between segments. Welch's test
for several variables (James 1954; Johansen 1980, Biometrika 67, 85–92) is a Wald test with an F reference for
variances that were estimated from few units. combined-test.proof.md gives the argument.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Block", "Combined", "combined", "fisher"]

SHRINK = 0.1
"""Part of each correlation that is not believed, so that effects which determine each other do not count twice."""

MOST_GAPS = 500
"""Effects times segments up to which the test is made; the work grows with their cube."""

LEAST_P = 1e-12
"""Floor of each p-value in Fisher's method: no single effect may decide alone."""


@dataclass(frozen=True, slots=True)
class Block:
    """One segment. effects: which are known here; gaps: ln(mean / declared) of each; variances: of the gaps.

    sizes: ln(declared) of each. correlations: square, of the gaps; slack: deviation of each that does not count (it is
    added as a standard deviation); units: the fewest that any of the means comes from.
    """

    effects: tuple[int, ...]
    gaps: tuple[float, ...]
    variances: tuple[float, ...]
    sizes: tuple[float, ...]
    correlations: tuple[tuple[float, ...], ...]
    slack: tuple[float, ...]
    units: float


@dataclass(frozen=True, slots=True)
class Combined:
    """The answer. ratios: independent ones; p: of the two tests together, twice the smaller one.

    apart: p-value that the gaps are equal; scale: p-value that all effects have their declared size, against one common
    size `achieved` (1: as declared); None where no effect has one.
    """

    ratios: int
    apart: float
    scale: float | None
    achieved: float | None

    @property
    def p(self) -> float:
        """The p-value that all declared ratios are right."""
        return self.apart if self.scale is None else min(1.0, 2 * min(self.apart, self.scale))


def combined(blocks: Sequence[Block]) -> Combined | None:
    """Return the tests that each effect's gap is the same in all segments; None where no effect is in two.

    None as well where the covariance is singular, or there are too many gaps. One test is open to any deviation. The
    other one looks for what partly mixed labels do: all effects shrink by one factor. It has one degree of freedom and
    so finds small ones.
    """
    import numpy as np

    places = [effect for block in blocks for effect in block.effects]
    gaps = np.array([gap for block in blocks for gap in block.gaps])
    sizes = np.array([size for block in blocks for size in block.sizes])
    if len(places) > MOST_GAPS:
        return None
    one, contrasts = np.eye(len(places)), []
    for effect in sorted(set(places)):
        first, *others = (at for at, own in enumerate(places) if own == effect)
        contrasts += [one[other] - one[first] for other in others]
    if not contrasts:
        return None
    c = np.array(contrasts)
    v = np.zeros((len(places), len(places)))
    own, start = [], 0
    for block in blocks:
        own.append(slice(start, start := start + len(block.effects)))
        v[own[-1], own[-1]] = _covariance(block)
    middle = c @ v @ c.T
    try:
        np.linalg.cholesky(middle)
    except np.linalg.LinAlgError:
        return None
    freedom = [block.units - 1 for block in blocks]
    apart = _welch_james(c, v, gaps, list(zip(own, freedom, strict=True)))
    along = sizes @ c.T @ np.linalg.solve(middle, c)
    weight = float(along @ sizes)
    if not weight > 0:
        return Combined(len(contrasts), apart, None, None)
    scale = _welch_james(along[None, :], v, gaps, list(zip(own, freedom, strict=True)))
    return Combined(len(contrasts), apart, scale, 1 + float(along @ gaps) / weight)


def _welch_james(c: Any, v: Any, gaps: Any, blocks: Sequence[tuple[slice, float]]) -> float:
    """Return the p-value that the contrasts `c` (rows) of `gaps` are 0, by Johansen's F.

    v: covariance of the gaps. blocks: the places of each segment, and the degrees of freedom of its covariance.
    """
    import numpy as np

    from fanwise.io.special import fdtrc

    middle, apart = c @ v @ c.T, c @ gaps
    statistic = float(apart @ np.linalg.solve(middle, apart))
    weights = v @ c.T @ np.linalg.solve(middle, c)
    loss = 0.0
    for own, freedom in blocks:
        part = weights[own, own]
        loss += (float(np.trace(part @ part)) + float(np.trace(part)) ** 2) / freedom / 2
    between = len(c)
    within = between * (between + 2) / (3 * loss) if loss else 1e9
    return float(fdtrc(between, min(within, 1e9), statistic / (between + 2 * loss - 6 * loss / (between + 2))))


def _covariance(block: Block) -> Any:
    """Return the covariance of a segment's gaps, as a square array."""
    import numpy as np

    shrunk = (1 - SHRINK) * np.array(block.correlations)
    np.fill_diagonal(shrunk, 1.0)
    deviations = np.sqrt(block.variances)
    return shrunk * np.outer(deviations, deviations) + np.diag(np.square(block.slack))


def fisher(p_values: Sequence[float]) -> float:
    """Return Fisher's combination of independent p-values, each at least LEAST_P."""
    from fanwise.io.special import gammaincc

    statistic = -2 * math.fsum(math.log(max(p, LEAST_P)) for p in p_values)
    return float(gammaincc(len(p_values), statistic / 2))

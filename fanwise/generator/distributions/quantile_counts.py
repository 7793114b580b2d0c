"""quantile as a fanout: the values of the knots, rounded up or down at random so that the mean is kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from fanwise.generator.distributions.atomic import Atomic
from fanwise.generator.distributions.base import Params
from fanwise.generator.distributions.piecewise import below, knots_of, wrong_knots
from fanwise.generator.distributions.requirements import broken

_MOST = 1 << 16
_HIDDEN = 1e-15


class QuantileCounts(Atomic):
    """The law of N = ⌊X + U⌋, where X has the given quantiles and U is uniform: a list of counts with weights."""

    name = "quantile of counts"

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        values = knots_of(params)[1]
        return wrong_knots(params) or broken(
            (bool(values[0] >= 0), "the first knot is below 0; a count is 0 or more"),
            (bool(values[-1] <= _MOST), f"the last knot is above {_MOST:,}; give a smaller one"),
        )

    def pairs(self, params: Params) -> Sequence[tuple[float, float]]:
        """Return pairs (count, probability)."""
        return _weights(tuple(sorted(params.items())))


@lru_cache(maxsize=256)
def _weights(items: tuple[tuple[str, float], ...]) -> tuple[tuple[int, float], ...]:
    """Return each count with its probability: P(N ≤ n) = P(X ≤ n) + E[n + 1 − X; n < X ≤ n + 1]."""
    params = dict(items)
    values = knots_of(params)[1]
    found, before = [], 0.0
    at = below(params, math.floor(values[0]), 0.0)
    for count in range(math.floor(values[0]), math.ceil(values[-1]) + 1):
        above = below(params, count + 1, 0.0)
        until = at.mass + (count + 1) * (above.mass - at.mass) - (above.first - at.first)
        weight = float(f"{until - before:.12g}")
        if weight > _HIDDEN:
            found.append((count, weight))
        at, before = above, until
    return tuple(found)

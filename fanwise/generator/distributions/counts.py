"""histogram of counts, {0: 3, 1: 5, 2: 2} as a fanout: each count with its weight."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fanwise.generator.distributions.atomic import Atomic
from fanwise.generator.distributions.base import Params
from fanwise.generator.distributions.requirements import broken, reasonable, whole


class Counts(Atomic):
    """The law of listed counts; `counts` holds pairs (count, weight)."""

    name = "counts"

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        if set(params) != {"counts"} or not params["counts"]:
            return "needs counts with weights, such as {0: 3, 1: 5}"
        bad = [count for count, _ in params["counts"] if not (math.isfinite(count) and whole(count) and count >= 0)]
        weights = [weight for _, weight in params["counts"]]
        return broken(
            (not bad, f"{bad[:1]} is not a count; give integers of 0 or more"),
            (all(reasonable(weight) and weight >= 0 for weight in weights), "a weight is not a number from 0 to 1e50"),
            (any(weights), "all weights are 0; give at least one above 0"),
        )

    def pairs(self, params: Params) -> Sequence[tuple[float, float]]:
        """Return pairs (count, weight)."""
        return tuple(params["counts"])

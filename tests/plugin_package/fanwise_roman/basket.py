"""A distribution for Fanwise: `{basket: {mean: 2.5}}`, how many items somebody buys who buys at least one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from fanwise.generator.distributions import family
from fanwise.generator.distributions.base import Cells, Floats, Ints, Params, Sampler
from fanwise.generator.distributions.bounds import Below, Bounded


class Basket(Bounded):
    """1 + a geometric count. `Bounded` derives the moments between bounds from `below`."""

    name: ClassVar[str] = "basket"
    discrete = True  # yields integers, so it may be a fanout
    integral_scale = False  # a factor acts through the parameter
    ends = (1.0, math.inf)
    # How the language reads and checks it: an entry of `$defs`. Numbers may be given per segment.
    definitions: ClassVar[dict[str, dict[str, Any]]] = {
        "basket": {
            "description": "How many items, at least one.",
            "type": "object",
            "properties": {"mean": {"$ref": "#/$defs/number", "minimum": 1}},
            "required": ["mean"],
            "additionalProperties": False,
        }
    }

    def check(self, params: Params) -> str | None:
        """Return why the parameters are impossible, or None."""
        return None if 1 <= params["mean"] <= 1e15 else f"mean is {params['mean']:g}; give 1 to 1e15"

    def scale(self, params: Params, factor: float) -> Params:
        """Return the parameters whose mean is `factor` times as large (raises ValueError below 1)."""
        mean = params["mean"] * factor
        if mean < 1:
            raise ValueError(f"the mean would be {mean:g}; a basket has at least one item")
        return {"mean": mean}

    def mean(self, params: Params) -> float:
        """Return the mean."""
        return float(params["mean"])

    def variance(self, params: Params) -> float:
        """Return the variance."""
        return family("geometric").variance(_rest(params))

    def below(self, params: Params, x: float) -> Below:
        """Return what lies at or below x, with moments about the mean."""
        geometric = family("geometric")
        assert isinstance(geometric, Bounded)
        found = geometric.below(_rest(params), x - 1)
        return found._replace(first=found.first + found.mass)

    def upper(self, params: Params, tail: float) -> float:
        """Return the 1 − tail quantile."""
        return 1 + family("geometric").upper(_rest(params), tail)

    def sampler(self, cells: Sequence[Params]) -> Sampler:
        """Return the sampler of these cells."""
        return _OneMore(family("geometric").sampler([_rest(cell) for cell in cells]))


@dataclass(frozen=True, slots=True)
class _OneMore:
    rest: Sampler

    def quantile(self, u: Floats, cell: Cells) -> Floats | Ints:
        return self.rest.quantile(u, cell) + 1


def _rest(params: Params) -> Params:
    return {"mean": params["mean"] - 1}

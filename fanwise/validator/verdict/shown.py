"""How much of its declared effect the pairs of a metric show, with what the data leave open."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from fanwise.validator.measures.pairs import Comparison

__all__ = ["Shown"]


@dataclass(frozen=True, slots=True)
class Shown:
    """The effects achieved by the pairs of a metric: 1 where fully there, 0 where absent, and their 95 % intervals."""

    points: tuple[float, ...]
    ends: tuple[tuple[float, float], ...]

    @classmethod
    def of(cls, found: Iterable[Comparison]) -> Shown:
        known = [(value, each) for each in found if (value := each.achieved()) is not None]
        return cls(tuple(value for value, _ in known), tuple(_achieved_interval(each) for _, each in known))

    def about(self, low: float, high: float) -> bool:
        """Whether every effect lies between two numbers."""
        return all(low < value < high for value in self.points)

    def surely(self, low: float, high: float) -> bool:
        """Whether the whole interval of every effect does."""
        return all(low < bottom and top < high for bottom, top in self.ends)

    @property
    def mean(self) -> float:
        """The mean effect."""
        return sum(self.points) / len(self.points)

    @property
    def weaker(self) -> bool:
        """Whether an effect is surely too small, and none surely too large."""
        return any(top < 1 for _, top in self.ends) and not any(bottom > 1 for bottom, _ in self.ends)


def _achieved_interval(comparison: Comparison) -> tuple[float, float]:
    interval, declared = comparison.interval(), comparison.pair.ratio
    if interval is None or declared is None:
        return -math.inf, math.inf
    low, high = sorted(math.log(end) / math.log(declared) for end in (interval.low, interval.high))
    return low, high

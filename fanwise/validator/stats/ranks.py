"""Rank statistics of segments, from counts of wins: integers that DuckDB sums, so that no row leaves it.

`wins[a][b]` is twice the number of pairs (one unit of a, one of b) in which a's value is higher, ties counting half:
twice the Mann–Whitney U. Everything here follows from these, from the units per segment, and from the sizes of ties.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Kruskal", "Ranks", "Trend"]


@dataclass(frozen=True, slots=True)
class Kruskal:
    """Kruskal–Wallis: H corrected for ties, degrees of freedom, p, and ε² = (H − k + 1) / (n − k), at least 0.

    p: None where the units are not exchangeable, so that H only describes.
    """

    h: float
    df: int
    p: float | None
    epsilon2: float


@dataclass(frozen=True, slots=True)
class Trend:
    """Jonckheere–Terpstra against the order given: z above 0 where values fall along it; p is one-sided, or None."""

    order: tuple[str, ...]
    z: float
    p: float | None


@dataclass(frozen=True, slots=True)
class Ranks:
    """Units and wins by segment. ties2, ties3: Σt² and Σt³ over the values, t being the units that share one."""

    n: Mapping[str, int]
    wins: Mapping[str, Mapping[str, int]]
    ties2: int
    ties3: int

    def superiority(self, high: str, low: str) -> float | None:
        """Return the probability that a unit of `high` lies above one of `low`, ties counting half: U / (n₁·n₂).

        Cliff's δ is 2A − 1.
        """
        pairs = self.n.get(high, 0) * self.n.get(low, 0)
        return self.wins[high][low] / 2 / pairs if pairs else None

    def kruskal(self) -> Kruskal | None:
        """Return the test that all segments have the same ranks; None where nothing varies or one segment is there."""
        from fanwise.io.special import gammaincc

        there = [name for name, units in self.n.items() if units]
        n, k = sum(self.n.values()), len(there)
        correction = 1 - (self.ties3 - n) / (n**3 - n) if n > 1 else 0.0
        if k < 2 or correction <= 0:
            return None
        # A segment's rank sum less its expectation is half its wins less its losses against the others.
        gaps = [(sum(self.wins[a][b] - self.wins[b][a] for b in there if b != a) / 4) ** 2 / self.n[a] for a in there]
        h = 12 / (n * (n + 1)) * math.fsum(gaps) / correction
        epsilon2 = max(0.0, (h - k + 1) / (n - k)) if n > k else 0.0
        return Kruskal(h, k - 1, float(gammaincc((k - 1) / 2, h / 2)), epsilon2)

    def trend(self, order: Sequence[str]) -> Trend | None:
        """Return the test that values fall along `order` (highest segment first), normal with variance for ties."""
        from fanwise.io.special import ndtr

        there = [name for name in order if self.n.get(name)]
        n = sum(self.n[name] for name in there)
        if len(there) < 2 or n < 3 or n != sum(self.n.values()):
            return None
        wins = sum(self.wins[a][b] for i, a in enumerate(there) for b in there[i + 1 :])
        pairs = sum(self.n[a] * self.n[b] for i, a in enumerate(there) for b in there[i + 1 :])
        sizes = [self.n[name] for name in there]
        groups2, groups3 = sum(size**2 for size in sizes), sum(size**3 for size in sizes)
        variance = _jonckheere_variance(n, (groups2, groups3), (self.ties2, self.ties3))
        if variance <= 0:
            return None
        z = (wins - pairs) / 2 / math.sqrt(variance)
        return Trend(tuple(there), z, float(ndtr(-z)))


def _jonckheere_variance(n: int, groups: tuple[int, int], ties: tuple[int, int]) -> float:
    """Return the variance of J under the null (Hollander and Wolfe), from Σg², Σg³ of groups and of ties."""

    def first(squares: int) -> int:  # Σ g(g − 1)
        return squares - n

    def second(squares: int, cubes: int) -> int:  # Σ g(g − 1)(g − 2)
        return cubes - 3 * squares + 2 * n

    def third(squares: int, cubes: int) -> int:  # Σ g(g − 1)(2g + 5)
        return 2 * cubes + 3 * squares - 5 * n

    whole = n * (n - 1) * (2 * n + 5) - third(*groups) - third(*ties)
    both = second(*groups) * second(*ties) / (36 * n * (n - 1) * (n - 2))
    return whole / 72 + both + first(groups[0]) * first(ties[0]) / (8 * n * (n - 1))

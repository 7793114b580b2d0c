"""Are counts of many classes a multinomial sample of the expected ones, however small these are?

Classes in which at least five are expected are judged by Pearson's X² = Σ (c − e)² / e. Its mean is k − 1 and its
variance 2 (k − 1) + Σ 1 / e for Poisson counts (Haldane 1937, "The exact value of the moments of the distribution of
χ²"); a χ² that is scaled to both gives p. All smaller classes are one more class of it, and their counts are judged by
pairs: of P = Σ c (c − 1) / 2 pairs of rows in one class, λ = Σ e² / 2 are expected, with the variance λ + Σ e³ (the
collision test of Paninski 2008, "A coincidence-based test for uniformity given very sparsely sampled discrete data").
p is that of a Poisson number that is scaled to both. Only counts that are less even than expected are looked for.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Evenness", "evenness"]

LARGE = 5.0
"""Expected rows of a class from which on it is judged by itself."""
SIZE = 0.1
"""Relative deviation of shares, the root of its weighted mean square, that somebody would notice."""
PAIRS = 1.5
"""How many times as many pairs as expected somebody would notice."""

Class = tuple[float, int, int]
"""Expected rows, counted rows, and how many classes have both."""


@dataclass(frozen=True, slots=True)
class Evenness:
    """p of counts that are so uneven, and whether somebody would notice it."""

    p: float
    noticeable: bool


def evenness(classes: Iterable[Class]) -> Evenness:
    """Judge counts by what is expected; both have the same sum. Rows where none are expected give p = 0."""
    large: list[Class] = []
    small: list[Class] = []
    for each in classes:
        (large if each[0] >= LARGE else small).append(each)
    if any(counted and not expected for expected, counted, _ in small):
        return Evenness(0.0, True)
    rest = math.fsum(expected * times for expected, _, times in small)
    if rest >= LARGE:
        large.append((rest, sum(counted * times for _, counted, times in small), 1))
    found = min((_squares(large), _pairs(small)), key=lambda one: one.p)
    return Evenness(min(1.0, 2 * found.p), found.noticeable)


def _squares(classes: Sequence[Class]) -> Evenness:
    from fanwise.io.special import gammaincc

    df = sum(times for _, _, times in classes) - 1
    if df < 1:
        return Evenness(1.0, False)
    found = math.fsum(times * (counted - expected) ** 2 / expected for expected, counted, times in classes)
    scale = 1 + math.fsum(times / expected for expected, _, times in classes) / (2 * df)
    rows = math.fsum(times * expected for expected, _, times in classes)
    p = float(gammaincc(df / scale / 2, found / scale / 2))
    return Evenness(p, found - df > SIZE**2 * rows)


def _pairs(classes: Sequence[Class]) -> Evenness:
    from fanwise.io.special import gammainc

    found = sum(times * counted * (counted - 1) for _, counted, times in classes) / 2
    expected = math.fsum(times * one**2 for one, _, times in classes) / 2
    if not found or not expected:
        return Evenness(1.0, False)
    scale = 1 + math.fsum(times * one**3 for one, _, times in classes) / expected
    return Evenness(float(gammainc(found / scale, expected / scale)), found > PAIRS * expected)

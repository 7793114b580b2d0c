"""Are counts of many classes a multinomial sample of the expected ones, however small these are?

Classes in which at least five are expected are judged by Pearson's X² = Σ (c − e)² / e. Its mean is k − 1 and its
variance 2 (k − 1) + Σ 1 / e for Poisson counts (Haldane 1937, "The exact value of the moments of the distribution of
χ²"); a χ² that is scaled to both gives p. All smaller classes are one more class of it, and their counts are judged by
pairs: of P = Σ c (c − 1) / 2 pairs of rows in one class, λ = Σ e² / 2 are expected, with the variance λ + Σ e³ (the
collision test of Paninski 2008, "A coincidence-based test for uniformity given very sparsely sampled discrete data").
p is that of a Poisson number that is scaled to both. Only counts that are less even than expected are looked for.

Where rows are chosen within groups, a group of R rows takes one degree of freedom, and its pairs are R (R - 1) / 2:
Σ e² (1 - 1/R) / 2 of them are expected.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["LARGE", "Class", "Evenness", "evenness"]

LARGE = 5.0
"""Expected rows of a class from which on it is judged by itself."""
SIZE = 0.1
"""Relative deviation of shares, the root of its weighted mean square, that somebody would notice."""
PAIRS = 1.5
"""How many times as many pairs as expected somebody would notice."""


class Class(NamedTuple):
    """Expected rows, counted rows, and how many classes have both. of: the rows of the group that they are part of."""

    expected: float
    counted: int
    times: int
    of: float = math.inf


@dataclass(frozen=True, slots=True)
class Evenness:
    """p of counts that are so uneven, and whether somebody would notice it."""

    p: float
    noticeable: bool


def evenness(classes: Iterable[Class], groups: int = 1) -> Evenness:
    """Judge counts by what is expected; both have the same sum. Rows where none are expected give p = 0.

    groups: how many groups have only classes in which at least `LARGE` rows are expected, and at least 1.
    """
    large: list[Class] = []
    small: list[Class] = []
    for each in classes:
        (large if each.expected >= LARGE else small).append(each)
    if any(each.counted and not each.expected for each in small):
        return Evenness(0.0, True)
    rest = math.fsum(each.expected * each.times for each in small)
    if rest >= LARGE:
        large.append(Class(rest, sum(each.counted * each.times for each in small), 1))
    found = min((_squares(large, groups), _pairs(small)), key=lambda one: one.p)
    return Evenness(min(1.0, 2 * found.p), found.noticeable)


def _squares(classes: Sequence[Class], groups: int) -> Evenness:
    from fanwise.io.special import gammaincc

    df = sum(each.times for each in classes) - groups
    if df < 1:
        return Evenness(1.0, False)
    found = math.fsum(each.times * (each.counted - each.expected) ** 2 / each.expected for each in classes)
    scale = 1 + math.fsum(each.times / each.expected for each in classes) / (2 * df)
    rows = math.fsum(each.times * each.expected for each in classes)
    p = float(gammaincc(df / scale / 2, found / scale / 2))
    return Evenness(p, found - df > SIZE**2 * rows)


def _pairs(classes: Sequence[Class]) -> Evenness:
    from fanwise.io.special import gammainc

    found = sum(each.times * each.counted * (each.counted - 1) for each in classes) / 2
    expected = math.fsum(each.times * each.expected**2 * (1 - 1 / each.of) for each in classes) / 2
    if not found or not expected:
        return Evenness(1.0, False)
    scale = 1 + math.fsum(each.times * each.expected**3 for each in classes) / expected
    return Evenness(float(gammainc(found / scale, expected / scale)), found > PAIRS * expected)

"""What bends a declared ratio, in words: rounding, and references that do not draw in proportion to their weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise

from fanwise.generator.columns.support.reference_kind import ReferenceKind
from fanwise.text.numbers import times

__all__ = ["bent_reference", "most_bent"]

Means = Mapping[str, float]


def most_bent(declared: Means, found: Means, after: str, gone: str) -> tuple[float, str]:
    """Return how far the ratio of two neighbours is off at most (its logarithm), and which: `A/B declared 1.50×, …`.

    after: the cause, as the end of the sentence. gone: what is said of a mean that is 0.
    """
    order = sorted(declared, key=lambda name: -abs(declared[name]))
    pairs = [(_off(declared, found, pair), pair) for pair in pairwise(order)]
    if not pairs:
        return 0.0, ""
    off, (high, low) = max(pairs)
    asked = f"{high}/{low} declared {times(_ratio(declared, high, low))}"
    ratio = _ratio(found, high, low)
    return off, f"{asked}, {times(ratio)} {after}" if 0 < ratio < math.inf else f"{asked}, and {low} {gone}"


def _ratio(means: Means, high: str, low: str) -> float:
    return means[high] / means[low] if means[low] else math.inf


def _off(declared: Means, found: Means, pair: tuple[str, str]) -> float:
    asked, ratio = (_ratio(each, *pair) for each in (declared, found))
    return abs(math.log(ratio / asked)) if 0 < ratio < math.inf and 0 < asked < math.inf else math.inf


def bent_reference(ref: ReferenceKind, *, known: bool) -> str:
    """Return why rows are not drawn in proportion to their weights, if they are not; known: the weights' means are."""
    if ref.distinct_in is not None:
        return "rows that `distinct_in` rules out are drawn again, by other weights"
    if ref.within is not None:
        return "with `within`, a weight counts only against those of the same group"
    if ref.table == ref.own:
        return "rows refer to earlier rows only, so the first ones are drawn more often"
    return "" if known else "the column of weights has no known mean"

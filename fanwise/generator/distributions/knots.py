"""Exact inverses of stepwise distribution functions: a guide table points near the answer, a search ends there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fanwise.generator.distributions.base import Cells, Floats, Ints
from fanwise.generator.distributions.sampling import cell_of
from fanwise.generator.distributions.steps import NEAR, NearScores
from fanwise.generator.numerics.blocks import blocks, small_blocks
from fanwise.generator.numerics.exactmath import normal_quantile, rounded

_FEW, _MANY, _BUDGET = 1 << 8, 1 << 12, 1 << 17  # guide entries: least and usual per cell, and wanted of all cells
_EACH, _MOST = 16, 1 << 16  # entries for each knot, so that few rows need a search; at most
_DENSE = 1 << 15  # integers that have a knot each; beyond, knots stand 2^-12 of their distance apart
_SPACING = 12
_REACH = 9.0  # of normal scores
_SCORED = 1 << 12  # knots of all cells, up to which their scores are tabulated
_SINGLE = 2.0**-22  # the most that a place is off by where it is computed with 24 bits
_CROWDED = 0.15  # of the scores are near a knot: exact ones for all take less time


def two_sided(cdf: Floats, sf: Floats) -> Floats:
    """Return P(X ≤ knot) rounded to 12 digits of the smaller of both tails, so that the upper tail is exact as well."""
    out: Floats = np.where(cdf < 0.5, rounded(cdf), below_one(rounded(sf)))
    np.maximum.accumulate(out, out=out)
    out[-1] = 1.0
    return out


def below_one(rest: Floats) -> Floats:
    """Return the largest float64 at or below 1 − rest, so that u ≤ that exactly where 1 − u ≥ rest."""
    out = 1.0 - rest
    return np.where(1.0 - out < rest, np.nextafter(out, 0.0), out)


def knot_values(first: int, last: int) -> Ints:
    """Return the integers from `first` to `last` that get a knot: the first 32,769, then ever wider apart.

    Between two knots the law is spread evenly. The distribution function stays exact at every knot; between them a
    quantile moves by at most gap² / 8 times the slope of the logarithm of the density, mostly less than 1.
    """
    if last - first <= _DENSE:
        return np.arange(first, last + 1, dtype=np.int64)
    offsets = [_DENSE]
    while first + offsets[-1] < last:
        offsets.append(min(offsets[-1] + (offsets[-1] >> _SPACING), last - first))
    return np.concatenate([np.arange(first, first + _DENSE, dtype=np.int64), first + np.array(offsets, dtype=np.int64)])


class Locator:
    """Finds, for each row, the first knot of its cell whose distribution function reaches u.

    Chen and Asau 1974, "On generating random variates from an empirical distribution"; a step is a comparison and
    a gather, so the answer does not depend on the size of the guide.
    """

    def __init__(self, cumulative: Sequence[Floats]) -> None:
        """Take P(X ≤ knot) of each cell's knots, not decreasing, the last exactly 1."""
        self.starts = np.concatenate([[0], np.cumsum([len(values) for values in cumulative])]).astype(np.int64)
        self.cumulative = np.concatenate(cumulative)
        self.cells = len(cumulative)
        longest = max(len(values) for values in cumulative)
        size = max(min(_MANY, _BUDGET // self.cells), _FEW, min(_EACH * longest, _MOST))
        self.size = 1 << (size - 1).bit_length()
        grid = np.arange(self.size + 1) / self.size
        self._knots = np.concatenate(
            [np.searchsorted(values, grid) + start for values, start in zip(cumulative, self.starts, strict=False)]
        )
        # Where one knot is the answer for a whole bucket, it need not be compared with u; others are marked by ~.
        settled = np.append(self._knots[1:] == self._knots[:-1], True)
        self._guide = np.where(settled, self._knots, ~self._knots)

    def locate(self, u: Floats, cell: Ints | int) -> Ints:
        """Return the index of the knot in `cumulative`, shape (n,), of a block of rows."""
        bucket = (u * float(self.size)).astype(np.int64)
        if self.cells > 1:
            bucket += cell * (self.size + 1)
        found: Ints = self._guide.take(bucket)
        rows = np.flatnonzero(found < 0)
        if rows.size:
            found[rows] = self._next(~found[rows], u[rows], bucket[rows])
        return found

    def _next(self, knot: Ints, u: Floats, bucket: Ints) -> Ints:
        """Return the first knot from `knot` on that reaches u: mostly it or the next, else searched for."""
        knot += self.cumulative.take(knot) < u
        rows = np.flatnonzero(self.cumulative.take(knot) < u)
        if rows.size:
            knot[rows] = self._search(u[rows], knot[rows] + 1, self._knots.take(bucket[rows] + 1))
        return knot

    def _search(self, u: Floats, low: Ints, high: Ints) -> Ints:
        for _ in range(int((high - low).max()).bit_length()):
            middle = (low + high) >> 1
            reached = self.cumulative.take(middle) >= u
            high = np.where(reached, middle, high)
            low = np.where(reached, low, np.minimum(middle + 1, high))
        return low


class LinearSampler:
    """The sampler of laws whose inverse distribution function is linear between knots."""

    def __init__(self, points: Sequence[Floats], cumulative: Sequence[Floats]) -> None:
        """Take each cell's knots, ascending, and P(X ≤ knot) there, 0 at the first (as `Locator` does)."""
        self._locator = Locator(cumulative)
        self._points = np.concatenate(points)

    def quantile(self, u: Floats, cell: Cells) -> Floats:
        """Return the value at `u` in (0, 1), shape (n,), of each row's cell."""
        u = np.ascontiguousarray(u)
        out = np.empty(u.size)
        one = cell_of(cell, self._locator.cells)
        for rows in blocks(u.size):
            self._block(u[rows], np.asarray(cell)[rows].astype(np.int64) if one is None else one, out[rows])
        return out

    def _block(self, u: Floats, cell: Ints | int, out: Floats) -> None:
        # The first knot has P = 0 < u, so a row is never located there and has a knot to its left.
        right: Any = self._locator.locate(u, cell)
        left = right - 1
        top, bottom = self._locator.cumulative.take(right), self._locator.cumulative.take(left)
        start = self._points.take(left)
        np.subtract(u, bottom, out=out)
        np.divide(out, np.subtract(top, bottom, out=top), out=out)
        np.multiply(out, self._points.take(right) - start, out=out)
        np.add(out, start, out=out)
        self._finish(left, right, out)

    def _finish(self, left: Ints, right: Ints, out: Floats) -> None:
        """Change the values between the knots at the indices `left` and `right`, in place."""


class IntegerSampler:
    """The sampler of integer laws given by knots; with `spread`, integers between two knots are equally likely."""

    def __init__(self, values: Sequence[Ints], cumulative: Sequence[Floats], *, spread: bool = True) -> None:
        """Take each cell's knots, ascending, and P(X ≤ knot) there (as `Locator` does)."""
        self._locator = Locator(cumulative)
        gaps = [np.diff(knots, prepend=knots[0] - 1) for knots in values]
        self._consecutive = all((gap == 1).all() for gap in gaps)
        self._shift = np.array([knots[0] for knots in values], dtype=np.int64) - self._locator.starts[:-1]
        self._values = None if self._consecutive else np.concatenate(values)
        self._gaps = None if self._consecutive or not spread else np.concatenate(gaps)
        self._by_error: dict[float, tuple[Locator, bool]] = {}

    def quantile(self, u: Floats, cell: Cells) -> Ints:
        """Return the value at `u` in (0, 1), shape (n,), of each row's cell."""
        u = np.ascontiguousarray(u)
        out = np.empty(u.size, dtype=np.int64)
        one = cell_of(cell, self._locator.cells)
        for rows in blocks(u.size):
            block = np.asarray(cell)[rows].astype(np.int64) if one is None else one
            self._block(u[rows], block, out[rows])
        return out

    @property
    def stepped(self) -> bool:
        """Whether scores have values of their own (see `of_near`)."""
        return self._gaps is None and len(self._locator.cumulative) <= _SCORED

    def of_near(self, scores: NearScores, cell: Cells) -> Ints:
        """Return the values at the uniforms of normal scores, shape (n,), where values are stepped.

        Two knots stand for each one, a little below and a little above it. A score between these is made exactly, and
        then its uniform decides.
        """
        one = cell_of(cell, self._locator.cells)
        steps, crowded = self._scored(scores.error)
        if crowded:
            return self.of_near(scores.exact(), cell)
        out, near = np.empty(len(scores.values), dtype=np.int64), [np.empty(0, dtype=np.int64)]
        for rows in small_blocks(len(out)):
            block = np.asarray(cell)[rows].astype(np.int64) if one is None else one
            values = scores.values[rows]
            found = steps.locate(_places(values), block)
            near.append(rows.start + np.flatnonzero((found & 1 != 0) | np.isnan(values)))
            np.right_shift(found, 1, out=found)
            self._valued(found, block, out[rows])
        some = np.concatenate(near)
        if some.size:
            own = np.asarray(cell)[some] if one is None else one
            out[some] = (
                self.of_near(scores.exact(some), own) if scores.error else self.quantile(scores.uniforms(some), own)
            )
        return out

    def _scored(self, error: float) -> tuple[Locator, bool]:
        """Return the places (see `_places`) just below and just above each knot, and whether many scores lie between.

        error: of the scores that are placed.
        """
        if error not in self._by_error:
            knots, ends = self._locator.cumulative, self._locator.starts[1:]
            spare = error * (0.5 / _REACH) + (_SINGLE if error else 0.0)
            places = np.stack([_bounds(knots - NEAR) - spare, np.minimum(_bounds(knots + NEAR) + spare, 1.0)], axis=1)
            places[ends - 1] = 1.0  # the last knot of a cell, which nothing is above
            each = [np.maximum.accumulate(part.reshape(-1)) for part in np.split(places, ends[:-1])]
            steps = Locator(each)
            self._by_error[error] = steps, bool(error) and max(map(_between, each)) > _CROWDED
        return self._by_error[error]

    def _valued(self, found: Ints, cell: Ints | int, out: Ints) -> None:
        """Write the values at the knots of these indices."""
        if self._values is None:
            np.add(found, self._shift[cell] if isinstance(cell, int) else self._shift.take(cell), out=out)
        else:
            np.copyto(out, self._values.take(found))

    def _block(self, u: Floats, cell: Ints | int, out: Ints) -> None:
        found = self._locator.locate(u, cell)
        self._valued(found, cell, out)
        if self._gaps is not None:
            gap = self._gaps.take(found)
            wide = np.flatnonzero(gap > 1)
            if wide.size:
                knot, apart = found[wide], gap[wide]
                top, bottom = self._locator.cumulative.take(knot), self._locator.cumulative.take(knot - 1)
                back = ((top - u[wide]) / (top - bottom) * apart).astype(np.int64)
                out[wide] -= np.minimum(back, apart - 1)


def _places(z: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return normal scores from −9 to 9 as numbers from 0 to 1, of the same precision; NaN becomes 0."""
    out = z * (0.5 / _REACH)
    np.add(out, 0.5, out=out)
    np.fmax(out, 0.0, out=out)
    return np.minimum(out, 1.0, out=out)


def _bounds(u: Floats) -> Floats:
    """Return the places of the scores of uniforms; below all others from 0 down, and above them from 1 up."""
    places = _places(normal_quantile(np.clip(u, NEAR / 2, 1.0 - NEAR / 2)))
    return np.where(u <= 0.0, -1.0, np.where(u >= 1.0, 1.0, places))


def _between(places: Floats) -> float:
    """Return the share of the scores that lie between the two places of a knot, of any."""
    z = (np.clip(places, 0.0, 1.0) - 0.5) * (2 * _REACH)
    below, above = z[::2], z[1::2]
    return float(((above - below) * np.exp(-((below + above) ** 2) / 8)).sum() * 0.4)


def shares_below(weights: Sequence[float]) -> Floats:
    """Return P(X ≤ i) for options with these weights, the last exactly 1; both tails are summed from their end."""
    values = np.array(weights, dtype=np.float64)
    below, above = np.add.accumulate(values), np.add.accumulate(values[::-1])[::-1]
    total = below[-1]
    out: Floats = np.where(below <= total / 2, below / total, below_one(np.append(above[1:], 0.0) / total))
    np.maximum.accumulate(out, out=out)
    out[len(values) - 1 - int(np.argmax(values[::-1] > 0)) :] = 1.0
    return out

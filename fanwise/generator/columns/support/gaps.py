"""The gaps between arrivals: exact ones of any law, and rough ones of exponential laws that take half the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.columns.support.uniforms import UniformSource
from fanwise.generator.context import Floats, Ints
from fanwise.generator.distributions.base import Sampler
from fanwise.generator.distributions.sampling import Transformed
from fanwise.generator.numerics.randomness import Bits, uniform_lanes
from fanwise.generator.numerics.rough import LOG_ERROR, minus_log

__all__ = ["Gap", "Gaps", "RoughGaps"]

_ROUNDING = 2.0**-53  # the relative error of one operation
_OPERATIONS = 32  # beside two sums for each gap, more than there are on the way from uniforms to seconds
_MOST = 2.0**-6  # seconds that most rough sums may be off by; beyond, too many instants are made twice
_FEW = 0.05  # of the arrivals may be made twice


class Gap(Protocol):
    """The law of a gap, as far as it is needed here."""

    @property
    def uniforms(self) -> UniformSource: ...

    @property
    def cells(self) -> Cells: ...

    @property
    def sampler(self) -> Sampler: ...


@dataclass(frozen=True, slots=True)
class Gaps:
    """The gaps of the rows of a context; keys, codes and rates of all of them."""

    gap: Gap
    keys: Bits
    codes: npt.NDArray[np.int32] | int
    rates: Floats

    def sums(self, rows: Ints, before: Floats, lanes: range) -> Floats:
        """Return the sums of the gaps up to each of these arrivals, shape (lanes, rows); `before`: up to the first."""
        cells = self.codes if isinstance(self.codes, int) else np.tile(self.codes[rows], len(lanes))
        u = uniform_lanes(self.keys[rows], self.gap.uniforms.key, _lanes(lanes))
        gaps = np.asarray(self.gap.sampler.quantile(u.reshape(-1), cells), dtype=np.float64).reshape(u.shape)
        return _added(np.divide(np.maximum(gaps, 0.0, out=u), self.rates[rows], out=u), before)

    def measured(self, rows: Ints, length: Floats) -> Floats:
        """Return the lengths of these rows in the unit of the sums: seconds."""
        return length

    def slack(self, lanes: int, length: Floats) -> float:
        """Return the most that sums are off by."""
        return 0.0

    def seconds(self, rows: Ints, counts: Ints, sums: Floats) -> Floats:
        """Return the sums of all arrivals of these rows, row after row, in seconds."""
        return sums


@dataclass(frozen=True, slots=True)
class RoughGaps:
    """Exponential gaps up to `LOG_ERROR`, and their sums, in units of each row's mean gap.

    unit: the mean gap of each row of the context in seconds. longest: of the intervals, in seconds.
    """

    keys: Bits
    key: int
    unit: Floats
    longest: float

    @classmethod
    def of(cls, gaps: Gaps, rows: Ints, length: Floats) -> Self | None:
        """Return rough gaps for these rows and lengths, or None where exact ones are needed or take no more time."""
        sampler = gaps.gap.sampler
        if not (isinstance(sampler, Transformed) and sampler.waiting and rows.size):
            return None
        cells, own_length = gaps.codes if isinstance(gaps.codes, int) else gaps.codes[rows], length[rows]
        own = sampler.params[0][cells] / gaps.rates[rows]
        unit = np.full(len(gaps.keys), own[0])
        unit[rows] = own
        if not (own.min() > 0.0 and np.isfinite(own.max())):
            return None
        found = cls(gaps.keys, gaps.gap.uniforms.key, unit, float(own_length.max()))
        expected = own_length / own
        error = found.error(2 * int(min(float(expected.max()), 1e9)) + 64)
        often = expected[error[rows] > _MOST] if len(error) > 1 else expected if error[0] > _MOST else expected[:0]
        return found if float(often.sum()) <= _FEW * float(expected.sum()) else None

    def sums(self, rows: Ints, before: Floats, lanes: range) -> Floats:
        """Return the sums of the gaps up to each of these arrivals, shape (lanes, rows); `before`: up to the first."""
        w = uniform_lanes(self.keys[rows], self.key, _lanes(lanes), flipped=True)
        minus_log(w.reshape(-1), out=w.reshape(-1))
        return _added(w, before)

    def measured(self, rows: Ints, length: Floats) -> Floats:
        """Return the lengths of these rows in the unit of the sums."""
        return length / self.unit[rows]

    def typical(self, rows: Ints, length: Floats, most: Floats) -> float:
        """Return the mean number of arrivals of these rows, as all of them expect."""
        return float(np.minimum(self.measured(rows, length[rows]), most[rows]).mean())

    def slack(self, lanes: int, length: Floats) -> float:
        """Return the most that sums of so many gaps are off by, with all that is lost on the way to `length`."""
        return lanes * LOG_ERROR + (2 * lanes + _OPERATIONS) * _ROUNDING * float(length.max())

    def seconds(self, rows: Ints, counts: Ints, sums: Floats) -> Floats:
        """Return the sums of all arrivals of these rows, row after row, in seconds."""
        unit = self.unit[rows]
        sums *= unit[0] if (unit == unit[0]).all() else np.repeat(unit, counts)
        return sums

    def error(self, lanes: int) -> Floats:
        """Return the most that a sum of so many gaps is off by in seconds: of all rows, shape (1,), or of each row."""
        unit = self.unit[:1] if (self.unit == self.unit[:1]).all() else self.unit
        return lanes * LOG_ERROR * unit + (2 * lanes + _OPERATIONS) * _ROUNDING * self.longest


def _lanes(lanes: range) -> range:
    """Return the lanes of draws: every second one, as those between are of rounding."""
    return range(2 * lanes.start, 2 * lanes.stop, 2)


def _added(gaps: Floats, before: Floats) -> Floats:
    """Add up the gaps of shape (lanes, rows), in place."""
    for gap in gaps:
        before = np.add(gap, before, out=gap)
    return gaps

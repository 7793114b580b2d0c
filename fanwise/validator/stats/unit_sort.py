"""Sorts of units: customers of a segment who are alike, such as those of one habit."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Sort"]


@dataclass(frozen=True, slots=True)
class Sort:
    """Units of a segment that are alike: their share, the means of X and Y, their variances and their covariance."""

    share: float
    x: float
    y: float
    xx: float
    xy: float
    yy: float

    def noise(self, ratio: float) -> float:
        """Return the variance of Y − RX."""
        return max(self.yy - 2 * ratio * self.xy + ratio**2 * self.xx, 0.0)

"""The interval of an area under a curve, which is also that of a probability to be larger."""

from __future__ import annotations

import math

__all__ = ["interval_of"]


def interval_of(area: float, ones: int, others: int) -> tuple[float, float]:
    """Return the 95 % interval of Hanley and McNeil (1982), "The meaning and use of the area under a ROC curve"."""
    a, b = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (ones - 1) * (a - area**2) + (others - 1) * (b - area**2)
    spread = 1.959964 * math.sqrt(max(0.0, variance) / (ones * others))
    return max(0.0, area - spread), min(1.0, area + spread)

"""The spec of a curve: how intensity changes over time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Curve"]


@dataclass(frozen=True, slots=True)
class Curve:
    """Relative intensity over time: the product of its parts, each 1 where not named.

    month: 12 factors from January, weekday: 7 from Monday, hour: 24; trend: growth factor a year (1.08 for `8%/y`);
    spikes: factor per date.
    """

    name: str
    month: tuple[float, ...] = (1.0,) * 12
    weekday: tuple[float, ...] = (1.0,) * 7
    hour: tuple[float, ...] = (1.0,) * 24
    trend: float = 1.0
    spikes: Mapping[dt.date, float] = field(default_factory=dict)

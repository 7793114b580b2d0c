"""Months: what a curve declares of them, and the part of the draws that lies in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fanwise.generator.columns.support.seasonality import CurveTable

__all__ = ["Season", "month_shares"]


@dataclass(frozen=True, slots=True)
class Season:
    """factors: of the months from January. shares: the expected part of each month (`2024-11`); None: not known."""

    factors: Sequence[float]
    shares: Mapping[str, float] | None


def month_shares(curve: CurveTable, start: int, end: int) -> dict[str, float] | None:
    """Return the part of each month in draws between fixed ends, in microseconds; None where there is no interval."""
    first, last = (np.datetime64(instant, "us").astype("datetime64[M]") for instant in (start, end))
    months = np.arange(first, last + 1)
    edges = np.clip(np.append(months, last + 1).astype("datetime64[us]").astype(np.int64), start, end)
    lengths = curve.length(edges[:-1], edges[1:])
    total = float(lengths.sum())
    if not total > 0:
        return None
    return {str(month): float(length) / total for month, length in zip(months, lengths, strict=True) if length > 0}

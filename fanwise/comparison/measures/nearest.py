"""Distances to the nearest unit of one half of REAL: from SYNTH, beside those from the other half of REAL.

Both come from the same distribution where SYNTH only resembles REAL. Where SYNTH repeats units of REAL, its distances
are smaller. Reported is the probability that a unit of SYNTH is nearer than a unit of the other half.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from fanwise.comparison.area import interval_of
from fanwise.comparison.context import Context
from fanwise.comparison.gates import judged
from fanwise.comparison.result import Row

__all__ = ["measure"]

Floats = npt.NDArray[np.float64]


def measure(context: Context) -> Iterator[Row]:
    """Yield the probability, 0.5 where SYNTH is as near to REAL as REAL itself."""
    features = context.features
    if features is None:
        return
    from scipy import stats

    scaled = [_ranked(features.real, each) for each in (features.real, features.synth)]
    known, held = scaled[0][::2], scaled[0][1::2]
    synth = scaled[1][: len(held)]
    real, other = _nearest(held, known), _nearest(synth, known)
    found = stats.mannwhitneyu(real, other, method="asymptotic").statistic
    nearer = float(found / (len(real) * len(other)))
    low, high = interval_of(nearer, len(real), len(other))
    message = (
        f"with probability {nearer:.3f}, one {features.unit} of SYNTH is nearer to half of REAL than one of the other "
        f"half is (95 % CI {low:.3f} to {high:.3f}; 0.5: no nearer)"
    )
    what = f"distance to the nearest {features.unit}"
    yield Row(
        "nearest",
        what,
        "",
        judged("nearest", nearer),
        message,
        float(np.median(real)),
        float(np.median(other)),
        nearer,
        interval=(low, high),
    )


def _ranked(real: Floats, values: Floats) -> Floats:
    """Return each feature as its place among the values of REAL, from 0 to 1; -1 where it has no value."""
    out = np.empty_like(values)
    for at in range(values.shape[1]):
        known = np.sort(real[:, at][np.isfinite(real[:, at])])
        places = np.searchsorted(known, values[:, at], "left") + np.searchsorted(known, values[:, at], "right")
        out[:, at] = np.where(np.isfinite(values[:, at]), places / max(1, 2 * len(known)), -1.0)
    return out


def _nearest(points: Floats, known: Floats) -> Floats:
    from scipy.spatial.distance import cdist

    parts = [cdist(points[at : at + 500], known, "cityblock").min(axis=1) for at in range(0, len(points), 500)]
    return np.concatenate(parts)

"""quantile {knots, log} as a fanout."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from fanwise.generator.distributions import family

FLAT = {"knot 0": 0.0, "knot 0.4": 0.0, "knot 0.7": 3.0, "knot 0.8": 3.0, "knot 1": 9.0, "log": False}
VALUES = family("quantile").sampler([FLAT]).quantile((np.arange(1_000_000) + 0.5) / 1_000_000, 0)


def test_counts_are_values_rounded_at_random() -> None:
    params = {name.replace("knot", "count knot"): value for name, value in FLAT.items()}
    made, rng = family("quantile of counts"), np.random.default_rng(7)
    wanted = np.floor(VALUES + rng.random(1_000_000))
    drawn = made.sampler([params]).quantile(rng.random(200_000), 0)
    shares = np.bincount(wanted.astype(int), minlength=10) / wanted.size

    assert made.mean(params) == pytest.approx(family("quantile").mean(FLAT), rel=1e-9)
    assert made.variance(params) == pytest.approx(wanted.var(), rel=5e-3)
    assert (
        stats.chisquare(np.bincount(drawn, minlength=10)[:10], shares[:10] / shares[:10].sum() * drawn.size).pvalue
        > 1e-3
    )
    assert "below 0" in (made.check({"count knot 0": -1, "count knot 1": 2}) or "")

"""Counts whose mean differs by segment: a family that scales, or quantiles per segment."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
import pytest

import fanwise
from fanwise.inference.laws.count_laws import Counts, fit_counts, fit_segments, knots_by_segment


def counts(values: np.ndarray) -> Counts:
    found, weights = np.unique(values, return_counts=True)
    return Counts(found.astype(np.float64), weights.astype(np.float64))


def test_poisson_counts_of_few_units_are_found() -> None:
    for seed in range(40):
        random = np.random.default_rng(seed)
        known = {"basic": counts(random.poisson(10, 225)), "gold": counts(random.poisson(40, 75))}
        family = fit_counts(known["basic"])
        assert family is not None, seed
        assert family.word == "poisson", seed
        assert fit_segments(known, family) is not None, seed


def test_few_units_do_not_hide_another_spread() -> None:
    random = np.random.default_rng(1)
    found = fit_counts(counts(random.negative_binomial(2, 2 / 42, 75)))
    assert found is not None
    assert found.word != "poisson"


def test_counts_of_no_family_get_quantiles_per_segment() -> None:
    random = np.random.default_rng(5)
    tier = np.where(np.arange(400) % 4 == 0, "gold", "basic")
    many = random.poisson(np.where(tier == "gold", 40, 10)) * (random.random(400) < 0.6)
    of = np.repeat(np.arange(400), many)
    customer = pl.DataFrame({"customer_id": np.arange(1, 401), "tier": tier})
    orders = pl.DataFrame({"order_id": np.arange(1, len(of) + 1), "customer_id": of + 1})
    text = fanwise.infer({"customer": customer, "orders": orders}, by="customer.tier")

    assert re.search(r"fanout: \{quantile: ", text)
    assert "histogram" not in text
    known = {name: counts(many[tier == name]) for name in ("basic", "gold")}
    knots = knots_by_segment(known, 20)
    for name, own in known.items():
        mean = np.trapezoid([per[name] for per in knots.values()], [float(share) for share in knots])
        assert mean == pytest.approx(own.mean, rel=0.01)


def test_numbers_that_are_nearly_all_zero_have_a_shape_that_the_language_has() -> None:
    random = np.random.default_rng(5)
    frame = pl.DataFrame({"area": np.where(random.random(9000) < 0.004, random.integers(100, 900, 9000), 0)})
    made = fanwise.dataset(fanwise.infer({"house": frame}))["house"]["area"]

    assert 0.99 < (made == 0).mean() < 1

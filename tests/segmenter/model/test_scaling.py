"""Transforms and their parameters: weights stand for repeated rows, units mean nothing, nothing becomes NaN."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.segmenter.axes import Scale
from fanwise.segmenter.model.scaling import apply, fit_feature, transform, weighted_quantile

VALUES = st.lists(st.floats(0, 1e6), min_size=1, max_size=40)


@given(VALUES, st.data())
def test_weights_stand_for_repeated_rows(values, data):
    times = np.array(data.draw(st.lists(st.integers(1, 5), min_size=len(values), max_size=len(values))))
    raw, weights = np.array(values), times.astype(float)
    for scale in Scale:
        weighted = fit_feature("f", scale, raw, weights)
        repeated = fit_feature("f", scale, np.repeat(raw, times), np.ones(times.sum()))

        assert weighted.unit == repeated.unit
        assert (weighted.low, weighted.high, weighted.deciles) == (repeated.low, repeated.high, repeated.deciles)
        assert weighted.mean == pytest.approx(repeated.mean, rel=1e-9, abs=1e-12)
        assert weighted.std == pytest.approx(repeated.std, rel=1e-6, abs=1e-9)
        assert weighted.decile_shares == pytest.approx(repeated.decile_shares)


def test_a_weighted_quantile_is_a_value_with_that_much_weight_below():
    values, weights = np.array([30.0, 10.0, 20.0]), np.array([1.0, 2.0, 7.0])

    assert weighted_quantile(values, weights, (0.0, 0.2, 0.21, 0.9, 0.91, 1.0)).tolist() == [10, 10, 20, 20, 30, 30]


def test_transforms():
    raw = np.array([0.0, 0.25, 1.0, np.nan])

    assert transform(raw, Scale.LOG, 0.25)[:3].tolist() == [0.0, np.log(2), np.log1p(4)]
    assert transform(raw, Scale.SHARE, 1.0)[:3] == pytest.approx([0, 2 * np.arcsin(0.5), np.pi])
    assert transform(-raw, Scale.SIGNED, 0.25)[:3] == pytest.approx(-np.arcsinh([0, 1, 4]))
    assert transform(raw, Scale.PLAIN, 1.0)[:3].tolist() == [0, 0.25, 1]
    assert all(np.isnan(transform(raw, scale, 1.0)[3]) for scale in Scale)


def test_out_of_range_values_stay_finite():
    for scale in Scale:
        assert np.isfinite(transform(np.array([-3.0, 2.0, 1e300, -1e300]), scale, 1.0)).all()


def test_the_unit_of_logarithms_is_the_lower_tenth_of_what_is_positive():
    raw = np.concatenate([np.zeros(50), np.arange(1, 101)])

    assert fit_feature("f", Scale.LOG, raw, np.ones(150)).unit == 10
    assert fit_feature("f", Scale.LOG, np.zeros(5), np.ones(5)).unit == 1


def test_the_unit_of_trends_is_what_nine_tenths_stay_below_without_zeros_if_that_is_zero():
    ones = np.ones(10)

    assert fit_feature("f", Scale.SIGNED, np.array([-9.0, -8, 7, 6, -5, -4, 3, 2, 1, 0]), ones).unit == 8
    assert fit_feature("f", Scale.SIGNED, np.array([0.0] * 9 + [-6]), ones).unit == 6
    assert fit_feature("f", Scale.SIGNED, np.zeros(5), np.ones(5)).unit == 1


def test_a_trend_with_one_mode_keeps_it():
    """Two thirds hardly move, a third does: asinh over a small unit would put that third at two places."""
    rng = np.random.default_rng(0)
    raw = rng.normal(0, np.where(np.arange(6000) % 3, 0.01, 1.0))
    wide = apply(raw[:, None], [fit_feature("f", Scale.SIGNED, raw, np.ones(6000))])[::3, 0]
    inner, outer = (((np.abs(wide) > low) & (np.abs(wide) <= high)).sum() for low, high in ((0, 0.8), (0.8, 1.6)))

    assert inner > outer


@given(st.lists(st.floats(1e-3, 1e6), min_size=3, max_size=60), st.sampled_from([1e-3, 0.92, 1000.0]))
def test_logarithms_and_trends_do_not_depend_on_units(values, factor):
    raw, weights = np.array(values), np.linspace(1, 2, len(values))
    for scale, signs in ((Scale.LOG, 1), (Scale.SIGNED, np.where(np.arange(len(values)) % 2, -1, 1))):
        one, other = (fit_feature("f", scale, raw * signs * times, weights) for times in (1, factor))
        points = apply((raw * signs)[:, None], [one])
        if one.std > 1e-6:
            np.testing.assert_allclose(apply((raw * signs * factor)[:, None], [other]), points, rtol=1e-6, atol=1e-6)


def test_applied_to_what_it_was_fitted_to_values_are_standardised_and_clipped():
    rng = np.random.default_rng(1)
    raw, weights = rng.lognormal(3, 1, 5000), rng.uniform(0.2, 3, 5000)
    feature = fit_feature("f", Scale.LOG, raw, weights)
    points = apply(raw[:, None], [feature])[:, 0]

    assert np.average(points, weights=weights) == pytest.approx(0, abs=1e-9)
    assert np.average(points**2, weights=weights) == pytest.approx(1)
    edges = (np.array([feature.low, feature.high]) - feature.mean) / feature.std
    assert (points.min(), points.max()) == pytest.approx(tuple(edges))
    assert weights[points == points.max()].sum() / weights.sum() == pytest.approx(0.005, abs=0.001)
    assert apply(np.array([[np.nan], [1e12]]), [feature])[:, 0] == pytest.approx([np.nan, edges[1]], nan_ok=True)


def test_shares_of_the_bins_between_deciles_see_frequent_values():
    feature = fit_feature("f", Scale.LOG, np.array([0.0] * 60 + list(range(1, 41))), np.ones(100))

    assert feature.deciles[:6] == (0, 0, 0, 0, 0, 0)
    assert feature.decile_shares == pytest.approx((0.6, 0, 0, 0, 0, 0, 0.1, 0.1, 0.1, 0.1))


def test_values_that_do_not_differ_have_no_spread():
    assert fit_feature("f", Scale.LOG, np.full(9, 7.0), np.ones(9)).std == 0
    assert fit_feature("f", Scale.PLAIN, 1e9 + np.arange(9) * 1e-7, np.ones(9)).std == 0
    assert np.isfinite(apply(np.full((9, 1), 7.0), [fit_feature("f", Scale.LOG, np.full(9, 7.0), np.ones(9))])).all()

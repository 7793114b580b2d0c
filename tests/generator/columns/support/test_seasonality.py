"""Curves: the shares of hours, the factors of each part, and the bounds of every draw."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fanwise.generator.columns.support.seasonality import CurveTable
from fanwise.generator.language.spec import Curve

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
N = 400_000


def instant(*parts: int) -> int:
    return int(dt.datetime(*parts, tzinfo=dt.UTC).timestamp()) * SECOND


YEAR = (instant(2024, 1, 1), instant(2025, 1, 1))
RETAIL = Curve(
    "retail",
    month=(1.0,) * 10 + (1.6, 1.9),
    weekday=(1.0,) * 5 + (1.3, 1.0),
    hour=(0.0,) * 6 + (1.0,) * 14 + (2.0,) + (1.0,) * 3,
    trend=1.5,
    spikes={dt.date(2024, 11, 29): 3.0},
)


def drawn(curve: Curve | None, start: int, end: int, n: int = N) -> npt.NDArray[np.int64]:
    """Return draws at evenly spaced uniforms: the curve itself, without sampling noise."""
    return CurveTable(curve, *YEAR).quantile((np.arange(n) + 0.5) / n, start, end)


def expected_shares(curve: Curve, start: int, end: int) -> npt.NDArray[np.float64]:
    """Return the share of each hour of [start, end), written out as the language page says it."""
    weights = []
    for hour in range(start, end, HOUR):
        moment = dt.datetime.fromtimestamp(hour // SECOND, dt.UTC)
        years = (moment.date() - dt.date(2024, 1, 1)).days / 365.25
        weights.append(
            curve.month[moment.month - 1]
            * curve.weekday[moment.weekday()]
            * curve.hour[moment.hour]
            * curve.trend**years
            * curve.spikes.get(moment.date(), 1.0)
        )
    return np.array(weights) / sum(weights)


def test_hours_have_the_shares_of_their_intensities() -> None:
    u = np.random.default_rng(20240501).random(N)
    hours = (CurveTable(RETAIL, *YEAR).quantile(u, *YEAR) - YEAR[0]) // HOUR
    shares = expected_shares(RETAIL, *YEAR)
    counts = np.bincount(hours, minlength=len(shares))
    loud = shares > 0

    assert not counts[~loud].any()
    assert stats.chisquare(counts[loud], shares[loud] * N).pvalue > 0.001


def test_shares_are_exact_between_any_two_ends() -> None:
    start, end = instant(2024, 10, 3, 7), instant(2024, 12, 2, 11)
    counts = np.bincount((drawn(RETAIL, start, end) - start) // HOUR, minlength=(end - start) // HOUR)

    np.testing.assert_allclose(counts / N, expected_shares(RETAIL, start, end), atol=1.01 / N)


@pytest.mark.parametrize(
    ("curve", "part", "value", "factor"),
    [
        (Curve("c", month=(1.0,) * 10 + (1.0, 2.5)), "month", 12, 2.5),
        (Curve("c", weekday=(0.2,) + (1.0,) * 6), "weekday", 0, 0.2),
        (Curve("c", hour=(1.0,) * 20 + (4.0,) + (1.0,) * 3), "hour", 20, 4.0),
    ],
)
def test_a_part_of_a_curve_multiplies_the_rate(curve: Curve, part: str, value: int, factor: float) -> None:
    def rate(curve: Curve | None) -> float:
        moments = drawn(curve, *YEAR).astype("datetime64[us]")
        if part == "month":
            inside = moments.astype("datetime64[M]").astype(int) % 12 == value - 1
        elif part == "weekday":
            inside = (moments.astype("datetime64[D]").astype(int) + 3) % 7 == value
        else:
            inside = moments.astype("datetime64[h]").astype(int) % 24 == value
        return float(inside.sum() / (~inside).sum())

    assert rate(curve) / rate(None) == pytest.approx(factor, rel=1e-3)


def test_a_spike_is_one_whole_day() -> None:
    days = (drawn(Curve("c", spikes={dt.date(2024, 11, 29): 5.0}), *YEAR) - YEAR[0]) // DAY
    counts = np.bincount(days, minlength=366)
    spike = (instant(2024, 11, 29) - YEAR[0]) // DAY

    assert counts[spike] / np.delete(counts, spike).mean() == pytest.approx(5.0, rel=1e-2)


def test_a_trend_is_growth_a_year() -> None:
    start, end = instant(2020, 1, 1), instant(2024, 1, 1)
    table = CurveTable(Curve("c", trend=2.0), start, end)
    days = (table.quantile((np.arange(N) + 0.5) / N, start, end) - start) // DAY
    counts = np.bincount(days, minlength=1461)

    assert counts[1096:].sum() / counts[:365].sum() == pytest.approx(8.0 * 2 ** (1 / 365.25), rel=5e-3)


def test_no_curve_is_even_to_the_second() -> None:
    start = instant(2024, 3, 1)
    draws = drawn(None, start, start + 10 * SECOND, n=1_000)

    np.testing.assert_array_equal(np.bincount((draws - start) // SECOND), np.full(10, 100))


def test_seconds_of_an_hour_are_equally_likely() -> None:
    start = instant(2024, 3, 1, 20)
    draws = drawn(RETAIL, start, start + HOUR, n=36_000)

    counts = np.bincount((draws - start) // SECOND, minlength=3_600)
    assert counts.min() >= 9
    assert counts.max() <= 11


def test_each_row_has_its_own_ends() -> None:
    table = CurveTable(RETAIL, *YEAR)
    rng = np.random.default_rng(3)
    start = YEAR[0] + rng.integers(0, 300 * 24, 500) * HOUR
    end = start + rng.integers(1, 60 * 24, 500) * HOUR
    u = rng.random(500)
    together = table.quantile(u, start, end)
    alone = [table.quantile(u[i : i + 1], int(start[i]), int(end[i]))[0] for i in range(500)]

    np.testing.assert_array_equal(together, alone)
    assert ((together >= start) & (together < end)).all()


def test_an_end_not_after_its_start_gives_the_start() -> None:
    start = np.array([YEAR[0] + HOUR, YEAR[0] + HOUR, YEAR[0] + 5])
    end = np.array([YEAR[0] + HOUR, YEAR[0], YEAR[0] + 7])

    for curve in (RETAIL, None):
        np.testing.assert_array_equal(CurveTable(curve, *YEAR).quantile(np.array([0.3, 0.9, 0.9]), start, end), start)


def test_a_silent_interval_is_drawn_evenly() -> None:
    start = instant(2024, 5, 5, 1)
    draws = drawn(RETAIL, start, start + 4 * HOUR, n=4_000)

    np.testing.assert_array_equal(np.bincount((draws - start) // HOUR), np.full(4, 1_000))


def test_rows_outside_the_span_follow_the_curve_too() -> None:
    start, end = instant(1960, 1, 1), instant(1960, 3, 1)
    table = CurveTable(RETAIL, *YEAR)
    u = (np.arange(20_000) + 0.5) / 20_000
    outside = table.quantile(u, start, end)
    own = CurveTable(RETAIL, start, end).quantile(u, start, end)
    mixed = table.quantile(u, np.where(u < 0.5, start, YEAR[0]), np.where(u < 0.5, end, YEAR[1]))

    assert np.abs(outside - own).max() <= SECOND
    np.testing.assert_array_equal(mixed[u < 0.5], outside[u < 0.5])
    np.testing.assert_array_equal(mixed[u >= 0.5], table.quantile(u[u >= 0.5], *YEAR))


def test_the_origin_of_a_trend_does_not_matter() -> None:
    trend = Curve("c", trend=1.08)
    u = np.random.default_rng(1).random(10_000)
    late, early = CurveTable(trend, *YEAR), CurveTable(trend, instant(2015, 1, 1), YEAR[1])

    assert np.abs(late.quantile(u, *YEAR) - early.quantile(u, *YEAR)).max() <= SECOND


def test_no_rows_and_a_span_of_nothing() -> None:
    none = np.empty(0, dtype=np.int64)

    assert CurveTable(RETAIL, *YEAR).quantile(np.empty(0), none, none).shape == (0,)
    assert CurveTable(RETAIL, YEAR[0], YEAR[0]).quantile(np.array([0.5]), YEAR[0], YEAR[0]).tolist() == [YEAR[0]]


def test_golden_values() -> None:
    draws = CurveTable(RETAIL, *YEAR).quantile(np.array([0.0, 0.1, 0.5, 0.9, 1 - 2**-53]), *YEAR)

    assert draws.astype("datetime64[us]").astype("datetime64[s]").astype(str).tolist() == [
        "2024-01-01T06:00:00",
        "2024-02-20T21:53:05",
        "2024-08-17T16:25:38",
        "2024-12-13T17:12:30",
        "2024-12-31T23:59:59",
    ]


# Products of three stay above what is lost beside the largest.
factors = st.sampled_from([0.0, 0.0, 1.0, 0.37, 1e-3, 1e2])
curves = st.builds(
    Curve,
    st.just("c"),
    month=st.tuples(*[factors] * 12),
    weekday=st.tuples(*[factors] * 7),
    hour=st.tuples(*[factors] * 24),
    trend=st.sampled_from([1.0, 1.08, 0.5, 30.0]),
    spikes=st.dictionaries(st.dates(dt.date(2023, 12, 1), dt.date(2025, 2, 1)), factors, max_size=5),
)
moments = st.integers(YEAR[0] // SECOND, YEAR[1] // SECOND)
uniforms = st.one_of(st.floats(0, 1, exclude_max=True), st.sampled_from([0.0, 1 - 2**-53, 0.5]))


@given(curves, moments, st.integers(1, 10**7), st.lists(uniforms, min_size=1, max_size=50))
def test_draws_are_inside_and_never_in_a_silent_hour(curve: Curve, start: int, length: int, us: list[float]) -> None:
    end = min(start + length, YEAR[1] // SECOND)
    draws = CurveTable(curve, *YEAR).quantile(np.sort(us), start * SECOND, end * SECOND)

    assert (np.diff(draws) >= 0).all()
    assert (draws % SECOND == 0).all()
    assert (draws >= start * SECOND).all()
    if end > start:
        assert (draws < end * SECOND).all()
        loud = [
            curve.month[moment.month - 1]
            * curve.weekday[moment.weekday()]
            * curve.hour[moment.hour]
            * curve.spikes.get(moment.date(), 1.0)
            for moment in (dt.datetime.fromtimestamp(int(draw) // SECOND, dt.UTC) for draw in draws)
        ]
        assert all(loud) or not any(loud)

"""Which features are of use: not constant, not copies, and whose absence excludes whom."""

from __future__ import annotations

import numpy as np
import pytest

from fanwise.segmenter.axes import Scale
from fanwise.segmenter.clustering.feature_selection import usable_features

RNG = np.random.default_rng(0)
A, B, C = RNG.normal(size=(3, 400))
WEIGHTS = np.ones(400)


def usable(*columns, weights=WEIGHTS):
    names = [f"a.{sign}" for sign in "abcdef"[: len(columns)]]
    return usable_features(names, [Scale.PLAIN] * len(columns), np.stack(columns, axis=1), weights)


def kept(found):
    return [feature.name for feature in found.features]


def test_different_features_are_all_kept():
    found = usable(A, B, C)

    assert kept(found) == ["a.a", "a.b", "a.c"]
    assert (found.dropped, found.reason, found.rows.all()) == ((), "", True)


def test_what_nearly_all_share_is_dropped():
    rare = np.where(np.arange(400) < 7, B, 3.0)
    found = usable(A, np.full(400, 2.0), rare, B)

    assert kept(found) == ["a.a", "a.d"]
    assert found.dropped == ("a.b: the same for all", "a.c: 98.2% of customers have the same value")


def test_the_share_of_a_value_is_weighted():
    rare = np.where(np.arange(400) < 7, B, 3.0)
    weights = np.where(np.arange(400) < 7, 50.0, 1.0)

    assert kept(usable(A, rare, weights=weights)) == ["a.a", "a.b"]


def test_a_copy_is_dropped_and_the_first_is_kept():
    found = usable(A, B, 1 - A, A + 0.01 * C)

    assert kept(found) == ["a.a", "a.b"]
    assert found.dropped == ("a.c: a copy of a.a", "a.d: a copy of a.a")


def test_a_chain_of_copies_loses_only_what_copies_a_kept_feature():
    middle, far = A + 0.15 * B, A + 0.3 * B
    found = usable(A, middle, far)

    assert kept(found) == ["a.a", "a.c"]
    assert found.dropped == ("a.b: a copy of a.a",)


def test_who_lacks_a_value_is_not_eligible():
    found = usable(A, np.where(np.arange(400) < 100, np.nan, B))

    assert found.rows.tolist() == [False] * 100 + [True] * 300


def test_a_dropped_feature_excludes_nobody():
    constant = np.where(np.arange(400) < 300, np.nan, 1.0)
    found = usable(A, constant, B, np.full(400, np.nan))

    assert found.rows.all()
    assert found.dropped == ("a.b: the same for all", "a.d: no customer has a value")


def test_constant_among_the_eligible_only():
    there = np.arange(400) < 200
    found = usable(A, np.where(there, B, np.nan), np.where(there, 5.0, C))

    assert kept(found) == ["a.a", "a.b"]
    assert found.dropped == ("a.c: the same for all among customers with enough history",)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ((A, np.zeros(400)), "fewer than 2 features differ between customers (a.b: the same for all)"),
        ((A,), "fewer than 2 features differ between customers"),
        (
            (np.where(np.arange(400) < 200, A, np.nan), np.where(np.arange(400) < 200, np.nan, A)),
            "no customer has a value in every feature",
        ),
    ],
)
def test_an_axis_that_is_off_says_why(columns, reason):
    found = usable(*columns)

    assert found.features == ()
    assert found.reason == reason
    assert not found.rows.any()


def test_copies_of_one_feature_leave_it():
    """Segments far apart in value: the mean, the total and the largest order then say the same, but they say it."""
    found = usable(A, A + 0.01 * B, 2 * A)

    assert kept(found) == ["a.a"]
    assert (found.reason, len(found.dropped), found.rows.all()) == ("", 2, True)


def test_a_copy_of_what_is_constant_later_is_no_feature():
    there = np.arange(400) < 200
    found = usable(np.where(there, 1.0, A), np.where(there, B, np.nan), np.where(there, B, np.nan))

    assert kept(found) == ["a.b"]
    assert found.dropped[0] == "a.a: the same for all among customers with enough history"


def test_of_two_customers_one_feature_is_left():
    found = usable_features(["a.a", "a.b"], [Scale.LOG] * 2, np.array([[1.0, 2], [3, 1]]), np.ones(2))

    assert kept(found) == ["a.a"]
    assert found.dropped == ("a.b: a copy of a.a",)

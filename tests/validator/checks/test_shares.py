"""Shares: exact where balanced, by a G-test where drawn."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from fanwise.validator import Status


def assigned(shop, counts: dict[str, int], assign: str) -> None:
    shop.contract["axes"]["tier"]["assign"] = assign
    tier = np.repeat(list(counts), list(counts.values()))
    shop.frames["customer"] = shop.frames["customer"].with_columns(tier=pl.Series(tier))


@pytest.mark.parametrize(("off", "expected"), [(0, Status.PASS), (11, Status.PASS), (12, Status.FAIL)])
def test_balanced_shares_keep_their_bound(shop, off: int, expected: Status) -> None:
    """600 customers: the bound is log2(600) + 2 = 11.2."""
    assert math.floor(math.log2(600) + 2) == 11
    assigned(shop, {"VIP": 120 + off, "Standard": 300 - off, "Casual": 180}, "balanced")

    assert shop.statuses("shares") == {"tier": expected}


@pytest.mark.parametrize(("off", "expected"), [(0, Status.PASS), (30, Status.PASS), (80, Status.FAIL)])
def test_drawn_shares_are_tested(shop, off: int, expected: Status) -> None:
    assigned(shop, {"VIP": 120 + off, "Standard": 300 - off, "Casual": 180}, "random")

    assert shop.statuses("shares") == {"tier": expected}


def test_shares_of_unknown_assignment_are_not_judged(shop) -> None:
    assigned(shop, {"VIP": 10, "Standard": 500, "Casual": 90}, "unknown")

    assert shop.statuses("shares") == {}


def test_the_message_says_how_many_there_should_be(shop) -> None:
    assigned(shop, {"VIP": 220, "Standard": 200, "Casual": 180}, "balanced")

    assert "120 ± 11 are declared (20.0 % of 600)" in shop.findings("shares")["tier"].message

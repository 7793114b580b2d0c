"""Distribution: level and spread against declared shares at points, per cell and in one family."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from fanwise.text.numbers import told_apart
from fanwise.validator import ContractError, Status
from fanwise.validator.checks.distribution import _instant
from fanwise.validator.sql import sampling

POINTS = [0.05, 0.25, 0.5, 0.75, 0.95]
VALUE = {"VIP": 1.5, "Standard": 1.0, "Casual": 0.7}


def amounts(factor: float = 1.0) -> list[list[float]]:
    """Return the points of the shop's amounts: lognormal(4, 0.5) times the factor of a segment, written with cents."""
    law = stats.lognorm(s=0.5, scale=np.exp(4) * factor)
    return [
        [round(float(law.ppf(share)), 2), float(law.cdf(round(float(law.ppf(share)), 2) + 0.005))] for share in POINTS
    ]


def declared(shop, cells: list[dict[str, Any]] | None = None, **law: Any) -> None:
    by_tier = [{"at": [tier], "at_most": amounts(factor), "median": 54.6 * factor} for tier, factor in VALUE.items()]
    entry = {"table": "order", "column": "amount", "by": ["customer.tier"], "cells": cells or by_tier, **law}
    shop.contract["distributions"] = [entry]


def counts(mean: float) -> list[list[float]]:
    law = stats.poisson(mean)
    points = sorted({int(law.ppf(share)) for share in POINTS})
    return [[float(point), float(law.cdf(point))] for point in points]


def change(shop, amount: pl.Expr) -> dict[str, Status]:
    tiers = shop.frames["customer"].select("customer_id", "tier")
    joined = shop.frames["order"].join(tiers, on="customer_id", how="left", maintain_order="left")
    shop.frames["order"] = joined.with_columns(amount=amount.round(2)).drop("tier")
    return shop.statuses("distribution")


AMOUNT, VIP = pl.col("amount"), pl.col("tier") == "VIP"
MEAN, MEDIAN = AMOUNT.mean().over("tier"), AMOUNT.median().over("tier")


def test_values_of_the_declared_law_pass(shop) -> None:
    declared(shop)

    assert shop.statuses("distribution") == {"order.amount": Status.PASS}


@pytest.mark.parametrize(
    ("amount", "cells", "words"),
    [
        (AMOUNT * 10, {"VIP", "Standard", "Casual"}, "higher level"),
        (AMOUNT * 0.8, {"VIP", "Standard", "Casual"}, "lower level"),
        (pl.when(VIP).then(AMOUNT * 1.3).otherwise(AMOUNT), {"VIP"}, "higher level"),
        (MEAN + 2 * (AMOUNT - MEAN), {"VIP", "Standard", "Casual"}, "wider spread"),
        (MEAN, {"VIP", "Standard", "Casual"}, ""),
        (pl.when(VIP).then(MEDIAN + 0.3 * (AMOUNT - MEDIAN)).otherwise(AMOUNT), {"VIP"}, "narrower spread"),
    ],
)
def test_another_level_or_spread_warns_in_its_cells(shop, amount: pl.Expr, cells: set[str], words: str) -> None:
    declared(shop)
    change(shop, amount)
    found = shop.findings("distribution")

    assert {name.removeprefix("order.amount.") for name in found} == cells
    assert {finding.status for finding in found.values()} == {Status.WARN}
    assert all(words in finding.message for finding in found.values())


def test_the_message_has_both_medians(shop) -> None:
    declared(shop)
    change(shop, AMOUNT * 10)
    vip = shop.findings("distribution")["order.amount.VIP"]

    assert vip.declared == pytest.approx(54.6 * 1.5)
    assert vip.estimate == pytest.approx(10 * 54.6 * 1.5, rel=0.1)


def test_what_nobody_would_notice_passes(make) -> None:
    shop = make(customers=20_000, orders=3)
    declared(shop)

    assert change(shop, AMOUNT * 1.01) == {"order.amount": Status.PASS}


def test_rows_without_count_are_left_out(shop) -> None:
    declared(shop, without=[{"name": "customer.tier", "values": ["VIP"]}])

    assert change(shop, pl.when(VIP).then(AMOUNT * 9).otherwise(AMOUNT)) == {"order.amount": Status.PASS}


def test_other_values_have_the_cell_of_null(shop) -> None:
    rest = (
        shop.frames["order"].join(shop.frames["customer"], on="customer_id").filter(pl.col("tier") != "VIP")["amount"]
    )
    points = [[float(rest.quantile(share, "lower")), share] for share in POINTS]
    cells = [{"at": ["VIP"], "at_most": amounts(1.5)}, {"at": [None], "at_most": points}]
    declared(shop, cells)
    assert shop.statuses("distribution") == {"order.amount": Status.PASS}

    assert change(shop, pl.when(VIP).then(AMOUNT).otherwise(AMOUNT * 2)) == {"order.amount.else": Status.WARN}


def test_counts_per_parent_are_a_law_too(shop) -> None:
    fanout = {"VIP": 1.6, "Standard": 1.0, "Casual": 0.6}
    cells = [{"at": [tier], "at_most": counts(6 * factor)} for tier, factor in fanout.items()]
    shop.contract["distributions"] = [{"table": "order", "per": "customer", "by": ["tier"], "cells": cells}]
    assert shop.statuses("distribution") == {"order.per.customer": Status.PASS}

    again = shop.frames["order"].with_columns(pl.col("order_id") + 1_000_000)
    half = pl.col("customer_id") % 2 == 0
    shop.frames["order"] = pl.concat([shop.frames["order"].filter(half), again.filter(half)])
    found = shop.findings("distribution")
    assert {finding.status for finding in found.values()} == {Status.WARN}
    assert all("wider spread" in finding.message for finding in found.values())


def test_a_part_of_very_many_rows_is_enough(make, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = make(customers=4000)
    declared(shop)
    monkeypatch.setattr(sampling, "MOST_ROWS", 1000)
    monkeypatch.setattr(sampling, "PART_ROWS", shop.frames["order"].height // 4)
    assert shop.statuses("distribution") == {"order.amount": Status.PASS}

    change(shop, AMOUNT * 2)
    (n,) = shop.findings("distribution")["order.amount.VIP"].n
    assert 0.2 < n / shop.frames["order"].join(shop.frames["customer"], on="customer_id").filter(VIP).height < 0.3


@pytest.mark.parametrize(
    ("law", "why"),
    [
        ({"column": "weight"}, "unknown column of order 'weight'"),
        ({"per": "customer"}, "has both 'column' and 'per', or neither"),
        ({"column": None, "per": "item"}, "item is not the parent of order"),
        ({"by": ["customer.size"]}, "customer has no column 'size'"),
        ({"by": []}, "1 values for 0 names"),
        ({"cells": [{"at": ["VIP"], "at_most": [[5, 0.5], [4, 0.9]]}]}, "points and shares do not increase"),
        ({"cells": [{"at": ["VIP"], "shares": {"a": 0.6, "b": 0.6}}]}, "the shares sum to more than 1"),
    ],
)
def test_laws_that_do_not_fit_are_refused(shop, law: dict[str, Any], why: str) -> None:
    declared(shop)
    entry = {**shop.contract["distributions"][0], **law}
    shop.contract["distributions"] = [{name: value for name, value in entry.items() if value is not None}]
    with pytest.raises(ContractError) as refused:
        shop.audit()
    assert why in str(refused.value)


def test_a_value_that_hardly_any_data_set_has_is_named(shop) -> None:
    """Ends lie where a value is further out with a chance of 1e-12: below its lognormal's, and above."""
    ends = [float(stats.lognorm(s=0.5, scale=np.exp(4)).ppf(share)) for share in (1e-12, 1 - 1e-12)]
    declared(
        shop, [{"at": [tier], "at_most": amounts(f), "ends": [ends[0] * f, ends[1] * f]} for tier, f in VALUE.items()]
    )
    assert shop.statuses("distribution") == {"order.amount": Status.PASS}

    own = shop.frames["order"].join(shop.frames["customer"], on="customer_id").filter(VIP)["order_id"].min()
    whale = pl.when(pl.col("order_id") == own).then(pl.lit(50_000.0)).otherwise("amount")
    shop.frames["order"] = shop.frames["order"].with_columns(amount=whale)
    found = shop.findings("distribution")["order.amount.VIP.above"]

    assert found.status is Status.WARN
    assert (found.estimate, found.declared) == (50_000.0, ends[1] * 1.5)
    assert "order.amount of VIP is 50,000 in one of" in found.message


def test_instants_are_compared_in_seconds_and_shown_as_instants(shop) -> None:
    instants = shop.frames["order"]["ordered_at"]
    points = [[float(instants.dt.timestamp("ms").quantile(share, "lower") or 0) / 1000, share] for share in POINTS]
    cell = {"at_most": points, "median": points[2][0]}
    shop.contract["distributions"] = [{"table": "order", "column": "ordered_at", "cells": [cell]}]
    assert shop.statuses("distribution") == {"order.ordered_at": Status.PASS}

    shop.frames["order"] = shop.frames["order"].with_columns(pl.col("ordered_at") + pl.duration(days=60))
    message = shop.findings("distribution")["order.ordered_at"].message

    assert "order.ordered_at has a higher level than declared: median 2" in message


def test_instants_of_one_second_are_told_apart() -> None:
    midnight = 1_735_689_600.0
    assert told_apart(midnight, midnight + 86_400, _instant) == ("2025-01-01", "2025-01-02")
    assert told_apart(midnight + 0.251, midnight + 0.254, _instant) == (
        "2025-01-01 00:00:00.251",
        "2025-01-01 00:00:00.254",
    )

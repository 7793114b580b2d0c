"""All declared ratios at once: labels that are partly mixed up, a drift over many segments, an effect that is weak."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from fanwise.validator import Status
from tests.validator.shop import Shop, make_shop

TEN = dict.fromkeys("abcdefghij", 0.1)


def mixed(shop: Shop, share: float, seed: int = 1) -> Shop:
    """Return the shop with the labels of a share of the customers permuted among them."""
    generator, customers = np.random.default_rng(seed), shop.frames["customer"]
    labels = customers["tier"].to_numpy().copy()
    chosen = generator.choice(len(labels), round(share * len(labels)), replace=False)
    labels[chosen] = generator.permutation(labels[chosen])
    shop.frames["customer"] = customers.with_columns(tier=pl.Series(labels))
    return shop


def test_healthy_data_pass(shop: Shop) -> None:
    (found,) = shop.findings("combined").values()

    assert found.status is Status.PASS
    assert "8 declared ratios of 4 effects together" in found.message
    assert found.achieved == pytest.approx(1.0, abs=0.1)


def test_mixed_labels_fail_though_no_ratio_does(make: Any) -> None:
    shop = mixed(make(seed=5, customers=1000), 0.2)
    report = shop.audit()
    (found,) = (each for each in report.findings if each.check == "combined")

    assert Status.FAIL not in shop.statuses("ratio").values()
    assert report.exit_code == 1
    assert found.status is Status.FAIL
    assert "of the effects is there" in found.message
    assert found.hint.startswith("all effects are weaker by one factor: labels in customer.tier are likely mixed up")
    assert found.achieved == pytest.approx(0.78, abs=0.08)
    assert report.grades[0].letter == "D"


@pytest.mark.slow
@pytest.mark.system
def test_a_fifth_of_the_labels_permuted_at_1000_customers_fails_in_20_of_20(make: Any) -> None:
    healthy = [make(seed=seed, customers=1000).audit().exit_code for seed in range(101, 121)]
    found = [mixed(make(seed=seed, customers=1000), 0.2, seed).audit().exit_code for seed in range(101, 121)]

    assert 1 not in healthy
    assert found == [1] * 20


@pytest.fixture(scope="module")
def ten() -> Any:
    """Return a maker of shops with ten segments whose value effect is there in part."""

    def made(part: float) -> Shop:
        declared = {name: 3.0 * 0.85**at for at, name in enumerate(TEN)}
        given = {name: number**part for name, number in declared.items()}
        shop = make_shop(7, 3000)
        generator = np.random.default_rng(3)
        tier = np.array(list(TEN))[np.arange(3000) % 10]
        owner = np.repeat(np.arange(3000), generator.poisson(6, 3000))
        amount = generator.lognormal(4, 0.8, owner.size) * np.array([given[name] for name in tier[owner]])
        shop.frames["customer"] = shop.frames["customer"].with_columns(tier=pl.Series(tier))
        shop.frames["order"] = pl.DataFrame(
            {"order_id": np.arange(owner.size), "customer_id": owner, "amount": amount.round(2)}
        ).with_columns(ordered_at=shop.frames["customer"]["signed_up"][0])
        shop.contract["axes"]["tier"] = {"table": "customer", "column": "tier", "share": TEN}
        shop.contract["effects"] = {"amount": shop.contract["effects"]["amount"] | {"declared": declared}}
        shop.contract["expect"] = {}
        return shop

    return made


@pytest.mark.parametrize(("part", "status"), [(1.0, Status.PASS), (0.9, Status.WARN), (0.8, Status.FAIL)])
def test_a_drift_over_ten_segments_fails_though_neighbours_pass(ten: Any, part: float, status: Status) -> None:
    shop = ten(part)
    found = shop.findings("combined")["tier"]

    assert Status.FAIL not in shop.statuses("ratio").values()
    assert found.status is status
    assert found.achieved == pytest.approx(part, abs=0.04)
    if status is Status.FAIL:
        assert "mean order.amount fits least" in found.message


def test_a_weak_effect_among_others_is_named(make: Any) -> None:
    weak = {"VIP": 1.5**0.6, "Standard": 1.0, "Casual": 0.7**0.6}
    found = make(seed=8, customers=3000, price=weak).findings("combined")["tier"]

    assert found.status is Status.FAIL
    assert "mean item.price fits least" in found.message
    assert found.metric == "price"


def test_one_ratio_needs_no_test_of_its_own(shop: Shop) -> None:
    shop.only_effects("amount")
    shop.contract["axes"]["tier"]["share"] = {"VIP": 0.2, "Standard": 0.8}
    shop.contract["axes"]["tier"]["rank"] = "VIP > Standard"
    shop.contract["effects"]["amount"]["declared"] = {"VIP": 1.5, "Standard": 1.0}

    assert shop.findings("combined") == {}


def test_effects_that_claim_no_ratio_are_left_out(shop: Shop) -> None:
    for effect in shop.contract["effects"].values():
        effect["claim"] = "direction"

    assert shop.findings("combined") == {}


def test_too_few_customers_are_not_judged(make: Any) -> None:
    assert make(seed=9, customers=12).findings("combined") == {}

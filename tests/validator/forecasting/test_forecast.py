"""Forecasts: certain contradictions, too little data and what to change, and the same answer as the audit's."""

from __future__ import annotations

import dataclasses
import json
import math
import statistics

import pytest

from fanwise import validator
from fanwise.validator import Contract, Forecast, Moments, forecast, load_contract, metrics_of
from fanwise.validator.forecasting.outlook import Outlook

SEGMENTS = ("VIP", "Standard", "Casual")


def moments_for(contract: Contract, customers: int, orders: float = 6.0) -> dict[str, dict[str, Moments]]:
    share, effects = contract.axes["tier"].share, contract.effects
    found = {}
    for name, effect in effects.items():
        found[name] = {
            segment: Moments(
                carriers=customers * share[segment],
                children=orders * effects["orders"].declared[segment] if effect.kind == "value" else orders * mean,
                children_variance=orders * mean,
                value=70 * mean if effect.kind == "value" else None,
                value_variance=(40 * mean) ** 2 if effect.kind == "value" else 0.0,
            )
            for segment, mean in effect.declared.items()
        }
    return found


def test_a_sound_plan_is_expected_to_pass(shop) -> None:
    contract = load_contract(shop.contract)
    found = forecast(contract, moments_for(contract, 2000))

    assert found.exit_code == 0
    assert found.probability > 0.99
    assert found.verdict.startswith("PASS is expected")
    assert not found.weak


def test_too_few_customers_are_told_how_many_it_takes(shop) -> None:
    contract = load_contract(shop.contract)
    found = forecast(contract, moments_for(contract, 60))

    assert found.exit_code == 3
    assert "VIP has 12 rows of customer" in found.text()
    assert all(outlook.needed is not None for outlook in found.weak)


def test_what_is_advised_is_enough(shop) -> None:
    contract = load_contract(shop.only_effects("orders").contract)
    weak = forecast(contract, moments_for(contract, 60)).weak
    wanted = max(outlook.needed / contract.axes["tier"].share[segment] for outlook in weak for segment in ["VIP"])
    found = forecast(contract, moments_for(contract, int(wanted) + 1))

    assert found.exit_code == 0


def test_a_rank_that_nothing_supports_is_certain_to_fail(shop) -> None:
    shop.contract["effects"], shop.contract["expect"] = {}, {}
    found = forecast(load_contract(shop.contract), {})

    assert found.exit_code == 1
    assert "nothing makes order per customer differ by tier" in " ".join(found.text().split())


def test_a_range_that_the_plan_misses_is_certain_to_fail(shop) -> None:
    shop.contract["expect"]["orders_per_customer"]["ratio"] = {"VIP/Standard": [1.9, 2.5]}
    contract = load_contract(shop.contract)
    found = forecast(contract, moments_for(contract, 2000))

    assert found.exit_code == 1
    assert "VIP/Standard is expected in 1.9 to 2.5, the plan gives 1.60×" in found.contradictions[0].message


def test_a_range_that_too_few_rows_are_judged_by_is_inconclusive(shop) -> None:
    shop.contract["expect"]["orders_per_customer"]["ratio"] = {"VIP/Standard": [1.9, 2.5]}
    contract = load_contract(shop.contract)
    found = forecast(contract, moments_for(contract, 5))
    (judged,) = (gate for gate in found.outlooks if gate.gate == "range")

    assert (found.exit_code, found.contradictions, judged.probability) == (3, (), 0.0)
    assert judged.advice == (
        "VIP has 1 row of customer, too few to judge; with more rows it is a FAIL, as the plan gives 1.60×: "
        "change the multiplier, or the range under audit.expect."
    )


def test_a_rank_against_the_declared_means_names_both_lines(shop) -> None:
    shop.contract["effects"]["reviews"]["declared"] = {"VIP": 0.4, "Standard": 1.0, "Casual": 3.0}
    shop.contract["effects"]["reviews"]["source"] = {"file": "a.yaml", "line": 9, "path": "tables.review"}
    shop.contract["axes"]["tier"]["rank_source"] = {"file": "a.yaml", "line": 3, "path": "segments.tier.rank"}
    contract = load_contract(shop.contract)
    found = forecast(contract, moments_for(contract, 2000))

    assert found.exit_code == 1
    assert "a.yaml:3" in found.text()
    assert "a.yaml:9" in found.text()


def test_effective_means_that_run_backwards_are_certain_to_fail(shop) -> None:
    contract = load_contract(shop.only_effects("orders").contract)
    moments = {"orders": {name: Moments(300, 6, 6) for name in SEGMENTS}}
    found = forecast(contract, moments)

    assert found.exit_code == 1
    assert "VIP/Standard should be 1.60×, the plan gives 1.00×" in found.contradictions[0].message


def gates(*chances: float | None, why: str = "is computed") -> Forecast:
    """Return a forecast of one gate per chance; those of None cannot be forecast."""
    known = [1 - chance for chance in chances if chance is not None]
    outlooks = tuple(
        Outlook(f"m{i}", f"mean order.m{i}", "VIP/Casual", "direction", "higher", None, chance, unknown=why)
        for i, chance in enumerate(chances)
    )
    return Forecast("shop", outlooks, (), 1 - sum(known) if known else None, 0.95)


@pytest.mark.parametrize(
    ("found", "verdict", "exit_code"),
    [
        (gates(), "Nothing declared to forecast.", 0),
        (gates(1.0), "PASS is expected: the 1 gate passes with probability > 0.999.", 0),
        (gates(1.0, 0.99), "PASS is expected: all 2 gates pass with probability 0.990.", 0),
        (
            gates(1.0, 0.998, None),
            "PASS is expected: 2 of 3 gates pass with probability 0.998; 1 cannot be forecast: mean order.m2 is computed.",
            0,
        ),
        (gates(None), "No gate can be forecast: mean order.m0 is computed. The audit decides.", 0),
        (
            gates(0.9499),
            "PASS is not certain enough: the 1 gate passes with probability 0.949, 0.95 is asked for.",
            3,
        ),
        (
            gates(0.2, None),
            "PASS is unlikely: 1 of 2 gates passes with probability 0.200, 0.95 is asked for; "
            "1 cannot be forecast: mean order.m1 is computed.",
            3,
        ),
    ],
)
def test_the_verdict_counts_only_what_was_forecast(found: Forecast, verdict: str, exit_code: int) -> None:
    assert (found.verdict, found.exit_code) == (verdict, exit_code)


def test_many_reasons_are_counted_and_equal_ones_are_named_once() -> None:
    many = gates(*[None] * 5)
    assert many.verdict == (
        "No gate can be forecast: mean order.m0 is computed, mean order.m1 is computed, mean order.m2 is computed, "
        "and 2 more metrics. The audit decides."
    )


def test_moments_that_are_missing_are_unknown_and_say_so(shop) -> None:
    contract = load_contract(shop.contract)
    found = forecast(contract, {}, {"orders": "is computed"})

    assert {outlook.probability for outlook in found.outlooks} == {None}
    assert (found.probability, found.exit_code) == (None, 0)
    assert {outlook.unknown for outlook in found.outlooks if outlook.metric == "orders"} == {"is computed"}
    assert "unknown" in found.text()
    assert "No gate can be forecast: order per customer is computed" in found.verdict


@pytest.mark.parametrize("number", [math.nan, math.inf])
@pytest.mark.parametrize("name", ["carriers", "children", "children_variance", "value", "value_variance"])
def test_moments_that_are_not_finite_are_unknown_and_never_reach_the_json(shop, name: str, number: float) -> None:
    contract = load_contract(shop.contract)
    moments = moments_for(contract, 2000)
    moments["amount"]["Casual"] = dataclasses.replace(moments["amount"]["Casual"], **{name: number})
    found = forecast(contract, moments)

    assert {gate.metric for gate in found.unknown} == {"amount"}
    assert found.probability > 0.99
    assert "mean order.amount has no finite variance" in found.verdict
    values = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert (values["forecast_gates"], values["unknown_gates"]) == (len(found.outlooks) - 2, 2)


def test_a_floor_with_a_reason_is_unknown_and_no_contradiction(shop) -> None:
    shop.contract["effects"], shop.contract["expect"] = {}, {}
    contract = load_contract(shop.contract)
    reasons = dict.fromkeys((metric.id for metric in metrics_of(contract)), "follows a reference that has no formula")
    found = forecast(contract, {}, reasons)

    assert (found.contradictions, found.exit_code, found.probability) == ((), 0, None)


def test_a_stated_floor_is_forecast_as_it_is_judged(shop) -> None:
    """The rank of the sums is expected; 1.6 times 1.5 is above a floor of 0.5 and below one of 2."""
    for floor, code in ((0.5, 0), (2.0, 1)):
        shop.contract["thresholds"] = {"min_effect": {"value": floor}}
        shop.contract["effects"] = {}
        shop.contract["expect"] = {
            "spend": {"sum": "order.amount", "per": "customer", "by": "tier", "rank": ["VIP", "Standard"]}
        }
        contract = load_contract(shop.contract)
        means = {"VIP": 2.4, "Standard": 1.0, "Casual": 0.4}
        moments = {"expect.spend": {name: Moments(5000, 6, 6, 70 * mean, 400.0) for name, mean in means.items()}}

        assert forecast(contract, moments).exit_code == code


@pytest.mark.system
def test_predicted_and_actual_pass_rates_agree(make) -> None:
    """Customers are chosen so that about half of the data sets show both pairs."""
    customers, seeds = 130, 40
    shop = make(customers=customers).only_effects("orders")
    contract = load_contract(shop.contract)
    predicted = forecast(contract, moments_for(contract, customers, orders=1.2))
    chance = 1.0
    for outlook in predicted.outlooks:
        chance *= outlook.probability
    passed = 0
    for seed in range(seeds):
        candidate = make(seed=seed, customers=customers, orders=1.2).only_effects("orders")
        passed += all(status is validator.Status.PASS for status in candidate.statuses("direction").values())

    assert passed / seeds == pytest.approx(chance, abs=0.2)


def test_the_forecast_is_kept_in_the_report(shop) -> None:
    contract = load_contract(shop.contract)
    predicted = forecast(contract, moments_for(contract, 600))
    report = validator.audit(shop.frames, contract, forecast=predicted)
    found = {finding.id: finding for finding in report.findings}

    assert found["direction.orders.VIP-vs-Standard"].effective == pytest.approx(1.6)
    assert report.to_dict()["forecast"]["exit_code"] == predicted.exit_code


def test_a_forecast_fits_the_terminal(shop) -> None:
    contract = load_contract(shop.contract)

    assert max(map(len, forecast(contract, moments_for(contract, 60)).text().splitlines())) <= 80


def test_a_range_is_forecast_from_the_estimates_that_are_judged(shop) -> None:
    """The scatter that segments share decides about order; a ratio in a range passes by its estimate alone."""
    shop.contract["effects"] = {}
    shop.contract["expect"] = {"spend": {"mean": "order.amount", "by": "tier", "ratio": {"VIP/Standard": [1.4, 1.6]}}}
    contract = load_contract(shop.contract)
    spread = {"VIP": 200.0, "Standard": 200.0, "Casual": 90_000.0}  # the third segment has another law
    means = {"VIP": 105.0, "Standard": 70.0, "Casual": 30.0}
    moments = {"expect.spend": {name: Moments(100, 2, 2, mean, spread[name]) for name, mean in means.items()}}
    (gate,) = forecast(contract, moments).outlooks
    se = math.sqrt(sum(spread[name] / means[name] ** 2 / 200 for name in ("VIP", "Standard")))
    normal = statistics.NormalDist(0, se)

    assert gate.probability == pytest.approx(
        normal.cdf(math.log(1.6 / 1.5)) - normal.cdf(math.log(1.4 / 1.5)), abs=1e-6
    )

"""Effects per unit of exposure: segments whose exposures differ are healthy, and a missing multiplier is seen."""

from __future__ import annotations

from functools import cache

import polars as pl
import pytest

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract, warnings
from fanwise.generator.audit.forecast import forecast
from fanwise.generator.engine.local import generate
from fanwise.generator.language import load
from fanwise.generator.plan import Plan, compile_plan
from fanwise.validator import Status

PLANS = """
fanwise: 1
name: plans
window: {start: 2024-01-01, end: 2025-01-01}
segments:
  plan: {table: account, share: {Pro: 0.3, Basic: 0.7}}
tables:
  account:
    rows: 600
    key: id
    columns:
      id: {sequence: {}}
      plan: {segment: plan}
      days: {gamma: {mean: {plan: {Pro: 30, Basic: 120}}, shape: 2}}
      opened: {timestamp: {between: [window.start, window.end]}}
      closed: {after: {column: opened, lag: {exponential: {mean: {plan: {Pro: 60d, Basic: 200d}}}}}}
      spend: {gamma: {mean: 3, shape: 4}, exposure: days, multiplier: {plan: {Pro: 1.5, Basic: 1}}, round: 2}
      calls: {poisson: {mean: 0.2}, exposure: days, multiplier: {plan: {Pro: 1.5, Basic: 1}}}
  visit:
    parent: account
    fanout: {negbin: {mean: {plan: {Pro: 0.1, Basic: 0.05}}, k: 3}, exposure: days}
    key: [id, n]
    columns: {id: {parent: id}, n: {ordinal: {}}}
  login:
    parent: account
    fanout:
      arrivals: {from: account.opened, until: account.closed, gap: {exponential: {mean: {plan: {Pro: 8d, Basic: 16d}}}}}
    key: [id, n]
    columns: {id: {parent: id}, n: {ordinal: {}}, at: {arrival: {}}}
  ping:
    parent: account
    fanout:
      arrivals: {from: account.opened, until: account.closed, gap: {gamma: {mean: 9d, shape: 3}}}
      multiplier: {plan: {Pro: 2, Basic: 1}}
    key: [id, n]
    columns: {id: {parent: id}, n: {ordinal: {}}}
"""
WITHOUT = {
    ", multiplier: {plan: {Pro: 1.5, Basic: 1}}": "",
    "{plan: {Pro: 0.1, Basic: 0.05}}": "0.07",
    "{plan: {Pro: 8d, Basic: 16d}}": "12d",
}


@cache
def plan(text: str, seed: int) -> Plan:
    return compile_plan(load(text), seed=seed)


def audited(text: str, seed: int) -> validator.Report:
    """Audit the data of a schema by the contract of the declared one."""
    chunks = list(generate(plan(text, seed), threads=1))
    frames = {name: pl.concat([chunk[name] for chunk in chunks if name in chunk]) for name in plan(text, seed).tables}
    return validator.audit(frames, compile_contract(plan(PLANS, 1)), threads=1)


def test_effects_are_measured_per_unit_of_exposure() -> None:
    contract = compile_contract(plan(PLANS, 1))
    seconds = "greatest(extract(epoch from closed) - extract(epoch from opened), 0)"

    assert {name: (effect.exposure, effect.claim) for name, effect in contract.effects.items()} == {
        "value.account.days.plan": (None, "ratio"),
        "value.account.spend.plan": ("days", "ratio"),
        "value.account.calls.plan": ("days", "ratio"),
        "fanout.visit.plan": ("days", "ratio"),
        "fanout.login.plan": (seconds, "ratio"),
        "fanout.ping.plan": (seconds, "direction"),
    }
    assert contract.effects["fanout.login.plan"].dispersion == 1.0
    assert [problem.why.partition(":")[0] for problem in warnings(plan(PLANS, 1))] == ["order only"]
    assert validator.load_contract(validator.to_dict(contract)) == contract


def test_the_forecast_knows_the_exposure() -> None:
    found = forecast(plan(PLANS, 1))

    assert {outlook.metric for outlook in found.outlooks if outlook.pilot is not None} >= {"fanout.login.plan"}
    assert found.probability is not None
    assert found.probability > 0.99


@pytest.mark.parametrize("seed", [1, 2])
def test_segments_with_other_exposures_are_healthy(seed: int) -> None:
    report = audited(PLANS, seed)

    assert report.exit_code == 0
    assert [found.id for found in report.findings if found.status is Status.FAIL] == []


def test_a_multiplier_that_is_not_applied_fails() -> None:
    text = PLANS
    for declared, other in WITHOUT.items():
        text = text.replace(declared, other)
    found = {found.id for found in audited(text, 3).findings if found.status is Status.FAIL}

    for effect in ("value.account.spend", "value.account.calls", "fanout.visit", "fanout.login"):
        assert f"ratio.{effect}.plan.Pro-vs-Basic" in found


@pytest.mark.slow
def test_hundred_healthy_data_sets_pass_and_hardly_ever_warn() -> None:
    reports = [audited(PLANS, seed) for seed in range(100, 200)]

    assert [report.exit_code for report in reports] == [0] * 100
    assert sum(any(found.status is Status.WARN for found in report.findings) for report in reports) <= 8

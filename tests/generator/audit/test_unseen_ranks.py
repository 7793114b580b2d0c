"""An axis that acts only on what the files do not show has no rank to prove; one that acts on nothing has."""

from __future__ import annotations

from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.audit.forecast import forecast
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan

CALLS = """\
fanwise: 1
name: calls
segments: {contract: {table: subscriber, share: {prepaid: 0.6, postpaid: 0.4}, rank: postpaid > prepaid}}
tables:
  subscriber:
    rows: 400
    key: subscriber_id
    columns:
      contract: {segment: contract}
      activity: {gamma: {mean: 1, shape: 2}, hidden: true}
  call:
    parent: subscriber
    fanout: {poisson: {mean: 6}, exposure: subscriber.activity, multiplier: {contract: {postpaid: 2, prepaid: 1}}}
    key: call_id
    columns:
      seconds: {exponential: {mean: 70}}
"""


def test_a_rank_whose_effects_are_hidden_fails_nothing() -> None:
    plan = compile_plan(load(CALLS))

    assert compile_contract(plan).axes["contract"].rank == ()
    assert forecast(plan).exit_code == 0


def test_a_rank_without_any_effect_fails() -> None:
    plan = compile_plan(load(CALLS.replace(", multiplier: {contract: {postpaid: 2, prepaid: 1}}", "")))

    assert compile_contract(plan).axes["contract"].rank == ("postpaid", "prepaid")
    assert forecast(plan).exit_code == 1

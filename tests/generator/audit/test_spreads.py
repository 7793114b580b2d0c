"""Spreads of a contract: weights as expressions of the row referred to, and references that are left out."""

from __future__ import annotations

import pytest

from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from fanwise.validator import Spread

SHOP = """
fanwise: 1
name: shop
segments:
  tier: {table: customer, share: {VIP: 0.2, Std: 0.8}}
tables:
  customer:
    rows: 100
    key: id
    columns:
      id: {sequence: {}}
      tier: {segment: tier}
      taste: {choice: {a: 1, b: 1}}
      level: {gamma: {mean: 2, shape: 3}}
      secret: {gamma: {mean: 2, shape: 3}, hidden: true}
      buddy: {ref: customer}
  visit:
    rows: 300
    key: vid
    columns: {vid: {sequence: {}}, taste: {choice: {a: 1, b: 1}}, customer: REF}
"""


def spread(ref: str) -> Spread | None:
    contract = compile_contract(compile_plan(load(SHOP.replace("REF", ref))))
    return next((each for each in contract.spreads if each.table == "visit"), None)


@pytest.mark.parametrize(
    ("ref", "weight"),
    [
        ("{ref: customer}", None),
        ("{ref: customer, null: 0.2}", None),
        ("{ref: customer, weight: level}", "level"),
        ("{ref: customer, weight: {zipf: 0.5}}", "power(((id - 1) / 1.0 + 1), -0.5)"),
        (
            "{ref: customer, multiplier: {tier: {VIP: 3, Std: 1}}}",
            "(case when tier = 'VIP' then 3.0 when tier = 'Std' then 1.0 else 1.0 end)",
        ),
        (
            "{ref: customer, weight: level, multiplier: {tier: {VIP: 3, else: 2}}}",
            "(case when tier = 'VIP' then 3.0 else 2.0 end) * level",
        ),
    ],
)
def test_a_reference_states_the_weight_of_a_row(ref: str, weight: str | None) -> None:
    found = spread(ref)

    assert found is not None
    assert (found.columns, found.weight, found.zipf) == (("customer",), weight, None)
    assert found.source.path == "tables.visit.columns.customer"


@pytest.mark.parametrize(
    "ref",
    [
        "{ref: customer, weight: secret}",
        "{ref: customer, match: {taste: taste, else: any}}",
        "{ref: customer, match: {taste: taste}, weight: {zipf: 0.5}}",
        "{ref: customer, when: {taste: {a: null}}}",
    ],
)
def test_what_the_files_do_not_tell_is_left_out(ref: str) -> None:
    assert spread(ref) is None


def test_a_reference_to_the_own_table_is_left_out() -> None:
    contract = compile_contract(compile_plan(load(SHOP.replace("REF", "{ref: customer}"))))

    assert [each.table for each in contract.spreads] == ["visit"]


BANK = """
fanwise: 1
name: bank
tables:
  house:
    rows: 50
    key: hid
    columns: {hid: {sequence: {}}}
  account:
    parent: house
    fanout: {integer: {min: 2, max: 4}}
    key: aid
    columns: {aid: {sequence: {}}, kind: {choice: {a: 1, b: 1}}, size: {gamma: {mean: 2, shape: 3}}}
  transfer:
    parent: house
    fanout: {poisson: {mean: 5}}
    key: tid
    columns: {tid: {sequence: {}}, kind: {choice: {a: 1, b: 1}}, sender: SENDER, receiver: RECEIVER}
"""


def between(sender: str, receiver: str) -> dict[str, Spread]:
    text = BANK.replace("SENDER", sender).replace("RECEIVER", receiver)
    contract = compile_contract(compile_plan(load(text)))
    return {each.columns[0]: each for each in contract.spreads if each.table == "transfer"}


@pytest.mark.parametrize(
    ("sender", "receiver", "by", "other"),
    [
        ("{ref: account}", "{ref: account, within: house}", ("hid",), ()),
        ("{ref: account}", "{ref: account, match: {kind: kind}}", ("kind",), ()),
        ("{ref: account}", "{ref: account, within: house, match: {kind: kind}}", ("kind", "hid"), ()),
        ("{ref: account}", "{ref: account, not: sender}", (), ("sender",)),
        ("{ref: account, within: house}", "{ref: account, within: house, not: sender}", ("hid",), ("sender",)),
        ("{ref: account, match: {kind: kind}}", "{ref: account, not: sender, weight: size}", (), ("sender",)),
    ],
)
def test_a_reference_states_which_rows_it_chooses_among(
    sender: str, receiver: str, by: tuple[str, ...], other: tuple[str, ...]
) -> None:
    found = between(sender, receiver)["receiver"]

    assert (found.by, found.other) == (by, other)


def test_another_row_of_another_group_is_left_out() -> None:
    assert "receiver" not in between("{ref: account}", "{ref: account, within: house, not: sender}")

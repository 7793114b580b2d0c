"""Effects on parts of nested values: the audit does not see them, and says so."""

from __future__ import annotations

from fanwise.generator.audit.contract import compile_contract, warnings
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from fanwise.validator.contract.load import load_contract, to_dict

SCHEMA = """
fanwise: 1
name: nested
segments:
  tier: {table: customer, share: {VIP: 0.2, Basic: 0.8}}
tables:
  customer:
    rows: 500
    key: customer_id
    columns:
      tier: {segment: tier}
      profile:
        struct:
          score: {normal: {mean: {tier: {VIP: 9, else: 4}}, sd: 1}}
          likes: {list: {of: {choice: {a: {tier: {VIP: 3, else: 1}}, b: 1}}, length: {poisson: {mean: 2}}}}
          plain: {uuid: {}}
      tags: {list: {of: {choice: {a: 1, b: 1}}, length: {poisson: {mean: 2}, multiplier: {tier: {VIP: 2, Basic: 1}}}}}
      settings: {json: {size: {poisson: {mean: 4}, multiplier: {tier: {VIP: 2, Basic: 1}}}}}
"""


def test_effects_on_parts_and_lengths_are_warned_of_at_their_place() -> None:
    plan = compile_plan(load(SCHEMA))
    found = {problem.path: problem for problem in warnings(plan)}

    assert list(found) == [
        "tables.customer.columns.profile.struct.score.normal.mean.tier",
        "tables.customer.columns.profile.struct.likes.list.of.choice.a.tier",
        "tables.customer.columns.tags.list.length.multiplier.tier",
        "tables.customer.columns.settings.json.size.multiplier.tier",
    ]
    assert {problem.code for problem in found.values()} == {"FW-PLAN-NOT-AUDITED"}
    assert all("inside the values of customer." in problem.why for problem in found.values())
    assert compile_contract(plan).effects == {}


def test_a_column_of_which_nothing_is_claimed_needs_no_warning() -> None:
    plan = compile_plan(load(SCHEMA.replace("tags: {list:", "tags: {claim: none, list:")))

    assert not any(".tags." in problem.path for problem in warnings(plan))
    assert len(warnings(plan)) == 3


def test_a_contract_with_nested_columns_is_read_back() -> None:
    contract = compile_contract(compile_plan(load(SCHEMA)))
    found = load_contract(to_dict(contract))

    assert found.tables["customer"].columns["profile"].type.startswith("struct(score float64, likes list(text)")
    assert found == contract

"""What an axis may move: through parameters, expressions, roll-ups, references, siblings, and the choice of rows."""

from __future__ import annotations

import pytest

from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.audit.contract.unwatched import steps_of
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from fanwise.generator.plan.influences import Influences
from fanwise.validator import metrics_of

TEXT = """
fanwise: 1
name: shop
segments:
  tier: {table: customer, share: {VIP: 0.3, Casual: 0.7}}
tables:
  store: {rows: 20, key: sid, columns: {sid: {sequence: {}}, size: {gamma: {mean: 5, shape: 2}}}}
  customer:
    rows: 300
    key: id
    columns:
      id: {sequence: {}}
      tier: {segment: tier}
      habit: {choice: {much: 1, little: 1}}
      churned: {choice: {"yes": {tier: {VIP: 1, Casual: 3}}, "no": 2}}
      spoilt: {expr: "churned = 'yes' and habit = 'much'"}
      ROOT
  card: {parent: customer, fanout: {fixed: 2}, key: cid, columns: {cid: {sequence: {}}, id: {parent: id}, CARD}}
  order:
    parent: customer
    fanout: FANOUT
    key: oid
    columns:
      oid: {sequence: {}}
      id: {parent: id}
      amount: COLUMN
"""
PLAIN = "{gamma: {mean: 9, shape: 2}}"


def moved(column: str = PLAIN, fanout: str = "{fixed: 3}", root: str = "a: {constant: 1}", card: str = "b: {constant: 1}",
          what: str | None = "amount") -> bool:  # fmt: skip
    text = TEXT.replace("COLUMN", column).replace("FANOUT", fanout).replace("ROOT", root).replace("CARD", card)
    plan = compile_plan(load(text))
    (step,) = (key.step for key in plan.schema.tables["order"].foreign_keys if key.columns == ("id",))
    dataset = plan.dataset
    return Influences(dataset).may_move(dataset.axes["tier"], "order", what, (step,))


@pytest.mark.parametrize(
    ("column", "fanout", "expected"),
    [
        (PLAIN, "{fixed: 3}", False),
        # an own parameter or multiplier, and what reads such a column
        ("{gamma: {mean: {tier: {VIP: 9, Casual: 8}}, shape: 2}}", "{fixed: 3}", True),
        ("{gamma: {mean: 9, shape: 2}, multiplier: {customer.churned: {'yes': 2, else: 1}}}", "{fixed: 3}", True),
        ("{gamma: {mean: 9, shape: 2}, multiplier: {customer.habit: {much: 2, else: 1}}}", "{fixed: 3}", False),
        ("{expr: \"case when customer.churned = 'yes' then 1.5 else 1 end\"}", "{fixed: 3}", True),
        ("{gamma: {mean: 9, shape: 2}, when: {customer.churned: {'yes': 0}}}", "{fixed: 3}", True),
        # factors leave everything else in proportion
        (PLAIN, "{poisson: {mean: 3}, multiplier: {tier: {VIP: 2, else: 1}}}", False),
        (
            "{gamma: {mean: 9, shape: 2}, multiplier: {customer.habit: {much: 2, else: 1}}}",
            "{poisson: {mean: 3}, multiplier: {tier: {VIP: 2, else: 1}, habit: {much: 3, else: 1}}}",
            False,
        ),
        # rows that an axis chooses through another column differ in what their values follow from
        (
            "{gamma: {mean: 9, shape: 2}, multiplier: {customer.habit: {much: 2, else: 1}}}",
            "{fixed: {spoilt: {true: 1, else: 4}}}",
            True,
        ),
        (PLAIN, "{fixed: {spoilt: {true: 1, else: 4}}}", False),
        # the place among siblings follows from their number
        ("{ordinal: {}}", "{poisson: {mean: 3}, multiplier: {tier: {VIP: 2, else: 1}}}", True),
        ("{ordinal: {}}", "{poisson: {mean: 3}}", False),
    ],
)
def test_an_axis_moves_values(column: str, fanout: str, expected: bool) -> None:
    assert moved(column, fanout) is expected


@pytest.mark.parametrize(
    ("fanout", "expected"),
    [
        ("{fixed: 3}", False),
        ("{fixed: {habit: {much: 2, little: 1}}}", False),
        ("{fixed: {churned: {'yes': 2, 'no': 1}}}", True),
        ("{fixed: {spoilt: {true: 2, else: 1}}}", True),
    ],
)
def test_an_axis_moves_numbers_of_rows(fanout: str, expected: bool) -> None:
    assert moved(fanout=fanout, what=None) is expected


def test_a_roll_up_follows_from_the_rows_and_values_of_its_children() -> None:
    by_tier = "b: {gamma: {mean: 2, shape: 2}, multiplier: {tier: {VIP: 2, else: 1}}}"
    column = "{expr: 'customer.total * 1.5'}"

    assert moved(column, root="total: {rollup: {sum: card.b}}", card=by_tier)
    assert not moved(column, root="total: {rollup: {sum: card.b}}", card="b: {gamma: {mean: 2, shape: 2}}")
    assert not moved(column, root="total: {rollup: {count: card}}", card=by_tier)


def test_a_reference_within_an_ancestor_follows_from_the_rows_that_there_are() -> None:
    column = "{ref: card, within: customer}"

    assert not moved(column, what="amount")
    assert moved(column, "{poisson: {mean: 3}, multiplier: {tier: {VIP: 2, else: 1}}}", what="amount")


@pytest.mark.parametrize(("claim", "watched"), [("none", False), ("{tier: none}", False), ("{tier: direction}", True)])
def test_what_nothing_is_claimed_of_is_unwatched(claim: str, watched: bool) -> None:
    text = TEXT.replace("ROOT", "a: {constant: 1}").replace("CARD", "fee: {gamma: {mean: 9, shape: 2}}")
    plan = compile_plan(
        load(text.replace("FANOUT", "{fixed: 3}").replace("COLUMN", PLAIN[:-1] + f", claim: {claim}}}"))
    )

    assert ("order.amount" not in compile_contract(plan).axes["tier"].unwatched) is watched


def test_what_an_axis_moves_is_unwatched_and_the_rest_is_watched() -> None:
    text = TEXT.replace("ROOT", "a: {constant: 1}").replace("CARD", "fee: {gamma: {mean: 9, shape: 2}}")
    text = text.replace("FANOUT", "{fixed: {churned: {'yes': 2, 'no': 3}}}")
    plan = compile_plan(load(text.replace("COLUMN", "{gamma: {mean: 9, shape: 2}, claim: none}")))
    contract = compile_contract(plan)
    watched = {metric.id for metric in metrics_of(contract) if metric.role == "watch"}

    assert set(contract.axes["tier"].unwatched) == {"order.id", "order.amount"}
    assert {"watch.tier.card.id", "watch.tier.card.id.fee"} <= watched
    assert not any("order" in name for name in watched)
    assert all(len(steps_of(plan, metric.measure)) <= 1 for metric in metrics_of(contract))

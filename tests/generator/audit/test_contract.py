"""What a contract says of a plan, and that generated frames keep it."""

from __future__ import annotations

import math

import polars as pl
import pytest
from scipy import stats

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract, warnings
from fanwise.generator.audit.forecast import forecast
from fanwise.generator.columns.support.types import type_word
from fanwise.generator.engine.local import generate
from fanwise.generator.errors import PlanError
from fanwise.generator.language import load
from fanwise.generator.plan import Plan, compile_plan
from fanwise.validator import Contract, Edge, Effect, Except, Forecast

READY = [
    "bank",
    "buytilldie",
    "clinic",
    "ecommerce",
    "ecommerce_flat",
    "habits",
    "marketplace",
    "subscriptions",
    "tpch",
]

HEAD = """
fanwise: 1
name: shop
seed: 5
window: {start: 2024-01-01, end: 2025-01-01}
segments:
  tier: {table: customer, share: {VIP: 0.2, Standard: 0.5, Casual: 0.3}}
  region: {table: customer, share: {North: 0.6, South: 0.4}, assign: random}
"""

SHOP = (
    HEAD
    + """
tables:
  customer:
    rows: 300
    key: customer_id
    columns:
      customer_id: {sequence: {start: 1}}
      tier: {segment: tier}
      region: {segment: region}
      plan: {choice: {pro: {tier: {VIP: 6, Standard: 2, Casual: 1}}, free: 4}}
      ROOT
  order:
    parent: customer
    fanout: FANOUT
    key: order_id
    columns:
      order_id: {sequence: {start: 1}}
      customer_id: {parent: customer_id}
      status: {choice: {paid: 8, cancelled: 1, lost: 1}}
      COLUMN
"""
)


def shop(
    column: str = "x: {constant: 1}",
    fanout: str = "{poisson: {mean: 3}}",
    root: str = "y: {constant: 1}",
    more: str = "",
) -> Plan:
    text = SHOP.replace("FANOUT", fanout).replace("COLUMN", column).replace("ROOT", root)
    return compile_plan(load(text + more))


def effects(plan: Plan) -> dict[str, Effect]:
    found = dict(compile_contract(plan).effects)
    del found["share.customer.plan.pro.tier"]  # stands in every plan made by `shop`
    return found


def only(plan: Plan) -> Effect:
    (effect,) = effects(plan).values()
    return effect


def frames_of(plan: Plan) -> dict[str, pl.DataFrame]:
    chunks = list(generate(plan, threads=1))
    return {name: pl.concat([chunk[name] for chunk in chunks if name in chunk]) for name in plan.tables}


# Claims


CLAIMS = [
    ("share.order.kind.a.tier", "kind: {choice: {a: {tier: {VIP: 5, else: 1}}, b: 2}, claim: CLAIM}", "{fixed: 3}"),
    ("value.order.x.tier", "x: {gamma: {mean: 9, shape: 2}, multiplier: {tier: {VIP: 2, else: 1}}, claim: CLAIM}",
     "{fixed: 3}"),
    ("ref.order.c2.tier", "c2: {ref: customer, multiplier: {tier: {VIP: 2, else: 1}}, claim: CLAIM}", "{fixed: 3}"),
    ("fanout.order.tier", "x: {constant: 1}", "{poisson: {mean: 3}, multiplier: {tier: {VIP: 2, else: 1}}, claim: CLAIM}"),
]  # fmt: skip


@pytest.mark.parametrize("claim", ["ratio", "direction", "none"])
@pytest.mark.parametrize(("name", "column", "fanout"), CLAIMS)
def test_an_effect_claims_what_its_column_fanout_or_reference_says(
    name: str, column: str, fanout: str, claim: str
) -> None:
    plan = shop(column.replace("CLAIM", claim), fanout.replace("CLAIM", claim))
    gates = [gate for gate in forecast(plan).outlooks if gate.metric == name]

    assert effects(plan)[name].claim == claim
    assert bool(gates) == (claim != "none")
    assert all((gate.declared == "higher") == (claim == "direction") for gate in gates)


TWO_AXES = "{tier: {VIP: 2, else: 1}, region: {North: 2, else: 1}}"


@pytest.mark.parametrize("claim", ["ratio", "direction", "none"])
@pytest.mark.parametrize(
    ("kind", "column", "fanout"),
    [
        ("value", "x: {gamma: {mean: 9, shape: 2}, multiplier: AXES, claim: {tier: CLAIM}}", "{fixed: 3}"),
        ("fanout", "x: {constant: 1}", "{poisson: {mean: 3}, multiplier: AXES, claim: {tier: CLAIM}}"),
    ],
)
def test_a_claim_of_one_axis_leaves_the_others_alone(kind: str, column: str, fanout: str, claim: str) -> None:
    plan = shop(*(text.replace("AXES", TWO_AXES).replace("CLAIM", claim) for text in (column, fanout)))

    assert {effect.axis: effect.claim for effect in effects(plan).values()} == {"tier": claim, "region": "ratio"}
    assert {effect.kind for effect in effects(plan).values()} == {kind}


def test_only_effects_of_which_something_is_claimed_are_missed() -> None:
    column = f"x: {{gamma: {{mean: 9, shape: 2}}, multiplier: {TWO_AXES}, hidden: true, claim: CLAIM}}"

    (left,) = warnings(shop(column.replace("CLAIM", "{tier: none}")))
    assert ".region" in left.path
    assert not warnings(shop(column.replace("CLAIM", "{tier: none, region: none}")))


def test_a_ratio_that_data_cannot_keep_is_not_claimed_for_the_asking() -> None:
    plan = shop("n: {poisson: {mean: 3}, multiplier: {tier: {VIP: 2, else: 1}}, round: 0, type: int64, claim: ratio}")
    rounded = shop("x: {uniform: {min: 0, max: 0.4}, multiplier: {tier: {VIP: 2, else: 1}}, round: 0, claim: ratio}")

    assert only(plan).claim == "ratio"
    assert only(rounded).claim == "direction"


def test_a_hidden_column_of_which_nothing_is_claimed_needs_no_warning() -> None:
    column = "x: {gamma: {mean: 9, shape: 2}, multiplier: {tier: {VIP: 2, else: 1}}, hidden: true"

    assert len(warnings(shop(column + "}"))) == 1
    assert warnings(shop(column + ", claim: none}")) == ()


# Ready datasets


def test_ecommerce_has_the_two_effects_of_its_story() -> None:
    contract = compile_contract(compile_plan(load("ecommerce")))
    orders, value = contract.effects["fanout.order.tier"], contract.effects["value.order.gross_amount.tier"]

    assert list(contract.effects) == ["fanout.order.tier", "value.order.gross_amount.tier"]
    assert (orders.kind, orders.table, orders.axis, orders.path) == ("fanout", "order", "tier", (("customer_id",),))
    assert orders.declared == {"VIP": 1.4, "Standard": 1.0, "Casual": 0.8}
    assert value.declared == {"VIP": 1.3, "Standard": 1.0, "Casual": 0.9}
    assert (orders.claim, value.claim, orders.dispersion, value.column) == ("ratio", "ratio", 1.0, "gross_amount")
    assert contract.axes["tier"].rank == ("VIP", "Standard", "Casual")
    assert contract.tables["customer"].rows == 1000
    assert contract.tables["order"].rows is None


def test_a_flat_dataset_claims_a_rank_and_no_effect() -> None:
    contract = compile_contract(compile_plan(load("ecommerce_flat")))

    assert not contract.effects
    assert not contract.expectations
    assert contract.axes["tier"].rank == ("VIP", "Standard", "Casual")


def test_marketplace_measures_what_acts_along_references() -> None:
    found = compile_contract(compile_plan(load("marketplace"))).effects
    drawn = found["ref.order.customer_id.tier"]
    returns = found["fanout.return.customer.tier"]

    assert (drawn.kind, drawn.path, drawn.declared) == (
        "fanout",
        (("customer_id",),),
        {"VIP": 4.0, "Standard": 1.0, "Casual": 0.4},
    )
    assert returns.path == (("order_id", "line_no"), ("order_id",), ("customer_id",))
    assert found["value.order.gross_amount.customer.tier"].path == (("customer_id",),)
    assert found["share.order.shipping.express.customer.tier"].path == (("customer_id",),)


@pytest.mark.parametrize("name", READY)
def test_a_contract_survives_being_written(name: str) -> None:
    contract = compile_contract(compile_plan(load(name)))

    assert validator.load_contract(validator.to_dict(contract)) == contract


def test_sources_name_the_lines_of_the_file() -> None:
    dataset = load("ecommerce")
    contract = compile_contract(compile_plan(dataset))
    multiplier = dataset.tables["order"].fanout.generator.multipliers[0]  # type: ignore[union-attr]
    source = contract.effects["fanout.order.tier"].source

    mark = dataset.mark(multiplier.place)

    assert mark is not None
    assert (source.line, source.path) == (mark.line, "tables.order.fanout.multiplier.tier")
    assert contract.axes["tier"].rank_source.line == dataset.mark(("segments", "tier", "rank")).line  # type: ignore[union-attr]
    assert contract.expectations["order_value"].source.path == "audit.expect.order_value"


# The frames keep it

TANGLED = (
    HEAD
    + """
tables:
  customer:
    rows: 60
    key: customer_id
    columns:
      customer_id: {sequence: {start: 1}}
      tier: {segment: tier}
      region: {segment: region}
      referred_by: {ref: customer}
      vip: {expr: "tier = 'VIP'"}
      name: {fake: name, null: 30%}
      shout: {expr: "upper(name)"}
      safe: {expr: "coalesce(name, 'nobody')"}
      score: {integer: {min: 0, max: 9}}
      odds: {expr: "10 / nullif(score, 0)"}
      named: {expr: "json_value(coalesce(name, '{}'), '$.name')"}
      small: {integer: {min: 0, max: 9}, type: int8}
      money: {lognormal: {mean: 9, sd: 4}, type: "decimal(12,2)"}
      day: {date: {between: [window.start, window.end]}}
  order:
    parent: customer
    fanout: {poisson: {mean: 3}}
    key: [customer_id, n]
    columns:
      customer_id: {parent: customer_id}
      n: {ordinal: {start: 1}}
      status: {choice: {paid: 3, lost: 1}}
      value: {gamma: {mean: 9, shape: 2}, when: {status: {lost: null}}}
      fee: {gamma: {mean: 9, shape: 2}, when: {status: {lost: 0}}}
      who: {parent: name}
      friend: {expr: "customer.referred_by.name"}
      paid_at: {timestamp: {between: [customer.day, window.end]}}
  note:
    parent: customer
    fanout: {poisson: {mean: 2}}
    key: note_id
    columns:
      note_id: {uuid: {}}
      customer_id: {parent: customer_id}
      order_no: {ref: order, column: n, within: customer}
      order_customer: {expr: "order_no.customer_id"}
      about: {ref: order, column: n, null: 20%}
      about_customer: {expr: "about.customer_id"}
      about_value: {exponential: {mean: {about.status: {paid: 3, lost: 9}}}}
      kind: {choice: {long: {about.status: {paid: 3, lost: 9, else: 1}}, short: 1}}
"""
)


@pytest.fixture(scope="module")
def tangled() -> tuple[Contract, dict[str, pl.DataFrame]]:
    plan = compile_plan(load(TANGLED))
    return compile_contract(plan), frames_of(plan)


def test_types_are_those_of_the_frames(tangled: tuple[Contract, dict[str, pl.DataFrame]]) -> None:
    contract, frames = tangled
    for name, frame in frames.items():
        columns = contract.tables[name].columns

        assert list(columns) == frame.columns
        assert {c: type_word(dtype) for c, dtype in frame.schema.items()} == {c: p.type for c, p in columns.items()}
    assert contract.tables["customer"].columns["money"].type == "decimal(12,2)"
    assert contract.tables["customer"].columns["small"].type == "int8"


def test_exactly_the_columns_that_may_be_null_are_nullable(tangled: tuple[Contract, dict[str, pl.DataFrame]]) -> None:
    contract, frames = tangled
    nullable = {f"{t}.{c}" for t, table in contract.tables.items() for c, p in table.columns.items() if p.nullable}
    holding = {f"{t}.{c}" for t, frame in frames.items() for c in frame.columns if frame[c].null_count()}

    # A coalesce ends the nulls that it reads; telling that would take more than a look at the expression.
    assert nullable - holding == {"customer.safe"}
    assert not holding - nullable


def test_edges_resolve(tangled: tuple[Contract, dict[str, pl.DataFrame]]) -> None:
    contract, frames = tangled
    for name, table in contract.tables.items():
        for edge in table.edges:
            rows = frames[name].drop_nulls(list(edge.columns))
            orphans = rows.join(frames[edge.table], left_on=list(edge.columns), right_on=list(edge.keys), how="anti")

            assert not orphans.height
            assert edge.nullable or rows.height == frames[name].height


def test_a_reference_to_a_composite_key_is_one_edge(tangled: tuple[Contract, dict[str, pl.DataFrame]]) -> None:
    keys = ("customer_id", "n")

    assert tangled[0].tables["note"].edges == (
        Edge(("customer_id",), "customer", ("customer_id",), "parent"),
        Edge(("order_customer", "order_no"), "order", keys, "ref", nullable=True),
        Edge(("about_customer", "about"), "order", keys, "ref", nullable=True),
    )


def test_only_drawn_continuous_columns_are_continuous(tangled: tuple[Contract, dict[str, pl.DataFrame]]) -> None:
    found = {
        f"{t}.{c}" for t, table in tangled[0].tables.items() for c, p in table.columns.items() if p.kind == "continuous"
    }

    assert found == {"customer.money", "order.value", "order.fee", "note.about_value"}


# Edges that the files do not hold


def test_a_child_without_its_parents_key_has_no_edge_and_a_warning() -> None:
    text = SHOP.replace("FANOUT", "{poisson: {mean: 3}, multiplier: {tier: {VIP: 2, else: 1}}}").replace(
        "ROOT", "a: {uuid: {}}"
    )
    plan = compile_plan(
        load(
            text.replace("{parent: customer_id}", "{parent: customer_id, hidden: true}").replace(
                "COLUMN", "b: {uuid: {}}"
            )
        )
    )
    said = [str(problem) for problem in warnings(plan)]

    assert compile_contract(plan).tables["order"].edges == ()
    assert list(compile_contract(plan).effects) == ["share.customer.plan.pro.tier"]
    assert any("has no column for customer_id of its parent customer" in line for line in said)
    assert any("tables.order.fanout.multiplier.tier" in line for line in said)


def test_an_expectation_or_check_across_a_missing_edge_is_an_error() -> None:
    text = (
        SHOP.replace("FANOUT", "{poisson: {mean: 3}}")
        .replace("ROOT", "a: {uuid: {}}")
        .replace("COLUMN", "b: {uuid: {}}")
    )
    text = text.replace("{parent: customer_id}", "{parent: customer_id, hidden: true}")
    text += "checks:\n  - order.order_id > customer.customer_id\n"
    text += "audit: {expect: {n: {count: order, per: customer, by: tier, rank: VIP > Casual}}}\n"
    with pytest.raises(PlanError) as error:
        compile_contract(compile_plan(load(text)))

    assert [problem.path for problem in error.value.problems] == ["audit.expect.n.by", "checks[0]"]
    assert all(problem.mark for problem in error.value.problems)


def test_part_of_a_composite_key_is_no_edge() -> None:
    text = TANGLED.replace('      about_customer: {expr: "about.customer_id"}\n', "")
    plan = compile_plan(load(text))

    assert [edge.columns for edge in compile_contract(plan).tables["note"].edges] == [
        ("customer_id",),
        ("order_customer", "order_no"),
    ]
    assert any("about.customer_id" in problem.hint for problem in warnings(plan))


def test_a_multiplier_on_a_hidden_column_is_warned_of() -> None:
    plan = shop("x: {gamma: {mean: 5, shape: 2}, multiplier: {tier: {VIP: 2, else: 1}}, hidden: true}")

    assert not effects(plan)
    assert ["order.x is hidden" in problem.why for problem in warnings(plan)] == [True]


# Declared means


def test_a_multiplier_stands_as_in_the_file() -> None:
    effect = only(shop("x: {gamma: {mean: 5, shape: 2}, multiplier: {tier: {VIP: 2, else: 0.5}}, clamp: [1, 40]}"))

    assert (effect.kind, effect.claim) == ("value", "ratio")
    assert effect.declared == {"VIP": 2.0, "Standard": 0.5, "Casual": 0.5}


def test_two_independent_axes_make_two_plain_effects() -> None:
    found = effects(
        shop("x: {gamma: {mean: 5, shape: 2}, multiplier: {tier: {VIP: 2, else: 1}, region: {North: 3, South: 1}}}")
    )

    assert {name: dict(effect.declared) for name, effect in found.items()} == {
        "value.order.x.tier": {"VIP": 2.0, "Standard": 1.0, "Casual": 1.0},
        "value.order.x.region": {"North": 3.0, "South": 1.0},
    }
    assert {effect.claim for effect in found.values()} == {"ratio"}


def test_a_parameter_and_a_multiplier_on_one_axis_are_one_effect() -> None:
    column = "x: {gamma: {mean: {tier: {VIP: 6, else: 5}}, shape: 2}, multiplier: {tier: {VIP: 2, Casual: 3, else: 1}}}"
    effect = only(shop(column))

    assert effect.declared == pytest.approx({"VIP": 12.0, "Standard": 5.0, "Casual": 15.0})
    assert effect.source.path == "tables.order.columns.x.gamma.mean.tier"


def test_a_covariate_that_goes_along_with_the_axis_is_averaged_out() -> None:
    """P(pro) is 0.6, 1/3 and 0.2; customers count once for the fanout, and by their orders for the value."""
    fanout = "{poisson: {mean: 3}, multiplier: {tier: {VIP: 2, else: 1}, plan: {pro: 3, free: 1}}}"
    found = effects(
        shop(
            "x: {gamma: {mean: 1, shape: 2}, multiplier: {tier: {VIP: 5, else: 1}, customer.plan: {pro: 2, free: 1}}}",
            fanout,
        )
    )
    pro = {"VIP": 0.6, "Standard": 1 / 3, "Casual": 0.2}
    among_orders = {s: 3 * p / (3 * p + 1 - p) for s, p in pro.items()}

    assert found["fanout.order.tier"].declared == pytest.approx(
        {s: 3 * (2 if s == "VIP" else 1) * (3 * p + 1 - p) for s, p in pro.items()}
    )
    assert found["value.order.x.tier"].declared == pytest.approx(
        {s: (5 if s == "VIP" else 1) * (1 + p) for s, p in among_orders.items()}
    )
    assert {effect.claim for effect in found.values()} == {"ratio"}


def test_rows_that_when_replaces_do_not_weigh_on_the_average() -> None:
    column = """status2: {choice: {good: {tier: {VIP: 9, else: 1}}, bad: 1}}
      x:
        gamma: {mean: 1, shape: 2}
        multiplier: {tier: {VIP: 5, else: 1}, status2: {good: 2, bad: 1}}
        when: {status2: {bad: 0}}"""
    effect = effects(shop(column))["value.order.x.tier"]

    assert effect.declared == {"VIP": 5.0, "Standard": 1.0, "Casual": 1.0}
    assert effect.without == (Except("status2", ("bad",)),)


def test_parameters_given_per_segment_are_means_within_the_bounds() -> None:
    effect = only(shop("x: {normal: {mean: {tier: {VIP: 5, Standard: 3, Casual: 1}}, sd: 2}, clamp: [0, 4]}"))

    def clamped(mean: float) -> float:
        law = stats.norm(mean, 2)
        return law.expect(lambda x: x, lb=0, ub=4) + 4 * law.sf(4)

    assert effect.declared == pytest.approx({"VIP": clamped(5), "Standard": clamped(3), "Casual": clamped(1)}, rel=1e-8)


def test_a_computed_covariate_leaves_only_the_direction() -> None:
    column = """big: {expr: "CASE WHEN customer.tier = 'VIP' THEN 'yes' ELSE 'no' END"}
      x: {gamma: {mean: 5, shape: 2}, multiplier: {tier: {VIP: 2, else: 1}, big: {yes: 0.7, else: 1}}}"""
    effect = only(shop(column))

    assert (effect.claim, effect.declared["VIP"]) == ("direction", 2.0)


@pytest.mark.parametrize(
    ("column", "claim"),
    [
        ("x: {exponential: {mean: 1}, multiplier: {tier: {VIP: 2, else: 1}}, round: 0}", "ratio"),
        ("x: {exponential: {mean: 1}, multiplier: {tier: {VIP: 2, else: 1}}, type: int32}", "ratio"),
        ("x: {exponential: {mean: 1}, multiplier: {tier: {VIP: 2, else: 1}}, round: 1}", "ratio"),
        ("x: {poisson: {mean: 1}, multiplier: {tier: {VIP: 2, else: 1}}}", "ratio"),
        ("x: {uniform: {min: 0, max: 0.4}, multiplier: {tier: {VIP: 2, else: 1}}, round: 0}", "direction"),
        ("x: {lognormal: {mean: 2.0e-9, sd: 1.0e-9}, multiplier: {tier: {VIP: 2, else: 1}}}", "direction"),
    ],
)
def test_a_ratio_is_claimed_where_parameters_restore_it_after_rounding(column: str, claim: str) -> None:
    assert only(shop(column)).claim == claim


@pytest.mark.parametrize(
    "law",
    [
        "{normal: {mean: -50, sd: 10}, MULTIPLIER}",
        "{uniform: {min: -10, max: -2}, MULTIPLIER}",
        "{integer: {min: -9, max: -1}, MULTIPLIER}",
        "{histogram: {edges: [-9, -4, -1], weights: [1, 2]}, MULTIPLIER}",
        "{normal: {mean: -0.5, sd: 0.4}, round: 0, MULTIPLIER}",
        "{normal: {mean: -50, sd: 10}, clamp: [-400, -20], MULTIPLIER}",
    ],
)
def test_factors_on_negative_means_keep_their_ratio_and_rank(law: str) -> None:
    factors = {"VIP": 2.0, "Standard": 1.0, "Casual": 0.5}
    text = SHOP.replace("Casual: 0.3}}", "Casual: 0.3}, rank: VIP > Standard > Casual}").replace(
        "rows: 300", "rows: 3000"
    )
    column = f"x: {law}".replace("MULTIPLIER", "multiplier: {tier: {VIP: 2, Standard: 1, Casual: 0.5}}")
    text = text.replace("FANOUT", "{poisson: {mean: 3}, multiplier: {tier: {VIP: 2, Standard: 1, Casual: 0.5}}}")
    plan = compile_plan(load(text.replace("COLUMN", column).replace("ROOT", "y: {constant: 1}")))
    effect = compile_contract(plan).effects["value.order.x.tier"]

    assert (effect.negative, effect.declared, effect.claim) == (True, factors, "ratio")
    assert forecast(plan).exit_code == 0
    assert not forecast(plan).contradictions


def test_a_factor_0_beside_negative_means_is_judged_by_the_difference() -> None:
    plan = shop("x: {normal: {mean: -50, sd: 10}, multiplier: {tier: {VIP: 2, Standard: 1, Casual: 0}}}")

    assert only(plan).negative
    assert not forecast(plan).contradictions


def order_only(plan: Plan) -> list[str]:
    return [str(problem) for problem in warnings(plan) if problem.code == "FW-PLAN-ORDER-ONLY"]


def test_a_plan_says_what_rounding_leaves_of_a_ratio() -> None:
    column = "x: {uniform: {min: 0, max: 0.4}, multiplier: {tier: {VIP: 3, Standard: 2, else: 1}}, round: 0}"
    (told,) = order_only(shop(column))

    # U(0, 1.2) is 1 with chance 0.7 / 1.2, U(0, 0.8) with 0.3 / 0.8, and U(0, 0.4) never.
    assert (
        "tables.order.columns.x.multiplier.tier: order only: Standard/Casual declared 2.00×, and Casual rounds" in told
    )
    assert "<text>:28:" in told
    assert not order_only(shop(column.replace("round: 0", "round: 0, claim: direction")))
    (told,) = order_only(
        shop("x: {normal: {mean: 3.2, sd: 1.0e-12}, multiplier: {tier: {VIP: 1.6, else: 1}}, round: 0}")
    )
    assert "VIP/Standard declared 1.60×, 1.67× after rounding" in told


def test_parameters_per_segment_promise_their_order_where_rounding_bends_their_ratio() -> None:
    plan = shop("x: {exponential: {mean: {tier: {VIP: 1.3, else: 0.4}}}, round: 0}")
    effect, (told,) = only(plan), order_only(plan)
    written = [0.5 / math.sinh(0.5 / mean) for mean in (1.3, 0.4)]  # of an exponential, rounded to whole numbers

    assert effect.claim == "direction"
    assert [effect.declared["VIP"], effect.declared["Casual"]] == pytest.approx([1.3, 0.4])
    assert f"order only: VIP/Standard declared 3.25×, {written[0] / written[1]:.2f}× after rounding" in told


@pytest.mark.parametrize(
    "law", ["normal: {mean: {tier: {VIP: 45, else: 30}}, sd: 9}", "exponential: {mean: {tier: {VIP: 45, else: 30}}}"]
)
def test_parameters_per_segment_promise_their_ratio_where_rounding_leaves_it(law: str) -> None:
    plan = shop(f"x: {{{law}, round: 0}}")

    assert only(plan).claim == "ratio"
    assert not order_only(plan)


def test_options_that_are_written_alike_have_one_share() -> None:
    found = effects(shop("x: {choice: {1.4: {tier: {VIP: 3, else: 1}}, 1.6: 2, 1.2: 4}, round: 0}"))
    clamped = effects(shop("x: {choice: {14: {tier: {VIP: 3, else: 1}}, 16: 2, 12: 4}, clamp: [15, null]}"))
    one = effects(shop("x: {choice: {1.4: {tier: {VIP: 3, else: 1}}, 1.2: 4}, round: 0}"))

    assert {effect.value: effect.declared["VIP"] for effect in found.values()} == {"1.0": pytest.approx(7 / 9)}
    whole = shop("x: {choice: {1.4: {tier: {VIP: 3, else: 1}}, 1.6: 2}, type: int64}")
    assert {effect.value for effect in effects(whole).values()} == {"1"}
    assert all(gate.probability is not None for gate in forecast(whole).outlooks)
    assert {effect.value: effect.declared["VIP"] for effect in clamped.values()} == {"15": pytest.approx(7 / 9)}
    assert not one


@pytest.mark.parametrize(
    "column",
    [
        "x: {gamma: {mean: 5, shape: 2}, multiplier: {status: {paid: 2, else: 1}}}",
        "x: {timestamp: {between: [window.start, window.end]}}",
        "x: {after: {column: customer.since, lag: {exponential: {mean: {tier: {VIP: 1d, else: 2d}}}}}}",
    ],
    ids=["category", "timestamp", "after"],
)
def test_what_is_no_metric(column: str) -> None:
    assert not effects(shop(column, root="since: {timestamp: {between: [window.start, window.end]}}"))


# Shares, references, fanouts


def test_a_choice_has_a_share_for_each_option_weighted_per_segment() -> None:
    found = effects(shop("x: {choice: {1: {tier: {VIP: 6, else: 2}}, 2: {tier: {VIP: 1, else: 3}}, 3: 3}}"))

    assert list(found) == ["share.order.x.1.tier", "share.order.x.2.tier"]
    assert [effect.value for effect in found.values()] == ["1", "2"]
    assert found["share.order.x.1.tier"].declared == pytest.approx({"VIP": 0.6, "Standard": 0.25, "Casual": 0.25})


def test_a_boolean_has_a_share_and_a_bernoulli_what_is_expected_of_it() -> None:
    boolean = only(shop("x: {boolean: {p: 0.2}, multiplier: {tier: {VIP: 2, else: 1}}}"))
    coin = "x: {bernoulli: {p: {tier: {VIP: 0.4, else: 0.2}}}}"
    expected = "audit: {expect: {e: {mean: order.x, by: tier, rank: VIP > Casual}}}"

    assert (boolean.kind, boolean.value) == ("share", "true")
    assert (only(shop(coin)).kind, only(shop(coin)).value) == ("share", "1")
    assert only(shop(coin, more=expected)).kind == "value"


REFERENCE = """
  visit:
    rows: 200
    key: visit_id
    columns:
      visit_id: {sequence: {start: 1}}
      customer_id: {ref: customer, multiplier: {tier: {VIP: 4, else: 1}}MORE}
"""


@pytest.mark.parametrize(
    ("more", "claim", "declared"),
    [
        ("", "ratio", {"VIP": 4.0, "Standard": 1.0, "Casual": 1.0}),
        (", weight: {zipf: 0.8}", "ratio", {"VIP": 4.0, "Standard": 1.0, "Casual": 1.0}),
        (", weight: y", "ratio", {"VIP": 12.0, "Standard": 1.0, "Casual": 1.0}),
    ],
)
def test_a_reference_counts_referring_rows(more: str, claim: str, declared: dict[str, float]) -> None:
    root = "y: {gamma: {mean: {tier: {VIP: 3, else: 1}}, shape: 2}}"
    found = compile_contract(shop(root=root, more=REFERENCE.replace("MORE", more))).effects[
        "ref.visit.customer_id.tier"
    ]

    assert (found.kind, found.table, found.path, found.claim) == ("fanout", "visit", (("customer_id",),), claim)
    assert found.declared == pytest.approx(declared)


@pytest.mark.parametrize(
    ("column", "claim"),
    [
        ("x: {ref: order, within: customer, multiplier: {customer.tier: {VIP: 2, else: 1}}}", "none"),
        ("x: {ref: order, within: customer, multiplier: {mood: {calm: 2, rush: 1}}}", "direction"),
        (
            "x: {ref: order, distinct_in: customer, weight: order_id, multiplier: {mood: {calm: 2, rush: 1}}}",
            "direction",
        ),
        ("x: {ref: order, multiplier: {mood: {calm: 2, rush: 1}}}", "ratio"),
    ],
    ids=["within, above", "within, below", "distinct", "free"],
)
def test_references_that_bend_their_weights_claim_less(column: str, claim: str) -> None:
    text = SHOP.replace(
        "segments:\n", "segments:\n  mood: {table: order, share: {calm: 0.5, rush: 0.5}, assign: random}\n"
    )
    text = (
        text.replace("FANOUT", "{poisson: {mean: 3}, max: 9}")
        .replace("ROOT", "y: {uuid: {}}")
        .replace("COLUMN", "mood: {segment: mood}")
    )
    text += f"""
  note:
    parent: customer
    fanout: {{poisson: {{mean: 2}}, max: 9}}
    key: note_id
    columns:
      note_id: {{sequence: {{start: 1}}}}
      customer_id: {{parent: customer_id}}
      {column}
"""
    found = [effect for effect in effects(compile_plan(load(text))).values() if effect.table == "note"]

    assert [effect.claim for effect in found] == [claim]


@pytest.mark.parametrize(
    ("fanout", "dispersion"),
    [
        ("{poisson: {mean: 3}, multiplier: {tier: {VIP: 2, else: 1}}}", 1.0),
        ("{poisson: {mean: 3}, multiplier: {tier: {VIP: 2, else: 1}}, min: 1}", None),
        ("{poisson: {mean: 3}, multiplier: {tier: {VIP: 2, else: 1}, plan: {pro: 2, free: 1}}}", None),
        ("{negbin: {mean: 3, k: 2}, multiplier: {tier: {VIP: 2, else: 1}}}", None),
    ],
)
def test_only_a_plain_poisson_declares_its_dispersion(fanout: str, dispersion: float | None) -> None:
    assert effects(shop(fanout=fanout))["fanout.order.tier"].dispersion == dispersion


# Rank against means

AGAINST = """
fanwise: 1
name: against
seed: 5
segments:
  tier:
    table: customer
    share: {VIP: 0.5, Casual: 0.5}
    rank: VIP > Casual
tables:
  customer:
    rows: 2000
    key: customer_id
    columns: {customer_id: {sequence: {start: 1}}, tier: {segment: tier}}
  order:
    parent: customer
    fanout: {poisson: {mean: 5}, multiplier: {tier: {VIP: 2, Casual: 1}}}
    key: order_id
    columns:
      order_id: {sequence: {start: 1}}
      customer_id: {parent: customer_id}
      delay:
        gamma: {mean: 3, shape: 4}
        multiplier:
          tier:
            VIP: 0.5
            else: 2
      returned: {boolean: {p: 0.1}, multiplier: {tier: {VIP: 0.5, Casual: 2}}}
      model:
        choice:
          new: {tier: {VIP: 3, Casual: 1}}
          old: {tier: {VIP: 1, Casual: 3}}
"""
DELAY = "audit: {expect: {r: {mean: order.delay, by: tier, CLAIM}}}\n"
OLD = "audit: {expect: {r: {share: order.model = old, by: tier, rank: VIP > Casual}}}\n"


def against(text: str) -> Forecast:
    return forecast(compile_plan(load(text, file="against.yaml")))


def line_of(text: str) -> int:
    (found,) = [number for number, line in enumerate((AGAINST + OLD).splitlines(), 1) if text in line]
    return found


def test_means_that_run_against_a_rank_name_the_lines_of_the_rank_and_of_each_number() -> None:
    found = against(AGAINST)
    (problem,) = found.contradictions

    assert found.exit_code == 1
    assert "mean order.delay" in problem.message
    lines = [line_of("    rank:"), line_of("            VIP: 0.5"), line_of("            else: 2")]
    assert [source.line for source in problem.sources] == lines
    assert all(f"against.yaml:{line} " in problem.message for line in lines)


def test_the_rank_of_an_axis_does_not_bind_shares() -> None:
    found = against(AGAINST.replace("VIP: 0.5\n            else: 2", "VIP: 2\n            else: 1"))

    assert found.exit_code == 0, found.text()
    assert {gate.label for gate in found.outlooks} >= {"share order.returned = true", "share order.model = old"}


def test_the_rank_of_an_expectation_binds_a_share_and_names_the_very_option() -> None:
    (problem,) = [each for each in against(AGAINST + OLD).contradictions if "model" in each.message]

    assert [source.line for source in problem.sources] == [line_of("share: order.model"), line_of("old: {tier")]
    assert problem.sources[1].path == "tables.order.columns.model.choice.old.tier.VIP"


def test_an_effect_without_a_claim_cannot_contradict_a_rank() -> None:
    assert against(AGAINST.replace("shape: 4}", "shape: 4}\n        claim: none")).exit_code == 0


@pytest.mark.parametrize("claim", ["rank: Casual > VIP", "ratio: {Casual/VIP: [3.5, 4.5]}"])
def test_an_expectation_with_a_claim_of_its_own_frees_a_metric_from_the_rank(claim: str) -> None:
    assert against(AGAINST + DELAY.replace("CLAIM", claim)).exit_code == 0

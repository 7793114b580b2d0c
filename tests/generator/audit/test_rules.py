"""Rules of a contract: each declaration gives its rule, generated data keep all of them, and what is unseen is told."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract, not_recomputed
from fanwise.generator.engine.local import generate
from fanwise.generator.errors import PlanError
from fanwise.generator.language import load
from fanwise.generator.plan import Plan, compile_plan
from fanwise.validator import Column, Distinct, Except, Rollup, Status

SHOP = """
fanwise: 1
name: shop
seed: 5
window: {start: 2024-01-01, end: 2025-01-01}
tables:
  product: {rows: 40, key: sku, columns: {sku: {sequence: {}}, price: {uniform: {min: 1, max: 9}, round: 2}}}
  customer:
    rows: 200
    key: id
    columns:
      id: {sequence: {}}
      born: {date: {between: [1950-01-01, 2006-01-01]}}
      joined: {timestamp: {between: [window.start, window.end]}}
      ROOT
  order:
    parent: customer
    fanout: {poisson: {mean: 3}, max: 6}
    key: oid
    columns:
      oid: {sequence: {}}
      id: {parent: id}
      status: {choice: {paid: 8, cancelled: 1, lost: 1}}
      COLUMN
"""


def shop(column: str = "x: {constant: 1}", root: str = "y: {constant: 1}") -> Plan:
    return compile_plan(load(SHOP.replace("COLUMN", column).replace("ROOT", root)))


def rules(column: Column) -> dict[str, Any]:
    names = ("min", "max", "values", "equals", "holds", "rollup", "without", "nulls")
    return {name: getattr(column, name) for name in names if getattr(column, name) not in (None, ())}


def audited(plan: Plan) -> dict[str, Status]:
    chunks = list(generate(plan, threads=1))
    frames = {name: pl.concat([chunk[name] for chunk in chunks if name in chunk]) for name in plan.tables}
    report = validator.audit(frames, compile_contract(plan), threads=1)
    return {finding.id: finding.status for finding in report.findings if finding.status is not Status.PASS}


ORDER: list[tuple[str, dict[str, Any]]] = [
    ("{uniform: {min: 2, max: 5}}", {"min": 2.0, "max": 5.0}),
    ("{integer: {min: 1, max: 6}, type: int8}", {"min": 1.0, "max": 6.0}),
    ("{normal: {mean: 5, sd: 4}, clamp: [1.5, 9.5], round: 0}", {"min": 2.0, "max": 10.0}),
    ("{normal: {mean: 5, sd: 4}, clamp: [1.256, 9.5], type: 'decimal(9,2)'}", {"min": 1.26, "max": 9.5}),
    ("{normal: {mean: 5, sd: 1}, clamp: [0, 1e9], type: 'decimal(4,2)'}", {"min": 0.0}),
    ("{lognormal: {mean: 5, sd: 4}, when: {status: {lost: -1}}}", {"min": -1.0}),
    ("{lognormal: {mean: 5, sd: 4}, null: 0.2}", {"min": 0.0, "nulls": 0.2}),
    ("{choice: {a: 1, b: 2}, null: 0.1}", {"values": ("a", "b"), "nulls": 0.1}),
    ("{choice: {1: 1, 2.5: 2}, round: 0}", {"values": ("1.0", "3.0")}),
    ("{choice: {a: 1, b: 2}, when: {status: {lost: none}}}", {"values": ("a", "b", "none")}),
    ("{constant: 7}", {"values": ("7",)}),
    ("{states: {start: new, next: {new: {old: 1}}}}", {"values": ("new", "old")}),
    ("{fake: name}", {"holds": ("x <> ''",)}),
    (r"""{pattern: "A%_b'\\\\-##?{seq:03}[x-z]"}""", {"holds": ("\"x\" LIKE 'A__b''_-______%_'",)}),
    ('{pattern: "###"}', {"holds": ("\"x\" LIKE '___'",)}),
    ('{pattern: "{seq:03}"}', {}),
    ('{pattern: "N-#", null: 0.2}', {"holds": ("\"x\" LIKE 'N-_'",), "nulls": 0.2}),
    ("{boolean: {p: 0.5}}", {}),
    ("{timestamp: {between: [2024-02-01, 2024-03-01]}}", {"min": "2024-02-01T00:00:00", "max": "2024-02-29T23:59:59"}),
    ("{date: {between: [2024-02-01, 2024-03-01]}}", {"min": "2024-02-01", "max": "2024-02-29"}),
    (
        "{timestamp: {between: [customer.joined, window.end]}}",
        {"holds": ("x >= customer.joined", "x < timestamp '2025-01-01 00:00:00' or x = customer.joined")},
    ),
    ("{date: {between: [customer.born, customer.joined]}}", {
        "holds": (
            "x >= customer.born",
            "x <= cast(customer.joined as date) or x <= cast(customer.born as date) + 1",
        )
    }),
    ("{after: {column: customer.joined, lag: {exponential: {mean: 5d}}}}", {"holds": ("x >= customer.joined",)}),
    ("{after: {column: customer.born, lag: {exponential: {mean: 5d}}, until: window.end}, type: date}", {
        "holds": ("x >= customer.born", "x < date '2025-01-01' or x <= cast(customer.born as date) + 1")
    }),
    ("{timestamp: {between: [customer.joined, window.end]}, when: {status: {lost: null}}}", {
        "holds": ("x >= customer.joined", "x < timestamp '2025-01-01 00:00:00' or x = customer.joined"),
        "without": (Except("status", ("lost",)),),
    }),
    ("{expr: 'id * 2'}", {"equals": "id * 2"}),
    ("{expr: 'id / 3'}", {"equals": "round(id / 3, 6)"}),
    ("{expr: 'id / 3', round: 2}", {"equals": "round(id / 3, 2)"}),
    ("{expr: 'round(id / 3, 2)'}", {"equals": "round(id / 3, 2)"}),
    ("{expr: 'round(id / 3, 2) + round(id / 7, 2)'}", {"equals": "round(round(id / 3, 2) + round(id / 7, 2), 6)"}),
    ("{expr: 'id / 3', type: 'decimal(9,2)'}", {"equals": "round(round(id / 3, 6), 2)"}),
    ("{expr: 'id / 3', type: int32}", {"equals": "cast(round(id / 3, 6) as bigint)"}),
    ("{expr: 'id / 3', clamp: [2, 20]}", {
        "min": 2.0, "max": 20.0, "equals": "round(least(greatest(id / 3, 2.0), 20.0), 6)"
    }),
    ("{expr: 'id', clamp: [2, 20]}", {"min": 2.0, "max": 20.0, "equals": "least(greatest(id, 2), 20)"}),
    ("{expr: 'id', null: 0.3}", {"equals": "id", "nulls": 0.3}),
    ("{expr: 'customer.joined', type: date}", {"equals": "cast(customer.joined as date)"}),
    ("{expr: \"status || '!'\", when: {status: {lost: gone}}}", {
        "equals": "status || '!'", "without": (Except("status", ("lost",)),)
    }),
    ("{parent: born}", {"equals": "customer.born"}),
    ("{ref: product, distinct_in: customer}", {}),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "wanted"), ORDER, ids=[declared for declared, _ in ORDER])
def test_a_declaration_gives_its_rule_and_data_keep_it(declared: str, wanted: dict[str, Any]) -> None:
    plan = shop(f"x: {declared}")

    assert rules(compile_contract(plan).tables["order"].columns["x"]) == wanted
    assert not_recomputed(plan) == {}
    assert audited(plan) == {}


def test_references_fanouts_and_distinct_rows_have_their_rules() -> None:
    order = compile_contract(shop("x: {ref: product, distinct_in: customer}")).tables["order"]

    assert order.distinct == (Distinct(("x",), (("id",),)),)
    assert (order.edges[0].min, order.edges[0].max) == (None, 6)


@pytest.mark.parametrize(
    ("column", "root", "wanted"),
    [
        ("x: {uniform: {min: 1, max: 9}, round: 2}", "y: {rollup: {sum: order.x}}", Rollup("sum", "order", "x")),
        ("x: {uniform: {min: 1, max: 9}}", "y: {rollup: {sum: order.x}, round: 1}", Rollup("sum", "order", "x")),
        ("x: {uniform: {min: 1, max: 9}, round: 2}", "y: {rollup: {mean: order.x}}", Rollup("mean", "order", "x")),
        ("x: {integer: {min: 1, max: 9}}", "y: {rollup: {max: order.x}}", Rollup("max", "order", "x")),
        ("x: {integer: {min: 1, max: 9}, null: 0.5}", "y: {rollup: {count: order.x}}", Rollup("count", "order", "x")),
        ("x: {boolean: {p: 0.4}}", "y: {rollup: {sum: order.x}}", Rollup("sum", "order", "x")),
        (
            "x: {timestamp: {between: [customer.joined, window.end]}}",
            "y: {rollup: {min: order.x}}",
            Rollup("min", "order", "x"),
        ),
        ("x: {constant: 1}", "y: {rollup: {count: order}, clamp: [1, 3]}", Rollup("count", "order")),
        (
            "x: {uniform: {min: 1, max: 9}, type: 'decimal(9,2)'}",
            "y: {rollup: {sum: order.x}, type: 'decimal(9,2)'}",
            Rollup("sum", "order", "x", 0.005),
        ),
        (
            "x: {uniform: {min: 1, max: 9}, round: 2, type: 'decimal(9,2)'}",
            "y: {rollup: {sum: order.x}, type: 'decimal(9,2)', null: 0.2}",
            Rollup("sum", "order", "x"),
        ),
    ],
)
def test_a_roll_up_is_promised_and_kept(column: str, root: str, wanted: Rollup) -> None:
    plan = shop(column, root)

    assert compile_contract(plan).tables["customer"].columns["y"].rollup == wanted
    assert audited(plan) == {}


@pytest.mark.parametrize(
    ("column", "root", "name", "why"),
    [
        (
            "h: {uniform: {min: 1, max: 9}, hidden: true}\n      x: {expr: h * 2}",
            "y: {constant: 1}",
            "order.x",
            "'h' is hidden",
        ),
        ("x: {expr: exp(id / 100)}", "y: {constant: 1}", "order.x", "a function in it is not exact"),
        ("x: {expr: id / 3, type: float32}", "y: {constant: 1}", "order.x", "it is written as float32"),
        ("x: {expr: id, type: text}", "y: {constant: 1}", "order.x", "it is written as text"),
        ("x: {constant: 1, hidden: true}", "y: {rollup: {sum: order.x}}", "customer.y", "'order.x' is hidden"),
    ],
)
def test_what_the_files_cannot_show_is_told_and_left_out(column: str, root: str, name: str, why: str) -> None:
    plan = shop(column, root)
    table, _, own = name.partition(".")

    assert not_recomputed(plan) == {name: why}
    assert rules(compile_contract(plan).tables[table].columns[own]) == {}
    assert audited(plan) == {}


def test_contracts_with_rules_are_read_back() -> None:
    contract = compile_contract(shop("x: {uniform: {min: 1, max: 9}}", "y: {rollup: {sum: order.x}, round: 2}"))

    assert validator.load_contract(validator.to_dict(contract)) == contract


def test_names_of_several_steps_and_keys_of_two_columns_are_followed() -> None:
    """The price of the account's plan, and a contact whose number counts within its account."""
    plan = compile_plan(load("crm"), rows={"account": 60})
    contract = compile_contract(plan)
    frames: dict[str, pl.DataFrame] = {}
    for made in generate(plan, threads=1):
        frames |= {name: pl.concat([frames[name], frame]) if name in frames else frame for name, frame in made.items()}

    def failed(table: str, change: pl.Expr) -> set[str]:
        changed = {**frames, table: frames[table].with_columns(change)}
        report = validator.audit(changed, contract)
        return {found.id for found in report.with_status(Status.FAIL)}

    assert not_recomputed(plan) == {}
    assert not {found for found in failed("invoice", pl.col("amount")) if found.startswith(("formula", "rowwise"))}
    assert "formula.invoice.amount" in failed("invoice", pl.col("amount") + pl.lit(1).cast(pl.Decimal(10, 2)))
    assert any("backup_no" in found for found in failed("subscription", pl.col("owner_no").alias("backup_no")))


def test_a_text_that_its_type_cannot_hold_is_for_the_run_to_tell() -> None:
    text = "fanwise: 1\nname: cities\ntables:\n  t: {rows: 9, columns: {city: {place: city, type: int8}}}\n"
    plan = compile_plan(load(text))

    assert compile_contract(plan).tables["t"].columns["city"].values == ()
    with pytest.raises(PlanError, match="does not fit type int8"):
        list(generate(plan))

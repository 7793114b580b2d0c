"""`rowsum`: the exact sum of columns of a row, of a type that is known, with a forecast that is right."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest

import fanwise
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.audit.forecast import moments_of
from fanwise.generator.errors import PlanError, SchemaError
from fanwise.generator.language import load
from fanwise.generator.language.spec import Profile
from fanwise.generator.plan import Plan, compile_plan

PRICES = """
  sale:
    rows: 4000
    key: id
    columns:
      id: {sequence: {start: 1}}
      net: {uniform: {min: 1, max: 100}, type: "decimal(10,2)"}
      tax: {uniform: {min: 0, max: 9}, type: "decimal(10,3)"}
      pieces: {poisson: {mean: 3}}
      cents: {uniform: {min: 0, max: 1}, round: 2}
      maybe: {uniform: {min: 0, max: 5}, round: 1, null: 30%}
      name: {fake: name}
      day: {date: {between: [2024-01-01, 2024-02-01]}}
      flag: {boolean: {p: 0.5}}
      shout: {expr: upper(name)}
      x: {rowsum: SUM}
"""


def frame(tables: Any, columns: str) -> pl.DataFrame:
    return tables(f"tables:{PRICES.replace('SUM', columns)}")["sale"]


def test_decimals_add_up_exactly(tables: Any) -> None:
    found = frame(tables, "[net, tax, pieces]")

    assert found["x"].dtype == pl.Decimal(38, 3)
    assert found["x"].to_list() == [
        Decimal(net) + tax + pieces for net, tax, pieces in found.select("net", "tax", "pieces").iter_rows()
    ]


def test_whole_numbers_stay_whole(tables: Any) -> None:
    found = frame(tables, "[pieces, pieces, id]")

    assert found["x"].dtype == pl.Int64()
    assert found["x"].to_list() == (2 * found["pieces"] + found["id"]).to_list()


def test_fractions_have_the_digits_of_the_most_precise_one(tables: Any) -> None:
    found = frame(tables, "[cents, net]")

    assert found["x"].dtype == pl.Float64()
    assert found["x"].to_list() == [
        float(round(Decimal(str(c)) + n, 2)) for c, n in found.select("cents", "net").rows()
    ]


def test_a_null_makes_the_sum_null(tables: Any) -> None:
    found = frame(tables, "[cents, maybe]")

    assert found["x"].is_null().to_list() == found["maybe"].is_null().to_list()
    assert 0.25 < found["x"].null_count() / len(found) < 0.35


def test_it_reaches_the_parent(tables: Any) -> None:
    text = f"tables:{PRICES.replace('SUM', '[net]')}  line: {{parent: sale, fanout: {{fixed: 2}}, columns: "
    found = tables(text + "{id: {parent: id}, n: {integer: {min: 1, max: 9}}, y: {rowsum: [n, sale.pieces]}}}")
    joined = found["line"].join(found["sale"], on="id", how="left", maintain_order="left")

    assert joined["y"].to_list() == (joined["n"] + joined["pieces"]).to_list()


@pytest.mark.parametrize(("name", "holds"), [("name", "text"), ("day", "date"), ("flag", "bool")])
def test_what_is_no_number_is_refused_at_its_place(name: str, holds: str) -> None:
    with pytest.raises(SchemaError) as caught:
        load(f"fanwise: 1\nname: s\ntables:{PRICES.replace('SUM', f'[net, {name}]')}")

    (problem,) = caught.value.problems
    assert problem.path == "tables.sale.columns.x.rowsum[1]"
    assert problem.why == f"sale.{name} holds {holds}, not integers or numbers"
    assert (problem.mark.line, problem.code) == (18, "FW-SCHEMA-COLUMN-TYPE")


def test_a_text_that_only_the_plan_knows_is_refused_at_its_place() -> None:
    with pytest.raises(PlanError) as caught:
        compile_plan(load(f"fanwise: 1\nname: s\ntables:{PRICES.replace('SUM', '[net, shout]')}"))

    (problem,) = caught.value.problems
    assert problem.path == "tables.sale.columns.x.rowsum[1]"
    assert "shout holds String, not numbers" in problem.why


def test_a_sum_beyond_64_bits_is_an_error(tables: Any) -> None:
    with pytest.raises(PlanError, match="does not fit 64 bits"):
        tables("tables: {t: {rows: 1, columns: {a: {expr: '9223372036854775807'}, x: {rowsum: [a, a]}}}}")


SHOP = """
fanwise: 1
name: shop
seed: 3
segments: {tier: {table: customer, share: {VIP: 0.3, Std: 0.7}, rank: VIP > Std}}
tables:
  customer: {rows: 6000, key: id, columns: {id: {sequence: {}}, tier: {segment: tier}}}
  order:
    parent: customer
    fanout: {poisson: {mean: 3}}
    columns:
      id: {parent: id}
      net: {gamma: {mean: 40, shape: 4}, multiplier: {tier: {VIP: 1.5, Std: 1}}}
      tax: {choice: {"2": 3, "7": 1}}
      fee: {normal: {mean: 3, sd: 1}, null: 20%}
      total: {rowsum: [net, tax, fee]}
      more: {rowsum: [total, net]}
audit:
  expect:
    total: {mean: order.total, by: tier, rank: VIP > Std}
    twice: {mean: order.more, by: tier, rank: VIP > Std}
"""


@pytest.fixture(scope="module")
def shop() -> Plan:
    return compile_plan(load(SHOP))


def test_the_forecast_knows_mean_and_variance(shop: Plan) -> None:
    orders = fanwise.dataset(SHOP)["order"].join(fanwise.dataset(SHOP)["customer"], on="id")
    column, at = shop.tables["order"].columns["total"], next(iter(shop.tables["order"].columns["total"].covariates))
    for tier, factor in (("VIP", 1.5), ("Std", 1.0)):
        profile: Profile = {at: tier}
        found = column.moments(profile)
        assert found is not None
        assert found.mean == pytest.approx(40 * factor + (2 * 3 + 7) / 4 + 3)
        assert found.variance == pytest.approx((40 * factor) ** 2 / 4 + 25 * 3 / 16 + 1)
        assert found.chance == pytest.approx(0.8)
        made = orders.filter(tier=tier)["total"]
        assert made.mean() == pytest.approx(found.mean, abs=5 * (found.variance / len(made)) ** 0.5)
        assert np.sqrt(made.var()) == pytest.approx(np.sqrt(found.variance), rel=0.05)
        assert 1 - made.null_count() / len(made) == pytest.approx(0.8, abs=0.02)


def test_a_sum_of_what_goes_along_with_itself_has_no_forecast(shop: Plan) -> None:
    found = moments_of(shop, compile_contract(shop))

    assert any("order.total" in name or "total" in name for name in found)
    column = shop.tables["order"].columns["more"]
    assert column.moments(dict.fromkeys(column.covariates, "VIP")) is None


def test_it_is_explained_by_what_it_adds(shop: Plan) -> None:
    found = fanwise.dataset(SHOP).explain("order", row=5, column="total")
    text = str(found)

    assert text.count("adds") == 3
    assert "net " in found["adds"]
    assert shop.schema.tables["order"].columns["total"].comment == "rowsum net, tax, fee"
    assert shop.schema.tables["order"].columns["total"].nullable
    assert not fanwise.dataset(SHOP).plan.schema.tables["order"].columns["net"].nullable
    assert compile_contract(shop).tables["order"].columns["total"].kind == "continuous"

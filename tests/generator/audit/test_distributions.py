"""Distributions of a contract: the numbers are those of scipy's distribution functions, after bounds and rounding."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from fanwise.validator import Distribution

SHOP = """
fanwise: 1
name: shop
segments:
  tier: {table: customer, share: {VIP: 0.2, Std: 0.8}}
  region: {table: customer, share: {North: 0.5, South: 0.5}}
tables:
  customer:
    rows: 100
    key: id
    columns: {id: {sequence: {}}, tier: {segment: tier}, region: {segment: region}, ROOT}
  order:
    parent: customer
    fanout: FANOUT
    key: oid
    columns: {oid: {sequence: {}}, id: {parent: id}, state: {choice: {a: 1, b: 1}}, COLUMN}
"""


def laws(
    column: str = "x: {constant: 1}", root: str = "y: {constant: 1}", fanout: str = "{fixed: 2}"
) -> dict[str, Distribution]:
    text = SHOP.replace("COLUMN", column).replace("ROOT", root).replace("FANOUT", fanout)
    return {law.label: law for law in compile_contract(compile_plan(load(text))).distributions}


@pytest.mark.parametrize(
    ("declared", "law", "step"),
    [
        ("{normal: {mean: 10, sd: 3}, round: 1}", stats.norm(10, 3), 0.1),
        ("{normal: {mean: 10, sd: 3}, round: 0}", stats.norm(10, 3), 1.0),
        ("{normal: {mean: 10, sd: 3}, type: int64}", stats.norm(10, 3), 1.0),
        ("{normal: {mean: 10, sd: 3}, type: 'decimal(9,2)'}", stats.norm(10, 3), 0.01),
        ("{gamma: {mean: 40, shape: 4}, round: 2}", stats.gamma(4, scale=10), 0.01),
        ("{exponential: {mean: 5}}", stats.expon(scale=5), 1e-6),
        ("{uniform: {min: 2, max: 7}, round: 2}", stats.uniform(2, 5), 0.01),
        ("{pareto: {min: 3, alpha: 1.5}, round: 2}", stats.pareto(1.5, scale=3), 0.01),
        ("{poisson: {mean: 7}}", stats.poisson(7), 0.0),
        ("{binomial: {n: 20, p: 0.3}}", stats.binom(20, 0.3), 0.0),
        ("{normal: {mean: 10, sd: 3}, clamp: [9, 12], round: 2}", stats.norm(10, 3), 0.01),
    ],
)
def test_points_have_the_shares_of_the_distribution_function(declared: str, law, step: float) -> None:
    (cell,) = (
        laws(f"x: {declared}")["order.x"].cells
        if "poisson" not in declared and "binomial" not in declared
        else (laws(f"x: {declared}")["order.x"].cells[0],)
    )

    assert len(cell.at_most) >= 2
    for point, share in cell.at_most:
        assert share == pytest.approx(float(law.cdf(point + step / 2)), rel=1e-9)
    assert np.diff([point for point, _ in cell.at_most]).min() > 0


def test_a_clamp_leaves_only_points_between_its_ends() -> None:
    (cell,) = laws("x: {normal: {mean: 10, sd: 3}, clamp: [9, 12], round: 2}")["order.x"].cells

    assert all(9 <= point < 12 for point, _ in cell.at_most)


def test_cells_are_crossed_with_the_axes_of_the_table() -> None:
    law = laws(root="y: {normal: {mean: 40, sd: 10}}")["customer.y"]

    assert law.by == ("tier", "region")
    assert [cell.at for cell in law.cells] == [(t, r) for t in ("VIP", "Std") for r in ("North", "South")]
    assert len({cell.at_most for cell in law.cells}) == 1


def test_a_fanout_is_a_law_in_each_cell_of_two_axes() -> None:
    law = laws(fanout="{poisson: {mean: 4}, multiplier: {tier: {VIP: 2, Std: 1}, region: {North: 1.5, South: 1}}}")[
        "order per customer"
    ]
    means = {cell.at: cell.mean for cell in law.cells}

    assert law.by == ("tier", "region")
    assert means == {("VIP", "North"): 12, ("VIP", "South"): 8, ("Std", "North"): 6, ("Std", "South"): 4}
    for cell in law.cells:
        assert [share for _, share in cell.at_most] == pytest.approx(
            [float(stats.poisson(cell.mean).cdf(point)) for point, _ in cell.at_most]
        )


def test_shares_of_categories_by_segment() -> None:
    found = laws(root="y: {choice: {pro: {tier: {VIP: 3, else: 1}}, free: 1}}")["customer.y"]

    assert {(cell.at[0], cell.shares) for cell in found.cells} == {
        ("VIP", (("pro", 0.75), ("free", 0.25))), (None, (("pro", 0.5), ("free", 0.5))),
    }  # fmt: skip


@pytest.mark.parametrize(
    "column",
    [
        "h: {choice: {a: 1, b: 2}, hidden: true}, x: {normal: {mean: {h: {a: 1, b: 2}}, sd: 1}}",
        "x: {normal: {mean: 1, sd: 1}, hidden: true}",
        "x: {normal: {mean: 1, sd: 1}, type: float32}",
        "x: {expr: 'id * 2'}",
        "x: {integer: {min: 1, max: 900}, unique: true}",
        "x: {fixed: 3}",
    ],
)
def test_what_the_files_do_not_show_is_left_out(column: str) -> None:
    assert "order.x" not in laws(column)


def test_laws_are_read_back() -> None:
    text = (
        SHOP.replace("COLUMN", "x: {lognormal: {mean: 9, sd: 4}}")
        .replace("ROOT", "y: {boolean: {p: 0.3}}")
        .replace("FANOUT", "{poisson: {mean: 4}}")
    )
    contract = compile_contract(compile_plan(load(text)))

    assert validator.load_contract(validator.to_dict(contract)) == contract


@pytest.mark.parametrize(
    ("kind", "views"), [("", 6), (", type: varchar(9)", 6), (", type: uuid", 0), (", type: json", 0)]
)
def test_only_texts_have_characters(kind: str, views: int) -> None:
    text = f"fanwise: 1\nname: codes\ntables:\n  t: {{rows: 9, columns: {{x: {{pattern: '######'{kind}}}}}}}\n"
    found = compile_contract(compile_plan(load(text))).distributions

    assert sum(each.view is not None and each.view.what == "character" for each in found) == views

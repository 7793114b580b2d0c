"""References and texts that lost their variety are seen in each column; healthy data are not accused."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import polars as pl
import pytest

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.language import load
from fanwise.generator.plan import Plan, compile_plan
from fanwise.validator import Report, Status
from tests.validator.statistics.many import Frames, frames_of

pytestmark = pytest.mark.system

SHAPES = """
fanwise: 1
name: shapes
segments:
  tier: {table: customer, share: {VIP: 0.2, Std: 0.8}}
tables:
  product:
    rows: 200
    key: pid
    columns:
      pid: {sequence: {start: 10, step: 3}}
      fame: {lognormal: {mean: 1, sd: 1.5}, round: 3}
      sort: {choice: {a: 5, b: 1}}
  shop:
    rows: 30
    key: sid
    columns: {sid: {uuid: {}}}
  customer:
    rows: 3000
    key: cid
    columns:
      cid: {sequence: {}}
      tier: {segment: tier}
      active: {pareto: {min: 1, alpha: 1.5}, round: 2}
      name: {fake: name}
      company: {fake: company}
      phone: {pattern: "+49-[1-9]##-####"}
      code: {pattern: "{seq:04}-??[AB]-#"}
      badge: {pattern: "X####??", unique: true}
      token: {uuid: {}}
      first: {person: {field: first_name, locale: {en_US: {tier: {VIP: 1, Std: 3}}, de_DE: 1}}}
      last: {person: {field: last_name, locale: {en_US: {tier: {VIP: 1, Std: 3}}, de_DE: 1}}}
      mail: {person: {field: email, locale: {en_US: {tier: {VIP: 1, Std: 3}}, de_DE: 1}}}
      town: {place: {field: city, countries: [DE, US]}}
      zip: {place: {field: postcode, countries: [DE, US]}}
      note: {words: {min: 1, max: 3}}
  visit:
    rows: 8000
    key: vid
    columns:
      vid: {sequence: {}}
      plain: {ref: product}
      falling: {ref: product, weight: {zipf: 0.9}}
      famous: {ref: product, weight: fame}
      sorted: {ref: product, weight: {zipf: 0.6}, multiplier: {product.sort: {b: 3, else: 1}}}
      tiered: {ref: customer, multiplier: {tier: {VIP: 3, Std: 1}}}
      busy: {ref: customer, weight: active, null: 0.3}
      shop: {ref: shop}
      near: {ref: shop, weight: {zipf: 1.2}}
"""
KEYS = {"plain": "product", "falling": "product", "famous": "product", "sorted": "product", "tiered": "customer",
        "busy": "customer", "shop": "shop", "near": "shop"}  # fmt: skip
TEXTS = ("name", "company", "phone", "code", "badge", "token", "first", "last", "mail", "town", "zip", "note")


@cache
def plan(seed: int = 5) -> Plan:
    return compile_plan(load(SHAPES), seed=seed)


@cache
def frames() -> Frames:
    return frames_of(plan())


def audited(changed: Frames, seed: int = 5) -> Report:
    return validator.audit(changed, compile_contract(plan(seed)), threads=1)


def accused(report: Report, check: str) -> set[str]:
    """Return the columns of which a check says something."""
    bad = (each for each in report.findings if each.check == check and each.status in (Status.WARN, Status.FAIL))
    return {each.id.split(".")[2] for each in bad}


def keys(column: str) -> pl.Series:
    return frames()[KEYS[column]].to_series(0)


def one(column: str) -> pl.Series:
    return pl.Series([keys(column)[3]] * 8000, dtype=keys(column).dtype)


def a_tenth_to_one(column: str) -> pl.Series:
    chosen = pl.Series(np.random.default_rng(1).random(8000) < 0.1)
    return pl.select(pl.when(chosen).then(pl.lit(keys(column)[5])).otherwise(frames()["visit"][column])).to_series()


def half(column: str) -> pl.Series:
    first = keys(column).head(len(keys(column)) // 2)
    return first.sample(8000, with_replacement=True, seed=2)


def even(column: str) -> pl.Series:
    return keys(column).sample(8000, with_replacement=True, seed=3)


@pytest.mark.parametrize("change", [one, a_tenth_to_one, half, even])
def test_references_with_other_shares_are_seen(change: Callable[[str], pl.Series]) -> None:
    visits = frames()["visit"].with_columns(change(name).alias(name) for name in KEYS)
    alike = {"plain", "shop"} if change is even else set()

    assert accused(audited({**frames(), "visit": visits}), "spread") == set(KEYS) - alike


@pytest.mark.parametrize(
    "text",
    [
        lambda name: pl.col(name).first(),
        lambda name: pl.when(pl.col("cid") % 5 == 0).then(pl.col(name).first()).otherwise(pl.col(name)),
    ],
    ids=["constant", "a fifth constant"],
)
def test_constant_texts_are_seen(text: Callable[[str], pl.Expr]) -> None:
    customers = frames()["customer"].with_columns(text(name).alias(name) for name in TEXTS)

    assert accused(audited({**frames(), "customer": customers}), "variety") == set(TEXTS)


def test_empty_texts_break_a_rule() -> None:
    drawn = ("name", "company", "town", "note")
    empty = [pl.when(pl.col("cid") == 7).then(pl.lit("")).otherwise(pl.col(name)).alias(name) for name in drawn]
    report = audited({**frames(), "customer": frames()["customer"].with_columns(empty)})

    assert accused(report, "condition") == set(drawn)
    assert report.exit_code == 1


def replaced(name: str, at: int, by: str) -> pl.Expr:
    """Put one character at a place of all texts of a column."""
    size = pl.col(name).str.len_chars()
    place = pl.lit(at - 1) if at > 0 else size + at
    return pl.concat_str(pl.col(name).str.slice(0, place), pl.lit(by), pl.col(name).str.slice(place + 1))


@pytest.mark.parametrize(
    ("name", "at", "by"),
    [("phone", 5, "3"), ("phone", 12, "7"), ("code", -1, "0"), ("code", -5, "Q"), ("code", -3, "B"), ("badge", 7, "M")],
)
def test_a_constant_character_of_a_pattern_is_seen(name: str, at: int, by: str) -> None:
    customers = frames()["customer"].with_columns(replaced(name, at, by).alias(name))
    report = audited({**frames(), "customer": customers})

    found = {
        each.id.split(".")[4] for each in report.findings if each.check == "variety" and each.status is Status.WARN
    }
    assert found == {str(at)}


def test_each_reference_and_text_is_compared() -> None:
    contract = compile_contract(plan())

    assert {spread.columns[0] for spread in contract.spreads} == set(KEYS)
    customer = contract.tables["customer"].columns
    assert {name for name, column in customer.items() if column.repeats is not None} == set(TEXTS) - {"badge"}
    spreads = {spread.columns[0]: spread for spread in contract.spreads}
    assert (spreads["plain"].weight, spreads["shop"].weight) == (None, None)
    assert spreads["near"].zipf == 1.2  # the rows of shop have no number in the files
    assert spreads["falling"].weight == "power(((pid - 10) / 3.0 + 1), -0.9)"
    assert spreads["busy"].weight == "active"


@pytest.mark.parametrize("seed", range(2))
def test_healthy_references_and_texts_are_not_accused(seed: int) -> None:
    healthy(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 42))
def test_healthy_references_and_texts_are_not_accused_in_many_seeds(seed: int) -> None:
    healthy(seed)


def healthy(seed: int) -> None:
    report = audited(frames_of(plan(seed)), seed)

    found = [each for each in report.findings if each.check in ("spread", "variety")]
    assert [each.message for each in found if each.status is not Status.PASS] == []
    assert len(found) >= len(KEYS) + len(TEXTS)
    assert not report.with_status(Status.FAIL)


def test_references_that_lead_to_the_first_row_of_a_group_are_seen() -> None:
    """They keep `match` and `within`. References that must lead to another row now leave other rows out than they did."""
    made = compile_plan(load("schemas/crm.yaml"))
    rows, contract = frames_of(made), compile_contract(made)
    first = rows["add_on"].group_by("category").agg(pl.col("add_on_id").min())
    lost = rows["subscription"].join(first, left_on="wanted", right_on="category", how="left", maintain_order="left")
    one = pl.lit(1, dtype=rows["subscription"].schema["owner_no"])
    broken = lost.with_columns(pl.col("add_on_id").alias("add_on"), one.alias("owner_no")).drop("add_on_id")
    healthy, tampered = (
        validator.audit({**rows, "subscription": each}, contract, threads=1) for each in (rows["subscription"], broken)
    )

    assert accused(healthy, "spread") == set()
    assert accused(tampered, "spread") >= {"add_on", "account_id+owner_no"}

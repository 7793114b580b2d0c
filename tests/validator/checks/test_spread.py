"""Spread: rows that a reference leads to, and how often, against even, weighted and falling shares."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from fanwise.validator import ContractError, Finding, Status, audit, load_contract, to_dict
from fanwise.validator.sql import sampling

PRODUCTS, ORDERS = 150, 6000
WEIGHTS = np.random.default_rng(2).lognormal(0, 1, PRODUCTS).round(3)
RANKS = np.arange(1, PRODUCTS + 1) ** -0.8
SHARES = {"even": np.ones(PRODUCTS), "weight": WEIGHTS, "zipf": RANKS}
DECLARED: dict[str, dict[str, Any]] = {"even": {}, "weight": {"weight": "weight"}, "zipf": {"zipf": 0.8}}


def orders(shares: np.ndarray, seed: int = 1, rows: int = ORDERS) -> np.ndarray:
    return np.random.default_rng(seed).choice(PRODUCTS, rows, p=shares / shares.sum()) * 7 + 3


def contract(**spread: Any) -> dict[str, Any]:
    return {
        "contract": 1,
        "name": "refs",
        "tables": {
            "product": {"key": "pid", "columns": {"pid": "int64", "weight": "float64"}},
            "order": {
                "key": "oid",
                "refs": [{"table": "product", "columns": "pid", "nullable": True}],
                "columns": {"oid": "int64", "pid": {"type": "int64", "nullable": True}},
            },
        },
        "spreads": [{"table": "order", "columns": "pid", **spread}],
    }


def found(keys: np.ndarray | pl.Series, **spread: Any) -> list[Finding]:
    frames = {
        "product": pl.DataFrame({"pid": np.arange(PRODUCTS) * 7 + 3, "weight": WEIGHTS}),
        "order": pl.DataFrame({"oid": np.arange(len(keys)), "pid": keys}),
    }
    return [each for each in audit(frames, contract(**spread), threads=1).findings if each.check == "spread"]


@pytest.mark.parametrize("law", DECLARED)
def test_references_that_are_drawn_as_declared_pass(law: str) -> None:
    assert [each.status for each in found(orders(SHARES[law]), **DECLARED[law])] == [Status.PASS]


@pytest.mark.parametrize("law", DECLARED)
@pytest.mark.parametrize(
    "keys",
    [
        np.full(ORDERS, 10),
        np.where(np.arange(ORDERS) % 10 == 0, 703, orders(SHARES["even"])),
        orders(np.where(np.arange(PRODUCTS) % 2 == 0, 1.0, 0.0)),
    ],
    ids=["one", "a tenth to one", "half of them"],
)
def test_other_shares_are_seen(law: str, keys: np.ndarray) -> None:
    (one,) = found(keys, **DECLARED[law])

    assert one.status is Status.WARN
    assert "the most frequent one has" in one.message


@pytest.mark.parametrize(
    ("drawn", "declared"), [("even", "weight"), ("weight", "even"), ("zipf", "weight"), ("zipf", "even")]
)
def test_weights_that_were_not_used_are_seen(drawn: str, declared: str) -> None:
    assert [each.status for each in found(orders(SHARES[drawn]), **DECLARED[declared])] == [Status.WARN]


def test_the_message_has_the_numbers() -> None:
    (one,) = found(np.full(ORDERS, 10))

    assert "6,000 rows lead to 1 of 150 rows of product, about 150 are expected" in one.message
    assert one.estimate == 1.0
    assert one.evidence["distinct"] == 1


def test_a_row_without_weight_is_not_chosen() -> None:
    keys = orders(WEIGHTS)
    zero = {"weight": f"case when pid = {keys[0]} then 0 else weight end"}

    assert [each.status for each in found(keys, **zero)] == [Status.WARN]


def test_nulls_and_few_rows_say_nothing() -> None:
    keys = (
        pl.Series(orders(SHARES["even"])).to_frame("k").with_columns(pl.when(pl.int_range(pl.len()) % 3 > 0).then("k"))
    )
    assert [each.status for each in found(keys["k"])] == [Status.PASS]

    assert found(np.full(99, 10)) == []


def test_the_order_of_rows_changes_nothing() -> None:
    keys = orders(WEIGHTS)
    first, again = found(keys, weight="weight"), found(keys[::-1].copy(), weight="weight")

    assert [each.p for each in first] == [each.p for each in again]


def test_of_a_large_table_a_part_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "MOST_ROWS", 1000)
    monkeypatch.setattr(sampling, "PART_ROWS", 1500)
    (one,) = found(orders(SHARES["even"]))

    assert one.status is Status.PASS
    assert "(looked at: 25.0 % of order)" in one.message
    assert [each.status for each in found(np.full(ORDERS, 10))] == [Status.WARN]


@pytest.mark.parametrize(
    ("spread", "words"),
    [
        ({"columns": "oid"}, "reference of order"),
        ({"weight": "height"}, "height"),
        ({"weight": "weight", "zipf": 1}, "there is a weight too"),
    ],
)
def test_a_spread_that_cannot_be_asked_is_refused(spread: dict[str, Any], words: str) -> None:
    with pytest.raises(ContractError, match=words):
        load_contract(contract(**spread))


def test_a_contract_is_read_back() -> None:
    declared = load_contract(contract(weight="weight * 2"))

    assert load_contract(to_dict(declared)) == declared


@pytest.mark.slow
@pytest.mark.parametrize("law", DECLARED)
def test_correct_references_are_not_accused(law: str) -> None:
    """Of 400 data sets of each law, in all and of few rows for each target, not one may warn but by rare chance."""
    warned = 0
    for seed in range(400):
        keys = orders(SHARES[law], seed, (150, 600, 3000, 20_000)[seed % 4])
        warned += sum(each.status is Status.WARN for each in found(keys, **DECLARED[law]))

    assert warned <= 2

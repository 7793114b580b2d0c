"""Units that are clusters of rows: the lines of a household in one flat table."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest

import fanwise
from fanwise import validator
from fanwise.validator import Status

SHARE = {"national": 0.4, "private": 0.6}


def lines(seed: int = 1, households: int = 200) -> pl.DataFrame:
    """Return order lines of households whose prices are alike; a household may buy both brands."""
    generator = np.random.default_rng(seed)
    owner = np.repeat(np.arange(households), 1 + generator.poisson(12, households))
    level = generator.lognormal(0, 0.6, households)
    brand = np.where(generator.random(owner.size) < 0.4, "national", "private")
    price = level[owner] * generator.gamma(4, 1, owner.size) * np.where(brand == "national", 1.3, 1.0)
    return pl.DataFrame({"household_id": owner, "brand": brand, "price": price})


def contract(**effect: Any) -> dict[str, Any]:
    return {
        "contract": 1,
        "name": "basket",
        "tables": {"line": {"columns": {"household_id": "int64", "brand": "text", "price": "float64"}}},
        "axes": {"brand": {"table": "line", "column": "brand", "share": SHARE, "assign": "unknown"}},
        "effects": {
            "price": {"kind": "value", "table": "line", "column": "price", "axis": "brand",
                      "declared": {"national": 1.3, "private": 1.0}, **effect},
        },
    }  # fmt: skip


def interval(report: validator.Report) -> tuple[float, float]:
    """Return the 90 % interval that the two segments give by themselves."""
    found = next(each for each in report.findings if each.check == "magnitude")
    assert found.interval is not None
    return found.interval.low, found.interval.high


def test_the_variance_is_that_of_clusters() -> None:
    frame = lines()
    report = validator.audit({"line": frame}, contract(cluster="household_id"))
    terms = []
    for brand in SHARE:
        own = frame.filter(pl.col("brand") == brand).group_by("household_id").agg(x=pl.len(), y=pl.sum("price"))
        x, y = own["x"].to_numpy().astype(float), own["y"].to_numpy()
        mean, n = y.sum() / x.sum(), len(x)
        terms.append(n / (n - 1) * ((y - mean * x) ** 2).sum() / y.sum() ** 2)
    low, high = interval(report)

    assert math.log(high / low) / 2 == pytest.approx(1.65 * math.sqrt(sum(terms)), rel=0.02)


def test_rows_of_one_household_are_not_independent() -> None:
    frame = lines()
    rows, clusters = (
        interval(validator.audit({"line": frame}, contract(**options))) for options in ({}, {"cluster": "household_id"})
    )

    assert clusters[1] / clusters[0] > 1.1 * rows[1] / rows[0]


def test_few_clusters_are_not_judged() -> None:
    report = validator.audit({"line": lines(households=5)}, contract(cluster="household_id"))
    found = next(each for each in report.findings if each.check == "direction")

    assert found.status is Status.INCONCLUSIVE
    assert "5 values of household_id to judge by, fewer than 8" in found.message
    assert found.hint == "generate more values of household_id."


def test_an_unknown_cluster_is_a_problem_of_the_contract() -> None:
    with pytest.raises(validator.ContractError, match="unknown column of line 'household'"):
        validator.audit({"line": lines()}, contract(cluster="household"))


def test_effects_of_different_units_are_combined_as_independent() -> None:
    made = contract(cluster="household_id")
    price = made["effects"]["price"]
    made["effects"]["count"] = {key: price[key] for key in ("kind", "table", "column", "axis", "declared")}
    report = validator.audit({"line": lines()}, made)
    found = next(each for each in report.findings if each.check == "combined")

    assert found.achieved is None
    assert found.evidence["ratios"] == 2


def test_the_contract_is_written_as_it_was_read() -> None:
    read = validator.load_contract(contract(cluster="household_id"))
    from fanwise.validator.contract.load import to_dict

    assert to_dict(read)["effects"]["price"]["cluster"] == "household_id"
    assert validator.load_contract(to_dict(read)) == read


def test_assert_distinct_takes_a_cluster() -> None:
    claim = {"segment": "line.brand", "value": "line.price", "rank": "national > private"}
    rows, clusters = (
        fanwise.assert_distinct({"line": lines()}, **claim, **options)
        for options in ({}, {"cluster": "line.household_id"})
    )
    of = [next(each for each in report.findings if each.check == "expectation").n for report in (rows, clusters)]

    assert max(of[1]) <= 200 < min(of[0])


@pytest.mark.parametrize("cluster", ["line.household", "order.household_id", "household_id"])
def test_assert_distinct_refuses_a_cluster_of_another_table(cluster: str) -> None:
    order = pl.DataFrame({"household_id": [1, 2]})
    with pytest.raises(validator.ContractError):
        fanwise.assert_distinct(
            {"line": lines(), "order": order}, segment="line.brand", value="line.price", rank="national > private",
            cluster=cluster,
        )  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_rows_of_a_cluster_are_not_independent_evidence_of_a_distribution(seed: int) -> None:
    generator = np.random.default_rng(seed)
    owner = np.repeat(np.arange(200), 10)
    frame = pl.DataFrame(
        {
            "household_id": owner,
            "brand": np.where(np.arange(2000) % 10 < 4, "national", "private"),
            "price": generator.random(200)[owner],
        }
    )
    wanted = contract(cluster="household_id", declared={"national": 1.0, "private": 1.0})
    wanted["distributions"] = [
        {"table": "line", "column": "price", "cells": [{"at_most": [[0.25, 0.25], [0.5, 0.5], [0.75, 0.75]]}]}
    ]
    found = {each.check: each.status for each in validator.audit({"line": frame}, wanted).findings}
    wrong = frame.with_columns(price=pl.col("price") ** 3)

    assert found["distribution"] is Status.PASS
    assert {
        each.status for each in validator.audit({"line": wrong}, wanted).findings if each.check == "distribution"
    } == {Status.WARN}

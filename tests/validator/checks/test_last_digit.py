"""The last digit: 0 in a tenth of the values of a smooth law, and in more of them where digits were cut off."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

import fanwise
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from fanwise.validator import Finding, Status

LAWS = {"uniform": stats.uniform(1, 3), "gamma": stats.gamma(3, scale=2), "expon": stats.expon(scale=5)}


def judged(values: np.ndarray, law: object, decimals: int = 2, **column: object) -> list[Finding]:
    points = [[float(law.ppf(share)), share] for share in (0.05, 0.25, 0.5, 0.75, 0.95)]  # type: ignore[attr-defined]
    contract = {
        "contract": 1,
        "name": "one",
        "tables": {"t": {"columns": {"x": {"type": "float64", "kind": "continuous", "decimals": decimals, **column}}}},
        "distributions": [{"table": "t", "column": "x", "cells": [{"at_most": points}]}],
    }
    report = fanwise.audit({"t": pl.DataFrame({"x": values})}, contract, threads=1)
    return [each for each in report.findings if each.check == "last_digit"]


def drawn(name: str, n: int = 5_000) -> np.ndarray:
    return np.asarray(LAWS[name].rvs(n, random_state=5))


@pytest.mark.parametrize("name", LAWS)
def test_rounded_values_pass(name: str) -> None:
    [finding] = judged(drawn(name).round(2), LAWS[name])

    assert finding.status is Status.PASS
    assert finding.estimate == pytest.approx(0.1, abs=0.02)


def test_values_that_were_cut_off_are_seen() -> None:
    [finding] = judged(np.floor(drawn("gamma") * 10) / 10, LAWS["gamma"])

    assert finding.status is Status.WARN
    assert finding.message == (
        "t.x has 2 digits after the point; the last one is 0 in 100.0 % of 5,000 values, 10 % are expected (p < 0.001)."
    )


def test_a_third_is_seen_and_the_bounds_do_not_count() -> None:
    values = drawn("uniform").round(2)
    third = np.where(np.arange(len(values)) % 3 == 0, np.floor(values), values)
    clamped = np.clip(values, 1.5, 2.0)

    assert judged(third, LAWS["uniform"])[0].status is Status.WARN
    assert judged(clamped, LAWS["uniform"], min=1.5, max=2.0)[0].status is Status.PASS


def test_narrow_and_few_values_say_nothing() -> None:
    assert judged(drawn("uniform").round(1), LAWS["uniform"], decimals=1) == []
    assert judged(drawn("gamma", 50).round(2), LAWS["gamma"]) == []


def test_whole_numbers_in_a_decimal_type_say_nothing() -> None:
    """Quantities from 1 to 50 of type decimal(15,2) end in 00, as they are drawn."""
    assert judged(np.ceil(drawn("uniform") * 12), LAWS["uniform"], kind="count") == []


@pytest.mark.parametrize(
    ("knots", "told"),
    [
        ("{0: 1, 0.5: 30, 1: 90}", True),
        ("{0: 1, 0.3: 12, 0.6: 12.03, 1: 90}", False),
        ("{0: 1, 0.3: 10, 0.6: 10, 1: 90}", False),
    ],
)
def test_values_that_crowd_have_no_even_last_digit(knots: str, told: bool) -> None:
    text = f"""
fanwise: 1
name: prices
tables:
  item: {{rows: 4000, key: id, columns: {{id: {{sequence: {{}}}}, price: {{quantile: {{knots: {knots}}}, round: 2}}}}}}
"""
    made = fanwise.dataset(text)
    report = fanwise.audit({"item": made["item"]}, compile_contract(compile_plan(load(text))))

    assert ([each.status for each in report.findings if each.check == "last_digit"] == [Status.PASS]) is told
    assert report.exit_code == 0

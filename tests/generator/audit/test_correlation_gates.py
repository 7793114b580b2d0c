"""Forecast and audit of correlations agree, also of numbers of rows and of what follows from hidden columns."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

from fanwise import validator
from fanwise.generator.api.dataset import dataset
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.audit.contract.correlations import declared_correlations
from fanwise.generator.audit.forecast import forecast
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from fanwise.validator import Finding, Forecast, Report, Status

SCHEMA = """
fanwise: 1
name: gates
segments: {tier: {table: customer, share: {VIP: 0.2, Basic: 0.8}}}
tables:
  customer:
    rows: 2000
    key: id
    columns:
      id: {sequence: {}}
      tier: {segment: tier}
      level: {normal: {mean: 0, sd: 1}, hidden: true}
      income: {lognormal: {mean: 70, sd: 50}, round: 2, correlate: {level: 0.8}}
      age: {normal: {mean: 40, sd: 9}, round: 0, correlate: {level: 0.6}}
      score: {normal: {mean: 0, sd: 1}, correlate: {income: {tier: {VIP: 0.6, Basic: 0.2}}}}
  order:
    parent: customer
    fanout: {poisson: {mean: 4}, correlate: {income: 0.5}}
    key: [id, n]
    columns: {id: {parent: id}, n: {ordinal: {}}}
  visit:
    parent: customer
    fanout: {poisson: {mean: 3}}
    key: [id, n]
    columns:
      id: {parent: id}
      n: {ordinal: {}}
      minutes: {gamma: {mean: 9, shape: 2}, correlate: {customer.level: 0.7}}
"""


@cache
def outcome(rows: int) -> tuple[Forecast, Report]:
    plan = compile_plan(load(SCHEMA), rows={"customer": rows})
    contract = compile_contract(plan)
    expected = forecast(plan, contract)
    data = dict(dataset(SCHEMA, rows={"customer": rows}))
    return expected, validator.audit(data, contract, threads=1, forecast=expected)


def judged(report: Report) -> dict[str, Finding]:
    found = {each.id: each for each in report.findings if each.check == "correlation"}
    return {name: each for name, each in found.items() if each.status is not Status.SKIPPED}


@pytest.mark.parametrize("rows", [400, 2000])
def test_the_gates_are_those_that_the_audit_judges(rows: int) -> None:
    expected, report = outcome(rows)
    gates = {gate.metric: gate for gate in expected.outlooks if gate.gate == "correlation"}
    found = judged(report)

    assert set(gates) == set(found)
    assert ("correlation.customer.score.income.VIP" in gates) is (rows == 2000)  # 80 rows are not judged
    for name, gate in gates.items():
        assert gate.probability is not None
        assert gate.probability > 0.999
        assert gate.effective == pytest.approx(found[name].effective)
    assert expected.exit_code == report.exit_code == 0
    assert f"all {len(gates)} gates pass" in expected.verdict


def test_the_report_shows_prediction_and_outcome() -> None:
    _, report = outcome(2000)
    section = report.text(width=200, verbose=True)
    shown = judged(report)["correlation.customer.order.income"]

    assert "order per customer with income" in section
    assert f"{shown.estimate:.3g}" in section


def test_numbers_of_rows_and_what_follows_from_hidden_columns_are_promised() -> None:
    found = {
        (each.column or each.rows, each.other or len(each.below)): each.cells[0].declared
        for each in compile_contract(compile_plan(load(SCHEMA))).correlations
    }

    assert found["order", "income"] == 0.5
    assert found["age", "income"] == pytest.approx(0.8 * 0.6)
    assert found["minutes", 1] == pytest.approx(0.7**2)
    assert ("minutes", "level") not in found


def test_reasons_are_told_for_what_is_not_audited() -> None:
    found = [each for each in declared_correlations(compile_plan(load(SCHEMA))) if each.promise is None]

    assert {each.why for each in found} == {"customer.level is hidden"}
    assert {each.drawn.name for each in found} == {"customer.income", "customer.age", "visit.minutes"}


def swapped(data: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the data with the orders of each customer given to another one."""
    ids = data["customer"]["id"].to_numpy()
    to = dict(zip(ids.tolist(), np.random.default_rng(1).permutation(ids).tolist(), strict=True))
    return {**data, "order": data["order"].with_columns(pl.col("id").replace_strict(to)).sort("id", "n")}


def shuffled(column: str, table: str) -> Any:
    return lambda data: {**data, table: data[table].with_columns(pl.col(column).shuffle(seed=1))}


@pytest.mark.parametrize(
    ("broken", "finding"),
    [
        (swapped, "correlation.customer.order.income"),
        (shuffled("age", "customer"), "correlation.customer.age.income"),
        (shuffled("minutes", "visit"), "correlation.visit.minutes.alike.id"),
    ],
)
def test_what_is_lost_is_found(broken: Any, finding: str) -> None:
    contract = compile_contract(compile_plan(load(SCHEMA)))
    report = validator.audit(broken(dict(dataset(SCHEMA))), contract, threads=1)

    assert judged(report)[finding].status is Status.FAIL


@pytest.mark.parametrize(("r", "rows", "told"), [(0.1, 500, True), (0.1, 20_000, False), (0.6, 500, False)])
def test_rows_that_could_not_show_a_loss_are_told(r: float, rows: int, told: bool) -> None:
    schema = f"""
fanwise: 1
name: pair
tables:
  t:
    rows: {rows}
    key: id
    columns: {{id: {{sequence: {{}}}}, a: {{normal: {{mean: 0, sd: 1}}}}, b: {{normal: {{mean: 0, sd: 1}}, correlate: {{a: {r}}}}}}}
"""
    expected = forecast(compile_plan(load(schema)))
    advice = [gate.advice for gate in expected.outlooks]

    assert bool(advice[0]) is told
    assert expected.exit_code == 0
    if told:
        needed = int(advice[0].rpartition("make ")[2].partition(" ")[0].replace(",", ""))
        assert forecast(compile_plan(load(schema), rows={"t": needed})).outlooks[0].advice == ""
        assert forecast(compile_plan(load(schema), rows={"t": int(needed * 0.9)})).outlooks[0].advice != ""


UNEQUAL = """
fanwise: 1
name: awards
tables:
  player: {rows: 2500, key: id, columns: {id: {sequence: {}}}}
  award:
    parent: player
    fanout: {negbin: {mean: 0.6, k: 0.05}}
    columns:
      id: {parent: id}
      x: {normal: {mean: 5, sd: 1}, alike: {player: 0.6}}
      year: {integer: {min: 1871, max: 2020}, alike: {player: 0.94}}
"""


def test_a_few_parents_with_most_of_the_rows_are_no_fault() -> None:
    """The share of pairs that a few parents have varies, and with it how far their values lie from the middle."""
    found = []
    for seed in range(12):
        contract = compile_contract(compile_plan(load(UNEQUAL), seed=seed))
        made = dataset(UNEQUAL, seed=seed)
        report = validator.audit({name: made[name] for name in made.tables}, contract)
        found += [each for each in report.findings if each.check == "correlation"]

    assert len(found) == 24
    assert all(-1 <= (each.estimate or 0) <= 1 for each in found)
    assert {each.status for each in found} <= {Status.PASS, Status.SKIPPED, Status.WARN}
    assert sum(each.status is Status.WARN for each in found) <= 1

"""Ordinary schemas of four domains pass without hiding a column from the audit, and the forecast says so before."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl
import pytest

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract, warnings
from fanwise.generator.audit.forecast import forecast
from fanwise.generator.engine.local import generate
from fanwise.generator.language import Dataset, load
from fanwise.generator.plan import compile_plan
from fanwise.validator import Report, Status

pytestmark = pytest.mark.system

DOMAINS = sorted((Path(__file__).parent / "domains").glob("*.yaml"))
SEEDS = range(1, 4)


@cache
def dataset(path: Path) -> Dataset:
    return load(path)


def audited(path: Path, *, seed: int, scale: float = 1.0, gates: validator.Gates | None = None) -> Report:
    plan = compile_plan(dataset(path), seed=seed, scale=scale)
    chunks = list(generate(plan, threads=1))
    frames = {name: pl.concat([chunk[name] for chunk in chunks if name in chunk]) for name in plan.tables}
    return validator.audit(frames, compile_contract(plan), threads=1, gates=gates)


def test_there_are_four() -> None:
    assert [path.stem for path in DOMAINS] == ["bank", "hospital", "iot", "saas"]


@pytest.mark.parametrize("path", DOMAINS, ids=lambda path: path.stem)
def test_the_forecast_and_the_audit_agree_that_nothing_is_wrong(path: Path) -> None:
    plan = compile_plan(dataset(path))
    expected = forecast(plan)

    assert not any(column.hidden for table in plan.dataset.tables.values() for column in table.columns.values())
    assert warnings(plan) == ()
    assert (expected.exit_code, expected.unknown) == (0, ())
    for seed in SEEDS:
        report = audited(path, seed=seed)
        wrong = report.with_status(Status.FAIL, Status.INCONCLUSIVE, Status.ERROR, Status.WARN)
        assert [(seed, finding.id, finding.message) for finding in wrong] == []


@pytest.mark.parametrize("path", DOMAINS, ids=lambda path: path.stem)
def test_the_forecast_and_the_audit_agree_that_the_data_are_too_few(path: Path) -> None:
    expected = forecast(compile_plan(dataset(path), scale=0.02))
    outcomes = [audited(path, seed=seed, scale=0.02).status for seed in SEEDS]

    assert expected.exit_code == 3
    assert set(outcomes) == {Status.INCONCLUSIVE}
    assert audited(path, seed=1, scale=0.02, gates="integrity").exit_code == 0


def test_what_churn_moves_is_a_consequence_and_no_leak() -> None:
    saas = next(path for path in DOMAINS if path.stem == "saas")
    contract = compile_contract(compile_plan(dataset(saas)))
    watched = {metric.id for metric in validator.metrics_of(contract) if metric.role == "watch"}

    assert {"invoice.account_id", "payment.invoice_id"} <= set(contract.axes["plan"].unwatched)
    assert {name.rpartition(".")[2] for name in watched} >= {"discount", "delay_days"}

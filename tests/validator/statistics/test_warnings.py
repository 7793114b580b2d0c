"""Correct data of the ready datasets have no warning in at least 95 of 100 seeds."""

from __future__ import annotations

import polars as pl
import pytest

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.engine.local import generate
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan

pytestmark = pytest.mark.system

SEEDS = 100
MOST = 5
SCALES = {"ecommerce": 0.3, "habits": 0.1, "marketplace": 0.2, "tpch": 0.02}


@pytest.mark.slow
@pytest.mark.parametrize("name", SCALES)
def test_a_correct_data_set_has_no_warning(name: str) -> None:
    dataset = load(name)
    warned: dict[int, list[str]] = {}
    for seed in range(SEEDS):
        plan = compile_plan(dataset, seed=seed, scale=SCALES[name])
        chunks = list(generate(plan, threads=1))
        frames = {table: pl.concat([chunk[table] for chunk in chunks if table in chunk]) for table in plan.tables}
        report = validator.audit(frames, compile_contract(plan), threads=1)
        found = [finding.id for finding in report.with_status(validator.Status.WARN)]
        if found:
            warned[seed] = found

    assert len(warned) <= MOST, warned

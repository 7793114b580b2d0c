"""Every fault of the table is caught by the gate of a real run; healthy runs of the same schemas are not."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.columns.support import cell_law
from fanwise.generator.engine.local import generate
from fanwise.generator.language import Dataset, load
from fanwise.generator.plan import compile_plan
from fanwise.generator.run.options import RunOptions, RunResult
from fanwise.generator.run.run import run
from tests.mutants.fault import Fault
from tests.mutants.faults import CAUGHT, FAULTS, UNSEEN
from tests.mutants.schemas import SCHEMAS

pytestmark = pytest.mark.system

HEALTHY_SEEDS = (1,)
GATES = {validator.Status.FAIL, validator.Status.ERROR, validator.Status.INCONCLUSIVE}


@cache
def dataset(name: str) -> Dataset:
    return load(SCHEMAS.get(name, name))


def run_with(fault: Fault, folder: Path) -> RunResult:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cell_law, "_made", cell_law._Asked.law)  # a law that was solved before would hide a wrong solver
        fault.plant(patch)
        return run(dataset(fault.schema), RunOptions(out=folder / "out", **fault.options))


def told(result: RunResult) -> Iterator[str]:
    """Yield what a run says is wrong: `STATUS id` of findings, `forecast …` of what the plan already tells."""
    if result.report is not None:
        yield from (f"{finding.status} {finding.id}" for finding in result.report.findings)
    elif result.forecast is not None:
        yield from (f"forecast {contradiction.message}" for contradiction in result.forecast.contradictions)
        yield from (f"forecast {outlook.label}: {outlook.pair}" for outlook in result.forecast.weak)


def test_the_table_has_what_was_promised() -> None:
    assert len(CAUGHT) >= 30
    assert FAULTS[0].name == "seed_bug"
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


@pytest.mark.parametrize("fault", CAUGHT, ids=lambda fault: fault.name)
def test_a_fault_is_caught_and_named(fault: Fault, tmp_path: Path) -> None:
    result = run_with(fault, tmp_path)
    wanted = fault.finding if fault.finding.startswith("forecast ") else f"{fault.status} {fault.finding}"

    assert result.exit_code == fault.exit_code
    assert [text for text in told(result) if fnmatchcase(text, wanted)], list(told(result))
    assert result.manifest is None
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("fault", UNSEEN, ids=lambda fault: fault.name)
def test_what_no_promise_covers_is_not_seen(fault: Fault, tmp_path: Path) -> None:
    """The blind spots, each with its reason in the table: one that begins to be seen belongs among the caught."""
    assert run_with(fault, tmp_path).exit_code == 0


@pytest.mark.parametrize("schema", sorted({fault.schema for fault in FAULTS}))
def test_healthy_data_raise_no_alarm(schema: str) -> None:
    for seed in HEALTHY_SEEDS:
        plan = compile_plan(dataset(schema), seed=seed)
        chunks = list(generate(plan, threads=1))
        frames = {name: pl.concat([chunk[name] for chunk in chunks if name in chunk]) for name in plan.tables}
        report = validator.audit(frames, compile_contract(plan), threads=1)

        assert [finding.id for finding in report.findings if finding.status in GATES] == []


@pytest.mark.parametrize("options", [{}, {"chunk_rows": 4000}, {"format": "csv"}], ids=repr)
def test_healthy_runs_are_published(options: dict[str, object], tmp_path: Path) -> None:
    result = run(dataset("ecommerce"), RunOptions(out=tmp_path / "out", **options))  # type: ignore[arg-type]

    assert result.exit_code == 0
    assert (tmp_path / "out" / "manifest.json").exists()

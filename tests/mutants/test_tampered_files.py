"""Each tampered file is seen for what it is, and where a manifest is at hand, as changed; healthy files pass."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.engine.local import generate
from fanwise.generator.language import load
from fanwise.generator.output.manifest import read_manifest
from fanwise.generator.plan import Plan, compile_plan
from fanwise.generator.run.run import RunOptions, run
from fanwise.validator import Finding, Status
from tests.mutants.tampered import STORE, TAMPERED, Tampered

pytestmark = pytest.mark.system

LOOKS = {"distribution", "mix", "null_share", "association", "leak"}
"""Checks that only warn."""


@cache
def plan(seed: int = 11) -> Plan:
    return compile_plan(load(STORE), seed=seed)


@cache
def frames(seed: int = 11) -> dict[str, pl.DataFrame]:
    chunks = list(generate(plan(seed), threads=1))
    return {name: pl.concat([chunk[name] for chunk in chunks if name in chunk]) for name in plan(seed).tables}


def wanted(findings: tuple[Finding, ...], status: str, finding: str) -> Iterator[str]:
    for found in findings:
        if found.status == status and found.id.startswith(finding):
            yield found.id


def test_the_battery_has_what_was_promised() -> None:
    assert len(TAMPERED) >= 30
    assert len({fault.name for fault in TAMPERED}) == len(TAMPERED)


@pytest.mark.parametrize("fault", TAMPERED, ids=lambda fault: fault.name)
def test_tampered_data_are_seen(fault: Tampered) -> None:
    report = validator.audit(fault.change(frames()), compile_contract(plan()), threads=1)

    assert list(wanted(report.findings, fault.status, fault.finding)), [
        f"{found.status} {found.id}" for found in report.findings if found.status is not Status.PASS
    ]


@pytest.mark.parametrize("seed", range(1, 9))
def test_healthy_data_are_not_accused(seed: int) -> None:
    report = validator.audit(frames(seed), compile_contract(plan(seed)), threads=1)

    assert report.exit_code == 0
    assert [found.id for found in report.findings if found.check in LOOKS and found.status is not Status.PASS] == []


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store") / "out"
    assert run(load(STORE), RunOptions(out=folder)).exit_code == 0
    return folder


@pytest.mark.parametrize("fault", TAMPERED[::5], ids=lambda fault: fault.name)
def test_a_manifest_tells_that_a_file_was_changed(fault: Tampered, published: Path, tmp_path: Path) -> None:
    """The manifest says that a file is another one; the check of the fault says what is wrong with it."""
    changed = fault.change(frames())
    for name, frame in changed.items():
        original = pl.read_parquet(published / f"{name}.parquet")
        target = tmp_path / f"{name}.parquet"
        same = frame.equals(original)
        target.write_bytes((published / f"{name}.parquet").read_bytes()) if same else frame.write_parquet(target)
    manifest = read_manifest(published)
    listed = {
        name: validator.StoredTable(
            table.rows, tuple(validator.StoredFile(f.path, f.rows, f.bytes, f.sha256) for f in table.files)
        )
        for name, table in manifest.tables.items()
    }
    report = validator.audit(tmp_path, compile_contract(plan()), manifest=listed, threads=1)

    assert list(wanted(report.findings, "FAIL", "manifest."))
    assert list(wanted(report.findings, fault.status, fault.finding))

"""Each tampered file is seen for what it is, and where a manifest is at hand, as changed; healthy files pass.

Most faults touch one column, so one audit judges dozens of them: a finding names its column. The slow test writes each
fault by itself.
"""

from __future__ import annotations

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
from fanwise.validator import Report, Status, StoredTable
from tests.mutants.store import Frames, Tampered, packed
from tests.mutants.tampered import STORE, TAMPERED

pytestmark = pytest.mark.system

LOOKS = {"distribution", "timing", "mix", "null_share", "association", "leak", "dispersion"}
"""Checks that only warn."""
SEVERITY = {Status.WARN: 1, Status.INCONCLUSIVE: 2, Status.FAIL: 3}
QUICK = 3  # faults of a pack from which on it is judged by default

PACKS = [pack for pack in packed(TAMPERED) if len(pack) >= QUICK]


@cache
def plan(seed: int = 11) -> Plan:
    return compile_plan(load(STORE), seed=seed)


@cache
def frames(seed: int = 11) -> Frames:
    chunks = list(generate(plan(seed), threads=1))
    return {name: pl.concat([chunk[name] for chunk in chunks if name in chunk]) for name in plan(seed).tables}


def tampered(pack: list[Tampered]) -> Frames:
    """Return the tables with every fault of a pack; each is written into what was generated."""
    found = dict(frames())
    for fault in pack:
        changed = fault.change(frames())
        for table, own in (place.split(".") for place in fault.touches):
            column = changed[table].columns.index(own) if own in changed[table].columns else None
            found[table] = (
                found[table].drop(own)
                if column is None
                else found[table].with_columns(changed[table].to_series(column).alias(own))
            )
    return found


def unseen(report: Report, fault: Tampered) -> str:
    """Return what was said in place of what must be said of a fault; empty where it was seen."""
    said = {each.id: each.status for each in report.findings if each.status not in (Status.PASS, Status.SKIPPED)}
    if not fault.finding:
        return ", ".join(said)
    least = SEVERITY[Status(fault.status)]
    seen = any(SEVERITY.get(status, 0) >= least for name, status in said.items() if name.startswith(fault.finding))
    return "" if seen else f"{fault.name}: {fault.status} {fault.finding} expected, got {said}"


def test_the_battery_has_what_was_promised() -> None:
    assert len(TAMPERED) >= 160
    assert len({fault.name for fault in TAMPERED}) == len(TAMPERED)
    assert sum(map(len, PACKS)) >= 110


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: f"{pack[0].name}-and-{len(pack) - 1}")
def test_tampered_data_are_seen(pack: list[Tampered]) -> None:
    report = validator.audit(tampered(pack), compile_contract(plan()), threads=1)

    assert list(filter(None, (unseen(report, fault) for fault in pack))) == []


@pytest.mark.parametrize("seed", range(1, 5))
def test_healthy_data_are_not_accused(seed: int) -> None:
    report = validator.audit(frames(seed), compile_contract(plan(seed)), threads=1)

    assert report.exit_code == 0
    assert [found.id for found in report.findings if found.check in LOOKS and found.status is not Status.PASS] == []


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store") / "out"
    assert run(load(STORE), RunOptions(out=folder)).exit_code == 0
    return folder


def written(changed: Frames, published: Path, folder: Path) -> dict[str, StoredTable]:
    """Write tables beside the others of a run, and return what the manifest of the run lists."""
    for name, original in frames().items():
        target, found = folder / f"{name}.parquet", changed.get(name)
        same = found is not None and found.schema == original.schema and found.equals(original)
        target.unlink(missing_ok=True)
        if same:
            target.write_bytes((published / target.name).read_bytes())
        elif name in changed:
            changed[name].write_parquet(target)
    return {
        name: StoredTable(
            table.rows, tuple(validator.StoredFile(f.path, f.rows, f.bytes, f.sha256) for f in table.files)
        )
        for name, table in read_manifest(published).tables.items()
    }


@pytest.mark.parametrize("fault", [TAMPERED[0], TAMPERED[-2], TAMPERED[-1]], ids=lambda fault: fault.name)
def test_a_manifest_tells_that_a_file_was_changed(fault: Tampered, published: Path, tmp_path: Path) -> None:
    """The manifest says that a file is another one; the check of the fault says what is wrong with it."""
    with_and_without(fault, published, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("fault", TAMPERED, ids=lambda fault: fault.name)
def test_each_fault_in_files_with_the_manifest_and_without(fault: Tampered, published: Path, tmp_path: Path) -> None:
    with_and_without(fault, published, tmp_path)


def with_and_without(fault: Tampered, published: Path, folder: Path) -> None:
    listed, contract = written(fault.change(frames()), published, folder), compile_contract(plan())

    assert unseen(validator.audit(folder, contract, threads=1), fault) == ""

    report = validator.audit(folder, contract, manifest=listed, threads=1)
    assert any(found.id.startswith("manifest.") for found in report.with_status(Status.FAIL))
    assert not fault.finding or unseen(report, fault) == ""

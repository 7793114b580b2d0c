"""What `gen audit` does: find out what is promised, judge the data, tell the verdict, keep the reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fanwise import validator
from fanwise.generator.cli.answers import keep_contract, known_contract
from fanwise.generator.cli.progress import watching
from fanwise.generator.cli.questions import Question
from fanwise.generator.cli.reports import Targets, report_targets, report_text, tell_github, write_reports, written
from fanwise.generator.cli.screen import Screen
from fanwise.generator.errors import OutputError, UsageError
from fanwise.generator.language.literals import Gates
from fanwise.generator.output.manifest import APPLIED, MANIFEST, Manifest, read_manifest
from fanwise.io.tables import database_of

if TYPE_CHECKING:
    from fanwise.generator.language import Dataset
    from fanwise.generator.plan import Plan

__all__ = ["Promised", "audit_data", "contract_for"]


@dataclass(frozen=True, slots=True)
class Promised:
    """What data are judged by: a schema, the file of a contract, or reference data. save: where its contract goes."""

    schema: str | None = None
    contract: Path | None = None
    like: str | None = None
    by: str | None = None
    save: Path | None = None

    def check(self) -> None:
        """Raise UsageError unless exactly one is given, with options that belong to it."""
        if [self.schema, self.contract, self.like].count(None) != 2:
            why = "one of --schema, --contract and --like is needed"
            raise UsageError("FW-USAGE-CONFLICT", why, "give the schema or contract of the data, or reference data")
        for option, value in (("--by", self.by), ("--save", self.save)):
            if value is not None and self.like is None:
                raise UsageError("FW-USAGE-CONFLICT", f"{option} needs --like", "add --like REAL")
        if self.save is not None and self.save.exists():
            raise OutputError("FW-OUTPUT-EXISTS", "exists and is not replaced", "choose another name", str(self.save))

    def load(self, screen: Screen, source: str) -> validator.Contract:
        """Return the contract that is not a schema's; the one of reference data is kept where that is wanted."""
        if self.like is None:
            return validator.load_contract(str(self.contract))
        from fanwise.inference.likeness import contract_like

        found = contract_like(self.like, self.by, judged=source, tell=screen.note)
        if self.save is not None:
            import yaml

            written(
                self.save, yaml.safe_dump(validator.to_dict(found), sort_keys=False, allow_unicode=True), replace=False
            )
            screen.note(f"Wrote {self.save}")
        return found


def audit_data(
    screen: Screen,
    source: str,
    promised: Promised,
    *,
    baseline: Path | None = None,
    reports: Sequence[str] = (),
    gates: Gates | None = None,
) -> int:
    """Audit a folder, a DuckDB file or a database; return the exit code of the audit, whatever the baseline says."""
    promised.check()
    targets = report_targets(reports, machine=screen.machine)
    older = validator.load_baseline(baseline) if baseline is not None else None
    if promised.schema is not None:
        manifest = _manifest_of(source)
        promise = _contract_of(screen, promised.schema, manifest)
    else:
        promise = promised.load(screen, source)
        manifest = _manifest_beside(screen, source)
    with watching(screen) as observer:
        observer.begin("audit")
        report = validator.audit(source, promise, manifest=_stored(manifest), gates=gates, progress=observer.step)
    if older is not None:
        report = report.against(older)
    _tell(screen, report, targets)
    write_reports(report, targets.files)
    return report.exit_code


def contract_for(
    source: str, promised: Promised, dataset: Dataset | None
) -> tuple[validator.Contract, dict[str, validator.StoredTable]]:
    """Return the contract of data without saying anything, and what their manifest lists. dataset: of a schema."""
    manifest = _manifest_of(source)
    if dataset is not None:
        return _of_data(_compiled(dataset, manifest)[1], manifest), _stored(manifest)
    return validator.load_contract(str(promised.contract)), _stored(manifest)


def _tell(screen: Screen, report: validator.Report, targets: Targets) -> None:
    if screen.machine:
        screen.document(report.to_dict())
    elif targets.github:
        tell_github(screen, report, report_text(screen, report))
    else:
        screen.result(report_text(screen, report))


def _contract_of(screen: Screen, schema: str, manifest: Manifest | None) -> validator.Contract:
    """Return the contract of a schema for data that may tell by their manifest how they were made."""
    asked = (
        Question.of(None, 1.0, ()) if manifest is None else Question.of(manifest.seed, manifest.scale, manifest.rows)
    )
    found = None if asked is None else known_contract(asked, schema)
    sha256, promise = _compiled_from(schema, manifest, asked) if found is None else found
    if manifest is not None and manifest.schema_sha256 != sha256:
        screen.note(f"note: the data was generated from another version of {schema}")
    return _of_data(promise, manifest)


def _compiled_from(schema: str, manifest: Manifest | None, asked: Question | None) -> tuple[str, validator.Contract]:
    """Return the SHA-256 of a schema and its contract, which is kept under what is asked."""
    from fanwise.generator.language import load

    plan, promise = _compiled(load(schema), manifest)
    if asked is not None:
        keep_contract(asked, plan, promise)
    return plan.dataset.sha256, promise


def _compiled(dataset: Dataset, manifest: Manifest | None) -> tuple[Plan, validator.Contract]:
    from fanwise.generator.audit.contract import compile_contract  # a contract of its own needs no generator
    from fanwise.generator.plan import compile_plan

    if manifest is None:
        plan = compile_plan(dataset)
    else:
        plan = compile_plan(dataset, seed=manifest.seed, scale=manifest.scale, rows=manifest.rows)
    return plan, compile_contract(plan)


def _of_data(promise: validator.Contract, manifest: Manifest | None) -> validator.Contract:
    """Return the contract without the defects that the data does not have, as its manifest says."""
    return promise if manifest is None or manifest.defects == APPLIED else replace(promise, defects=())


def _manifest_of(source: str) -> Manifest | None:
    """Return the manifest that lies with the data, or None where there is none."""
    if "://" in source:
        return _delivered(source)
    path = Path(source)
    kind = database_of(path) or ("delta" if any(path.glob("*/_delta_log")) else None)
    if kind is not None:
        return _delivered(f"{kind}:///{source}")
    return read_manifest(path) if (path / MANIFEST).exists() else None


def _delivered(url: str) -> Manifest | None:
    from fanwise.generator.output.destinations import stored_manifest  # every destination, which files do not need

    return stored_manifest(url)


def _manifest_beside(screen: Screen, source: str) -> Manifest | None:
    """Return the manifest of local data with a contract of their own; one of another program is left alone."""
    if "://" in source:
        return None
    try:
        return _manifest_of(source)
    except OutputError as error:
        screen.note(f"note: not compared with a manifest: {error}")
        return None


def _stored(manifest: Manifest | None) -> dict[str, validator.StoredTable]:
    """Return what a manifest lists, in the terms of the audit."""
    tables = manifest.tables.items() if manifest is not None else ()
    return {
        name: validator.StoredTable(
            table.rows,
            tuple(validator.StoredFile(file.path, file.rows, file.bytes, file.sha256) for file in table.files),
        )
        for name, table in tables
    }

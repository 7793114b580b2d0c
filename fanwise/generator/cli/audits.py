"""What `gen audit` does: find out what is promised, judge the data, tell the verdict, keep the reports."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.cli.reports import Targets, report_targets, report_text, tell_github, write_reports
from fanwise.generator.cli.screen import Screen
from fanwise.generator.errors import OutputError, UsageError
from fanwise.generator.language import load
from fanwise.generator.language.spec import Gates
from fanwise.generator.output.destinations import stored_manifest
from fanwise.generator.output.manifest import MANIFEST, Manifest, read_manifest
from fanwise.generator.plan import compile_plan
from fanwise.io.tables import database_of

__all__ = ["audit_data"]


def audit_data(
    screen: Screen,
    source: str,
    schema: str | None,
    contract: Path | None,
    *,
    baseline: Path | None = None,
    reports: Sequence[str] = (),
    gates: Gates | None = None,
) -> int:
    """Audit a folder, a DuckDB file or a database; return the exit code of the audit, whatever the baseline says."""
    if (schema is None) == (contract is None):
        raise UsageError(
            "FW-USAGE-CONFLICT", "one of --schema and --contract is needed", "give the schema or contract of the data"
        )
    targets = report_targets(reports)
    if targets.github and screen.machine:
        raise UsageError(
            "FW-USAGE-CONFLICT", "--report github and --json both write to standard output", "use --report FILE.json"
        )
    older = validator.load_baseline(baseline) if baseline is not None else None
    if schema is not None:
        manifest = _manifest_of(source)
        promise = _contract_of(screen, schema, manifest)
    else:
        promise = validator.load_contract(str(contract))
        manifest = _manifest_beside(screen, source)
    report = validator.audit(source, promise, manifest=_stored(manifest), gates=gates)
    if older is not None:
        report = report.against(older)
    _tell(screen, report, targets)
    write_reports(report, targets.files)
    return report.exit_code


def _tell(screen: Screen, report: validator.Report, targets: Targets) -> None:
    if screen.machine:
        screen.document(report.to_dict())
    elif targets.github:
        tell_github(screen, report, report_text(screen, report))
    else:
        screen.result(report_text(screen, report))


def _contract_of(screen: Screen, schema: str, manifest: Manifest | None) -> validator.Contract:
    """Return the contract of a schema for data that may tell by their manifest how they were made."""
    dataset = load(schema)
    if manifest is None:
        return compile_contract(compile_plan(dataset))
    if manifest.schema_sha256 != dataset.sha256:
        screen.note(f"note: the data was generated from another version of {schema}")
    return compile_contract(compile_plan(dataset, seed=manifest.seed, scale=manifest.scale, rows=manifest.rows))


def _manifest_of(source: str) -> Manifest | None:
    """Return the manifest that lies with the data, or None where there is none."""
    if "://" in source:
        return stored_manifest(source)
    path = Path(source)
    kind = database_of(path) or ("delta" if any(path.glob("*/_delta_log")) else None)
    if kind is not None:
        return stored_manifest(f"{kind}:///{source}")
    return read_manifest(path) if (path / MANIFEST).exists() else None


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

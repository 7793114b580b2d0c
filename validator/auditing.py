"""The audit: files and a contract become evidence, findings and a report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from validator.checking import run_check
from validator.checks import BUILTIN
from validator.contract import Contract
from validator.errors import QueryError
from validator.evidence import Evidence
from validator.findings import Finding, Severity, Status
from validator.loading import check_contract, load_contract
from validator.metrics import Measure, Metric
from validator.report.collecting import collect, measures_shown
from validator.report.model import Report
from validator.warehouse import Fault, Frame, Warehouse

if TYPE_CHECKING:
    from validator.forecasting import Forecast

__all__ = ["audit"]


def audit(
    source: str | Path | Mapping[str, Frame],
    contract: Contract | Mapping[str, Any] | str | Path,
    *,
    threads: int | None = None,
    memory_limit: str = "768MB",
    forecast: Forecast | None = None,
) -> Report:
    """Judge the data in `source` by `contract`.

    source: a folder with the tables' files (Parquet, CSV, JSON lines, Arrow IPC; single files or folders of parts),
    or a mapping from table names to frames (anything with an Arrow stream, such as a polars.DataFrame). contract: a
    Contract, its mapping, or the path of its YAML or JSON file. threads, memory_limit: DuckDB's; the result does not
    depend on them.
    forecast: what was predicted for these data; it adds the effective ratios, and never changes a status.

    Raises ContractError for a contract that cannot be used and SourceError for a folder that is not there; whatever is
    wrong with the data is a finding.
    """
    if isinstance(contract, Contract):
        check_contract(contract)
    else:
        contract = load_contract(contract)
    with Warehouse.open(source, contract, threads=threads, memory_limit=memory_limit) as warehouse:
        evidence = Evidence(warehouse, contract)
        _read_through(evidence)
        findings = [finding for check in BUILTIN for finding in run_check(check(), evidence)]
        measures, errors = _measured(evidence)
        predicted = _effective([*findings, *errors], forecast)
        return collect(evidence, predicted, measures, forecast)


def _effective(findings: list[Finding], forecast: Forecast | None) -> list[Finding]:
    """Add to each finding of a pair the ratio that the plan gives it, after bounds."""
    if forecast is None:
        return findings
    ratios = {(gate.metric, gate.pair): gate.effective for gate in forecast.outlooks}
    return [replace(each, effective=ratios.get((each.metric, "/".join(each.pair)))) for each in findings]


def _read_through(evidence: Evidence) -> None:
    """Read every table once; one that cannot be read to its end is a single fault, not one of each check."""
    for table in list(evidence.warehouse.columns):
        try:
            evidence.profile(table)
        except QueryError as error:
            hint = "the file is damaged; write it again."
            evidence.warehouse.faults[table] = Fault(Status.ERROR, f"table {table} cannot be read: {error}", hint)


def _measured(evidence: Evidence) -> tuple[dict[Measure, list[Metric]], list[Finding]]:
    """Ask everything that the report shows; what cannot be asked is an ERROR finding instead of a section."""
    kept: dict[Measure, list[Metric]] = {}
    errors: list[Finding] = []
    for measure, metrics in measures_shown(evidence).items():
        try:
            for _ in _asked(evidence, measure):
                pass
        except QueryError as error:
            identity = f"measured.{metrics[0].id}"
            message = f"{measure.label} by {measure.axis} could not be measured: {error}"
            errors.append(Finding(identity, "measured", Status.ERROR, message, Severity.EFFECT, metric=metrics[0].id))
        else:
            kept[measure] = metrics
    return kept, errors


def _asked(evidence: Evidence, measure: Measure) -> Iterator[object]:
    yield evidence.estimates(measure)
    if measure.aggregate != "share":
        yield evidence.spreads(measure)

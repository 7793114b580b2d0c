"""The audit: files and a contract become evidence, findings and a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from fanwise.validator.checks import PAIRWISE, checks
from fanwise.validator.checks.base import AuditCheck, run_check
from fanwise.validator.contract.load import check_contract, load_contract
from fanwise.validator.contract.model import Contract, Gates, StoredTable
from fanwise.validator.data.counted_shares import with_counted_shares
from fanwise.validator.data.warehouse import DEFECTS_SQL, Warehouse, dirty_sql
from fanwise.validator.errors import ContractError, Problem
from fanwise.validator.findings import Finding, Status
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.row_rules import ride_of_rules
from fanwise.validator.measures.uniqueness import ride_of_keys
from fanwise.validator.report.collect import Shown, ask_for_report, collect, collect_effects
from fanwise.validator.report.model import Months, Report
from fanwise.validator.sql.undo import undo_sql

if TYPE_CHECKING:
    from fanwise.io.tables import Location
    from fanwise.validator.forecasting.forecast import Forecast

__all__ = ["Progress", "audit", "measure"]

Progress = Callable[[str, int, int], None]
"""Called with the name of the next check, the number of checks that are done, and of all."""

_RIDES = (ride_of_rules, ride_of_keys)
_MEMORY = "768MB"


def audit(
    source: Location,
    contract: Contract | Mapping[str, Any] | str | Path,
    *,
    threads: int | None = None,
    memory_limit: str = _MEMORY,
    forecast: Forecast | None = None,
    manifest: Mapping[str, StoredTable] | None = None,
    gates: Gates | None = None,
    months: Sequence[tuple[str, str]] | None = None,
    progress: Progress | None = None,
) -> Report:
    """Judge the data in `source` by `contract`.

    source: a folder with the tables' files (Parquet, CSV, JSON lines, Arrow IPC, Delta; single files or folders of
    parts), or one such file; a DuckDB or SQLite file, which is opened read-only, or an open DuckDB connection;
    `postgresql://USER@HOST/NAME[?schema=NAME]`, `delta:///FOLDER`; or a mapping from table names to frames (anything
    with an Arrow stream: polars, pandas, pyarrow).

    contract: a Contract, its mapping, or the path of its YAML or JSON file.

    threads, memory_limit: DuckDB's; the result does not depend on them.

    forecast: what was predicted for these data; it adds the effective ratios, and never changes a status.

    manifest: what was written, by table, to compare rows and files with; `gen audit` reads it from beside the data.

    gates: what can fail the audit, in place of what the contract says: "all", "integrity" (keys, references, nulls,
    types, conditions), or "none". Everything else is measured and reported; data that cannot be read never passes.

    months: for the answer key, also count by month: every metric, and the rows of these columns of instants
    (table, column).

    progress: called before each check; checks take from no time to most of it.

    Raises ContractError for a contract that cannot be used and SourceError for a source that cannot be opened;
    whatever is wrong with the data is a finding.
    """
    if gates is not None and gates not in get_args(Gates):
        raise ContractError(Problem("FW-USAGE-VALUE", f"'{gates}' is not all, integrity or none", path="gates"))
    if isinstance(contract, Contract):
        check_contract(contract)
    else:
        contract = load_contract(contract)
    contract = replace(contract, gates=gates or contract.gates)
    undo = partial(_undo, contract)
    with Warehouse.open(source, contract, threads=threads, memory_limit=memory_limit, undo=undo) as warehouse:
        contract = with_counted_shares(warehouse, contract)
        evidence = Evidence(warehouse, contract, manifest or {}, _folder(source), _RIDES)
        findings, shown = _asked(evidence, progress)
        if any(finding.status is Status.ERROR for finding in findings) and evidence.read_through():
            # A damaged file is one fault of its table, not one of each question about it.
            findings, shown = _asked(evidence, progress)
        report = replace(collect(evidence, _effective(findings, forecast), shown, forecast), data=_name(source))
        return report if months is None else replace(report, months=_by_month(evidence, report, months))


def measure(source: Location, contract: Contract) -> Report:
    """Return what an audit says of the segments in `source`: their rows, means, spreads and pairs.

    This takes a fraction of the time of an audit. Nothing else is looked at, and nothing can fail.
    source, contract, errors: as in `audit`.
    """
    check_contract(contract)
    contract = replace(contract, gates="none")
    with Warehouse.open(source, contract, threads=None, memory_limit=_MEMORY, undo=partial(_undo, contract)) as opened:
        evidence = Evidence(opened, with_counted_shares(opened, contract), brief=True)
        findings = [finding for check in PAIRWISE for finding in run_check(check(), evidence)]
        shown, errors = ask_for_report(evidence, ())
        return replace(collect_effects(evidence, [*findings, *errors], shown), data=_name(source))


def _by_month(evidence: Evidence, report: Report, columns: Sequence[tuple[str, str]]) -> Months | None:
    """Return the counts by month; None where the data are so wrong that they cannot be asked."""
    from fanwise.validator.measures.months import month_rows, months_of, rows_in
    from fanwise.validator.report.answers import answered

    if report.exit_code:
        return None
    asked = {metric.id: metric.measure for metric in answered(report, evidence.contract)}
    found = months_of(evidence, list(dict.fromkeys(asked.values())))
    rows = {
        f"{table}.{column}": rows_in(evidence.contract, found, table, column) or month_rows(evidence, table, column)
        for table, column in columns
    }
    return Months({name: found[measure] for name, measure in asked.items() if measure in found}, rows)


def _undo(contract: Contract, table: str, columns: Mapping[str, str]) -> str | None:
    """Return the query that undoes the listed defects of a table; None where it has none, or lacks its key."""
    defects = [each for each in contract.defects if each.table == table]
    key = contract.tables[table].key
    if not defects or not key or not columns.keys() >= set(key):
        return None
    return undo_sql(defects, key, columns, dirty_sql(table), DEFECTS_SQL)


def _name(source: Location) -> str:
    """Return the name of the judged data: the last part of a path or address."""
    text = str(source) if isinstance(source, str | Path) else ""
    return text.partition("?")[0].rstrip("/").rpartition("/")[2] or "data"


def _folder(source: Location) -> Path | None:
    folder = Path(source) if isinstance(source, str | Path) and "://" not in str(source) else None
    return folder if folder is not None and folder.is_dir() else None


def _asked(evidence: Evidence, progress: Progress | None) -> tuple[list[Finding], Shown]:
    """Ask every check, and everything else that the report shows."""
    asked: list[AuditCheck[Any]] = [check() for check in checks()]
    findings: list[Finding] = []
    for done, check in enumerate(asked):
        if progress is not None:
            progress(check.name, done, len(asked))
        findings += run_check(check, evidence)
    shown, errors = ask_for_report(evidence)
    return [*findings, *errors], shown


def _effective(findings: list[Finding], forecast: Forecast | None) -> list[Finding]:
    """Add to each finding of a pair the ratio that the plan gives it, after bounds and rounding."""
    if forecast is None:
        return findings
    ratios = {(gate.metric, gate.pair): gate.effective for gate in forecast.outlooks}
    return [
        replace(each, effective=ratios.get((each.metric, "/".join(each.pair)), each.effective)) for each in findings
    ]

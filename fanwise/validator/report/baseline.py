"""Baselines: what is worse in a report than in an older one of the same data set."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from fanwise.text.numbers import times
from fanwise.validator.errors import BaselineError, Problem
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.report.json import report_schema
from fanwise.validator.report.model import Change, Regression, Regressions, Report

__all__ = ["against", "compare_reports", "load_baseline"]

MOST_BYTES = 1 << 26
_ORDER = (Status.PASS, Status.WARN, Status.SKIPPED, Status.INCONCLUSIVE, Status.FAIL, Status.ERROR)
"""From good to bad."""
_CHANGES: tuple[Change, ...] = ("status", "new", "further", "gone")
_SEVERITIES = tuple(Severity)


def against(report: Report, baseline: str | Path | Mapping[str, Any]) -> Report:
    """Return `report` with what is worse than in `baseline`, a report as JSON values or its file (BaselineError)."""
    older = baseline if isinstance(baseline, Mapping) else load_baseline(baseline)
    return replace(report, baseline=compare_reports(report, older))


def load_baseline(path: str | Path) -> Mapping[str, Any]:
    """Return the report in a JSON file that an earlier audit wrote; raises BaselineError for anything else."""
    file = str(path)
    try:
        if Path(path).stat().st_size > MOST_BYTES:
            raise BaselineError(Problem("FW-USAGE-BASELINE", "is too large for a report", file=file))
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        hint = "give a report that `gen audit --report FILE.json` wrote."
        raise BaselineError(
            Problem("FW-USAGE-BASELINE", f"cannot be read: {error.strerror}", hint, file=file)
        ) from None
    except (ValueError, RecursionError) as error:
        why = f"is not JSON: {error}" if isinstance(error, ValueError) else "is not JSON: nested too deeply"
        raise BaselineError(Problem("FW-USAGE-BASELINE", why[:300], file=file)) from None
    _check(found, file)
    return dict(found)


def _check(found: Any, file: str) -> None:
    """Raise BaselineError unless `found` has what is compared; older reports may lack the rest."""
    from jsonschema import Draft202012Validator

    schema = report_schema()
    finding = schema["$defs"]["finding"]
    needed = {
        "type": "object",
        "required": ["schema_version", "dataset", "checks"],
        "properties": {
            "schema_version": schema["properties"]["schema_version"],
            "dataset": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
            "checks": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["id", "status", "severity", "message", "metric", "pair", "declared", "estimate", "ci"],
                    "properties": finding["properties"],
                },
            },
        },
        "$defs": schema["$defs"],
    }
    error = next(iter(Draft202012Validator(needed).iter_errors(found)), None)
    if error is not None:
        place = ".".join(map(str, error.absolute_path))
        hint = "give a report.json that this program wrote, of version 1."
        raise BaselineError(
            Problem("FW-USAGE-BASELINE", f"is no report: {error.message[:200]}", hint, place, file=file)
        )


def compare_reports(report: Report, baseline: Mapping[str, Any]) -> Regressions:
    """Return what is worse in `report` than in `baseline`, a report as JSON values."""
    before = {str(check["id"]): check for check in baseline["checks"]}
    worse = [*_changed(report, before), *_gone(report, before)]
    worse.sort(key=_rank)
    better = sum(
        finding.id in before and _badness(finding.status) < _badness(Status(before[finding.id]["status"]))
        for finding in report.findings
    )
    return Regressions(str(baseline["dataset"]["name"]), tuple(worse), better)


def _badness(status: Status | None) -> int:
    return _ORDER.index(status) if status is not None else -1


def _rank(regression: Regression) -> tuple[int, int, int, str]:
    """Return the place of a regression in the list: by status, then by what changed, then by what was promised."""
    return (
        -_badness(regression.now),
        _CHANGES.index(regression.change),
        _SEVERITIES.index(regression.severity),
        regression.id,
    )


def _changed(report: Report, before: Mapping[str, Any]) -> Iterator[Regression]:
    moved: set[tuple[str, tuple[str, ...]]] = set()
    for finding in report.findings:
        old = before.get(finding.id)
        was = Status(old["status"]) if old is not None else None
        if _badness(finding.status) > max(_badness(was), 0):
            change: Change = "new" if was is None else "status"
            yield Regression(finding.id, change, was, finding.status, finding.severity, finding.message, finding.hint)
        elif old is not None and (finding.metric, finding.pair) not in moved and _further(finding, old):
            # One pair has a finding of each check that looks at it.
            moved.add((finding.metric, finding.pair))
            message = f"{finding.message} It was {times(old['estimate'])}."
            yield Regression(finding.id, "further", was, finding.status, finding.severity, message)


def _further(finding: Finding, old: Mapping[str, Any]) -> bool:
    """Whether the estimate lies farther from what is declared, and outside of the interval that it had."""
    values = (finding.declared, finding.estimate, old["estimate"])
    if any(value is None or not value > 0 for value in values) or old["declared"] != finding.declared:
        return False
    declared, now, then = (math.log(value) for value in values if value is not None)
    interval = old["ci"]
    inside = interval is not None and _between(interval["low"], finding.estimate, interval["high"])
    return abs(now - declared) > abs(then - declared) and not inside


def _between(low: float | None, value: float | None, high: float | None) -> bool:
    return low is not None and value is not None and high is not None and low <= value <= high


def _gone(report: Report, before: Mapping[str, Any]) -> Iterator[Regression]:
    """Yield what passed and is not asked any more; `columns.order` becomes `columns.order.amount` where it fails."""
    now = {finding.id for finding in report.findings}
    for identity, old in before.items():
        if identity in now or any(each.startswith(f"{identity}.") for each in now):
            continue
        promised = old["severity"] != Severity.INFO
        if promised and Status(old["status"]) in (Status.PASS, Status.WARN):
            hint = "the contract asks for less than it did."
            message = f"not asked any more: {old['message']}"
            yield Regression(identity, "gone", Status(old["status"]), None, Severity(old["severity"]), message, hint)

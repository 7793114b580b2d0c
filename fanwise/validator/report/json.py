"""The report as JSON: after `report.schema.json`, byte-stable, without NaN."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from importlib import metadata, resources
from typing import Any

from fanwise.validator.contract.model import Source
from fanwise.validator.findings import Finding, Interval
from fanwise.validator.forecasting.outlook import forecast_dict
from fanwise.validator.report.model import Lifetime, Measured, Population, Report
from fanwise.validator.verdict.grades import LADDER

__all__ = ["SCHEMA_VERSION", "render_json", "report_dict", "report_schema"]

SCHEMA_VERSION = "1.1.0"


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema of a report."""
    text = resources.files("fanwise.validator").joinpath("schemas/report.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def render_json(report: Report) -> str:
    """Return the JSON text of `report`, keys sorted, with a newline at its end."""
    text = json.dumps(report_dict(report), sort_keys=True, indent=2, allow_nan=False, ensure_ascii=False)
    # A lone surrogate cannot be written as UTF-8.
    return text.encode("utf-8", "replace").decode("utf-8") + "\n"


def report_dict(report: Report) -> dict[str, Any]:
    """Return `report` as plain JSON values; what is not finite becomes null."""
    found: dict[str, Any] = _clean(
        {
            "schema_version": SCHEMA_VERSION,
            "tool": {"name": "fanwise", "version": _version()},
            "dataset": {
                "name": report.contract,
                "origin": report.origin,
                "tables": [asdict(table) for table in report.tables],
            },
            "summary": {
                "verdict": report.status,
                "exit_code": report.exit_code,
                "line": report.verdict.line,
                "counts": {status.value: number for status, number in report.verdict.counts.items()},
            },
            "checks": [_finding(finding) for finding in report.findings],
            "populations": [_population(population) for population in report.populations],
            "structures": [asdict(structure) for structure in report.structures],
            "measured": [_measured(measured) for measured in report.measured],
            "lifetimes": [_lifetime(lifetime) for lifetime in report.lifetimes],
            "quality": {"ladder": LADDER, "axes": [asdict(grade) for grade in report.grades]},
            "causes": [
                {**asdict(cause), "metric": cause.metric or None, "source": _place(cause.source)}
                for cause in report.causes
            ],
            "thresholds": asdict(report.thresholds),
            "forecast": forecast_dict(report.forecast) if report.forecast is not None else None,
            **({"baseline": report.baseline.to_dict()} if report.baseline is not None else {}),
        }
    )
    return found


def _population(population: Population) -> dict[str, Any]:
    return {
        "axis": population.axis,
        "table": population.table,
        "column": population.column,
        "segments": [
            {"segment": name, "rows": rows, "declared_share": population.shares.get(name or "")}
            for name, rows in population.counts.items()
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "check": finding.check,
        "status": finding.status,
        "severity": finding.severity,
        "message": finding.message,
        "hint": finding.hint,
        "metric": finding.metric or None,
        "pair": list(finding.pair) or None,
        "declared": finding.declared,
        "effective": finding.effective,
        "estimate": finding.estimate,
        "ci": _interval(finding.interval),
        "p": finding.p,
        "p_adjusted": finding.p_adjusted,
        "n": list(finding.n) or None,
        "threshold": finding.threshold,
        "achieved": finding.achieved,
        "spec_location": _place(finding.source),
        "evidence": dict(finding.evidence),
    }


def _measured(measured: Measured) -> dict[str, Any]:
    return {
        **asdict(measured),
        "segments": [
            {**asdict(row), "interval": _interval(row.interval), "spread": _spread(row.spread)}
            for row in measured.segments
        ],
        "pairs": [{**asdict(row), "interval": _interval(row.interval)} for row in measured.pairs],
    }


def _lifetime(lifetime: Lifetime) -> dict[str, Any]:
    return {
        **asdict(lifetime),
        "segments": [{**asdict(row), "spread": _spread(row.spread)} for row in lifetime.segments],
    }


def _place(source: Source) -> dict[str, Any] | None:
    return {"file": source.file, "line": source.line, "path": source.path} if str(source) else None


def _spread(spread: Any) -> dict[str, Any] | None:
    return None if spread is None else {name: value for name, value in asdict(spread).items() if name != "segment"}


def _interval(interval: Interval | None) -> dict[str, float] | None:
    return asdict(interval) if interval is not None else None


def _version() -> str:
    try:
        return metadata.version("fanwise")
    except metadata.PackageNotFoundError:
        return "unknown"


def _clean(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _clean(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)

"""The report as JSON: after `report.schema.json`, byte-stable, without NaN."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from importlib import metadata, resources
from typing import Any

from fanwise.validator.contract.model import Source
from fanwise.validator.findings import Finding
from fanwise.validator.forecasting.outlook import forecast_dict
from fanwise.validator.measures.estimates import Spread
from fanwise.validator.report.model import Population, Report
from fanwise.validator.verdict.diagnosis import Cause
from fanwise.validator.verdict.grades import LADDER

__all__ = ["SCHEMA_VERSION", "json_text", "plain_values", "render_json", "report_dict", "report_schema", "tool"]

SCHEMA_VERSION = "1.3.0"


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema of a report."""
    text = resources.files("fanwise.validator").joinpath("schemas/report.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def render_json(report: Report) -> str:
    """Return the JSON text of `report`, keys sorted, with a newline at its end."""
    return json_text(report_dict(report))


def json_text(values: Mapping[str, Any]) -> str:
    """Return plain values as JSON text, keys sorted, with a newline at its end."""
    text = json.dumps(values, sort_keys=True, indent=2, allow_nan=False, ensure_ascii=False)
    # A lone surrogate cannot be written as UTF-8.
    return text.encode("utf-8", "replace").decode("utf-8") + "\n"


def report_dict(report: Report) -> dict[str, Any]:
    """Return `report` as plain JSON values; what is not finite becomes null."""
    found: dict[str, Any] = plain_values(
        {
            "schema_version": SCHEMA_VERSION,
            "tool": tool(),
            "dataset": {"name": report.contract, "origin": report.origin, "tables": report.tables},
            "summary": {
                "verdict": report.status,
                "exit_code": report.exit_code,
                "line": report.verdict.line,
                "gates": report.gates,
                "counts": report.verdict.counts,
            },
            "checks": report.findings,
            "populations": report.populations,
            "structures": report.structures,
            "measured": report.measured,
            "lifetimes": report.lifetimes,
            "quality": {"ladder": LADDER, "axes": report.grades},
            "causes": report.causes,
            "thresholds": report.thresholds,
            "forecast": forecast_dict(report.forecast) if report.forecast is not None else None,
            **({"baseline": report.baseline} if report.baseline is not None else {}),
        }
    )
    return found


def tool() -> dict[str, str]:
    """Return what made a report."""
    try:
        version = metadata.version("fanwise")
    except metadata.PackageNotFoundError:
        version = "unknown"
    return {"name": "fanwise", "version": version}


def plain_values(value: Any) -> Any:
    """Return any value of a report as JSON values: data classes by their fields, with the exceptions below."""
    if isinstance(value, Source) and not str(value):
        return None
    if is_dataclass(value):
        known = {field.name: getattr(value, field.name) for field in fields(value)}
        value = _EXCEPTIONS[type(value)](known) if type(value) in _EXCEPTIONS else known
    if isinstance(value, Mapping):
        return {str(name): plain_values(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_values(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _finding(own: dict[str, Any]) -> dict[str, Any]:
    known = {"ci": own.pop("interval"), "spec_location": own.pop("source")}
    return {**own, **known, **{name: own[name] or None for name in ("metric", "pair", "n")}}


def _population(own: dict[str, Any]) -> dict[str, Any]:
    shares, counts = own.pop("shares"), own.pop("counts")
    segments = [
        {"segment": name, "rows": rows, "declared_share": shares.get(name or "")} for name, rows in counts.items()
    ]
    return {**own, "segments": segments}


_EXCEPTIONS: dict[type, Callable[[dict[str, Any]], dict[str, Any]]] = {
    Cause: lambda own: {**own, "metric": own["metric"] or None},
    Finding: _finding,
    Population: _population,
    Spread: lambda own: {name: value for name, value in own.items() if name != "segment"},
}

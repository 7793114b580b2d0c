"""What the six tools do. Each returns plain values; problems are part of the result, never an exception.

Only files below one folder are read and written. `verified` is true only where an audit of written files passed with
all gates, and `statement` says in words what was and was not examined.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanwise.generator.cli.mcp.reference import reference
from fanwise.generator.cli.screen import problem_values
from fanwise.generator.errors import FanwiseError, Problem, UsageError
from fanwise.generator.language.document.resources import ready_names
from fanwise.generator.output.file_names import APPLIED

if TYPE_CHECKING:
    from fanwise import validator
    from fanwise.generator.language.spec import Dataset, Gates
    from fanwise.generator.plan import Plan

__all__ = ["Tools"]

_FORECAST = "This is a forecast. No file was written or audited."
_DEFECTS = "That was before the declared defects were written. Call audit to judge the files with them."
_ROWS = 50
_ARGUMENTS = {
    "--force": "replace: true",
    "--out": "out",
    "--scale": "scale",
    "--seed": "seed",
    "--gates": "gates",
    "--format": "file_format",
    "--schema": "schema",
    "--contract": "contract",
    "--max-rows": "the --max-rows of gen mcp",
}

Json = dict[str, Any]


class Tools:
    """The tools over one folder. max_rows: the most rows of a run."""

    def __init__(self, root: Path, max_rows: int = 5_000_000) -> None:
        self.root = root.resolve()
        self.max_rows = max_rows

    def reference(self, topic: str = "") -> Json:
        """Return what is known of a topic of the language."""
        return _answered(lambda: reference(topic))

    def check(self, schema: str, seed: int | None = None, scale: float = 1.0) -> Json:
        """Return all errors of a schema, or a forecast of its audit."""

        def answer() -> Json:
            from fanwise.generator.audit.contract import warnings
            from fanwise.generator.audit.forecast import forecast

            plan = self._plan(schema, seed, scale)
            outlook = forecast(plan)
            values = outlook.to_dict()
            weak = [gate for gate in values["gates"] if gate.get("advice") or gate.get("unknown")]
            return {
                "dataset": plan.dataset.name,
                "exit_code": outlook.exit_code,
                "forecast": {**values, "gates": weak},
                "warnings": [problem_values(each) for each in warnings(plan)],
                "statement": _FORECAST,
            }

        return _answered(answer)

    def plan(self, schema: str, seed: int | None = None, scale: float = 1.0) -> Json:
        """Return tables, rows, bytes and means."""

        def answer() -> Json:
            from fanwise.generator.cli.outline import outline_document
            from fanwise.generator.output.formats import sink

            found = outline_document(self._plan(schema, seed, scale), sink())
            found["forecast"] = {name: found["forecast"][name] for name in ("verdict", "exit_code", "probability")}
            return {**found, "exit_code": 0, "statement": _FORECAST}

        return _answered(answer)

    def preview(self, schema: str, table: str | None = None, count: int = 5, seed: int | None = None) -> Json:
        """Return the first rows of each table, or of one."""

        def answer() -> Json:
            from fanwise.generator.cli.sample import first_rows, sample_document
            from fanwise.generator.errors import nearest

            plan = self._plan(schema, seed, 1.0)
            if table is not None and table not in plan.schema.tables:
                raise UsageError("FW-USAGE-NAME", f"unknown table '{table}'", nearest(table, plan.schema.tables))
            names = list(plan.schema.tables) if table is None else [table]
            frames = first_rows(plan, max(1, min(count, _ROWS)), names)
            rows = {name: _plain(values) for name, values in sample_document(frames).items()}
            return {"exit_code": 0, "tables": rows, "statement": "These rows were generated and not audited."}

        return _answered(answer)

    def run(
        self,
        schema: str,
        out: str,
        file_format: str = "parquet",
        seed: int | None = None,
        scale: float = 1.0,
        gates: Gates | None = None,
        *,
        replace: bool = False,
    ) -> Json:
        """Generate, audit and publish."""

        def answer() -> Json:
            from fanwise.generator.plan import compile_plan
            from fanwise.generator.run.options import RunOptions
            from fanwise.generator.run.run import run
            from fanwise.generator.run.sizing import refuse_too_many_rows

            dataset, folder = self._dataset(schema), self._below(out)
            refuse_too_many_rows(compile_plan(dataset, seed=seed, scale=scale), self.max_rows)
            options = RunOptions(folder, file_format, seed=seed, scale=scale, gates=gates, force=replace)
            result = run(dataset, options)
            made = result.manifest
            found: Json = {
                "dataset": dataset.name,
                "exit_code": result.exit_code,
                "published": made is not None,
                "folder": self._shown(folder) if made is not None else None,
                "tables": {name: entry.rows for name, entry in (made.tables if made is not None else {}).items()},
                "warnings": [problem_values(each) for each in result.warnings],
            }
            if result.report is not None:
                found |= _judged(result.report)
            elif result.forecast is not None and made is None:
                found["forecast"] = result.forecast.to_dict()["verdict"]
                found["statement"] = "The forecast stopped the run. Nothing was published or audited."
            else:
                found["statement"] = "The files were published without an audit."
            found["verified"] = bool(found.get("verified")) and made is not None
            if made is not None and made.defects == APPLIED:
                found |= {"verified": False, "statement": f"{found['statement']} {_DEFECTS}"}
            return found

        return _answered(answer)

    def audit(self, data: str, schema: str | None = None, contract: str | None = None) -> Json:
        """Judge data against a schema or a contract."""

        def answer() -> Json:
            from fanwise import validator
            from fanwise.generator.cli.audits import Promised, contract_for

            if (schema is None) == (contract is None):
                why = "schema or contract is needed" if schema is None else "schema and contract cannot be combined"
                hint = "give one of them: reference of the topic contract shows how a contract is written"
                raise UsageError("FW-USAGE-CONFLICT", why, hint)
            source = self._data(data)
            promised = Promised(schema=schema, contract=self._below(contract) if contract is not None else None)
            promise, manifest = contract_for(source, promised, self._dataset(schema) if schema is not None else None)
            report = validator.audit(source, promise, manifest=manifest)
            return {"dataset": promise.name, "exit_code": report.exit_code, **_judged(report)}

        return _answered(answer)

    def _plan(self, schema: str, seed: int | None, scale: float) -> Plan:
        from fanwise.generator.plan import compile_plan

        return compile_plan(self._dataset(schema), seed=seed, scale=scale)

    def _dataset(self, schema: str) -> Dataset:
        """Return the dataset of YAML text, of a ready name, or of a file below the root folder."""
        from fanwise.generator.language import load

        if "\n" in schema or ": " in schema:
            return load(schema)
        path = self._below(schema)
        if not path.exists() and schema in ready_names():
            return load(schema)
        return load(path, file=schema)

    def _below(self, text: str) -> Path:
        """Return a path below the root folder; UsageError for any other, also through a link."""
        try:
            path = (self.root / text).resolve()
        except (OSError, ValueError, RuntimeError) as error:
            raise UsageError("FW-USAGE-VALUE", f"is not a path: {error}", value=text) from error
        if not path.is_relative_to(self.root):
            hint = "give a path below the root folder"
            raise UsageError("FW-USAGE-VALUE", "leads out of the root folder of gen mcp", hint, value=text)
        return path

    def _data(self, text: str) -> str:
        """Return the path of data; UsageError where it, or a file in it, is not below the root folder."""
        if "://" in text:
            raise UsageError("FW-USAGE-VALUE", "is not a path", "gen mcp audits folders and DuckDB files", value=text)
        path = self._below(text)
        for each in path.rglob("*") if path.is_dir() else ():
            self._below(str(each))
        return str(path)

    def _shown(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


def _answered(answer: Callable[[], Json]) -> Json:
    """Return an answer with `verified`, which is false unless it says otherwise; problems where there is no answer."""
    try:
        return {"verified": False, **answer()}
    except FanwiseError as error:
        if error.exit_code == FanwiseError.exit_code:
            raise
        problems = [_spoken(problem_values(each)) for each in error.problems]
        return {"verified": False, "exit_code": error.exit_code, "problems": problems, "statement": "Nothing was done."}
    except OSError as error:
        problem = Problem("FW-OUTPUT-WRITE", error.strerror or str(error))
        return {"verified": False, "exit_code": 4, "problems": [problem_values(problem)], "statement": "It failed."}


def _spoken(problem: Json) -> Json:
    """Return a problem that names the arguments of the tools in place of the options of the command line."""
    hint = problem["hint"] or ""
    for option, argument in _ARGUMENTS.items():
        hint = re.sub(rf"{option}(?![\w-])", argument, hint)
    return {**problem, "hint": hint or None}


def _judged(report: validator.Report) -> Json:
    """Return what an audit found, and what that verifies."""
    values = report.to_dict()
    summary: Mapping[str, Any] = values["summary"]
    counts = summary["counts"]
    wanted = ("id", "status", "message", "hint", "source")
    found = [
        {name: each.get(name) for name in wanted if each.get(name)}
        for each in values["checks"]
        if each["status"] not in ("PASS", "SKIPPED")
    ]
    ran = sum(number for status, number in counts.items() if status != "SKIPPED")
    verified = summary["verdict"] == "PASS" and summary["exit_code"] == 0 and summary["gates"] == "all" and ran > 0
    words = f"The written files were audited, {summary['verdict']}: {summary['line']}"
    if summary["gates"] != "all":
        words += f" Gates: {summary['gates']}, so effects could not fail it and are not verified."
    elif counts["SKIPPED"]:
        words += f" {counts['SKIPPED']:,} checks could not be made, because of what the findings name."
    elif not any(each["metric"] for each in values["checks"]):
        words += " No effect of a segment is declared, so none was tested."
    return {
        "verified": verified,
        "verdict": summary["verdict"],
        "gates": summary["gates"],
        "checks": counts,
        "findings": found,
        "statement": words,
    }


def _plain(rows: list[Json]) -> list[Json]:
    """Return rows with values that JSON has."""
    simple = (str, int, float, bool, type(None))
    return [{name: value if isinstance(value, simple) else str(value) for name, value in row.items()} for row in rows]

"""What the commands do once their options are read. Each returns an exit code; faults of the user are exceptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanwise.generator.cli.answers import Answer, keep_contract, kept_answer, tell_answer, tell_forecast
from fanwise.generator.cli.questions import Question
from fanwise.generator.cli.screen import Screen, error_line
from fanwise.generator.errors import Problem, UsageError, nearest
from fanwise.generator.language import load
from fanwise.generator.language.document.resources import ready_names, ready_text
from fanwise.generator.plan import Plan, compile_plan
from fanwise.text.sanitize import printable

if TYPE_CHECKING:
    from fanwise import validator
    from fanwise.generator.cli.reports import Targets
    from fanwise.generator.engine.executor import Shard
    from fanwise.generator.run.merge import MergeOptions
    from fanwise.generator.run.options import RunOptions, RunResult
    from fanwise.validator.report.judged import Judged


def table_rows(texts: Sequence[str]) -> dict[str, int]:
    """Return the rows per table of `--rows TABLE=N` options (UsageError for anything else)."""
    out: dict[str, int] = {}
    for text in texts:
        name, equals, number = text.partition("=")
        if not equals or not name or not number.isascii() or not number.isdecimal():
            raise UsageError("FW-USAGE-VALUE", f"--rows {text}: not TABLE=N", "for example --rows customer=5000")
        if name in out:
            raise UsageError("FW-USAGE-CONFLICT", f"--rows {name}: given more than once", "give each table once")
        out[name] = int(number)
    return out


def shard_of(text: str | None) -> Shard:
    """Return the part of a run that `--shard` asks for, the whole where it asks for none."""
    from fanwise.generator.engine.executor import WHOLE
    from fanwise.generator.run.shards import parse_shard

    return WHOLE if text is None else parse_shard(text)


def run_schema(
    screen: Screen, schema: str, options: RunOptions, reports: Sequence[str] = (), asked: Question | None = None
) -> int:
    """Run, tell the verdict and where the files are.

    reports: what `--report` asks for. asked: under what the forecast is kept, if it is.
    """
    from fanwise.generator.cli.progress import watching
    from fanwise.generator.engine.executor import WHOLE
    from fanwise.generator.run.run import run
    from fanwise.io.process import keep_freed_memory

    if reports and (options.shard != WHOLE or options.gates == "none"):
        which = "a shard" if options.shard != WHOLE else "a run without an audit"
        raise UsageError("FW-USAGE-CONFLICT", f"--report: {which} has no report", "leave out --report.")
    targets = _targets(screen, reports)
    keep_freed_memory()
    dataset = load(schema)
    with watching(screen) as observer:
        result = run(dataset, options, observer, None if asked is None else partial(_kept_forecast, asked))
    return _told(screen, dataset.name, result, targets)


def _kept_forecast(asked: Question, plan: Plan, contract: validator.Contract) -> validator.Forecast:
    from fanwise.generator.audit.contract import warnings
    from fanwise.generator.audit.forecast import forecast

    if asked.gates is None:
        keep_contract(replace(asked, seed=plan.seed), plan, contract)  # for `gen audit --schema` of these data
    return kept_answer(asked, plan, lambda: forecast(plan, contract), lambda: _lines(warnings(plan))).forecast


def merge_shards(screen: Screen, folders: Sequence[Path], options: MergeOptions, reports: Sequence[str] = ()) -> int:
    """Merge, tell the verdict and where the files are. reports: what `--report` asks for."""
    from fanwise.generator.cli.progress import watching
    from fanwise.generator.run.merge import merge

    targets = _targets(screen, reports)
    with watching(screen) as observer:
        result = merge(folders, options, observer)
    return _told(screen, result.manifest.dataset if result.manifest else None, result, targets)


def _targets(screen: Screen, asked: Sequence[str]) -> Targets:
    """Return where the report goes; UsageError before anything is made where it cannot go there."""
    from fanwise.generator.cli.reports import report_targets

    return report_targets(asked, machine=screen.machine)


def _told(screen: Screen, dataset: str | None, result: RunResult, targets: Targets) -> int:
    if screen.machine:
        screen.document(_run_document(dataset, result))
    else:
        _tell(screen, result, targets)
    judged = _judged(result)
    if judged is not None and targets.files:
        from fanwise.generator.cli.reports import write_reports

        write_reports(judged, targets.files)
        screen.note(f"Report: {', '.join(map(str, targets.files))}")
    return result.exit_code


def _judged(result: RunResult) -> Judged | None:
    """Return what the files of `--report` are made of: an audit, or the forecast that stopped the run."""
    if result.report is not None or result.forecast is None or result.manifest is not None:
        return result.report
    from fanwise.validator.report.refusal import Refusal

    return Refusal(result.forecast)


def _tell(screen: Screen, result: RunResult, targets: Targets) -> None:
    _tell_warnings(screen, result.warnings)
    if result.report is not None:
        from fanwise.generator.cli.reports import report_text, tell_github

        text = report_text(screen, result.report)
        if targets.github:
            tell_github(screen, result.report, text)
        else:
            screen.result(text)
    elif result.forecast is not None:
        if targets.github and (judged := _judged(result)) is not None:
            from fanwise.generator.cli.reports import report_text, tell_github

            tell_github(screen, judged, report_text(screen, judged))
        else:
            tell_forecast(screen, result.forecast)
    if result.manifest is None:
        screen.failed(f"Nothing was published. The report is in {result.rejected}")
        return
    tables = ", ".join(f"{name} {entry.rows:,}" for name, entry in result.manifest.tables.items())
    if result.complete and result.delivered is None:
        screen.note(f"Complete and intact, nothing to do: {result.folder}: {tables} rows")
        return
    if result.kept:
        files = "1 file was" if result.kept == 1 else f"{result.kept:,} files were"
        screen.note(f"{files} kept and not generated again")
    shard = result.manifest.shard
    from fanwise.generator.cli.remarks import remarks

    published = f"Published shard {shard}" if shard else "Published"
    gates = result.manifest.gates if result.manifest.audited else ""
    audited = "" if gates == "all" or shard else f" with gates on {gates} only" if gates else " without an audit"
    screen.note(f"{published}{audited} in {' and '.join(_places(result))}: {tables} rows")
    for remark in remarks(result.manifest, result.delivered):
        screen.note(remark)
    if shard:
        screen.note("A shard is not audited: `gen merge` joins all shards and audits the result.")


def _places(result: RunResult) -> list[str]:
    """Return where the data are now: at a destination, in a folder, or both."""
    delivered = [result.delivered] if result.delivered is not None else []
    return [*delivered, *([str(result.folder)] if not delivered or result.folder.is_dir() else [])]


def _tell_warnings(screen: Screen, warnings: Sequence[Problem]) -> None:
    for line in _lines(warnings):
        screen.note(line)


def _lines(warnings: Sequence[Problem]) -> list[str]:
    return [error_line(replace(problem, why=f"warning: {problem.why}")) for problem in warnings]


def _run_document(dataset: str | None, result: RunResult) -> dict[str, Any]:
    manifest = result.manifest
    return {
        "dataset": dataset,
        "exit_code": result.exit_code,
        "folder": str(result.folder),
        "delivered": result.delivered,
        "published": manifest is not None,
        "shard": manifest.shard if manifest else None,
        "kept": result.kept,
        "rejected": str(result.rejected) if result.rejected else None,
        "tables": {
            name: {"rows": entry.rows, "content_hash": entry.content_hash, "files": [file.path for file in entry.files]}
            for name, entry in (manifest.tables if manifest else {}).items()
        },
        "warnings": [str(problem) for problem in result.warnings],
        "forecast": result.forecast.to_dict() if result.forecast else None,
        "report": result.report.to_dict() if result.report else None,
    }


def check_schema(
    screen: Screen,
    schema: str,
    *,
    seed: int | None,
    scale: float,
    rows: Mapping[str, int],
    asked: Question | None = None,
) -> int:
    """Tell whether the data of a schema will pass the audit. asked: under what the answer is kept, if it is."""
    from fanwise.generator.audit.contract import warnings
    from fanwise.generator.audit.forecast import forecast

    plan = compile_plan(load(schema), seed=seed, scale=scale, rows=rows)

    def unseen() -> list[str]:
        return _lines(warnings(plan))

    if asked is not None:
        return tell_answer(screen, kept_answer(asked, plan, lambda: forecast(plan), unseen))
    outlook = forecast(plan)
    return tell_answer(screen, Answer(plan.dataset.name, tuple(unseen()), outlook))


def plan_schema(
    screen: Screen,
    schema: str,
    file_format: str,
    compression: str | None,
    *,
    seed: int | None,
    scale: float,
    rows: Mapping[str, int],
) -> int:
    """Show what a run would make."""
    from fanwise.generator.audit.contract import warnings
    from fanwise.generator.cli.outline import outline_document, outline_text
    from fanwise.generator.output.formats import sink

    files = sink(file_format, compression)
    plan = compile_plan(load(schema), seed=seed, scale=scale, rows=rows)
    if screen.machine:
        screen.document(outline_document(plan, files))
    else:
        _tell_warnings(screen, warnings(plan))
        screen.result(outline_text(plan, files, screen.style))
    return 0


def preview_schema(
    screen: Screen,
    schema: str,
    table: str | None,
    count: int,
    *,
    seed: int | None,
    scale: float,
    rows: Mapping[str, int],
) -> int:
    """Show the first rows of each table, or of one."""
    from fanwise.generator.cli.sample import first_rows, sample_document, sample_text

    plan = compile_plan(load(schema), seed=seed, scale=scale, rows=rows)
    if table is not None and table not in plan.tables:
        raise UsageError("FW-USAGE-NAME", f"--table {table}: unknown table", nearest(table, plan.tables))
    frames = first_rows(plan, count, list(plan.dataset.tables) if table is None else [table])
    if screen.machine:
        screen.document(sample_document(frames))
    else:
        screen.result(sample_text(plan, frames, screen.style))
    return 0


def explain_cell(
    screen: Screen, schema: str, cell: str, row: int, *, seed: int | None, scale: float, rows: Mapping[str, int]
) -> int:
    """Show why one cell holds its value."""
    from fanwise.generator.api.explain import explain
    from fanwise.generator.engine.references import TableReferences

    table, dot, column = cell.partition(".")
    if not dot:
        raise UsageError("FW-USAGE-VALUE", f"{cell}: not TABLE.COLUMN", "for example order.gross_amount")
    plan = compile_plan(load(schema), seed=seed, scale=scale, rows=rows)
    found = explain(plan, TableReferences(plan.tables), table, row, column)
    if screen.machine:
        screen.document(found.to_dict())
    else:
        screen.result("\n".join(printable(line) for line in found.lines()))
    return 0


def diff_schemas(
    screen: Screen, a: str, b: str, by: str | None, *, seed: int | None, scale: float, rows: Mapping[str, int]
) -> int:
    """Tell what differs between the data of two schemas on the same draws."""
    from fanwise.generator.api.difference import difference
    from fanwise.generator.cli.comparison import difference_text

    first = compile_plan(load(a), seed=seed, scale=scale, rows=rows)
    found = difference(first, compile_plan(load(b), seed=first.seed, scale=scale, rows=rows), by)
    if screen.machine:
        screen.document(found.to_dict())
    else:
        screen.result(difference_text(found, screen.style))
    return 0


def print_template(screen: Screen, template: str | None, out: Path | None) -> int:
    """Print a schema to start from, or write it to a file that is not there yet."""
    if template is not None and template not in ready_names():
        raise UsageError("FW-USAGE-NAME", f"no template '{template}'", nearest(template, ready_names()))
    text = _starter() if template is None else ready_text(template)
    if out is None:
        screen.result(text)
    else:
        from fanwise.generator.cli.reports import written

        written(out, text, replace=False)
        screen.note(f"Wrote {out}; try: gen check {out}")
    return 0


def _starter() -> str:
    from importlib.resources import files

    return (files("fanwise.generator.cli") / "starter.yaml").read_text(encoding="utf-8")

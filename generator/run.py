"""The story of a run: plan, stage, forecast, generate, write, audit, publish or reject."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import validator
from generator.contract import compile_contract, warnings
from generator.engines.local import available_processors, generate
from generator.errors import OutputError, Problem
from generator.executor import empty_frames
from generator.language.spec import Dataset
from generator.manifest import Manifest, TableEntry, created, versions
from generator.plan import Plan, compile_plan
from generator.preflight import forecast
from generator.sinks import FileSink, sink
from generator.sinks.staging import Staging
from generator.sinks.writer import FolderWriter
from generator.sizing import expected_bytes, refuse_full_disk, refuse_too_many_rows
from validator.report.formats import prepare_page, render

__all__ = ["ALGORITHM", "Observer", "RunOptions", "RunResult", "run", "write"]

ALGORITHM = 1  # raised by every change that moves generated values
_LARGE = 2_000_000  # rows from which the room on the disk is looked at first; below, a sample costs more than it saves


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a run may be told; each field is the option of `gen run` with the same name.

    out: default `out/NAME`. rows: rows of single roots. max_rows: of all tables together.
    threads, chunk_rows: never change a value. audit: False publishes without forecast and audit.
    """

    out: Path | None = None
    format: str = "parquet"
    compression: str | None = None
    seed: int | None = None
    scale: float = 1.0
    rows: Mapping[str, int] = field(default_factory=dict)
    max_rows: int | None = None
    threads: int | None = None
    chunk_rows: int | None = None
    audit: bool = True
    force: bool = False


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended. `manifest` is set where it was published, `rejected` where a report was left instead.

    folder: the target, absolute. report: None where the forecast stopped the run, or nobody wanted an audit.
    warnings: what is declared and the files cannot show.
    """

    folder: Path
    exit_code: int
    manifest: Manifest | None = None
    rejected: Path | None = None
    forecast: validator.Forecast | None = None
    report: validator.Report | None = None
    warnings: tuple[Problem, ...] = ()


class Observer:
    """Is told how a run comes along; this one keeps it to itself."""

    def begin(self, stage: str, rows: float = 0.0) -> None:
        """Hear that `stage` begins, with the rows expected of it (0 where it does not count rows)."""

    def advance(self, rows: int) -> None:
        """Hear that so many rows more are done."""


def run(dataset: Dataset, options: RunOptions, observer: Observer | None = None) -> RunResult:
    """Generate `dataset`, audit the staged files, and publish them where the audit passed.

    Nothing but the target, or the report beside it, is left behind, however the run ends. Raises UsageError, PlanError
    and OutputError; a forecast or an audit that does not pass is a result, not an error.
    """
    observer = observer or Observer()
    files = sink(options.format, options.compression)
    observer.begin("plan")
    plan = compile_plan(dataset, seed=options.seed, scale=options.scale, rows=options.rows)
    if not options.audit:
        return write(plan, options, observer)
    refuse_too_many_rows(plan, options.max_rows)
    with _staging(plan, options) as staging:
        observer.begin("forecast")
        contract, unseen = compile_contract(plan), warnings(plan)
        expected = forecast(plan, contract)
        if expected.exit_code:
            rejected = staging.reject({"report.txt": expected.text()})
            return RunResult(staging.target, expected.exit_code, None, rejected, expected, None, unseen)
        tables = _write(plan, options, files, staging.folder, observer)
        observer.begin("audit")
        report = _audit(staging.folder, contract, expected, options.threads)
        documents = {"report.json": report.to_json(), "report.html": render(report, ".html")}
        if report.exit_code:
            rejected = staging.reject({**documents, "report.txt": report.text()})
            return RunResult(staging.target, report.exit_code, None, rejected, expected, report, unseen)
        manifest = staging.publish(_manifest(plan, options, files, tables), documents)
        return RunResult(staging.target, 0, manifest, None, expected, report, unseen)


def write(plan: Plan, options: RunOptions, observer: Observer | None = None) -> RunResult:
    """Generate a plan and publish it without forecast and audit; `options` says where and how (not seed and scale)."""
    files = sink(options.format, options.compression)
    refuse_too_many_rows(plan, options.max_rows)
    with _staging(plan, options) as staging:
        tables = _write(plan, options, files, staging.folder, observer or Observer())
        manifest = _manifest(plan, replace(options, audit=False), files, tables)
        return RunResult(staging.target, 0, staging.publish(manifest))


def _staging(plan: Plan, options: RunOptions) -> Staging:
    return Staging(options.out or Path("out") / plan.dataset.name, force=options.force)


def _write(plan: Plan, options: RunOptions, files: FileSink, folder: Path, observer: Observer) -> dict[str, TableEntry]:
    """Generate and write all tables into `folder`; return what was written."""
    total = sum(plan.expected_rows.values())
    if total > _LARGE:
        refuse_full_disk(sum(expected_bytes(plan, files, folder).values()), folder)
    observer.begin("generate", total)
    workers = options.threads or available_processors()
    with (
        ThreadPoolExecutor(workers, thread_name_prefix="fanwise-write") as pool,
        FolderWriter(folder, files, pool=pool) as writer,
    ):
        for frames in generate(plan, threads=workers, chunk_rows=options.chunk_rows):
            for table, frame in frames.items():
                writer.write(table, frame)
            observer.advance(sum(frame.height for frame in frames.values()))
        schemas = {name: frame.schema for name, frame in empty_frames(plan).items()}
        return writer.finish({name: schemas[name] for name in plan.dataset.tables})


def _audit(
    folder: Path, contract: validator.Contract, expected: validator.Forecast, threads: int | None
) -> validator.Report:
    try:
        # DuckDB works outside Python's lock, so what the page of the report needs is loaded meanwhile.
        with ThreadPoolExecutor(1, thread_name_prefix="fanwise-page") as pool:
            ready = pool.submit(prepare_page)
            report = validator.audit(folder, contract, threads=threads)
        ready.result()
    except validator.SourceError as error:
        raise OutputError([Problem(fault.why, fault.hint, fault.place) for fault in error.problems]) from error
    return replace(report, forecast=expected)


def _manifest(plan: Plan, options: RunOptions, files: FileSink, tables: Mapping[str, TableEntry]) -> Manifest:
    return Manifest(
        dataset=plan.dataset.name,
        schema_sha256=plan.dataset.sha256,
        seed=plan.seed,
        scale=plan.scale,
        rows=dict(options.rows),
        versions=versions(ALGORITHM),
        format=files.name,
        compression=files.compression,
        audited=options.audit,
        verdict="pass" if options.audit else "none",
        tables=tables,
        created=created(),
    )

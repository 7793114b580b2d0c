"""A run from start to end: plan, stage, forecast, generate, write, audit, publish or reject."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fanwise.generator.engine.executor import WHOLE, Shard
from fanwise.generator.engine.local import available_processors, generate_placed
from fanwise.generator.errors import FanwiseError, Problem, UsageError
from fanwise.generator.language.spec import Dataset, Gates
from fanwise.generator.output.formats import FileSink, sink
from fanwise.generator.output.manifest import SCHEMA, Manifest, TableEntry, created, versions
from fanwise.generator.output.publishing.cutting import PART_ROWS, rows_of_parts
from fanwise.generator.output.publishing.journal import Journal
from fanwise.generator.output.publishing.stages import delivered_to, stage_of
from fanwise.generator.output.publishing.staging import Staging
from fanwise.generator.output.publishing.target import as_output_error
from fanwise.generator.output.publishing.writer import FolderWriter
from fanwise.generator.plan import Plan, compile_plan
from fanwise.generator.run.resume import Found, take_over
from fanwise.generator.run.shards import default_target, first_rows, shard_word
from fanwise.generator.run.sizing import (
    QUICK_ROWS,
    expected_bytes,
    has_room_to_spare,
    refuse_full_disk,
    refuse_too_many_rows,
)

if TYPE_CHECKING:
    import polars as pl

    from fanwise import validator
    from fanwise.generator.spark.cluster import SparkOptions

__all__ = ["ALGORITHM", "Observer", "RunOptions", "RunResult", "judge", "run", "write"]

ALGORITHM = 3  # increase with every change of generated values
_LARGE = 2_000_000  # rows from which disk space is checked first


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of `gen run`, by name.

    out: default `out/NAME`. rows: rows of single root tables. max_rows: of all tables together. threads, chunk_rows:
    never change values. gates: what can fail the audit, in place of the schema's `audit.gates`; with "none" data is
    published without forecast and audit. shard: the part of the rows to generate; it
    is published without an audit, which `gen merge` does later. resume: continue a stopped run, or repair a damaged
    data set. to: a URL, possibly with a password, to deliver the data to; a folder is then published only if `out` is
    given too. spark: run on Spark; None: on threads of this process.
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
    gates: Gates | None = None
    force: bool = False
    shard: Shard = WHOLE
    resume: bool = False
    to: str | None = field(default=None, repr=False)
    spark: SparkOptions | None = None


@dataclass(frozen=True, slots=True)
class RunResult:
    """The result of a run. `manifest` is set if data was published, `rejected` if only a report was written.

    folder: the target, absolute. report: None if the forecast stopped the run or no audit was wanted. warnings:
    declarations that the files cannot show. kept: existing files that were not generated again. complete: nothing had
    to be generated. delivered: the URL of `to`, without secrets, once the data has arrived.
    """

    folder: Path
    exit_code: int
    manifest: Manifest | None = None
    rejected: Path | None = None
    forecast: validator.Forecast | None = None
    report: validator.Report | None = None
    warnings: tuple[Problem, ...] = ()
    kept: int = 0
    complete: bool = False
    delivered: str | None = None


class Observer:
    """Receives the progress of a run. This one ignores it."""

    def begin(self, stage: str, rows: float = 0.0) -> None:
        """The step `stage` begins, with its expected number of rows (0 if it does not count rows)."""

    def advance(self, rows: int, size: int = 0) -> None:
        """So many more rows are done, and `size` bytes are written so far."""


def run(dataset: Dataset, options: RunOptions, observer: Observer | None = None) -> RunResult:
    """Generate `dataset`, audit the staged files, and publish them if the audit passed.

    However the run ends, only the target, or the report beside it, remains. A resumed run also leaves its finished
    parts for the next one. Raises UsageError, PlanError and OutputError. A failed forecast or audit is a result.
    """
    observer = observer or Observer()
    files = sink(options.format, options.compression)
    observer.begin("plan")
    plan = compile_plan(dataset, seed=options.seed, scale=options.scale, rows=options.rows)
    if _gates(dataset, options) == "none":
        return write(plan, options, observer)
    from fanwise.generator.audit.contract import (  # a run without audit does not wait for these
        compile_contract,
        warnings,
    )
    from fanwise.generator.audit.forecast import forecast

    refuse_too_many_rows(plan, options.max_rows)
    with _staging(plan, options, files, observer) as staging:
        found = _found(plan, staging, options, files, observer)
        if found.whole is not None:
            return _nothing_to_do(staging, found.whole, options)
        observer.begin("forecast")
        contract = replace(compile_contract(plan), gates=_gates(dataset, options))
        unseen = warnings(plan)
        expected = forecast(plan, contract)
        if expected.exit_code:
            rejected = staging.reject({"report.txt": expected.text()})
            return RunResult(staging.target, expected.exit_code, None, rejected, expected, None, unseen)
        tables = _write(plan, options, files, staging, found, observer)
        made = _manifest(plan, options, files, tables)
        if options.shard == WHOLE:
            result = judge(staging, made, contract, expected, observer, options.threads)
        else:
            published = staging.publish(made, _documents(plan, options))
            result = RunResult(staging.target, 0, published, None, expected)
        return replace(result, warnings=unseen, kept=len(found.kept), delivered=delivered_to(staging, options.to))


def write(plan: Plan, options: RunOptions, observer: Observer | None = None) -> RunResult:
    """Generate a plan and publish it without forecast and audit; `options` gives target and format, not the seed."""
    options, observer = replace(options, gates="none"), observer or Observer()
    files = sink(options.format, options.compression)
    refuse_too_many_rows(plan, options.max_rows)
    with _staging(plan, options, files, observer) as staging:
        found = _found(plan, staging, options, files, observer)
        if found.whole is not None:
            return _nothing_to_do(staging, found.whole, options)
        tables = _write(plan, options, files, staging, found, observer)
        published = staging.publish(_manifest(plan, options, files, tables), _documents(plan, options))
        delivered = delivered_to(staging, options.to)
        return RunResult(staging.target, 0, published, kept=len(found.kept), delivered=delivered)


def judge(
    staging: Staging,
    manifest: Manifest,
    contract: validator.Contract,
    expected: validator.Forecast,
    observer: Observer,
    threads: int | None = None,
) -> RunResult:
    """Audit the staged tables. Publish them with the report if they pass, else write only the report."""
    from fanwise.validator.report.formats import render

    observer.begin("audit")
    report = _audit(staging.folder, contract, expected, threads)
    documents = {"report.json": report.to_json(), "report.html": render(report, ".html")}
    if report.exit_code:
        rejected = staging.reject({**documents, "report.txt": report.text()})
        return RunResult(staging.target, report.exit_code, None, rejected, expected, report)
    passed = replace(manifest, audited=True, verdict="pass", gates=contract.gates)
    return RunResult(staging.target, 0, staging.publish(passed, documents), None, expected, report)


def _gates(dataset: Dataset, options: RunOptions) -> Gates:
    return options.gates or dataset.audit.gates


def _staging(plan: Plan, options: RunOptions, files: FileSink, observer: Observer) -> Staging:
    if options.spark is not None and (options.shard != WHOLE or options.resume):
        option = "--resume" if options.resume else "--shard"
        hint = f"remove {option}: --shards sets the number of parts, and Spark repeats lost ones"
        raise UsageError("FW-USAGE-CONFLICT", f"{option} and --engine spark cannot be combined", hint)
    target = options.out or default_target(plan.dataset.name, options.shard)
    resume = _manifest(plan, options, files, {}).recipe() if options.resume else None
    if options.to is not None and options.shard != WHOLE:
        raise UsageError(
            "FW-USAGE-CONFLICT", "--to needs a whole run, not a shard", "deliver the whole: gen merge … --to URL"
        )
    keeps = options.out is not None
    return stage_of(plan, target, options.to, files.name, observer, keeps=keeps, force=options.force, resume=resume)


def _found(plan: Plan, staging: Staging, options: RunOptions, files: FileSink, observer: Observer) -> Found:
    if not options.resume:
        return Found()
    observer.begin("verify")
    gates = _gates(plan.dataset, options) if options.shard == WHOLE else "none"
    workers = options.threads or available_processors()
    cut = rows_of_parts(_schemas(plan), PART_ROWS)
    return take_over(staging, files, part_rows=cut, gates=gates, threads=workers)


def _nothing_to_do(staging: Staging, manifest: Manifest, options: RunOptions) -> RunResult:
    if options.to is not None:
        from fanwise.generator.output.destinations.stage import DeliveringStaging

        assert isinstance(staging, DeliveringStaging)
        staging.deliver(staging.target, manifest, {})
    kept = sum(1 for _ in manifest.files())
    delivered = delivered_to(staging, options.to)
    return RunResult(staging.target, 0, manifest, kept=kept, complete=True, delivered=delivered)


def _write(
    plan: Plan, options: RunOptions, files: FileSink, staging: Staging, found: Found, observer: Observer
) -> dict[str, TableEntry]:
    """Generate the missing rows and write them to the staging folder; return all tables there."""
    shard, workers = options.shard, options.threads or available_processors()
    left = max(0.0, sum(plan.expected_rows.values()) / shard.of - sum(entry.rows for entry in found.kept))
    if left > _LARGE and not has_room_to_spare(plan, left, staging.folder):
        size = sum(expected_bytes(plan, files, staging.scratch, sample_rows=QUICK_ROWS).values()) / shard.of
        refuse_full_disk(size - sum(entry.bytes for entry in found.kept), staging.folder)
    if options.spark is not None:
        from fanwise.generator.spark.cluster import write_on_spark

        return write_on_spark(options.spark, plan, files, staging.folder, observer, chunk_rows=options.chunk_rows)
    if shard.index > 1:
        observer.begin("count")
    first = first_rows(plan, shard, threads=workers)
    recipe = _manifest(plan, options, files, {}).recipe()
    with as_output_error(staging.journal):
        journal = Journal(staging.journal, recipe, found.kept)
    schemas = _schemas(plan)
    cut = rows_of_parts(schemas, PART_ROWS)
    observer.begin("generate", left)
    with (
        journal,
        ThreadPoolExecutor(workers, thread_name_prefix="fanwise-write") as pool,
        FolderWriter(staging.folder, files, part_rows=cut, pool=pool, kept=found.kept, journal=journal) as writer,
    ):
        ends = _fill(writer, plan, options, first, observer)
        tables = writer.finish(schemas)
    _refuse_lost_rows(tables, ends)
    return tables


def _refuse_lost_rows(tables: Mapping[str, TableEntry], ends: Mapping[str, int]) -> None:
    if wrong := [name for name, entry in tables.items() if entry.rows != ends[name]]:
        raise FanwiseError("FW-DEFECT", f"rows are missing in the files of {', '.join(wrong)}")


def _schemas(plan: Plan) -> dict[str, pl.Schema]:
    """Return the columns and types of each table, in the order of the file."""
    written = plan.schema.written
    return {name: written[name] for name in plan.dataset.tables}


def _fill(
    writer: FolderWriter, plan: Plan, options: RunOptions, first: Mapping[str, int], observer: Observer
) -> dict[str, int]:
    """Generate the rows that the writer lacks; return the total number of rows of each table."""
    ends = dict.fromkeys(plan.tables, 0)

    def within(name: str, place: range) -> range:
        return range(place.start - first[name], place.stop - first[name])

    def wanted(places: Mapping[str, range]) -> bool:
        ends.update({name: place.stop - first[name] for name, place in places.items()})
        return any(writer.lacks(name, within(name, place)) for name, place in places.items())

    # Writing takes longer than generating and uses Polars' threads, so more generators would only slow it down.
    for placed in generate_placed(
        plan,
        threads=options.threads,
        chunk_rows=options.chunk_rows,
        shard=options.shard,
        first=first,
        wanted=wanted,
        busy=writer.busy,
    ):
        for table, frame in placed.frames.items():
            writer.write(table, frame, at=within(table, placed.rows[table]).start)
        observer.advance(sum(frame.height for frame in placed.frames.values()), writer.bytes)
    return ends


def _audit(
    folder: Path, contract: validator.Contract, expected: validator.Forecast, threads: int | None
) -> validator.Report:
    from fanwise import validator
    from fanwise.text.renderers.html import prepare

    # DuckDB works outside Python's lock, so the modules for the report are loaded meanwhile.
    with ThreadPoolExecutor(1, thread_name_prefix="fanwise-page") as pool:
        ready = pool.submit(prepare)
        report = validator.audit(folder, contract, threads=threads, forecast=expected)
    ready.result()
    return report


def _documents(plan: Plan, options: RunOptions) -> dict[str, str]:
    """Return the documents beside tables that are not audited: a shard carries its schema for `gen merge`."""
    return {} if options.shard == WHOLE else {SCHEMA: plan.dataset.text}


def _manifest(plan: Plan, options: RunOptions, files: FileSink, tables: Mapping[str, TableEntry]) -> Manifest:
    return Manifest(
        dataset=plan.dataset.name,
        schema_sha256=plan.dataset.sha256,
        seed=plan.seed,
        scale=plan.scale,
        rows=dict(options.rows),
        versions={**versions(ALGORITHM), **plan.files},
        format=files.name,
        compression=files.compression,
        audited=False,
        verdict="none",
        tables=tables,
        created=created(),
        shard=shard_word(options.shard),
    )

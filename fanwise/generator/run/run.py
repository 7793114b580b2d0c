"""A run from start to end: plan, stage, forecast, generate, write, audit, publish or reject."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fanwise.generator.engine.executor import WHOLE
from fanwise.generator.engine.local import available_processors
from fanwise.generator.errors import UsageError
from fanwise.generator.language.spec import Dataset, Gates
from fanwise.generator.output.formats import FileSink, sink
from fanwise.generator.output.manifest import APPLIED, SCHEMA, Manifest, TableEntry, created, versions
from fanwise.generator.output.publishing.stages import delivered_to, stage_of
from fanwise.generator.output.publishing.staging import Staging
from fanwise.generator.plan import Plan, compile_plan
from fanwise.generator.run.answers import answer_key, instants
from fanwise.generator.run.dirt import delivered_schema, dirtied, integrity_of, staged_by, state_of
from fanwise.generator.run.filling import cut_of, fill
from fanwise.generator.run.first_rows import first_rows
from fanwise.generator.run.options import Observer, RunOptions, RunResult
from fanwise.generator.run.resume import Found, take_over
from fanwise.generator.run.shards import default_target, shard_word
from fanwise.generator.run.sizing import (
    refuse_too_many_rows,
)

if TYPE_CHECKING:
    from fanwise import validator

    Foresee = Callable[[Plan, validator.Contract], validator.Forecast]

__all__ = ["ALGORITHM", "judge", "run", "write"]

ALGORITHM = 4  # increase with every change of generated values


def run(
    dataset: Dataset, options: RunOptions, observer: Observer | None = None, foresee: Foresee | None = None
) -> RunResult:
    """Generate `dataset`, audit the staged files, and publish them if the audit passed.

    foresee: returns the forecast of a plan and its contract, in place of `forecast`: for example one that was kept.

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
        expected = (foresee or forecast)(plan, contract)
        if expected.exit_code:
            rejected = staging.reject({"report.txt": expected.text()})
            return RunResult(staging.target, expected.exit_code, None, rejected, expected, None, unseen)
        tables = _filled(plan, options, files, staging, found, observer)
        made = _manifest(plan, options, files, tables)
        if options.shard == WHOLE:
            result = judge(staging, made, contract, expected, observer, options.threads, plan=plan)
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
        tables = _filled(plan, options, files, staging, found, observer)
        made = dirtied(plan, staging, _manifest(plan, options, files, tables), observer, options.threads)
        published = staging.publish(made, _documents(plan, options))
        delivered = delivered_to(staging, options.to)
        return RunResult(staging.target, 0, published, kept=len(found.kept), delivered=delivered)


def judge(
    staging: Staging,
    manifest: Manifest,
    contract: validator.Contract,
    expected: validator.Forecast,
    observer: Observer,
    threads: int | None = None,
    *,
    plan: Plan,
) -> RunResult:
    """Audit the staged tables. Publish them with report and answer key if they pass, else write only the report."""
    from fanwise import validator

    observer.begin("audit")
    report = _audit(staging.folder, contract, expected, threads, instants(plan), observer)
    if report.exit_code:
        report = replace(report, rows=first_rows(staging.folder, manifest, plan))
        rejected = staging.reject({**_pages(report), "report.txt": report.text()})
        return RunResult(staging.target, report.exit_code, None, rejected, expected, report)
    passed = replace(manifest, audited=True, verdict="pass", gates=contract.gates)
    passed = dirtied(plan, staging, passed, observer, threads)
    if passed.defects == APPLIED:
        dirty = validator.audit(staging.folder, integrity_of(contract), threads=threads)
        if dirty.exit_code:
            rejected = staging.reject({"report.json": dirty.to_json(), "report.txt": dirty.text()})
            return RunResult(staging.target, dirty.exit_code, None, rejected, expected, dirty)
    report = replace(report, rows=first_rows(staging.folder, passed, plan))
    documents = _pages(report) | answer_key(plan, contract, report, passed)
    return RunResult(staging.target, 0, staging.publish(passed, documents), None, expected, report)


def _filled(
    plan: Plan, options: RunOptions, files: FileSink, staging: Staging, found: Found, observer: Observer
) -> dict[str, TableEntry]:
    recipe, staged = _manifest(plan, options, files, {}).recipe(), staged_by(files, state_of(plan, options))
    return fill(plan, options, staged, staging, found.kept, recipe, observer)


def _pages(report: validator.Report) -> dict[str, str]:
    return {"report.json": report.to_json(), "report.html": report.render(".html")}


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
    staging = stage_of(
        plan, target, options.to, files.name, observer, keeps=keeps, force=options.force, resume=resume,
        schema=delivered_schema(plan, state_of(plan, options)),
    )  # fmt: skip
    staging.beside = options.beside
    return staging


def _found(plan: Plan, staging: Staging, options: RunOptions, files: FileSink, observer: Observer) -> Found:
    if not options.resume:
        return Found()
    observer.begin("verify")
    gates = _gates(plan.dataset, options) if options.shard == WHOLE else "none"
    workers = options.threads or available_processors()
    cut = cut_of(plan)
    state = state_of(plan, options)
    return take_over(
        staging, staged_by(files, state), part_rows=cut, gates=gates, threads=workers, reuse=state != APPLIED
    )


def _nothing_to_do(staging: Staging, manifest: Manifest, options: RunOptions) -> RunResult:
    if options.to is not None:
        from fanwise.generator.output.destinations.stage import DeliveringStaging

        assert isinstance(staging, DeliveringStaging)
        staging.deliver(staging.target, manifest, {})
    kept = sum(1 for _ in manifest.files())
    delivered = delivered_to(staging, options.to)
    return RunResult(staging.target, 0, manifest, kept=kept, complete=True, delivered=delivered)


def _audit(
    folder: Path,
    contract: validator.Contract,
    expected: validator.Forecast,
    threads: int | None,
    months: Sequence[tuple[str, str]],
    observer: Observer,
) -> validator.Report:
    from fanwise import validator
    from fanwise.text.renderers.html import prepare

    # DuckDB works outside Python's lock, so the modules for the report are loaded meanwhile.
    with ThreadPoolExecutor(1, thread_name_prefix="fanwise-page") as pool:
        ready = pool.submit(prepare)
        report = validator.audit(
            folder, contract, threads=threads, forecast=expected, months=months, progress=observer.step
        )
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
        defects=state_of(plan, options),
        description=plan.dataset.description,
    )

"""Defects in a run: the clean rows are written and audited first, then the files get their defects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fanwise.generator.engine.executor import WHOLE
from fanwise.generator.engine.local import available_processors
from fanwise.generator.output.formats import FileSink, sink
from fanwise.generator.output.manifest import APPLIED, LEFT_OUT, PENDING, Manifest
from fanwise.generator.output.publishing.staging import Staging
from fanwise.generator.plan import Plan
from fanwise.generator.plan.defects import dirty_schema
from fanwise.generator.plan.schema import RelationalSchema
from fanwise.generator.run.options import Observer, RunOptions

if TYPE_CHECKING:
    from fanwise import validator

__all__ = ["delivered_schema", "dirtied", "integrity_of", "staged_by", "state_of"]


def state_of(plan: Plan, options: RunOptions) -> str | None:
    """Return what the manifest says of the defects: None where none are declared."""
    if not plan.dataset.defects:
        return None
    return LEFT_OUT if options.clean else APPLIED if options.shard == WHOLE else PENDING


def staged_by(files: FileSink, state: str | None) -> FileSink:
    """Return the sink of the staged rows: Parquet where they are read again to get their defects."""
    return sink() if state in (APPLIED, PENDING) else files


def delivered_schema(plan: Plan, state: str | None) -> RelationalSchema:
    """Return the tables and keys of what is delivered."""
    return dirty_schema(plan.dataset, plan.schema) if state == APPLIED else plan.schema


def dirtied(plan: Plan, staging: Staging, made: Manifest, observer: Observer, threads: int | None) -> Manifest:
    """Put the defects into staged clean tables where the manifest says so; return the manifest of the new files."""
    if made.defects != APPLIED:
        return made
    from fanwise.generator.defects.files import put_defects

    observer.begin("defects")
    files, workers = sink(made.format, made.compression), threads or available_processors()
    tables = put_defects(plan, staging.folder, staging.scratch / "dirty", made.tables, files, workers)
    return replace(made, tables=tables)


def integrity_of(contract: validator.Contract) -> validator.Contract:
    """Return the part of a contract that says whether the listed defects are all: no effect is measured again."""
    axes = {name: replace(axis, rank=()) for name, axis in contract.axes.items()}
    return replace(contract, axes=axes, effects={}, expectations={}, distributions=(), gates="integrity")

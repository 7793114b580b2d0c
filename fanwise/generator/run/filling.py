"""Generate the rows that the staging folder lacks: on threads of this process, on worker processes or on Spark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from fanwise.generator.engine.local import available_processors, generate_placed
from fanwise.generator.errors import FanwiseError
from fanwise.generator.output.formats import FileSink
from fanwise.generator.output.manifest import FileEntry, Recipe, TableEntry
from fanwise.generator.output.publishing.cutting import PART_ROWS, rows_of_parts
from fanwise.generator.output.publishing.journal import Journal
from fanwise.generator.output.publishing.staging import Staging
from fanwise.generator.output.publishing.target import as_output_error
from fanwise.generator.output.publishing.writer import FolderWriter
from fanwise.generator.plan import Plan
from fanwise.generator.run.options import Observer, RunOptions
from fanwise.generator.run.shards import first_rows
from fanwise.generator.run.sizing import (
    QUICK_ROWS,
    expected_bytes,
    has_room_to_spare,
    processes_for,
    refuse_full_disk,
)

if TYPE_CHECKING:
    import polars as pl

__all__ = ["cut_of", "fill"]

_LARGE = 2_000_000  # rows from which disk space is checked first
Kept = Sequence[FileEntry]


def fill(
    plan: Plan,
    options: RunOptions,
    files: FileSink,
    staging: Staging,
    kept: Kept,
    recipe: Recipe,
    observer: Observer,
) -> dict[str, TableEntry]:
    """Generate the missing rows and write them to the staging folder; return all tables there.

    kept: the parts that are there. recipe: of the run, for its journal.
    """
    left = max(0.0, sum(plan.expected_rows.values()) / options.shard.of - sum(entry.rows for entry in kept))
    if left > _LARGE and not has_room_to_spare(plan, left, staging.folder):
        size = sum(expected_bytes(plan, files, staging.scratch, sample_rows=QUICK_ROWS).values()) / options.shard.of
        refuse_full_disk(size - sum(entry.bytes for entry in kept), staging.folder)
    if options.spark is not None:
        from fanwise.generator.spark.cluster import write_on_spark

        return write_on_spark(options.spark, plan, files, staging.folder, observer, chunk_rows=options.chunk_rows)
    with as_output_error(staging.journal):
        journal = Journal(staging.journal, recipe, kept)
    # Who asks for threads embeds the run in a program of his own, and gets no processes beside them.
    processes = processes_for(options.workers if options.threads is None else options.workers or 1, left)
    with journal:
        if processes > 1:
            observer.begin("generate", left)
            return _on_workers(plan, options, files, staging, kept, journal, observer, processes)
        if options.shard.index > 1:
            observer.begin("count")
        first = first_rows(plan, options.shard, threads=options.threads)
        observer.begin("generate", left)
        return _on_threads(plan, options, files, staging, kept, journal, observer, first)


def cut_of(plan: Plan) -> dict[str, int]:
    """Return the rows of a part file of each table."""
    return rows_of_parts(_schemas(plan), PART_ROWS)


def _schemas(plan: Plan) -> dict[str, pl.Schema]:
    """Return the columns and types of each table, in the order of the file."""
    written = plan.schema.written
    return {name: written[name] for name in plan.dataset.tables if name in written}


def _on_workers(
    plan: Plan,
    options: RunOptions,
    files: FileSink,
    staging: Staging,
    kept: Kept,
    journal: Journal,
    observer: Observer,
    processes: int,
) -> dict[str, TableEntry]:
    from fanwise.generator.workers.write import write_on_workers

    made = write_on_workers(
        plan,
        files,
        staging.folder,
        staging.scratch / "fragments",
        workers=processes,
        cut=cut_of(plan),
        journal=journal,
        watcher=observer,
        kept=kept,
        shard=options.shard,
        chunk_rows=options.chunk_rows,
    )
    there = (*kept, *made.entries)
    with FolderWriter(
        staging.folder, files, part_rows=cut_of(plan), kept=there, journal=journal, words=plan.schema.words
    ) as writer:
        return _complete(plan, writer.finish(_schemas(plan)), made.rows)


def _on_threads(
    plan: Plan,
    options: RunOptions,
    files: FileSink,
    staging: Staging,
    kept: Kept,
    journal: Journal,
    observer: Observer,
    first: Mapping[str, int],
) -> dict[str, TableEntry]:
    workers = options.threads or available_processors()
    with (
        ThreadPoolExecutor(workers, thread_name_prefix="fanwise-write") as pool,
        FolderWriter(
            staging.folder,
            files,
            part_rows=cut_of(plan),
            pool=pool,
            kept=kept,
            journal=journal,
            words=plan.schema.words,
        ) as writer,
    ):
        ends = _generate(writer, plan, options, first, observer)
        return _complete(plan, writer.finish(_schemas(plan)), ends)


def _generate(
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


def _complete(plan: Plan, tables: dict[str, TableEntry], ends: Mapping[str, int]) -> dict[str, TableEntry]:
    """Return the tables with the types that are declared; raise FanwiseError where rows are missing."""
    if wrong := [name for name, entry in tables.items() if entry.rows != ends[name]]:
        raise FanwiseError("FW-DEFECT", f"rows are missing in the files of {', '.join(wrong)}")
    return {name: replace(entry, columns=plan.schema.tables[name].types) for name, entry in tables.items()}

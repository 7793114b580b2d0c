"""A run on Spark: executors write the part files of their shards into the stage, the driver puts them together.

An executor writes into a folder of its own attempt and then moves each finished file to its place, so an executor that
dies, or a task that Spark runs twice, leaves nothing half-written there. Names and boundaries of files follow the
shards, and the shards follow the plan and the options: neither executors nor repetitions change a byte.
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import polars as pl

from fanwise.generator.errors import FanwiseError, OutputError
from fanwise.generator.output.content_hash import ContentHash
from fanwise.generator.output.formats import FileSink
from fanwise.generator.output.manifest import FileEntry, TableEntry
from fanwise.generator.output.publishing.cutting import rows_of_parts
from fanwise.generator.output.publishing.swap import sync_folder
from fanwise.generator.output.publishing.target import as_output_error
from fanwise.generator.output.publishing.writer import FolderWriter
from fanwise.generator.plan import Plan
from fanwise.generator.spark.jobs import Counted, counted, each
from fanwise.generator.spark.session import spark_session
from fanwise.generator.spark.shards import PlanPayload, RootShard, shards_of, tree_frames

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["SparkOptions", "write_on_spark", "write_tables"]


class Watcher(Protocol):
    """Receives the progress of a run; `fanwise.generator.run.options.Observer` is one."""

    def begin(self, stage: str, rows: float = 0.0) -> None: ...

    def advance(self, rows: int, size: int = 0) -> None: ...


_SHARED = (
    "put --out on a file system that all executors share under this very path, or let Spark write where it likes "
    "with fanwise.generator.spark.tables"
)


@dataclass(frozen=True, slots=True)
class SparkOptions:
    """How a run is to use Spark.

    master: the URL of a cluster; None: the session that is active in this program, else all cores of this machine.
    shards: into how many the rows of the root with the largest tables are cut, the others in proportion; None: by the
    rows expected. Files follow them, values do not. log: let Spark write its log to standard error.
    """

    master: str | None = None
    shards: int | None = None
    log: bool = False


@dataclass(frozen=True, slots=True)
class _Stage:
    """The stage as executors find it. folder: where parts end up; attempts: where they are made."""

    folder: Path
    attempts: Path
    identity: str

    @property
    def marker(self) -> Path:
        return self.attempts / "marker"

    def look(self) -> None:
        """Raise OutputError on an executor that does not see this very stage."""
        try:
            seen = self.marker.read_text(encoding="utf-8") == self.identity
        except OSError:
            seen = False
        if not seen:
            why = f"the executor on {socket.gethostname()} does not see this folder of the driver"
            raise OutputError("FW-SPARK-FAILED", why, _SHARED, str(self.folder))


@dataclass(frozen=True, slots=True)
class _Task:
    """What one executor writes: a shard, and for each table with files there the number of its first part.

    None in the place of a number: the table has no other part, so its file is not in a folder of its own.
    """

    part: RootShard
    numbers: Mapping[str, int | None]


def write_on_spark(
    options: SparkOptions, plan: Plan, files: FileSink, folder: Path, watcher: Watcher, *, chunk_rows: int | None = None
) -> dict[str, TableEntry]:
    """Do `write_tables` in the active Spark session, or in one that lives as long as the writing.

    Raises what `spark_session` raises beside.
    """
    with spark_session(options.master, name=f"fanwise {plan.dataset.name}", log=options.log) as spark:
        return write_tables(spark, plan, files, folder, watcher, shards=options.shards, chunk_rows=chunk_rows)


def write_tables(
    spark: SparkSession,
    plan: Plan,
    files: FileSink,
    folder: Path,
    watcher: Watcher,
    *,
    shards: int | None = None,
    chunk_rows: int | None = None,
) -> dict[str, TableEntry]:
    """Generate a plan on the executors and write it below `folder`; return what was written, in the schema's order.

    folder: empty, absolute, on a file system that all executors share; a folder `attempts` beside it is made and
    removed. watcher: told of the stages count and generate, and of the rows of finished shards. shards: as for
    `fanwise.generator.spark.tables`. Raises OutputError where Spark or a disk fails, or where an executor does not see
    the folder; PlanError for a value that does not fit.
    """
    payload = PlanPayload(plan)
    stage = _Stage(folder, folder.parent / "attempts", payload.identity)
    schemas = plan.schema.written

    def work(task: _Task) -> dict[str, Any]:
        return _write(task, payload, files, stage, schemas, chunk_rows)

    with _attempts(stage):
        watcher.begin("count")
        found = counted(spark, payload, shards_of(plan, shards), stage.look)
        total = sum(sum(rows.values()) for rows in found.rows)
        watcher.begin("generate", total)
        tasks = _tasks(plan, found, rows_of_parts(schemas))
        written = each(spark, tasks, work, _Advance(watcher, total, len(found.parts)))
    tables = _tables(plan, schemas, written)
    _check(tables, found, folder)
    return tables


@dataclass(slots=True)
class _Advance:
    """Tells a watcher of the rows of `total` that are done with so many of `tasks` tasks."""

    watcher: Watcher
    total: int
    tasks: int
    done: int = 0

    def __call__(self, finished: int) -> None:
        rows = self.total * finished // self.tasks
        if rows > self.done:
            self.watcher.advance(rows - self.done)
            self.done = rows


@contextmanager
def _attempts(stage: _Stage) -> Iterator[None]:
    with as_output_error(stage.attempts):
        stage.attempts.mkdir()
        stage.marker.write_text(stage.identity, encoding="utf-8")
    try:
        yield
    finally:
        # What cannot be removed lies in the stage, and goes with it.
        shutil.rmtree(stage.attempts, ignore_errors=True)


def _tasks(plan: Plan, found: Counted, cut: Mapping[str, int]) -> list[_Task]:
    """Return the shards with the numbers of their part files; a table without rows gets a file in its first shard."""
    parts = [{name: -(-size // cut[name]) for name, size in rows.items() if name in cut} for rows in found.rows]
    totals = {name: sum(shard.get(name, 0) for shard in parts) for name in plan.tables}
    numbers = dict.fromkeys(plan.tables, 0)
    tasks = []
    for part, shard in zip(found.parts, parts, strict=True):
        first: dict[str, int | None] = {}
        for name, count in shard.items():
            if count or (part.shard.index == 1 and not totals[name]):
                first[name] = numbers[name] if totals[name] > 1 else None
            numbers[name] += count
        tasks.append(_Task(part, first))
    return tasks


def _write(
    task: _Task,
    payload: PlanPayload,
    files: FileSink,
    stage: _Stage,
    schemas: Mapping[str, pl.Schema],
    chunk_rows: int | None,
) -> dict[str, Any]:
    """Write a shard on an executor; return table -> entries of its files."""
    from pyspark import TaskContext

    stage.look()
    plan, references = payload.open()
    context = TaskContext.get()
    own = stage.attempts / f"attempt-{context.taskAttemptId() if context else 0}"
    here = schemas.keys() & {task.part.root, *plan.tables[task.part.root].below}
    with as_output_error(own):
        own.mkdir()
        try:
            with FolderWriter(own, files, part_rows=rows_of_parts(schemas), words=plan.schema.words) as writer:
                for frames in tree_frames(plan, references, task.part, chunk_rows):
                    for table, frame in frames.items():
                        writer.write(table, frame)
                made = writer.finish({name: schemas[name] for name in here})
            return {
                name: [asdict(entry) for entry in _moved(made[name].files, own, stage.folder, name, first)]
                for name, first in task.numbers.items()
            }
        finally:
            shutil.rmtree(own, ignore_errors=True)


def _moved(
    entries: Sequence[FileEntry], source: Path, folder: Path, table: str, first: int | None
) -> Iterator[FileEntry]:
    """Move the parts of a table to their place; yield their entries there."""
    for index, entry in enumerate(entries):
        suffix = entry.path.partition(".")[2]
        path = f"{table}.{suffix}" if first is None else f"{table}/part-{first + index:05d}.{suffix}"
        (folder / path).parent.mkdir(exist_ok=True)
        (source / entry.path).replace(folder / path)
        yield replace(entry, path=path)


def _tables(
    plan: Plan, schemas: Mapping[str, pl.Schema], written: Sequence[Mapping[str, Any]]
) -> dict[str, TableEntry]:
    out = {}
    for name in schemas:
        entries = tuple(FileEntry(**entry) for tables in written for entry in tables.get(name, ()))
        whole = ContentHash()
        for entry in entries:
            whole.merge(ContentHash.from_hexdigest(entry.content_hash))
        out[name] = TableEntry(whole.rows, whole.hexdigest(), plan.schema.tables[name].types, entries)
    return out


def _check(tables: Mapping[str, TableEntry], found: Counted, folder: Path) -> None:
    """Raise OutputError for a file that is not here as an executor left it; make the folders durable."""
    for name, entry in tables.items():
        if entry.rows != sum(rows.get(name, 0) for rows in found.rows):
            raise FanwiseError("FW-DEFECT", f"rows are missing in the files of {name}")
    with as_output_error(folder):
        for name, entry in tables.items():
            for file in entry.files:
                if (folder / file.path).stat().st_size != file.bytes:
                    why = "does not have the size that the executor reported"
                    raise OutputError("FW-SPARK-FAILED", why, _SHARED, str(folder / file.path))
            if len(entry.files) > 1:
                sync_folder(folder / name)
        sync_folder(folder)

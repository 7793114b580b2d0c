"""The size of a run: limits, rows counted where that is cheap, and bytes measured on a sample."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from fanwise.generator.context import GenerationContext, Ints, Rows
from fanwise.generator.engine.executor import chunks, frame_of, sizes
from fanwise.generator.engine.local import available_processors
from fanwise.generator.engine.references import TableReferences
from fanwise.generator.errors import OutputError, PlanError
from fanwise.generator.output.formats import FileSink
from fanwise.generator.output.formats.parquet import ROW_GROUP, ParquetSink
from fanwise.generator.plan import Plan

__all__ = [
    "expected_bytes",
    "has_room_to_spare",
    "likely_rows",
    "processes_for",
    "refuse_full_disk",
    "refuse_too_many_rows",
]

SAMPLE_ROWS = ROW_GROUP  # of each table: the bytes per row depend on the number of distinct values in a row group
QUICK_ROWS = 32_768  # if a fifth more or less does not matter
COUNTED_ROWS = (
    1_000_000  # rows expected below a root up to which they are counted; this takes a few hundredths of a second
)
_WINDOWS = 4  # places in a table where its sample is taken, because sequence numbers grow longer
_WIDEST = 65_536  # root rows of a window if few of them have rows of the table
_GENEROUS = 256  # bytes per cell, more than almost any table needs in any format
_SPARE = 1.2  # of the expected bytes must be free; the estimate is within a few percent

_FEWEST_WORKERS = 4  # that are started without being asked for
_WORKER_ROWS = 4_000_000  # for each of them: about as much work as ten starts of a worker


def refuse_too_many_rows(plan: Plan, limit: int | None) -> None:
    """Raise PlanError if the plan expects more rows in total than `limit` (`--max-rows`)."""
    if limit is None:
        return
    total = sum(plan.expected_rows.values())
    if total > limit:
        name, most = max(plan.expected_rows.items(), key=lambda item: item[1])
        table = plan.dataset.tables[name]
        why = f"about {total:,.0f} rows, {most:,.0f} of them in '{name}', are more than --max-rows {limit:,}"
        hint = "raise --max-rows, or lower --scale, the rows of root tables or the fanouts"
        raise PlanError(plan.dataset.problem("FW-PLAN-MAX-ROWS", table.place, why, hint))


def likely_rows(plan: Plan) -> dict[str, float]:
    """Return the number of rows of each table: counted where that is cheap, else expected.

    Small numbers of rows vary much around their expectation; large ones do not.
    """
    references = TableReferences(plan.tables)
    small = {
        root.name
        for root in plan.roots
        if sum(plan.expected_rows[name] for name in (root.name, *root.below)) <= COUNTED_ROWS
    }
    counted = {name: 0.0 for root in plan.roots if root.name in small for name in (root.name, *root.below)}
    for chunk in chunks(plan):
        if chunk.root in small:
            for name, size in sizes(plan, chunk, references).items():
                counted[name] += size
    return {name: counted.get(name, rows) for name, rows in plan.expected_rows.items()}


def expected_bytes(
    plan: Plan, sink: FileSink, folder: Path, rows: Mapping[str, float] | None = None, *, sample_rows: int = SAMPLE_ROWS
) -> dict[str, float]:
    """Return the expected size of each table's files in bytes, from samples written into `folder` and removed.

    rows: of each table, from `likely_rows`. sample_rows: of each table; a table of up to twice as many is measured
    whole.
    """
    references = TableReferences(plan.tables)
    rows = likely_rows(plan) if rows is None else rows
    found: dict[str, float] = {}
    for root in plan.roots:
        for name in plan.schema.tables.keys() & {root.name, *root.below}:
            windows = _sample(plan, references, root.name, name, rows, sample_rows)
            found[name] = _size(windows, rows[name], sink, folder / name)
    return {name: found[name] for name in plan.schema.tables}


def _sample(
    plan: Plan, references: TableReferences, root: str, table: str, rows: Mapping[str, float], sample_rows: int
) -> list[pl.DataFrame]:
    """Return windows of a table's rows, spread over it; a small table is one window."""
    whole = plan.rows[root]
    if rows[table] <= 2 * sample_rows and whole <= _WIDEST:
        spans = [(0, whole)]
    else:
        each = max(rows[table], 1.0) / whole  # rows of the table per root row
        width = min(whole // _WINDOWS, _WIDEST, max(1, round(sample_rows / _WINDOWS / each)))
        starts = [(2 * place + 1) * whole // (2 * _WINDOWS) - width // 2 for place in range(_WINDOWS)]
        spans = [(start, start + width) for start in starts]
    frames = []
    for start, stop in spans:

        def numbers(ctx: GenerationContext, before: float = start / whole if whole else 0.0) -> Ints:
            first = round(before * rows[ctx.table.name])
            return np.arange(first, first + len(ctx))

        top = Rows.of_root(root, np.arange(start, stop))
        ctx = GenerationContext(plan.tables[root], top, None, references, numbers)
        frames.append(frame_of(plan, ctx.reach(table)))
        ctx.release()
    return frames


def _size(windows: list[pl.DataFrame], rows: float, sink: FileSink, path: Path) -> float:
    """Return the bytes of a table of so many rows, of which `windows` are known.

    A file has a fixed size, such as dictionaries of texts, and a size per row. Two samples, one within the other,
    separate the two. Each row group of a Parquet file has its own dictionaries.
    """
    frame = pl.concat(windows)
    full = _written(sink, frame, path)
    known = frame.height
    if known >= rows or known < 2:
        return full
    half = pl.concat([window.head(window.height // 2) for window in windows])
    each = (full - _written(sink, half, path)) / (known - half.height)
    own = max(0.0, full - each * known)
    groups = -(-rows // ROW_GROUP) if isinstance(sink, ParquetSink) else 1.0
    return own * groups + (full - own) / known * rows


def _written(sink: FileSink, frame: pl.DataFrame, path: Path) -> int:
    path = path.with_name(f"{path.name}{sink.suffix}")
    try:
        sink.write(frame, path)
        return path.stat().st_size
    finally:
        path.unlink(missing_ok=True)


def processes_for(workers: int | None, rows: float = 0) -> int:
    """Return how many processes make so many rows: `--workers`, but no more than there are processors.

    By default all processors, where there are enough of both: `benchmarks/workers.py` says that two workers bring
    nothing on two processors, and `benchmarks/cores.py` what more of them should bring. One means threads of this
    process: so it is on Windows, whose pipes are others, and where no Python can be started.
    """
    if os.name == "nt" or not sys.executable:
        return 1
    if workers is not None:
        return min(workers, max(2, available_processors()))
    most = min(available_processors(), int(rows // _WORKER_ROWS))
    return most if most >= _FEWEST_WORKERS else 1


def has_room_to_spare(plan: Plan, rows: float, folder: Path) -> bool:
    """Return whether the disk of `folder` holds so many rows of 256 bytes per cell; then no sample is needed."""
    widest = max(len(table.written) for table in plan.tables.values())
    return shutil.disk_usage(folder).free > rows * widest * _GENEROUS


def refuse_full_disk(expected: float, folder: Path) -> None:
    """Raise OutputError if the disk of `folder` has less space than `expected` bytes and a reserve."""
    free = shutil.disk_usage(folder).free
    if free < expected * _SPARE:
        why = f"about {expected / 1e6:,.0f} MB are needed, but only {free / 1e6:,.0f} MB are free"
        raise OutputError("FW-OUTPUT-FULL", why, path=str(folder))

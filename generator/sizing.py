"""How large a run will be: refused where it is beyond reason, and measured in bytes on a small sample."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl

from generator.errors import OutputError, PlanError, Problem
from generator.executor import Chunk, build, count
from generator.plan import Plan
from generator.references import TableReferences
from generator.sinks import FileSink

__all__ = ["expected_bytes", "refuse_full_disk", "refuse_too_many_rows"]

SAMPLE_ROWS = 16_384  # of the largest table below each root
_SPARE = 1.2  # of the expected bytes must be free; the expectation is within a few percent


def refuse_too_many_rows(plan: Plan, limit: int | None) -> None:
    """Raise PlanError where the plan expects more rows in all than `limit` (`--max-rows`)."""
    if limit is None:
        return
    total = sum(plan.expected_rows.values())
    if total > limit:
        name, most = max(plan.expected_rows.items(), key=lambda item: item[1])
        table = plan.dataset.tables[name]
        why = f"about {total:,.0f} rows, {most:,.0f} of them in '{name}', are more than --max-rows {limit:,}"
        hint = "raise --max-rows, or lower --scale, the rows of the roots or the fanouts"
        raise PlanError(Problem(why, hint, f"tables.{name}", mark=table.mark, file=plan.dataset.file))


def expected_bytes(plan: Plan, sink: FileSink, folder: Path) -> dict[str, float]:
    """Return the expected size of each table's files in bytes, from a sample written into `folder` and removed."""
    references = TableReferences(plan.tables)
    sizes: dict[str, float] = {}
    for root in plan.roots:
        rows = plan.rows[root.name]
        largest = max(plan.expected_rows[name] for name in (root.name, *root.below))
        some = min(rows, max(1, int(SAMPLE_ROWS * rows / largest))) if largest else rows
        frames = build(plan, count(plan, Chunk(root.name, 0, some), references), {})
        for name, frame in frames.items():
            # Two sizes tell the bytes of a row from those that a file has anyway.
            empty, full = (_written(sink, part, folder / f"{name}{sink.suffix}") for part in (frame.clear(), frame))
            each = (full - empty) / frame.height if frame.height else 0.0
            sizes[name] = empty + each * plan.expected_rows[name]
    return {name: sizes[name] for name in plan.tables}


def _written(sink: FileSink, frame: pl.DataFrame, path: Path) -> int:
    try:
        sink.write(frame, path)
        return path.stat().st_size
    finally:
        path.unlink(missing_ok=True)


def refuse_full_disk(expected: float, folder: Path) -> None:
    """Raise OutputError where the disk of `folder` has less room than `expected` bytes and a spare part."""
    free = shutil.disk_usage(folder).free
    if free < expected * _SPARE:
        why = f"about {expected / 1e6:,.0f} MB are to be written, but only {free / 1e6:,.0f} MB are free"
        raise OutputError(Problem(why, "make room, choose another --out, or lower --scale", str(folder)))

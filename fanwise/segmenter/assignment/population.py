"""The whole population to its segments, in batches: as frames, and as a Parquet file.

What comes out depends on the customers and the model only, never on the size of batches or the number of threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from fanwise.segmenter.assignment.archetypes import archetype_codes
from fanwise.segmenter.assignment.batches import BATCH_ROWS, Batch, Features, Progress, batches, live_axes
from fanwise.segmenter.assignment.counts import AxisCounts, Tally
from fanwise.segmenter.assignment.nearest import STRENGTHS, strength
from fanwise.segmenter.errors import MappingError, OutputError
from fanwise.segmenter.model.model import AxisModel, Model
from fanwise.segmenter.model.validation import INSUFFICIENT, OTHER, UNASSIGNED
from fanwise.text.numbers import number, percent
from fanwise.text.terminal import table, wrapped

__all__ = ["Assigned", "assign", "assign_to", "count_segments", "format_of", "long_frame", "tallied", "wide_frame"]

_ROW_GROUP = 131_072  # fixed, so that the bytes of a file do not depend on the batches


@dataclass(frozen=True, slots=True)
class Assigned:
    """The result for a population: the customers per segment, for each axis that is not off."""

    customers: int
    axes: tuple[AxisCounts, ...]
    names: Mapping[str, tuple[str, ...]]

    @property
    def nobody(self) -> bool:
        """Whether no customer has a segment on any axis, as where the source lacks what the model's axes need."""
        return not any(sum(axis.sizes) for axis in self.axes)

    def line(self) -> str:
        """Return how many customers were assigned, in one line."""
        if self.nobody:
            return f"0 of {self.customers:,} customers assigned: the source lacks what the model's axes need"
        return f"{self.customers:,} customers assigned"

    def text(self) -> str:
        """Return tables of at most 80 columns."""
        lines = [self.line()]
        for axis in self.axes:
            lines += ["", axis.axis]
            sizes = zip((*self.names[axis.axis], INSUFFICIENT, UNASSIGNED), _all_sizes(axis), strict=True)
            rows = [[name, f"{size:,}", percent(size / max(self.customers, 1))] for name, size in sizes if size]
            lines += table(["segment", "customers", "share"], rows)
            if axis.distance is not None:
                lines += wrapped(f"mean squared distance {number(axis.distance)}, silhouette {number(axis.silhouette)}")
        return "\n".join(lines) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON takes."""
        axes = {
            axis.axis: {
                "segments": dict(zip(self.names[axis.axis], axis.sizes, strict=True)),
                "insufficient_history": axis.insufficient,
                "unassigned": axis.unassigned,
                "mean_squared_distance": axis.distance,
                "silhouette": axis.silhouette,
            }
            for axis in self.axes
        }
        return {"customers": self.customers, "axes": axes}


def assign(
    model: Model,
    features: Features,
    *,
    batch_size: int = BATCH_ROWS,
    threads: int | None = None,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Return the segments of all customers as one frame; its columns are those of `assign_to`."""
    frames = [wide_frame(model, batch) for batch in batches([model], features, batch_size, threads, progress)]
    return pl.concat(frames) if frames else pl.DataFrame(schema=wide_schema(model))


def assign_to(
    path: str | Path,
    model: Model,
    features: Features,
    *,
    batch_size: int = BATCH_ROWS,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Assigned:
    """Write the segments of all customers to a file that ends in .parquet or .csv, and return the counts.

    Columns: `customer_id`; `archetype` if the model has any; per axis that is not off `AXIS` (name of the segment,
    "insufficient history" or "unassigned"), `AXIS.margin` (Float64 in [0, 1], null without a segment) and
    `AXIS.strength` (weak, moderate, strong; null without a segment). The file appears when it is whole.

    Raises MappingError for another ending, SourceError where the features cannot be read, OutputError where the file
    cannot be written.
    """
    from polars.io.plugins import register_io_source

    target, kind = Path(path), format_of(path)
    part = target.with_name(f".{target.name}.part")
    tallies = {axis.axis: Tally(axis) for axis in live_axes(model)}
    failed: list[BaseException] = []

    def frames(*_: object) -> Iterator[pl.DataFrame]:
        try:
            for batch in batches([model], features, batch_size, threads, progress):
                for name, tally in tallies.items():
                    tally.add(batch.positions[0][name])
                yield wide_frame(model, batch)
        except BaseException as error:
            failed.append(error)  # polars would make an error of its own of it
            raise

    source = register_io_source(frames, schema=wide_schema(model), is_pure=True)
    try:
        # Of a file that is open here, what polars writes late after an error goes with the name.
        with part.open("wb") as file:
            if kind == "csv":
                source.sink_csv(file, maintain_order=True)
            else:
                source.sink_parquet(
                    file, row_group_size=_ROW_GROUP, maintain_order=True, compression="zstd", compression_level=1
                )
        part.replace(target)
    except (OSError, pl.exceptions.PolarsError) as error:
        if failed:
            raise failed[0] from None
        why = f"cannot be written: {' '.join(str(error).split())[:200]}"
        raise OutputError("FW-OUTPUT-WRITE", why, path=str(target)) from error
    finally:
        part.unlink(missing_ok=True)
    return tallied(model, tallies.values())


def count_segments(
    model: Model,
    features: Features,
    *,
    batch_size: int = BATCH_ROWS,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Assigned:
    """Return the customers per segment without writing a file."""
    tallies = {axis.axis: Tally(axis) for axis in live_axes(model)}
    for batch in batches([model], features, batch_size, threads, progress):
        for name, tally in tallies.items():
            tally.add(batch.positions[0][name])
    return tallied(model, tallies.values())


def format_of(path: str | Path) -> str:
    """Return the format that a file's ending names, `parquet` or `csv` (MappingError for another)."""
    kind = Path(path).suffix.lower().removeprefix(".")
    if kind not in ("parquet", "csv"):
        why = f"unknown file ending '{Path(path).suffix}'"
        raise MappingError("FW-USAGE-VALUE", why, "use .parquet or .csv", str(path))
    return kind


def tallied(model: Model, tallies: Iterable[Tally]) -> Assigned:
    """Return what was counted."""
    counted = tuple(tally.counted() for tally in tallies)
    customers = sum(_all_sizes(counted[0])) if counted else 0
    return Assigned(customers, counted, {axis.axis: _names(axis) for axis in live_axes(model)})


def wide_schema(model: Model) -> dict[str, pl.DataType]:
    """Return the columns of `wide_frame`."""
    schema: dict[str, pl.DataType] = {"customer_id": pl.String()}
    if model.archetypes:
        schema["archetype"] = pl.Enum([*(each.name for each in model.archetypes), OTHER])
    for axis in live_axes(model):
        schema[axis.axis] = pl.Enum([UNASSIGNED, INSUFFICIENT, *_names(axis)])
        schema[f"{axis.axis}.margin"] = pl.Float64()
        schema[f"{axis.axis}.strength"] = pl.Enum(STRENGTHS)
    return schema


def wide_frame(model: Model, batch: Batch) -> pl.DataFrame:
    """Return a row per customer."""
    schema = wide_schema(model)
    columns: dict[str, pl.Series] = {"customer_id": batch.ids}
    if model.archetypes:
        codes = archetype_codes(model.archetypes, batch.codes())
        columns["archetype"] = _enum(np.where(codes < 0, len(model.archetypes), codes), schema["archetype"])
    for name, position in batch.positions[0].items():
        columns[name] = _enum(position.codes + 2, schema[name])
        missing = pl.Series(position.codes < 0)
        columns[f"{name}.margin"] = pl.Series(position.margin).set(missing, None)
        columns[f"{name}.strength"] = _enum(strength(position.margin), schema[f"{name}.strength"], missing)
    return pl.DataFrame(columns)


def long_frame(model: Model, batch: Batch) -> pl.DataFrame:
    """Return a row per customer and axis: customer_id, axis, segment_id, status, margin, strength.

    status: assigned, insufficient history or unassigned; without a segment, segment_id, margin and strength are null.
    """
    parts = []
    for axis in live_axes(model):
        position = batch.positions[0][axis.axis]
        missing = pl.Series(position.codes < 0)
        parts.append(
            pl.DataFrame(
                {
                    "customer_id": batch.ids,
                    "axis": pl.repeat(axis.axis, len(batch.ids), eager=True, dtype=pl.String),
                    "segment_id": pl.Series(position.codes.astype(np.int16)).set(missing, None),
                    "status": _enum(np.minimum(position.codes, 0) + 2, pl.Enum([UNASSIGNED, INSUFFICIENT, "assigned"])),
                    "margin": pl.Series(position.margin).set(missing, None),
                    "strength": _enum(strength(position.margin), pl.Enum(STRENGTHS), missing),
                }
            )
        )
    return pl.concat(parts)


def _enum(codes: np.ndarray[Any, Any], kind: pl.DataType, missing: pl.Series | None = None) -> pl.Series:
    series = pl.Series(codes.astype(np.uint8 if len(kind.categories) <= 255 else np.uint16))  # type: ignore[attr-defined]
    named = series.cat.to(kind)
    return named if missing is None else named.set(missing, None)


def _names(axis: AxisModel) -> tuple[str, ...]:
    return tuple(segment.name for segment in axis.segments)


def _all_sizes(axis: AxisCounts) -> tuple[int, ...]:
    return (*axis.sizes, axis.insufficient, axis.unassigned)

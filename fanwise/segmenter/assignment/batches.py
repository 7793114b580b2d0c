"""The features of a population, read in batches and located: the one road by which all else goes through customers."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fanwise.segmenter.assignment.nearest import Floats, Position, locate
from fanwise.segmenter.axes import FeatureTable
from fanwise.segmenter.errors import Problem, SourceError
from fanwise.segmenter.model.model import AxisModel, Model

__all__ = ["BATCH_ROWS", "Batch", "Features", "Progress", "batches", "live_axes"]

BATCH_ROWS = 131_072
_LARGEST_BATCH = 1 << 22
_SMALL_BATCH = 1 << 14
_FEATURES = "give features from build_features"

Features = FeatureTable | str | Path
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some customers, in the order of the features.

    start: the row of the first. columns: raw values per feature that is there, NaN for none. positions: per model and
    axis with segments, where they stand.
    """

    start: int
    ids: pl.Series
    columns: Mapping[str, Floats]
    positions: tuple[Mapping[str, Position], ...]

    def codes(self, model: int = 0) -> dict[str, NDArray[np.int8]]:
        """Return the segment codes per axis."""
        return {axis: position.codes for axis, position in self.positions[model].items()}


def live_axes(model: Model) -> tuple[AxisModel, ...]:
    """Return the axes that have segments."""
    return tuple(axis for axis in model.axes if axis.segments)


def batches(
    models: Sequence[Model],
    features: Features,
    batch_size: int = BATCH_ROWS,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Iterator[Batch]:
    """Yield the customers in order, located by each model in one pass. At most `threads` + 1 batches are in memory.

    Raises SourceError where the features cannot be read, or hold no `customer_id`, or something else than numbers.
    """
    path = features.path if isinstance(features, FeatureTable) else Path(features)
    if not 1 <= batch_size <= _LARGEST_BATCH:
        raise SourceError(
            "FW-USAGE-VALUE", f"must be between 1 and {_LARGEST_BATCH:,}, not {batch_size}", path="batch size"
        )
    wanted = {feature.name for model in models for axis in live_axes(model) for feature in axis.features}
    names, rows = _readable(path, wanted)
    workers = threads or os.cpu_count() or 1
    batch_size = min(batch_size, max(_SMALL_BATCH, -(-rows // workers)))  # so that all workers have one
    scan = pl.scan_parquet(path).select("customer_id", *(pl.col(name).cast(pl.Float64) for name in names))

    def read(start: int) -> Batch:
        try:
            frame = scan.slice(start, batch_size).collect()
        except (OSError, pl.exceptions.PolarsError) as error:
            raise _unreadable(path, error) from error
        columns = {name: frame[name].to_numpy() for name in names}
        positions = tuple(
            {axis.axis: locate(axis, columns, frame.height) for axis in live_axes(model)} for model in models
        )
        return Batch(start, frame["customer_id"], columns, positions)

    waiting: deque[Future[Batch]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for start in range(0, rows, batch_size):
                waiting.append(pool.submit(read, start))
                if len(waiting) > workers:
                    yield _taken(waiting, progress, rows)
            while waiting:
                yield _taken(waiting, progress, rows)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _taken(waiting: deque[Future[Batch]], progress: Progress | None, rows: int) -> Batch:
    batch = waiting.popleft().result()
    if progress is not None:
        progress(batch.start + len(batch.ids), rows)
    return batch


def _readable(path: Path, wanted: set[str]) -> tuple[list[str], int]:
    """Return the features of the model that the file has, and its rows."""
    try:
        scan = pl.scan_parquet(path)
        schema = scan.collect_schema()
        rows = int(scan.select(pl.len()).collect().item())
    except (OSError, pl.exceptions.PolarsError) as error:
        raise _unreadable(path, error) from error
    problems = []
    if schema.get("customer_id") != pl.String:
        problems.append(Problem("FW-SOURCE-FEATURES", "is missing or not text", _FEATURES, f"{path}: customer_id"))
    names = sorted(wanted & schema.keys())
    problems += [
        Problem("FW-SOURCE-FEATURES", f"must be a number, not {schema[name]}", _FEATURES, f"{path}: {name}")
        for name in names
        if not schema[name].is_numeric()
    ]
    if problems:
        raise SourceError(problems)
    return names, rows


def _unreadable(path: Path, error: Exception) -> SourceError:
    why = f"cannot be read as Parquet: {' '.join(str(error).split())[:200]}"
    return SourceError("FW-SOURCE-FEATURES", why, _FEATURES, str(path))

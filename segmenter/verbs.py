"""The verbs of discovery on sources as people have them: a location, a mapping, an as-of date.

Every verb opens its source in a work folder of its own, makes the features, does one thing, and leaves nothing behind
but its result. `Watcher` hears how far it is.
"""

from __future__ import annotations

import datetime as dt
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from segmenter.archetypes import archetype_axes, find_archetypes
from segmenter.assigning import Assigned, assign_to
from segmenter.axes import FeatureTable
from segmenter.batching import BATCH_ROWS
from segmenter.comparing import Comparison, Cost, compare
from segmenter.drifting import Drift, drift
from segmenter.errors import MappingError, Problem, SourceError
from segmenter.features import build_features
from segmenter.model import Model
from segmenter.naming import name_segments
from segmenter.one import Assignment, assign_one
from segmenter.profiling import Profile, profile
from segmenter.refreshing import Refreshed, refresh
from segmenter.saving import Saved, save
from segmenter.source import open_source

__all__ = [
    "Discovered", "Place", "Watcher", "assign_customer", "assign_source", "compare_source", "discover", "drift_source",
    "profile_source", "refresh_source", "save_source",
]  # fmt: skip

Watcher = Callable[[str, int, int], None]
"""Called with a stage, how much of it is done, and how much there is (0 where that is not known)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where customers are: a location, how its tables are to be read, and the instant to look back from.

    location: a folder or file of CSV or Parquet, a DuckDB database, or `postgresql://…`. mapping: a YAML file; without
    it, tables and columns are known by their names. as_of: default the last order.
    """

    location: str | Path
    mapping: Path | None = None
    as_of: dt.date | dt.datetime | None = None
    threads: int | None = None
    memory_mb: int | None = None


@dataclass(frozen=True, slots=True)
class Discovered:
    """What discovery found: the model, its segments among all customers, and how the source was read.

    inferred, notes: one sentence each. seconds: of wall time, by stage.
    """

    model: Model
    profile: Profile
    inferred: tuple[str, ...]
    notes: tuple[str, ...]
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Opened:
    table: FeatureTable
    inferred: tuple[str, ...]


def discover(
    place: Place,
    *,
    sample_size: int = 5000,
    allocation: str = "quota",
    axes: Sequence[str] | None = None,
    archetypes: Sequence[str] | None = None,
    max_k: int = 8,
    seed: int = 0,
    full: bool = False,
    watcher: Watcher | None = None,
) -> Discovered:
    """Return the segments of a source: found in a sample (or, with `full`, in everybody), then told for all customers.

    archetypes: axes whose segments are combined; default value, frequency and trajectory, as far as they are there.
    The other options are those of `segmenter.fitting.fit`. Raises MappingError and SourceError with all that is wrong.
    """
    from segmenter.fitting import fit

    seconds: dict[str, float] = {}
    with _features(place, watcher, axes=axes, seconds=seconds) as opened:
        with _timed(seconds, "cluster"):
            fitted = fit(
                opened.table,
                sample_size=sample_size,
                allocation=allocation,
                axes=axes,
                max_k=max_k,
                seed=seed,
                full=full,
                progress=_stage(watcher, "cluster"),
            )
        with _timed(seconds, "assign"):
            model = name_segments(fitted)
            if archetype_axes(model, archetypes):
                model = find_archetypes(model, opened.table, archetypes, threads=place.threads)
            told = profile(model, opened.table, threads=place.threads, progress=_stage(watcher, "assign"))
        return Discovered(model, told, opened.inferred, opened.table.notes, seconds)


def assign_source(
    model: Model, place: Place, target: Path, *, batch_size: int = BATCH_ROWS, watcher: Watcher | None = None
) -> Assigned:
    """Write the segments of every customer of a source to a Parquet file (columns: see `assign_to`)."""
    with _features(place, watcher, model) as opened:
        progress = _stage(watcher, "assign")
        return assign_to(target, model, opened.table, batch_size=batch_size, threads=place.threads, progress=progress)


def save_source(
    model: Model, place: Place, url: str, *, batch_size: int = BATCH_ROWS, watcher: Watcher | None = None
) -> Saved:
    """Put the model and the segments of every customer of a source into a database (see `segmenter.saving.save`)."""
    with _features(place, watcher, model) as opened:
        progress = _stage(watcher, "save")
        return save(url, model, opened.table, batch_size=batch_size, threads=place.threads, progress=progress)


def assign_customer(model: Model, place: Place, customer: str) -> Assignment:
    """Return where one customer of a source stands (SourceError where the source has no such customer)."""
    import polars as pl

    with _features(place, None, model, customers=[customer]) as opened:
        rows = pl.read_parquet(opened.table.path).filter(pl.col("customer_id") == customer)
        if not rows.height:
            why = f"there is no customer '{customer[:80]}' with an order until {opened.table.as_of:%Y-%m-%d %H:%M:%S}"
            raise SourceError(Problem(why, "check the id, or give --as-of a later date", str(place.location)))
        return assign_one(model, rows.row(0, named=True))


def profile_source(model: Model, place: Place, *, watcher: Watcher | None = None) -> Profile:
    """Return the profile of a model for the customers of a source."""
    with _features(place, watcher, model) as opened:
        return profile(model, opened.table, threads=place.threads, progress=_stage(watcher, "assign"))


def drift_source(model: Model, place: Place, *, watcher: Watcher | None = None) -> Drift:
    """Return how the customers of a source differ from those that the model was made from."""
    with _features(place, watcher, model) as opened:
        return drift(model, opened.table, threads=place.threads, progress=_stage(watcher, "assign"))


def refresh_source(
    model: Model, place: Place, *, before: Place | None = None, watcher: Watcher | None = None
) -> Refreshed:
    """Return the model with new centroids from a source, its names kept; `before`: where the customers were earlier."""
    axes = [axis.axis for axis in model.axes]
    with _features(place, watcher, axes=axes) as opened:
        progress = _stage(watcher, "cluster")
        if before is None:
            return refresh(model, opened.table, progress=progress)
        with _features(before, watcher, model) as old:
            return refresh(model, opened.table, old_features=old.table, progress=progress)


def compare_source(
    model: Model, place: Place, *, other: Model | None = None, watcher: Watcher | None = None
) -> Comparison:
    """Return how a model of a sample differs from a full one: `other`, or one that is fitted here to everybody.

    Fitted here, a second full model with another seed says how alike two full models are, and both are timed.
    """
    with _features(place, watcher, model) as opened:
        table, reseeded = opened.table, None
        full, costs = other, dict[str, Cost]()
        if full is None:
            _, costs["sample"] = _refit(model, table, model.seed, False, _stage(watcher, "sample"))
            full, costs["full"] = _refit(model, table, model.seed, True, _stage(watcher, "full"))
            reseeded, _ = _refit(model, table, model.seed + 1, True, _stage(watcher, "again"))
        progress = _stage(watcher, "assign")
        return compare(model, full, table, reseeded=reseeded, costs=costs, threads=place.threads, progress=progress)


def _refit(
    model: Model, table: FeatureTable, seed: int, full: bool, progress: Callable[[int, int], None] | None
) -> tuple[Model, Cost]:
    """Return a model with the same settings, of the sample or of everybody, and what it cost."""
    from segmenter.fitting import fit

    begun = time.perf_counter()
    fitted = fit(
        table,
        sample_size=model.sample.size,
        allocation=model.sample.allocation if model.sample.allocation != "full" else "quota",
        axes=[axis.axis for axis in model.axes if axis.axis in table.states],
        max_k=max((score.k for axis in model.axes for score in axis.scores), default=8),
        seed=seed,
        full=full,
        progress=progress,
    )
    return fitted, Cost(time.perf_counter() - begun, peak_bytes())


@contextmanager
def _features(
    place: Place,
    watcher: Watcher | None,
    model: Model | None = None,
    *,
    axes: Sequence[str] | None = None,
    customers: Sequence[str] | None = None,
    seconds: dict[str, float] | None = None,
) -> Iterator[_Opened]:
    """Open a source and make its features, with a model's constants where they are to fit it; all goes at the end."""
    if model is not None:
        axes = [axis.axis for axis in model.axes if axis.status != "off"]
    told, kept = _stage(watcher, "features"), seconds if seconds is not None else {}
    with TemporaryDirectory(prefix="fanwise-discovery-") as folder:
        if told is not None:
            told(0, 0)
        with _timed(kept, "read"):
            source = open_source(
                place.location,
                place.mapping,
                folder=Path(folder),
                as_of=place.as_of,
                threads=place.threads,
                memory_mb=place.memory_mb,
                constants=model.constants if model is not None else None,
            )
        with source:
            with _timed(kept, "features"):
                constants = model.constants if model is not None else None
                table = build_features(source, axes, constants=constants, customers=customers)
            yield _Opened(table, source.inferred)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    seconds[stage] = time.perf_counter() - begun


def _stage(watcher: Watcher | None, stage: str) -> Callable[[int, int], None] | None:
    if watcher is None:
        return None
    return lambda done, total: watcher(stage, done, total)


def peak_bytes() -> int:
    """Return the most memory that this process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def instant_of(text: str) -> dt.date | dt.datetime:
    """Return the day or instant that a text says: `2024-01-31` or `2024-01-31T12:30:00` (MappingError otherwise)."""
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 else dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise MappingError(Problem(f"'{text[:40]}' is no date", "write 2024-01-31", "as_of")) from error

"""The verbs of discovery on sources as people have them: a location, a mapping, an as-of date.

Every verb opens its source in a work folder of its own, makes the features, does one thing, and leaves nothing behind
but its result. A location alone will do where a `Place` is asked for. A `Watcher` hears how far it is.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fanwise.io.problems import nearest
from fanwise.segmenter.assignment.archetypes import archetype_axes, find_archetypes
from fanwise.segmenter.assignment.batches import BATCH_ROWS, live_axes
from fanwise.segmenter.assignment.customer import Assignment, assign_one
from fanwise.segmenter.assignment.population import Assigned, assign_to, count_segments, format_of
from fanwise.segmenter.axes import AXES, FeatureTable
from fanwise.segmenter.errors import MappingError, Problem, SourceError
from fanwise.segmenter.model.io import model_id
from fanwise.segmenter.model.labels import name_segments
from fanwise.segmenter.model.model import Model
from fanwise.segmenter.monitor.compare import Comparison, Cost, compare
from fanwise.segmenter.monitor.drift import Drift, drift
from fanwise.segmenter.monitor.refresh import Refreshed, refresh
from fanwise.segmenter.report.model import Profile
from fanwise.segmenter.report.profile import profile
from fanwise.segmenter.session import Place, Watcher, instant_of, opened, part_of, timed
from fanwise.segmenter.stores import Saved, save, store_of

__all__ = [
    "Discovered", "Place", "Watcher", "assign_customer", "assign_source", "compare_source", "discover", "drift_source",
    "instant_of", "profile_source", "refresh_source", "save_source",
]  # fmt: skip

Where = Place | str | Path


@dataclass(frozen=True, slots=True)
class Discovered:
    """What discovery found: the model, its segments among all customers, and how the source was read.

    source: the location without secrets. inferred, notes: one sentence each. seconds: of wall time, by stage (`read`,
    `features`, `cluster`, `assign`).
    """

    model: Model
    profile: Profile
    source: str
    inferred: tuple[str, ...]
    notes: tuple[str, ...]
    seconds: Mapping[str, float]

    def text(self) -> str:
        """Return the profile as text, of at most 80 columns."""
        return self.profile.text()

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON takes; the model goes into a file of its own (`save_model`)."""
        return {
            "model_id": model_id(self.model),
            "source": self.source,
            "inferred": list(self.inferred),
            "notes": list(self.notes),
            "seconds": {stage: round(seconds, 3) for stage, seconds in self.seconds.items()},
            "profile": self.profile.to_dict(),
        }


def discover(
    place: Where,
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
    """Return the segments of a source: found in a sample (or, with `full`, in all customers), then profiled for all
    customers.

    sample_size: customers, never fewer than 2000 nor than 300 per cluster that is tried, unless there are fewer.
    allocation: `quota`, `proportional`, `neyman` or `coreset`. axes: those wanted, all by default. archetypes: axes
    whose segments are combined; default value, frequency and trajectory, as far as they have segments. max_k: most
    segments of an axis, 1 to 50. seed: another sample and other starts.

    Raises MappingError for options that do not fit or a wrong mapping, MissingExtraError without threadpoolctl, and
    SourceError for what cannot be read or used; each with all that is wrong, and before the first row where possible.
    """
    from fanwise.segmenter.clustering.fit import check_options, fit
    from fanwise.segmenter.clustering.kmeans import require

    require()
    check_options(AXES, sample_size, allocation, axes, max_k)
    _check_archetypes(archetypes, axes)
    seconds: dict[str, float] = {}
    place = _placed(place)
    with opened(place, watcher, axes=axes, seconds=seconds) as source:
        with timed(seconds, "cluster"):
            fitted = fit(
                source.table,
                sample_size=sample_size,
                allocation=allocation,
                axes=axes,
                max_k=max_k,
                seed=seed,
                full=full,
                progress=part_of(watcher, "cluster"),
            )
        with timed(seconds, "assign"):
            model, notes = _combined(name_segments(fitted), source.table, archetypes, place.threads)
            told = profile(model, source.table, threads=place.threads, progress=part_of(watcher, "assign"))
        return Discovered(model, told, source.shown, source.inferred, (*source.table.notes, *notes), seconds)


def assign_source(
    model: Model,
    place: Where,
    target: str | Path | None = None,
    *,
    to: str | Path | None = None,
    batch_size: int = BATCH_ROWS,
    watcher: Watcher | None = None,
) -> Assigned:
    """Give every customer of a source their segments: in a file, in a database, in both, or only counted.

    target: a file that ends in .parquet or .csv (columns: see `assign_to`). to: the URL of a database (see
    `fanwise.segmenter.stores.save`). Raises MappingError, SourceError and OutputError as these do.
    """
    if target is not None:
        format_of(target)
    if to is not None:
        store_of(to)
    place = _placed(place)
    with opened(place, watcher, model) as source:
        known: dict[str, Any] = {"batch_size": batch_size, "threads": place.threads}
        done = None
        if target is not None:
            done = assign_to(target, model, source.table, progress=part_of(watcher, "assign"), **known)
        if to is not None:
            done = save(to, model, source.table, progress=part_of(watcher, "save"), **known).assigned
        return done or count_segments(model, source.table, progress=part_of(watcher, "assign"), **known)


def save_source(
    model: Model, place: Where, url: str | Path, *, batch_size: int = BATCH_ROWS, watcher: Watcher | None = None
) -> Saved:
    """Save the model and the segments of every customer into a database (see `fanwise.segmenter.stores.save`)."""
    store_of(url)
    place = _placed(place)
    with opened(place, watcher, model) as source:
        progress = part_of(watcher, "save")
        return save(url, model, source.table, batch_size=batch_size, threads=place.threads, progress=progress)


def assign_customer(model: Model, place: Where, customer: str) -> Assignment:
    """Return where one customer of a source stands (SourceError where the source has no such customer)."""
    import polars as pl

    with opened(_placed(place), None, model, customers=[customer]) as source:
        rows = pl.read_parquet(source.table.path).filter(pl.col("customer_id") == customer)
        if not rows.height:
            why = f"there is no customer '{customer[:80]}' with an order until {source.table.as_of:%Y-%m-%d %H:%M:%S}"
            raise SourceError("FW-SOURCE-CUSTOMER", why, path=source.shown)
        return assign_one(model, rows.row(0, named=True))


def profile_source(model: Model, place: Where, *, watcher: Watcher | None = None) -> Profile:
    """Return the profile of a model for the customers of a source."""
    place = _placed(place)
    with opened(place, watcher, model) as source:
        return profile(model, source.table, threads=place.threads, progress=part_of(watcher, "assign"))


def drift_source(model: Model, place: Where, *, watcher: Watcher | None = None) -> Drift:
    """Return how the customers of a source differ from those that the model was made from."""
    place = _placed(place)
    with opened(place, watcher, model) as source:
        return drift(model, source.table, threads=place.threads, progress=part_of(watcher, "assign"))


def refresh_source(
    model: Model, place: Where, *, before: Where | None = None, watcher: Watcher | None = None
) -> Refreshed:
    """Return the model with new centroids from a source, its names kept.

    before: where the customers were earlier, for the flow of those in both; without it, both models assign the same
    customers. Raises as `discover` does.
    """
    from fanwise.segmenter.clustering.kmeans import require

    require()
    axes = [axis.axis for axis in model.axes]
    with opened(_placed(place), watcher, model, axes=axes, learning=True) as source:
        progress = part_of(watcher, "cluster")
        if before is None:
            return refresh(model, source.table, progress=progress)
        with opened(_placed(before), watcher, model) as old:
            return refresh(model, source.table, old_features=old.table, progress=progress)


def compare_source(
    model: Model, place: Where, *, other: Model | None = None, watcher: Watcher | None = None
) -> Comparison:
    """Return how a model of a sample differs from a full one: `other`, or one that is fitted here to all customers.

    Fitted here, a second full model with another seed says how alike two full models are, and both are timed.
    """
    from fanwise.segmenter.clustering.kmeans import require

    if other is None:
        require()
    place = _placed(place)
    with opened(place, watcher, model) as source:
        table, reseeded = source.table, None
        full, costs = other, dict[str, Cost]()
        if full is None:
            _, costs["sample"] = _refit(model, table, model.seed, False, part_of(watcher, "sample"))
            full, costs["full"] = _refit(model, table, model.seed, True, part_of(watcher, "full"))
            reseeded, _ = _refit(model, table, model.seed + 1, True, part_of(watcher, "again"))
        progress = part_of(watcher, "assign")
        return compare(model, full, table, reseeded=reseeded, costs=costs, threads=place.threads, progress=progress)


def _refit(
    model: Model, table: FeatureTable, seed: int, full: bool, progress: Callable[[int, int], None] | None
) -> tuple[Model, Cost]:
    """Return a model with the same settings, of the sample or of all customers, and its cost."""
    from fanwise.segmenter.clustering.fit import fit

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


def _placed(where: Where) -> Place:
    return where if isinstance(where, Place) else Place(where)


def _check_archetypes(archetypes: Sequence[str] | None, axes: Sequence[str] | None) -> None:
    """Refuse axes that are not there before anything is read."""
    known = [axis for axis in AXES if axes is None or axis in axes]
    unknown = [axis for axis in archetypes or () if axis not in known]
    if unknown:
        raise MappingError(
            Problem("FW-USAGE-NAME", f"unknown axis {axis!r}", nearest(axis, known), "archetypes") for axis in unknown
        )


def _combined(
    model: Model, table: FeatureTable, archetypes: Sequence[str] | None, threads: int | None
) -> tuple[Model, list[str]]:
    """Return the model with archetypes, and a note on axes that were asked for and have no segments."""
    live = [axis.axis for axis in live_axes(model)]
    lost = [axis for axis in archetypes or () if axis not in live]
    wanted = None if archetypes is None else [axis for axis in archetypes if axis in live]
    combined = archetype_axes(model, wanted)
    if len(combined) > 1 or (archetypes and combined):  # one axis alone would only repeat its segments
        model = find_archetypes(model, table, wanted, threads=threads)
    return model, [f"archetypes do not use {', '.join(lost)}: they have no segments"] if lost else []


def peak_bytes() -> int | None:
    """Return the most memory that this process has held so far; None where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024

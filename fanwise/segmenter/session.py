"""A place where customers are, opened for one verb: a work folder, its source, its features; all goes at the end."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from fanwise.segmenter.assignment.batches import live_axes
from fanwise.segmenter.axes import FeatureTable
from fanwise.segmenter.errors import MappingError, ModelError
from fanwise.segmenter.features import build_features
from fanwise.segmenter.ingest.mapping import carried_mapping
from fanwise.segmenter.ingest.source import open_source
from fanwise.segmenter.model.model import Model

__all__ = ["Opened", "Place", "Watcher", "instant_of", "opened", "part_of", "timed"]

Watcher = Callable[[str, int, int], None]
"""Called with a stage, how much of it is done, and how much there is (0 where that is not known)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where customers are: a location, how its tables are to be read, and the instant to look back from.

    location: a folder or file of CSV or Parquet, a DuckDB database, or `postgresql://…` (as text). mapping: a YAML
    file; without it, the mapping of a model holds, else tables and columns are known by their names. as_of: in UTC; a
    date is the midnight that begins it; default: the last order. threads: default one per core. memory_mb: of DuckDB,
    in megabytes; the rest spills to disk.
    tell: called with each note on what was left out or assumed.
    """

    location: str | Path
    mapping: Path | None = None
    as_of: dt.date | dt.datetime | None = None
    threads: int | None = None
    memory_mb: int | None = None
    tell: Callable[[str], None] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """The features of a place. shown: its location without secrets. inferred: what was taken for what, a line each."""

    table: FeatureTable
    shown: str
    inferred: tuple[str, ...]


@contextmanager
def opened(
    place: Place,
    watcher: Watcher | None = None,
    model: Model | None = None,
    *,
    axes: Sequence[str] | None = None,
    customers: Sequence[str] | None = None,
    learning: bool = False,
    seconds: dict[str, float] | None = None,
) -> Iterator[Opened]:
    """Yield the features of a place: of `axes`, or those that a model needs, with its constants and its mapping.

    A mapping of the place wins over that of the model. learning: the constants are those of the place, not the model's.
    seconds: gets the wall time of reading and of making features. Raises ModelError for a model without segments,
    MappingError and SourceError with all that is wrong with the place.
    """
    if model is not None and axes is None:
        axes = [axis.axis for axis in live_axes(model)]
        if not axes:
            raise ModelError("FW-MODEL-EMPTY", "has no segments on any axis", path="model")
    told, kept = part_of(watcher, "features"), seconds if seconds is not None else {}
    with TemporaryDirectory(prefix="fanwise-discovery-") as folder:
        if watcher is not None:
            watcher("read", 0, 0)
        with timed(kept, "read"):
            source = open_source(
                place.location,
                place.mapping or (carried_mapping(model.mapping) if model is not None else None),
                folder=Path(folder),
                as_of=place.as_of,
                threads=place.threads,
                memory_mb=place.memory_mb,
            )
        with source:
            if told is not None:
                told(0, 0)
            with timed(kept, "features"):
                constants = model.constants if model is not None and not learning else None
                if model is not None and place.mapping is not None:
                    source.note_mapping_of(carried_mapping(model.mapping))
                table = build_features(source, axes, constants=constants, customers=customers)
            if place.tell is not None:
                for note in table.notes:
                    place.tell(note)
            yield Opened(table, source.shown, source.inferred)


@contextmanager
def timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    """Put the wall time of a block, in seconds, under the name of its stage."""
    begun = time.perf_counter()
    yield
    seconds[stage] = time.perf_counter() - begun


def part_of(watcher: Watcher | None, stage: str) -> Callable[[int, int], None] | None:
    """Return what tells a watcher how far one stage is."""
    if watcher is None:
        return None
    return lambda done, total: watcher(stage, done, total)


def instant_of(text: str) -> dt.date | dt.datetime:
    """Return the day or instant that a text says: `2024-01-31` or `2024-01-31T12:30:00` (MappingError otherwise)."""
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 else dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise MappingError("FW-USAGE-VALUE", f"'{text[:40]}' is not a date", "write 2024-01-31", "as-of") from error

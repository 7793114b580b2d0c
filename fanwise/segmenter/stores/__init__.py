"""Segments in a database: the model, its segments and every customer's, in one transaction; DuckDB and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from fanwise.io.url import Address
from fanwise.segmenter.assignment.batches import BATCH_ROWS, Features, Progress, batches, live_axes
from fanwise.segmenter.assignment.counts import Tally
from fanwise.segmenter.assignment.population import Assigned, long_frame, tallied
from fanwise.segmenter.errors import MappingError
from fanwise.segmenter.model.io import model_id
from fanwise.segmenter.model.model import Model
from fanwise.segmenter.stores.base import Rows, Store
from fanwise.segmenter.stores.duckdb import DuckdbStore
from fanwise.segmenter.stores.postgresql import PostgresqlStore
from fanwise.segmenter.stores.tables import definitions, models, with_model

__all__ = ["Saved", "Store", "save", "store_of"]

WAYS = "give duckdb:///shop.duckdb, a path that ends in .duckdb, or postgresql://USER@HOST/NAME"


@dataclass(frozen=True, slots=True)
class Saved:
    """What is in the database now. place: where, without secrets."""

    place: str
    model_id: str
    assigned: Assigned

    def text(self) -> str:
        """Return lines of at most 80 columns."""
        return f"{self.assigned.text()}\nSaved as model {self.model_id} in {self.place}\n"

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON takes."""
        return {"place": self.place, "model_id": self.model_id, "assigned": self.assigned.to_dict()}


def save(
    url: str | Path,
    model: Model,
    features: Features,
    *,
    batch_size: int = BATCH_ROWS,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Saved:
    """Assign all customers and put the model, its segments and theirs into a database.

    url: `duckdb:///FILE` (or a path that ends in .duckdb or .db) or `postgresql://USER@HOST/NAME`. One transaction:
    where anything fails, the database is as it was. Rows of the same model and customer are replaced, all others stay.

    Raises MappingError for another kind of URL or a driver that is not installed, SourceError where the features cannot
    be read, OutputError where the database refuses; none of them shows a password.
    """
    store = store_of(url)
    tallies = {axis.axis: Tally(axis) for axis in live_axes(model)}

    def customers() -> Iterator[pl.DataFrame]:
        for batch in batches([model], features, batch_size, threads, progress):
            for name, tally in tallies.items():
                tally.add(batch.positions[0][name])
            yield with_model(model, long_frame(model, batch))

    rows: Rows = {
        "segment_model": iter([models(model)]),
        "segment_definition": iter([definitions(model)]),
        "customer_segment": customers(),
    }
    store.write(rows)
    return Saved(store.shown, model_id(model), tallied(model, tallies.values()))


def store_of(url: str | Path) -> Store:
    """Return the database that a URL or a path names (MappingError for what names none)."""
    address = Address(str(url))
    if address.scheme in ("postgresql", "postgres"):
        return PostgresqlStore(address)
    if address.scheme == "duckdb" and address.file:
        return DuckdbStore(Path(address.file))
    if not address.scheme and Path(address.url).suffix.lower() in (".duckdb", ".db"):
        return DuckdbStore(Path(address.url))
    # What follows the kind may hold a password.
    named = f"{address.scheme[:20]}://" if address.scheme else address.url[:80]
    raise MappingError("FW-USAGE-URL", f"{named} is not a database", WAYS, "to")

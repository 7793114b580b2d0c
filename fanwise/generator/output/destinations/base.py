"""The interface between a run and its destination."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

import polars as pl

from fanwise.generator.errors import OutputError
from fanwise.generator.output.manifest import Manifest
from fanwise.generator.plan.schema import RelationalSchema
from fanwise.io.url import Address

__all__ = ["MANIFEST_TABLE", "Delivery", "Destination", "Tables", "refuse_taken", "refused"]

MANIFEST_TABLE = "fanwise_manifest"  # one row, one column `manifest`: the manifest's text
SLICE_ROWS = 1 << 18  # rows in memory at a time


@dataclass(frozen=True, slots=True)
class Tables:
    """Tables to create and fill.

    schema: tables with their columns and keys. frames: the rows of a table, piece by piece, in row order.
    """

    schema: RelationalSchema
    frames: Callable[[str], Iterator[pl.DataFrame]]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A run that passed: its files in `folder`, their manifest, and a callback for rows that have arrived.

    schema: as in `Tables`. documents: reports, name -> text, for places that hold files.
    """

    schema: RelationalSchema
    folder: Path
    manifest: Manifest
    documents: Mapping[str, str]
    advance: Callable[[int], None]

    def files(self, table: str) -> list[Path]:
        """Return the files of a table, in row order."""
        return [self.folder / entry.path for entry in self.manifest.tables[table].files]

    def tables(self) -> Tables:
        """Return the tables as they are read from the files, a slice at a time."""
        return Tables(self.schema, self._frames)

    def _frames(self, table: str) -> Iterator[pl.DataFrame]:
        for path in self.files(table):
            frame = pl.read_parquet(path, glob=False, schema=self.schema.tables[table].written)
            for piece in frame.iter_slices(SLICE_ROWS):
                yield piece
                self.advance(piece.height)


class Destination(Protocol):
    """One destination of a run that passed. The run closes it, however it ends.

    schemes: the words before `://`. formats: the supported values of `--format`. shown: the URL without secrets. All
    methods raise OutputError if the destination refuses; earlier data is then intact.
    """

    schemes: ClassVar[tuple[str, ...]]
    formats: ClassVar[tuple[str, ...]]

    def __init__(self, address: Address, *, force: bool = False) -> None: ...

    @property
    def shown(self) -> str: ...

    def prepare(self, schema: RelationalSchema) -> None:
        """Raise OutputError, before any row is generated, for what prevents the delivery: rights, existing data."""
        ...

    def deliver(self, delivery: Delivery) -> None:
        """Replace the contents of the destination by the data of the run and its manifest, completely or not at all."""
        ...

    def manifest(self) -> Manifest | None:
        """Return the manifest stored at the destination, or None if there is none."""
        ...

    def close(self) -> None:
        """Release what `prepare` acquired."""
        ...


def refused(place: str, why: str, hint: str, code: str = "FW-OUTPUT-DESTINATION") -> OutputError:
    """Return the error for a destination that refuses."""
    return OutputError(code, " ".join(why.split())[:400], hint, place)


def refuse_taken(place: str, manifest: Manifest, *, force: bool) -> None:
    """Raise OutputError if data of an earlier run is at `place` and may not be replaced."""
    if not force:
        why = f"already holds a data set ('{manifest.dataset}', seed {manifest.seed})."
        hint = "--force replaces the tables that its manifest lists, or choose another --to."
        raise refused(place, why, hint, "FW-OUTPUT-EXISTS")

"""The names that a source itself has: those that a schema could not have matter where data are judged as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fanwise.inference.yaml_text import name_of
from fanwise.io.duckdb_session import Session
from fanwise.io.errors import FanwiseError
from fanwise.io.tables import reader_of

if TYPE_CHECKING:
    from fanwise.io.tables import Location

__all__ = ["odd_names"]


def odd_names(location: Location) -> frozenset[str]:
    """Return the names of tables and columns of a source that a schema would write in another way.

    Nothing is raised for a source that cannot be read: who judges it will.
    """
    found: set[str] = set()
    with suppress(FanwiseError):
        found.update(_of_frames(location) if isinstance(location, Mapping) else _of_tables(location))
    return frozenset(name for name in found if name_of(name, set()) != name)


def _of_frames(frames: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of frames and their columns; no frame is read, for some can be read only once."""
    for table, frame in frames.items():
        yield str(table)
        schema = frame.collect_schema() if hasattr(frame, "collect_schema") else getattr(frame, "schema", None)
        names = getattr(schema, "names", None)
        columns = names() if callable(names) else names if names is not None else getattr(frame, "columns", ())
        yield from (column for column in columns if isinstance(column, str))


def _of_tables(location: Location) -> Iterator[str]:
    reader = reader_of(location)
    with Session.open(prefix="infer-") as session:
        try:
            reader.begin(session)
            session.close_the_doors(reader.folders)
            for table in reader.names():
                yield table
                with suppress(FanwiseError):
                    yield from reader.find(session, table).columns
        finally:
            reader.close()

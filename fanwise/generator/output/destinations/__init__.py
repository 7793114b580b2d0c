"""Destinations of a run besides a folder: databases, lakes, object stores. One file each.

A run stages its files, audits them, and delivers only data that passed. A failed audit never touches a destination.
Adding one is a file with a `Destination`, its entry in `BUILTIN`, a test of the same name and a row of docs/cli.md.
Other packages add destinations by the entry point group `fanwise.destinations`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from fanwise.generator.errors import OutputError, UsageError, nearest
from fanwise.generator.output.destinations.base import Destination
from fanwise.generator.output.destinations.delta import DeltaDestination
from fanwise.generator.output.destinations.duckdb import DuckdbDestination
from fanwise.generator.output.destinations.objects import ObjectStoreDestination
from fanwise.generator.output.destinations.postgresql import PostgresqlDestination
from fanwise.generator.output.destinations.sqlite import SqliteDestination
from fanwise.generator.output.manifest import Manifest
from fanwise.io.errors import SourceError
from fanwise.io.plugins import registered
from fanwise.io.url import Address

__all__ = ["BUILTIN", "destination", "destinations", "stored_manifest"]

BUILTIN: tuple[type[Destination], ...] = (
    DuckdbDestination,
    PostgresqlDestination,
    SqliteDestination,
    DeltaDestination,
    ObjectStoreDestination,
)

_ENDINGS = {".duckdb": "duckdb", ".ddb": "duckdb", ".db": "duckdb"}


def destination(url: str, *, force: bool = False) -> Destination:
    """Return the destination of a URL, or of a path that ends in .duckdb or .db. Nothing is opened yet.

    Raises UsageError for an unknown destination, MissingExtraError if its driver is not installed.
    """
    kinds = destinations()
    address = Address(url)
    if not address.scheme and Path(url).suffix.lower() in _ENDINGS:
        address = Address(f"{_ENDINGS[Path(url).suffix.lower()]}:///{url}")
    if address.scheme not in kinds:
        examples = "duckdb:///shop.duckdb or postgresql://user@host/database"
        hint = nearest(address.scheme, kinds) if address.scheme else f"write a URL, such as {examples}"
        raise UsageError("FW-USAGE-URL", "unknown destination", hint, "--to", address.shown[:200])
    return kinds[address.scheme](address, force=force)


def stored_manifest(url: str) -> Manifest | None:
    """Return the manifest stored with the data at a URL; None if there is none, or if the URL is not a destination.

    Raises SourceError if it cannot be read.
    """
    kind = destinations().get(Address(url).scheme)
    try:
        return kind(Address(url)).manifest() if kind is not None else None
    except OutputError as error:
        why = f"the manifest of the data cannot be read: {error.problems[0].why}"
        problem = replace(error.problems[0], code="FW-SOURCE-UNREADABLE", why=why)
    raise SourceError(problem)


@cache
def destinations() -> Mapping[str, type[Destination]]:
    """Return every destination by the schemes of its URLs, those of plug-ins after the built-in ones."""
    members = ("schemes", "formats", "shown", "prepare", "deliver", "manifest", "close")
    return registered("fanwise.destinations", BUILTIN, lambda kind: kind.schemes, members)

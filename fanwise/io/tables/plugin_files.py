"""Files in formats of plug-ins: the plug-in reads each into memory, and the session keeps it as Parquet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from fanwise.io.duckdb_session import Session
from fanwise.io.errors import SourceError
from fanwise.io.plugins import registered
from fanwise.io.quoting import quote_text

__all__ = ["copy", "plugin_suffixes"]

BUILTIN = frozenset({"parquet", "csv", "jsonl", "arrow", "delta"})
MEMBERS = ("name", "compressions", "suffixes", "write", "read")


@cache
def _formats() -> Mapping[str, Any]:
    return registered("fanwise.formats", (), lambda kind: [kind.name], MEMBERS, taken=BUILTIN)


def plugin_suffixes() -> dict[str, str]:
    """Return the endings of files that plug-ins can read, each with the name of its format."""
    return {suffix: name for name, kind in _formats().items() for suffix in kind.suffixes}


def copy(session: Session, form: str, paths: Sequence[Path]) -> tuple[Path, ...]:
    """Return a Parquet file for each file of this format (raises SourceError where the plug-in cannot read one)."""
    copies = []
    for path in paths:
        target = session.scratch / f"{session.new_name()}.parquet"
        try:
            rows = session.stream(_formats()[form].read(path))
            session.execute(f"COPY (SELECT * FROM {rows}) TO {quote_text(str(target))} (FORMAT parquet)")
            session.connection.unregister(rows)
        except SourceError:
            raise
        except Exception as error:  # whatever the package of somebody else makes of a damaged file
            why = f"the plug-in for the format {form} cannot read it: {type(error).__name__}: {error}"
            raise SourceError("FW-SOURCE-UNREADABLE", why, "write the file again.", str(path)) from error
        copies.append(target)
    return tuple(copies)

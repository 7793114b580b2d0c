"""File formats: part files of one format, written into a staging folder.

Adding a format is a file with a `FileSink`, its entry in `BUILTIN`, a test of the same name and a row of the reference.
Other packages add formats by the entry point group `fanwise.formats`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from fanwise.generator.errors import UsageError, nearest
from fanwise.generator.output.formats.arrow import ArrowSink
from fanwise.generator.output.formats.base import FileSink, Showing, describing
from fanwise.generator.output.formats.csv import CsvSink
from fanwise.generator.output.formats.jsonl import JsonLinesSink
from fanwise.generator.output.formats.parquet import ParquetSink
from fanwise.io.plugins import registered

__all__ = ["BUILTIN", "FileSink", "Showing", "describing", "formats", "sink"]

BUILTIN: tuple[type[FileSink], ...] = (ParquetSink, CsvSink, JsonLinesSink, ArrowSink)


@cache
def formats() -> Mapping[str, type[FileSink]]:
    """Return every format by its name, those of plug-ins after the built-in ones."""
    members = ("name", "compressions", "suffixes", "write", "read")
    return registered("fanwise.formats", BUILTIN, lambda kind: [kind.name], members)


def sink(name: str = "parquet", compression: str | None = None) -> FileSink:
    """Return the sink of format `name`; `compression` None is the format's default.

    Raises UsageError for an unknown format, or a compression that the format does not have.
    """
    kinds = formats()
    if name not in kinds:
        raise UsageError("FW-USAGE-NAME", f"--format {name}: unknown format.", _choices(name, kinds))
    kind = kinds[name]
    if compression is None:
        return kind(kind.compressions[0])
    if compression not in kind.compressions:
        why = f"--compression {compression}: not a compression of {name} files."
        raise UsageError("FW-USAGE-NAME", why, f"choose one of {', '.join(kind.compressions)}.")
    return kind(compression)


def _choices(name: str, kinds: Mapping[str, type[FileSink]]) -> str:
    guess = nearest(name, kinds)
    return guess if guess.startswith("did you mean") else f"choose one of {', '.join(kinds)}."

"""The interface between frames and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

import polars as pl

from fanwise.generator.plan.schema import Words

__all__ = ["Describing", "FileSink", "Showing", "describing"]


class FileSink(Protocol):
    """Writes one part file of one table.

    name: the value of `--format`. compressions: the values of `--compression`, the default first. suffix: the ending of
    file names, with the dot.
    """

    name: ClassVar[str]
    compressions: ClassVar[tuple[str, ...]]
    compression: str
    suffix: str

    def __init__(self, compression: str) -> None: ...

    def write(self, frame: pl.DataFrame, path: Path) -> None:
        """Write `frame` to `path`, a file that does not exist yet. Raises OSError for disk errors."""
        ...


@runtime_checkable
class Describing(Protocol):
    """A sink whose files can hold descriptions."""

    def described(self, words: Words) -> FileSink:
        """Return the sink that writes these words into its files."""
        ...


@runtime_checkable
class Showing(Protocol):
    """A sink that can show how its files begin, without reading the rest of them."""

    def first_rows(self, path: Path, count: int) -> Sequence[Mapping[str, Any]]:
        """Return the first rows of a file, each by column (raises OSError, ValueError, PolarsError for damage)."""
        ...


def describing(sink: FileSink, words: Words | None) -> FileSink:
    """Return the sink of a table with these words: `sink` itself where there are none, or where files hold none."""
    return sink.described(words) if words is not None and isinstance(sink, Describing) else sink

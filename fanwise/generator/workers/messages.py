"""What a caller and its workers say to each other, over the pipes of a process."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fanwise.generator.engine.executor import Chunk
from fanwise.generator.output.formats import FileSink
from fanwise.generator.output.manifest import FileEntry
from fanwise.generator.plan import Plan
from fanwise.generator.workers.blocks import Block, Fragment, Part

__all__ = [
    "Count",
    "Done",
    "Failed",
    "Frames",
    "Join",
    "Make",
    "Output",
    "Progress",
    "Setup",
    "Task",
    "Written",
    "decoded",
    "encoded",
]


@dataclass(frozen=True, slots=True)
class Setup:
    """What every task of a run needs.

    output: what those need that write files, else None.
    """

    plan: Plan
    output: Output | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """Where files are written.

    folder: of the part files. scratch: of the fragments. cut: the rows of a part of each table.
    """

    sink: FileSink
    folder: Path
    scratch: Path
    cut: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Count:
    """Count the rows of each table in these chunks."""

    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class Make:
    """Make a block.

    first: the row number with which each table begins in this run. totals: the rows of each table, which decide the
    names of files.
    """

    block: Block
    first: Mapping[str, int]
    totals: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Join:
    """Write a part of which all fragments are there, in the order of their rows."""

    part: Part
    fragments: tuple[Fragment, ...]
    totals: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Frames:
    """Make a chunk and return its frames. starts: the row number with which each of its tables begins."""

    chunk: Chunk
    starts: Mapping[str, int]


Task = Count | Make | Join | Frames


@dataclass(frozen=True, slots=True)
class Progress:
    """So many more rows are made."""

    rows: int


@dataclass(frozen=True, slots=True)
class Written:
    """A part is finished and durable."""

    part: Part
    entry: FileEntry


@dataclass(frozen=True, slots=True)
class Done:
    """A task is finished. result: sizes of chunks for `Count`, fragments for `Make`, frames for `Frames`, else None."""

    result: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """A task raised an error. trace: the traceback as text."""

    error: BaseException
    trace: str


def encoded(message: object) -> bytes:
    """Return a message as bytes; a plan holds compiled expressions, which only cloudpickle takes."""
    if not isinstance(message, Setup):
        return pickle.dumps(message)
    import cloudpickle

    text: bytes = cloudpickle.dumps(message)
    return text


def decoded(text: bytes) -> Any:
    """Return the message in bytes that `encoded` made, in this process or in one that it started."""
    return pickle.loads(text)  # noqa: S301

"""The journal of a run: the finished parts, so that a killed run can be resumed.

It has one line per part, written after the part itself is durable. The first line identifies the run. Each line ends
with its own checksum, because a power cut may truncate the last one. A resumed run compares the parts with the journal.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fanwise.generator.errors import OutputError
from fanwise.generator.output.manifest import FileEntry, Recipe, part_entry
from fanwise.generator.output.publishing.swap import write_durably

__all__ = ["Journal", "Journaled", "read_journal"]

_CHECK = "check"


@dataclass(frozen=True, slots=True)
class Journaled:
    """The contents of a journal: the recipe of the run and its finished parts."""

    recipe: Recipe
    parts: tuple[FileEntry, ...]


class Journal:
    """Writes a journal at `path`, replacing an older one. Use it in a `with` statement.

    recipe: what the run generates. kept: parts that exist already. Raises OSError for disk errors.
    """

    def __init__(self, path: Path, recipe: Recipe, kept: Iterable[FileEntry] = ()) -> None:
        lines = [_line({"recipe": dict(recipe)}), *(_line(asdict(entry)) for entry in kept)]
        write_durably(path, "".join(lines))
        self._file = path.open("a", encoding="utf-8", newline="\n")
        self._turn = threading.Lock()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, entry: FileEntry) -> None:
        """Add a part whose file is durable. Any thread may call this."""
        with self._turn:
            self._file.write(_line(asdict(entry)))
            self._file.flush()
            os.fsync(self._file.fileno())


def read_journal(path: Path) -> Journaled | None:
    """Return the contents of the journal at `path` up to the first truncated line, or None if there is no journal."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    head = _content(lines[0]) if lines else None
    if head is None or not isinstance(head.get("recipe"), dict):
        return None
    parts: dict[str, FileEntry] = {}
    for line in lines[1:]:
        content = _content(line)
        if content is None:
            break
        try:
            entry = part_entry(content, str(path))
        except OutputError:  # not a path that we write; never follow it out of the folder
            break
        parts[entry.path] = entry
    return Journaled(head["recipe"], tuple(parts.values()))


def _line(content: dict[str, Any]) -> str:
    return json.dumps({**content, _CHECK: _checksum(content)}, ensure_ascii=False) + "\n"


def _content(line: str) -> dict[str, Any] | None:
    """Return the contents of a line, or None if it is truncated."""
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or content.pop(_CHECK, None) != _checksum(content):
        return None
    return content


def _checksum(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]

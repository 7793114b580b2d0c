"""The journal of a run: which parts are finished, so that a run that was killed can be gone on with.

One line a part, appended and made durable after the part itself is; the first line says what the run makes. Each line
ends with a checksum of its own, since a power cut may tear the last one. What a journal says is a claim: whoever goes
on with a run compares the parts with it.
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
    """What a journal says: what the run makes, and the parts that it had finished."""

    recipe: Recipe
    parts: tuple[FileEntry, ...]


class Journal:
    """Writes a journal at `path`, in the place of an older one; use it in a `with` statement.

    recipe: what the run makes. kept: parts that are there already. Raises OSError where the disk refuses.
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
        """Add a part whose file is durable; any thread may do so."""
        with self._turn:
            self._file.write(_line(asdict(entry)))
            self._file.flush()
            os.fsync(self._file.fileno())


def read_journal(path: Path) -> Journaled | None:
    """Return what the journal at `path` says up to its first torn line, or None where there is no journal."""
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
        except OutputError:  # written by nobody who keeps our names: not to be followed out of the folder
            break
        parts[entry.path] = entry
    return Journaled(head["recipe"], tuple(parts.values()))


def _line(content: dict[str, Any]) -> str:
    return json.dumps({**content, _CHECK: _checksum(content)}, ensure_ascii=False) + "\n"


def _content(line: str) -> dict[str, Any] | None:
    """Return what a line says, or None where it is torn."""
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or content.pop(_CHECK, None) != _checksum(content):
        return None
    return content


def _checksum(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]

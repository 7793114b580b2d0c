"""The JSON Schema for editors: of the language, or with the names of one dataset, in a file that a comment names."""

from __future__ import annotations

import json
import re
from pathlib import Path

from fanwise.generator.cli.reports import written
from fanwise.generator.cli.screen import Screen
from fanwise.generator.errors import OutputError
from fanwise.generator.language import Dataset, language_text, load, specialised_schema

__all__ = ["give_json_schema", "refreshed"]

_COMMENT = re.compile(r"^# yaml-language-server: \$schema=(\S+)\s*$", re.MULTILINE)
_OWN = re.compile(r'\A\{\s*"\$schema": "[^"]*",\s*"title": "Fanwise dataset')


def give_json_schema(screen: Screen, dataset: str | None, out: Path | None) -> int:
    """Print the JSON Schema of the language, or the one of a dataset's own names, or write it to a file."""
    text = language_text() if dataset is None else _text(load(dataset))
    if out is None:
        screen.result(text)
        return 0
    if out.exists() and not _is_own(out):
        why = "was not written by gen schema, and is not replaced"
        raise OutputError("FW-OUTPUT-EXISTS", why, "choose another name", str(out))
    written(out, text)
    screen.note(f"Wrote {out}; begin the schema with: # yaml-language-server: $schema={out.name}")
    return 0


def refreshed(path: Path, dataset: Dataset) -> Path | None:
    """Write the names of a dataset to the file that its schema at `path` names for editors, if `gen schema` wrote it.

    Returns the file if it changed.
    """
    found = _COMMENT.search(path.read_text(encoding="utf-8", errors="replace"))
    if found is None or "://" in found[1]:
        return None
    target = path.parent / found[1]
    text = f"{_text(dataset)}\n"
    if not target.exists() or not _is_own(target) or target.read_text(encoding="utf-8") == text:
        return None
    written(target, text)
    return target


def _text(dataset: Dataset) -> str:
    return json.dumps(specialised_schema(dataset), indent=2, ensure_ascii=False)


def _is_own(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            return _OWN.match(stream.read(400)) is not None
    except OSError:
        return False

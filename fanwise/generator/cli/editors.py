"""The JSON Schema for editors: of the language, or with the names of one dataset, in a file that a comment names."""

from __future__ import annotations

import json
import re
from pathlib import Path

from fanwise.generator.cli.reports import written
from fanwise.generator.cli.screen import Screen
from fanwise.generator.errors import OutputError
from fanwise.generator.language import Dataset, language_text, load, specialised_schema

__all__ = ["give_json_schema"]

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


def _text(dataset: Dataset) -> str:
    return json.dumps(specialised_schema(dataset), indent=2, ensure_ascii=False)


def _is_own(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            return _OWN.match(stream.read(400)) is not None
    except OSError:
        return False

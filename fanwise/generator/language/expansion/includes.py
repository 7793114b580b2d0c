"""`include`: the parts of another file, put before those of this one."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from fanwise.generator.language.document.files import digest, read_below
from fanwise.generator.language.document.sources import RULES, Source
from fanwise.generator.language.expansion.draft import Draft
from fanwise.generator.language.problems import Complaints, Fault
from fanwise.io.problems import Refused
from fanwise.io.yaml import Document, decode, read_text

__all__ = ["include"]

CODE = "FW-SCHEMA-INCLUDE"
_NAMED = ("segments", "curves", "mixins", "tables")
_OWN = frozenset({"fanwise", "name", "include"})


def include(source: Source, complaints: Complaints) -> Source:
    """Return the source with what it includes; its hash is then that of all files. Problems are reported."""
    return _included(source, complaints, (Path(source.document.file).name,))


def _included(source: Source, complaints: Complaints, chain: tuple[str, ...]) -> Source:
    content = source.document.content
    file = content.get("include") if isinstance(content, dict) else None
    if not isinstance(file, str):
        return source
    with complaints.catch():
        other = _read(source, file, chain)
        inner = Complaints(other.document)
        whole = _included(other, inner, (*chain, file))
        for problem in inner.problems:
            complaints.keep(problem)
        both = hashlib.sha256(f"{source.sha256} {whole.sha256}".encode()).hexdigest()
        return replace(source, document=_merged(source.document, whole.document, complaints), sha256=both)
    return source


def _read(source: Source, file: str, chain: tuple[str, ...]) -> Source:
    """Return the file (raises Fault where it cannot be included, SchemaError where it is not YAML)."""
    if file in chain:
        why = f"the files include each other in a circle: {' > '.join([*chain[chain.index(file) :], file])}"
        raise Fault(CODE, ("include",), why, "delete one of the includes")
    try:
        content = read_below(source.folder, file, CODE, ".yaml")
    except Refused as error:
        raise Fault(error.code, ("include",), error.why, error.hint) from error
    name = str(Path(source.folder) / file)
    text = decode(content, name, RULES)
    document = read_text(text, name, RULES)
    if not isinstance(document.content, dict):
        raise Fault(CODE, ("include",), f"'{file}' holds no tables", "write it like a schema: tables: {…}")
    return Source(document, source.folder, text, digest(content))


def _merged(own: Document, other: Document, complaints: Complaints) -> Document:
    """Return the document with the parts of the other one first; where both say something else, its own counts."""
    draft = Draft(own, complaints)
    for key, value in other.content.items():
        if key in _NAMED and isinstance(value, dict):
            _add(draft, other, (key,), value)
        elif key == "checks" and isinstance(value, list):
            mine = draft.content.get("checks", [])
            if isinstance(mine, list):
                for at in range(len(value)):
                    draft.written["checks", at] = other, ("checks", at)
                for at in range(len(mine)):
                    draft.written["checks", len(value) + at] = own, ("checks", at)
                draft.content["checks"] = [*value, *mine]
        elif key == "audit" and isinstance(value, dict) and isinstance(draft.content.get("audit"), dict):
            _add(draft, other, ("audit", "expect"), value.get("expect", {}))
        elif key not in _OWN and key not in draft.content:
            draft.content[key] = value
            draft.written[key,] = other, (key,)
    return draft.finished()


def _add(draft: Draft, other: Document, place: tuple[str, ...], parts: Any) -> None:
    """Add named parts of the other document to those at `place`; the same name in both is reported."""
    above = draft.content
    for key in place[:-1]:
        above[key] = dict(above[key])
        above = above[key]
    own = above.get(place[-1], {})
    if not isinstance(own, dict) or not isinstance(parts, dict):
        return
    for name in parts:
        if name in own:
            mark = other.mark((*place, name), on_key=True)
            why = f"'{name}' is in {other.file} too{f', line {mark.line}' if mark else ''}"
            draft.complaints.add(CODE, (*place, name), why, "rename one of the two", on_key=True)
        else:
            draft.written[*place, name] = other, (*place, name)
    above[place[-1]] = {**parts, **own}

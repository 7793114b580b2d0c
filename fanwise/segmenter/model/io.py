"""The model file: JSON with canonical bytes, sealed by a checksum, read strictly; nothing is pickled.

    {"checksum": "sha256:…", "editable": {names}, "format": 1, "model": {everything else}}

`editable` holds the names of segments and archetypes, which a person may change; the checksum covers `model` only, so a
renamed model is still the same model, and any other change is found. Keys are sorted and floats written with the fewest
digits that give them back, so equal models are equal bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from fanwise.io.problems import first_of
from fanwise.io.whole_files import write_whole
from fanwise.segmenter.errors import ModelError, OutputError, Problem
from fanwise.segmenter.model.model import FORMAT, Archetype, Model, SegmentModel
from fanwise.segmenter.model.typed_json import Reader, encoded
from fanwise.segmenter.model.validation import faults

__all__ = ["dump_model", "load_model", "model_id", "parse_model", "save_model"]

_LEFT_OUT: Mapping[type, str] = {SegmentModel: "name", Archetype: "name"}
_PARTS = dict.fromkeys(("checksum", "editable", "format", "model"))
_AGAIN = "use the original file, or discover again"


def dump_model(model: Model) -> bytes:
    """Return the model file.

    Raises ModelError for a model that could not be read back (NaN, shapes that do not fit, names that collide).
    """
    if found := faults(model):
        raise ModelError(
            [
                Problem("FW-MODEL-FILE", why, "this is a defect of the program that made the model", path)
                for path, why in found
            ]
        )
    body = _body(model)
    names = {
        "archetypes": {each.id: each.name for each in model.archetypes},
        "segments": {axis.axis: [each.name for each in axis.segments] for axis in model.axes if axis.segments},
    }
    document = {"checksum": _seal(body), "editable": names, "format": FORMAT, "model": body}
    return (json.dumps(document, sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def save_model(model: Model, path: str | Path) -> None:
    """Write the model file; one that was there is replaced only when the new one is whole.

    Raises OutputError where the place cannot be written, ModelError as in `dump_model`.
    """
    content, target = dump_model(model), Path(path)
    try:
        write_whole(target, content)
    except OSError as error:
        why = f"cannot be written: {error.strerror or error}"
        raise OutputError("FW-OUTPUT-WRITE", why, path=str(target)) from error


def load_model(path: str | Path) -> Model:
    """Return the model in a file. Raises ModelError with all problems: the place, the value and a fix."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        why = f"cannot be read: {error.strerror or error}"
        raise ModelError("FW-MODEL-FILE", why, "give a model file from `gen discover`", str(path)) from error
    return parse_model(content, str(path))


def parse_model(content: bytes, place: str = "model") -> Model:
    """Return the model in the bytes of a file (ModelError as in `load_model`; `place` is how messages call it)."""
    reader = Reader(place, _LEFT_OUT)
    document = _document(content, reader)
    if document is None:
        _stop(reader)
    if reader.keys(_PARTS, document, "") and document["format"] != FORMAT:
        # Of another version nothing can be said, so this is the only problem.
        hint = f"this program reads format {FORMAT}; use the program that wrote it, or discover again"
        reader.wrong("format", "has another version, or none", hint)
    _stop(reader)
    body = document["model"]
    model: Model = reader.read(Model, {"mapping": "", **body} if isinstance(body, dict) else body, "model")
    names = document["editable"]
    reader.keys({"archetypes": None, "segments": None}, names, "editable")
    _stop(reader)
    if document["checksum"] != _seal(_body(model)):
        hint = f"only the names under 'editable' may be changed; {_AGAIN}"
        reader.wrong("checksum", "does not match: something under 'model' was changed or damaged", hint)
    model = _named(model, names, reader)
    unnamed = bool(reader.problems)
    for path, why in faults(model):
        if path.startswith("model"):
            reader.wrong(path, why, _AGAIN)
        elif not unnamed:
            reader.wrong(path, why, "give another name")
    _stop(reader)
    return model


def model_id(model: Model) -> str:
    """Return 16 hexadecimal digits that identify the model; renaming does not change them."""
    return _seal(_body(model)).partition(":")[2][:16]


def _body(model: Model) -> dict[str, Any]:
    """Return what the checksum covers; a model whose source had no mapping has no key for it."""
    body: dict[str, Any] = encoded(model, Model, _LEFT_OUT)
    if not model.mapping:
        del body["mapping"]
    return body


def _seal(body: Mapping[str, Any]) -> str:
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _document(content: bytes, reader: Reader) -> Any:
    twice: set[str] = set()

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            twice.update(key for key in found if keys.count(key) > 1)
        return found

    try:
        document = json.loads(content.decode("utf-8-sig"), object_pairs_hook=once)
    except json.JSONDecodeError as error:
        reader.wrong(f"{error.lineno}:{error.colno}", f"is not JSON: {error.msg}", _AGAIN)
    except UnicodeDecodeError:
        reader.wrong("", "is not text in UTF-8", _AGAIN)
    except (RecursionError, ValueError):  # brackets or digits without end
        reader.wrong("", "is not a model: nested too deep, or a number with too many digits", _AGAIN)
    else:
        for key in sorted(twice):
            reader.wrong("", f"duplicate key {key!r}", "keep one of them")
        return {} if document is None else document
    return None


def _named(model: Model, names: Mapping[str, Any], reader: Reader) -> Model:
    """Return the model with the names that a person may have edited."""
    ids = dict.fromkeys(each.id for each in model.archetypes)
    by_id = reader.read(Mapping[str, str], names["archetypes"], "editable.archetypes")
    named = {axis.axis: axis for axis in model.axes if axis.segments}
    by_axis = reader.read(Mapping[str, tuple[str, ...]], names["segments"], "editable.segments")
    fits = reader.keys(ids, by_id, "editable.archetypes") & reader.keys(
        dict.fromkeys(named), by_axis, "editable.segments"
    )
    if not fits:
        return model
    for axis in named.values():
        given, wanted = len(by_axis[axis.axis]), len(axis.segments)
        if given != wanted:
            reader.wrong(f"editable.segments.{axis.axis}", f"has {given} names for {wanted} segments", "name each once")
            return model
    return replace(
        model,
        archetypes=tuple(replace(each, name=by_id[each.id]) for each in model.archetypes),
        axes=tuple(
            replace(
                axis,
                segments=tuple(
                    replace(each, name=name)
                    for each, name in zip(axis.segments, by_axis.get(axis.axis, ()), strict=True)
                ),
            )
            for axis in model.axes
        ),
    )


def _stop(reader: Reader) -> None:
    if reader.problems:
        raise ModelError(first_of(reader.problems))

"""Mutants of models: refused with a code, or every customer in a segment that the model has."""

from __future__ import annotations

import json
import random
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from fanwise.segmenter import Model, Place, discover
from fanwise.segmenter.api import assign_source
from fanwise.segmenter.assignment.population import assign_to
from fanwise.segmenter.axes import FeatureTable
from fanwise.segmenter.model.io import _seal, dump_model, parse_model
from fanwise.segmenter.monitor.drift import drift
from fanwise.segmenter.session import opened
from tests.system.fuzz.edits import EDITS, put, some
from tests.system.fuzz.mappings import folder_of
from tests.system.fuzz.outcomes import Outcome, guarded, told

__all__ = ["judge", "mutant", "outcome_of"]

CUSTOMERS = 400
_open = ExitStack()


@cache
def whole() -> tuple[Model, FeatureTable]:
    """Return a model of a small shop, and the features of its customers, which stay as long as the process."""
    place = Place(folder_of(CUSTOMERS), threads=1)
    model = discover(place, max_k=3).model
    return model, _open.enter_context(opened(place, None, model)).table


def mutant(number: int, seed: int = 0) -> bytes:
    """Return the bytes of a mutant; most are sealed anew, as whoever tampers with a model would do it."""
    rng = random.Random(f"model {seed} {number}")
    document = json.loads(dump_model(whole()[0]))
    if rng.random() < 0.05:
        return _damaged(rng, dump_model(whole()[0]))
    for _ in range(rng.choice((1, 1, 2, 3))):
        rng.choice((*EDITS, _swap, _twice))(rng, document)
    if rng.random() < 0.95 and isinstance(document, dict) and isinstance(document.get("model"), dict):
        document["checksum"] = _sealed(document)
    return json.dumps(document).encode()


def _sealed(document: dict[str, Any]) -> str:
    try:
        return _seal(document["model"])
    except (ValueError, KeyError):  # an infinite number has no seal
        return ""


def _swap(rng: random.Random, content: Any) -> None:
    """Put one value where another one of its type is."""
    one = some(rng, content)
    if one:
        kind = type(_at(content, one))
        put(content, some(rng, content, lambda value: type(value) is kind), _at(content, one))


def _twice(rng: random.Random, content: Any) -> None:
    place = some(rng, content, lambda value: isinstance(value, list) and bool(value))
    if place:
        found = _at(content, place)
        found.append(rng.choice(found)) if rng.random() < 0.5 else found.pop()


def _at(content: Any, place: Any) -> Any:
    for part in place:
        content = content[part]
    return content


def _damaged(rng: random.Random, content: bytes) -> bytes:
    at = rng.randrange(len(content))
    return rng.choice(
        (content[:at], content[:at] + bytes([rng.randrange(256)]) + content[at + 1 :], b"", b"[" * 100_000, b"null")
    )


def outcome_of(number: int, seed: int = 0) -> tuple[str, str]:
    """Return what becomes of the mutant of a number."""
    content = mutant(number, seed)
    found = guarded(lambda: judge(content, source=number % 10 == 0), told)
    return found.kind, found.detail


def judge(content: bytes, *, source: bool = False) -> Outcome:
    """Use a model to assign and to watch; raises what refuses it. source: the features are made by it as well."""
    model = parse_model(content, "model.json")
    if parse_model(dump_model(model)) != model:
        return Outcome("broken law", "a model that is written and read again is another")
    table = whole()[1]
    drift(model, table, threads=1).to_dict()
    with tempfile.TemporaryDirectory() as folder:
        assign_to(Path(folder, "out.parquet"), model, table, threads=1)
        rows = pl.read_parquet(Path(folder, "out.parquet"))
    if source:
        assign_source(model, Place(folder_of(CUSTOMERS), threads=1)).text()
    return _broken(model, rows) or Outcome("made")


def _broken(model: Model, rows: pl.DataFrame) -> Outcome | None:
    if rows.height != whole()[1].customers:
        return Outcome("broken law", f"{rows.height} customers of {whole()[1].customers}")
    for axis in model.axes:
        if axis.axis in rows.columns and f"{axis.axis}.margin" in rows.columns:
            known = rows[axis.axis].cast(pl.String).is_in([segment.name for segment in axis.segments])
            margin = rows[f"{axis.axis}.margin"]
            if not (margin.is_between(0, 1) == known).fill_null(value=False).eq(known).all():
                return Outcome("broken law", f"a margin of {axis.axis} beyond 0 and 1")
    return None

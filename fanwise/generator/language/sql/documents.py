"""`json_value`: a value out of a JSON text.

Python's reader is used, row by row, because Polars' search by a path changes numbers. A text that is not JSON has no
value, as in SQL/JSON (`NULL ON ERROR`).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import polars as pl

from fanwise.generator.language.sql.operands import ExpressionError, Operand, accept

__all__ = ["JSON_TYPES", "PathStep", "json_value", "path_steps"]

PathStep = str | int
"""A key of an object, or a place in an array, counted from 0."""

_STEP = re.compile(r'\.(?:(?P<word>[^\W\d]\w*)|"(?P<quoted>[^"\\\0]+)")|\[(?P<place>[0-9]{1,9})\]')
_LONE = re.compile(r"\\u[dD][89a-fA-F]")
_Reader = Callable[[str], Any]


def path_steps(path: str) -> list[PathStep] | None:
    """Return the steps of a path such as `$.lines[0]."unit price"`; None where it is not one."""
    steps: list[PathStep] = []
    at = 1
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None:
            return None
        steps.append(int(found["place"]) if found["place"] else found["word"] or found["quoted"])
        at = found.end()
    return steps if path.startswith("$") else None


def json_value(steps: Sequence[PathStep], kind: str, operands: Sequence[Operand]) -> Operand:
    """Return the value at a path of each JSON text, as a type of `JSON_TYPES`.

    Null where the text is not JSON, where it has no such place, and where the value there is null, an object, an array
    or not of the type. Raises ExpressionError for operands that are not texts, and for JSON nested too deep to be read.
    """
    (documents,) = accept("text", "json_value", operands)
    dtype, convert = JSON_TYPES[kind]
    reader = _reader()
    values = [None if text is None else convert(_at(reader(text), steps)) for text in documents.data]
    return Operand(pl.Series(values, dtype=dtype), documents.constant)


def _reader() -> _Reader:
    """Return what reads a text; numbers with a point or an exponent are floats, and of equal keys the first counts."""
    decoder = json.JSONDecoder(object_pairs_hook=_first_of_each, parse_constant=_refuse)
    return partial(_read, decoder)


def _read(decoder: json.JSONDecoder, text: str) -> Any:
    try:
        value = decoder.decode(text)
        if _LONE.search(text):  # half of a pair of surrogates is not a character
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ExpressionError("a JSON text is nested too deep", "make flatter documents") from error
    except ValueError:
        return None
    return value


def _first_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(reversed(pairs))


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not part of JSON")


def _at(value: Any, steps: Sequence[PathStep]) -> Any:
    for step in steps:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            value = value[step] if isinstance(value, list) and step < len(value) else None
    return value


def _bool(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _whole(value: Any) -> int | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63
    return value if fits else None


def _double(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    whole, number = _whole(value), _double(value)
    return str(whole) if whole is not None else None if number is None else repr(number)


JSON_TYPES: dict[str, tuple[pl.DataType, Callable[[Any], Any]]] = {
    "text": (pl.String(), _text),
    "bigint": (pl.Int64(), _whole),
    "double": (pl.Float64(), _double),
    "bool": (pl.Boolean(), _bool),
}
"""The types that `json_value` gives, by their name in an expression."""

"""The declared type of a column: whether it goes with what the column draws."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping

from fanwise.generator.language.literals import NESTED, size_of, type_yields, word_of
from fanwise.generator.language.names.instants import parse_day, parse_instant, parse_time
from fanwise.generator.language.names.outline import ColumnOutline
from fanwise.generator.language.problems import Complaints
from fanwise.io.problems import Place

__all__ = ["bind_type"]

_LONGEST = 10_000
"""Characters that a `varchar` or `char` may have."""

# What a column of a sort can be written as; any sort can be written as text, and `any` as everything.
_WRITABLE: Mapping[str, frozenset[str]] = {
    "integer": frozenset({"integer", "number", "bool"}),
    "number": frozenset({"integer", "number"}),
    "text": frozenset(),
    "bool": frozenset({"bool", "integer", "number"}),
    "timestamp": frozenset({"timestamp", "date", "time"}),
    "date": frozenset({"timestamp", "date"}),
    "time": frozenset({"time"}),
    "struct": frozenset(),
    "list": frozenset(),
}


def _uuid(text: str) -> None:
    if str(uuid.UUID(text)) != text:
        raise ValueError


def _finite(word: str) -> object:
    raise ValueError(f"{word} is not a number of JSON")


def _json(text: str) -> None:
    try:
        json.loads(text, parse_constant=_finite)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


# Texts of the file that can be read as a type, with what is wrong with others.
_READERS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "date": ("FW-SCHEMA-BAD-TIME", parse_day),
    "timestamp": ("FW-SCHEMA-BAD-TIME", parse_instant),
    "timestamptz": ("FW-SCHEMA-BAD-TIME", parse_instant),
    "time": ("FW-SCHEMA-BAD-TIME", parse_time),
    "uuid": ("FW-SCHEMA-COLUMN-TYPE", _uuid),
    "json": ("FW-SCHEMA-COLUMN-TYPE", _json),
}
_WRONG = {
    "uuid": "is not a UUID in lower case, such as 7d3f8c52-4a1b-4c9e-9f60-2b1d5e8a9c03",
    "json": "is not valid JSON",
}
_ONLY_TEXT = ("uuid", "json")


def bind_type(
    complaints: Complaints, found: ColumnOutline, place: Place, drawn: str, *, leads: bool = False
) -> str | None:
    """Return the declared type of a column in its usual form, None where none is declared; report what does not fit.

    drawn: the sort of value that the column draws. leads: whether it has the key of another row.
    """
    declared = found.raw.get("type")
    if declared is None:
        return None
    here = (*place, "type")
    declared = _normal(complaints, here, str(declared).replace(" ", ""))
    word, wanted = word_of(declared), type_yields(declared)
    if drawn in NESTED:
        why, hint = f"a {drawn} has the types of its parts", "declare the type of a part, or use json: in place of it"
        complaints.add("FW-SCHEMA-COLUMN-TYPE", here, why, hint)
        return None
    if drawn == "text" and word in _READERS and (texts := _literals(found)) is not None:
        code, read = _READERS[word]
        for text in texts:
            try:
                read(text)
            except ValueError as error:
                complaints.add(code, here, f"'{text}' {_WRONG.get(word) or error}")
                break  # one shows what is wrong with the column
    elif word in _ONLY_TEXT:
        if drawn not in ("any", "text"):
            complaints.add("FW-SCHEMA-COLUMN-TYPE", here, f"this column holds {drawn}, and {word} is written as text")
    elif drawn not in ("any", wanted) and wanted != "text" and wanted not in _WRITABLE[drawn]:
        able = ", ".join(sorted({"text", *_WRITABLE[drawn]}))
        complaints.add("FW-SCHEMA-COLUMN-TYPE", here, f"this column holds {drawn}, not {wanted}", f"it can be {able}")
    elif wanted == "bool" != drawn and (leads or found.traits.get("distinct")):
        complaints.add("FW-SCHEMA-COLUMN-TYPE", here, "different values cannot be written as true and false")
    return declared


def _normal(complaints: Complaints, here: Place, declared: str) -> str:
    """Return a type with its numbers in their usual form; numbers that are not possible are reported."""
    word = word_of(declared)
    if word == "decimal":
        digits, places = (int(part) for part in declared[8:-1].split(","))
        if not (1 <= digits <= 38 and places <= digits):
            why = "decimal(p,s) has 1 to 38 digits, of which at most p after the point"
            complaints.add("FW-SCHEMA-WRONG-VALUE", here, why, "write decimal(12,2)")
        return f"decimal({digits},{places})"
    if word in ("varchar", "char"):
        size = size_of(declared)
        if not 1 <= size <= _LONGEST:
            complaints.add("FW-SCHEMA-WRONG-VALUE", here, f"{word}(n) has 1 to {_LONGEST:,} characters")
        return f"{word}({size})"
    return declared


def _literals(found: ColumnOutline) -> list[str] | None:
    """Return the texts that a column holds where the file says all of them, else None."""
    if found.given is not None:
        return [str(value) for value in found.given if value is not None]
    if "when" in found.raw or found.traits.get("yields") not in {"literal", "options"}:
        return None
    parameter = found.parameter
    return list(parameter) if isinstance(parameter, Mapping) else [str(parameter)]

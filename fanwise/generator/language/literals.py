"""Values that are written in a schema or beside it, and what sort of thing they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

from fanwise.io.quoting import quote_ident

__all__ = [
    "NESTED",
    "Gates",
    "Scalar",
    "label_of",
    "nested_type",
    "parts_of",
    "scalar_yields",
    "size_of",
    "sort_of",
    "type_yields",
    "typed_options",
    "word_of",
]

Gates = Literal["all", "integrity", "none"]
"""What can fail an audit."""

Scalar = str | int | float | bool | None
NESTED = ("struct", "list")
"""The sorts of values that have parts."""
_TEXTS = ("text", "varchar", "char", "uuid", "json")


def label_of(value: Scalar) -> str:
    """Return a scalar as it is written as a key."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def scalar_yields(value: Any) -> str:
    """Return the sort of a literal."""
    if isinstance(value, bool):
        return "bool"
    for sort, name in ((int, "integer"), (float, "number"), (str, "text")):
        if isinstance(value, sort):
            return name
    return "any"


def sort_of(values: Iterable[Scalar]) -> str:
    """Return the sort of values that are all of one, or whole numbers beside fractions."""
    found = {scalar_yields(value) for value in values if value is not None}
    return found.pop() if len(found) == 1 else "number" if found else "any"


def type_yields(declared: str) -> str:
    """Return what a column of a declared `type` holds."""
    if declared.startswith("int"):
        return "integer"
    if declared.startswith(("float", "decimal")):
        return "number"
    return {"timestamptz": "timestamp", **dict.fromkeys(_TEXTS, "text")}.get(word_of(declared), declared)


def word_of(declared: str) -> str:
    """Return a declared `type` without its numbers: `varchar` of `varchar(20)`."""
    return declared.partition("(")[0]


def parts_of(declared: str) -> list[tuple[str, str]]:
    """Return the parts of `struct(name type, …)` with their types, or of `list(type)` without a name."""
    word, _, rest = declared.partition("(")
    parts, depth, begin = [], 0, 0
    text = rest[:-1]
    for at, sign in enumerate(f"{text},"):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and not depth:
            parts.append(text[begin:at].strip())
            begin = at + 1
    if word == "list":
        return [("", text)]
    return [(name, kind) for name, _, kind in (part.partition(" ") for part in parts)]


def nested_type(declared: str, of: Callable[[str], str]) -> str:
    """Return a struct or a list as SQL types of DuckDB; `of` gives those of the parts."""
    parts = parts_of(declared)
    if word_of(declared) == "list":
        return f"{of(parts[0][1])}[]"
    return f"STRUCT({', '.join(f'{quote_ident(name)} {of(kind)}' for name, kind in parts)})"


def size_of(declared: str) -> int:
    """Return the number of characters of `varchar(n)` or `char(n)`."""
    return int(declared.partition("(")[2].rstrip(")"))


def typed_options(keys: tuple[str, ...]) -> tuple[Scalar, ...]:
    """Return the values that the keys of a `choice` stand for.

    Integers, numbers or booleans when every key is written as one in canonical form, else text: {1, 2} are integers,
    {1, 2.5} numbers, {01, 2} and {1e3, 2} texts.
    """
    if all(key in {"true", "false"} for key in keys):
        return tuple(key == "true" for key in keys)
    numbers = [_canonical(key) for key in keys]
    return keys if any(number is None for number in numbers) else tuple(numbers)


def _canonical(key: str) -> int | float | None:
    if not key or not set(key) <= set("-.0123456789") or len(key) > 24:
        return None
    try:
        number = float(key) if "." in key else int(key)
    except ValueError:
        return None
    return number if str(number) == key and abs(number) < 2**63 else None

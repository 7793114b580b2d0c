"""Plain scalars by the YAML 1.2 core schema, less what a schema has no use for (`.inf`, `.nan`)."""

from __future__ import annotations

import math
import re

__all__ = ["scalar"]

_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NULL = frozenset({"", "~", "null", "Null", "NULL"})


def scalar(text: str) -> str | int | float | bool | None:
    """Return the value of a plain scalar by the YAML 1.2 core schema (raises ValueError for .inf, .nan, 1e999)."""
    if text in _NULL:
        return None
    if text in {"true", "false"}:
        return text == "true"
    for pattern, base in ((_INTEGER, 10), (_OCTAL, 8), (_HEXADECIMAL, 16)):
        if pattern.fullmatch(text):
            return _integer(text, base)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if math.isinf(number):
            raise ValueError("is too large for a number")
        return number
    if _NOT_FINITE.fullmatch(text):
        raise ValueError("is no number of this language")
    return text


def _integer(text: str, base: int) -> int:
    # Leading zeros are no octal in YAML 1.2, and int(…, 10) takes them; the length keeps int() linear.
    number = int(text, base) if len(text) <= 80 else 2**63
    if not -(2**63) <= number < 2**63:
        raise ValueError("is too large for an integer of 64 bits")
    return number

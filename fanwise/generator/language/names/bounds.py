"""The limits of a number, as its JSON Schema states them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["broken_bound"]


def broken_bound(value: float, schema: Mapping[str, Any]) -> str:
    """Return what a number breaks of `minimum`, `maximum`, `multipleOf` and the exclusive ones, or ""."""
    for keyword, (breaks, words) in _BOUNDS.items():
        if keyword in schema and breaks(value, schema[keyword]):
            return f"{words} {schema[keyword]}"
    return ""


_BOUNDS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "minimum": (operator.lt, "at least"),
    "maximum": (operator.gt, "at most"),
    "exclusiveMinimum": (operator.le, "above"),
    "exclusiveMaximum": (operator.ge, "below"),
    "multipleOf": (lambda value, unit: value % unit != 0, "a multiple of"),
}

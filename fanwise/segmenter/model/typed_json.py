"""Dataclasses to JSON and back by their type hints: strict, and all problems are reported at once, with their paths."""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from fanwise.io.problems import Problem, nearest

__all__ = ["Reader", "encoded"]

_NAMES: Mapping[type, str] = {
    bool: "true or false", dict: "an object", float: "a number", int: "a whole number", list: "a list", str: "a text",
    type(None): "null",
}  # fmt: skip


def encoded(value: Any, kind: Any, left_out: Mapping[type, str]) -> Any:
    """Return `value` as what `json.dumps` takes, in the types of its hints: a numpy float or an int becomes a float.

    left_out: per dataclass the one field that is not written.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if dataclasses.is_dataclass(kind):
        fields = _fields(kind, left_out)
        return {name: encoded(getattr(value, name), hint, left_out) for name, hint in fields.items()}
    if origin is tuple:
        return [encoded(each, arguments[0], left_out) for each in value]
    if origin is not None and issubclass(origin, Mapping):
        return {str(key): encoded(each, arguments[1], left_out) for key, each in value.items()}
    if _is_union(kind):
        return next((convert(value) for convert in (int, str, float) if isinstance(value, convert)), None)
    return str(value) if issubclass(kind, str) else kind(value)


class Reader:
    """Reads values of JSON as the types of hints; what does not fit becomes a problem, and reading goes on."""

    def __init__(self, file: str, left_out: Mapping[type, str]) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._left_out = left_out

    def wrong(self, path: str, why: str, hint: str = "") -> None:
        """Note a problem at a path of the document."""
        self.problems.append(Problem("FW-MODEL-FILE", why, hint, f"{self._file}: {path}" if path else self._file))

    def read(self, kind: Any, value: Any, path: str) -> Any:
        """Return `value` as `kind`; what is returned is of use only if no problem was noted."""
        origin, arguments = get_origin(kind), get_args(kind)
        if dataclasses.is_dataclass(kind):
            return self._dataclass(kind, value, path)
        if origin is tuple:
            entries = enumerate(value) if self._is(list, value, path) else ()
            return tuple(self.read(arguments[0], each, f"{path}[{index}]") for index, each in entries)
        if origin is not None and issubclass(origin, Mapping):
            pairs = value.items() if self._is(dict, value, path) else ()
            return {self._text(key, path): self.read(arguments[1], each, f"{path}.{key}") for key, each in pairs}
        if _is_union(kind):
            if float in arguments and value is not None:
                return self._scalar(float, value, path)
            if type(value) in arguments:
                return self._text(value, path) if isinstance(value, str) else value
            return self.wrong(path, f"must be {' or '.join(_NAMES[each] for each in arguments)}, not {_shown(value)}")
        if issubclass(kind, StrEnum):
            return self._choice(kind, value, path)
        return self._scalar(kind, value, path)

    def keys(self, wanted: Mapping[str, Any], value: Any, path: str) -> bool:
        """Return whether `value` is an object with exactly these keys."""
        if not self._is(dict, value, path):
            return False
        for key in value.keys() - wanted.keys():
            self.wrong(path, f"unknown key {key!r}", nearest(key, wanted) or "delete it")
        for key in sorted(wanted.keys() - value.keys()):
            self.wrong(path, f"the key {key!r} is missing", "use the original file, or discover again")
        return bool(value.keys() == wanted.keys())

    def _dataclass(self, kind: Any, value: Any, path: str) -> Any:
        fields = _fields(kind, self._left_out)
        if not self.keys(fields, value, path):
            present = value if isinstance(value, dict) else {}
            for name in fields.keys() & present.keys():
                self.read(fields[name], present[name], f"{path}.{name}")
            return None
        read = {name: self.read(hint, value[name], f"{path}.{name}") for name, hint in fields.items()}
        skipped = self._left_out.get(kind)
        return kind(**read, **({skipped: ""} if skipped else {}))

    def _is(self, kind: type, value: Any, path: str) -> bool:
        if type(value) is kind:
            return True
        self.wrong(path, f"must be {_NAMES[kind]}, not {_shown(value)}")
        return False

    def _scalar(self, kind: type, value: Any, path: str) -> Any:
        if kind is str:
            return self._text(value, path) if self._is(str, value, path) else ""
        if kind is int:
            return value if self._is(int, value, path) else 0
        if type(value) not in (int, float):
            return self.wrong(path, f"must be a number, not {_shown(value)}")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            self.wrong(path, f"must be a finite number, not {_shown(value)}")
        return number

    def _text(self, value: str, path: str) -> str:
        if any("\ud800" <= sign <= "\udfff" for sign in value):
            self.wrong(path, "has an unpaired surrogate")
        return value

    def _choice(self, kind: type[StrEnum], value: Any, path: str) -> Any:
        if value in [each.value for each in kind]:
            return kind(value)
        return self.wrong(path, f"must be one of {', '.join(kind)}, not {_shown(value)}")


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _fields(kind: Any, left_out: Mapping[type, str]) -> dict[str, Any]:
    return {name: hint for name, hint in _hints(kind).items() if name != left_out.get(kind)}


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, types.UnionType)


def _shown(value: Any) -> str:
    if value is None or isinstance(value, (bool, dict, list)):
        return _NAMES[type(value)]
    text = repr(value) if not isinstance(value, int) or abs(value) < 1e18 else "a number of many digits"
    return text if len(text) <= 40 else f"{text[:39]}…"

"""Arguments that need no conversion, or a plain one, without the library that Typer converts them by.

Typer hands every argument to pydantic, whose import takes as long as a third of a small command. An argument that is
plainly right is taken as it is; every other one goes to Typer, which converts or refuses it.

The public API of Typer (0.29) does not do this: `parser=` ends in an adapter of pydantic as well, and there is no type
of Click to give. So this reads `type_descriptor`. A version without it converts everything by itself, only later.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

__all__ = ["take_plain_values"]

_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII)
_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?", re.ASCII)
_NUMBERS: dict[Any, tuple[re.Pattern[str], Callable[[str], Any]]] = {int: (_WHOLE, int), float: (_DECIMAL, float)}
_OTHER = object()
"""What stands for a value that Typer has to look at."""


def take_plain_values(params: list[Any]) -> list[Any]:
    """Let each parameter of a command take its plain values by itself; returns the same list."""
    for param in params:
        if "process_value" not in vars(param) and hasattr(param, "type_descriptor"):
            param.process_value = partial(_processed, param, param.process_value)
    return params


def _processed(param: Any, by_typer: Callable[[Any, Any], Any], ctx: Any, value: Any) -> Any:
    """Return what `param` makes of a value: the steps of Typer's own `process_value`, which takes all other values."""
    plain = _plain(param, value)
    if plain is _OTHER or (param.required and param.value_is_missing(plain)):
        return by_typer(ctx, value)
    return plain if param.callback is None else param.callback(ctx, param, plain)


def _plain(param: Any, value: Any) -> Any:
    many = param.multiple or param.nargs == -1
    if value is None:
        return () if many else None
    wanted, settings = param.type_descriptor.annotation, param.type_descriptor.parameter_info
    if settings.parser is not None:
        return _OTHER
    if many:
        texts = wanted == list[str] and isinstance(value, list | tuple) and all(type(one) is str for one in value)
        return list(value) if texts else _OTHER
    if wanted in (str, bool):
        return value if type(value) is wanted else _OTHER
    if wanted in _NUMBERS:
        return _number(wanted, settings, value)
    return _path(settings, value) if wanted is Path else _OTHER


def _number(wanted: Any, settings: Any, value: Any) -> Any:
    pattern, converted = _NUMBERS[wanted]
    if type(value) is str and pattern.fullmatch(value):
        value = converted(value)
    low, high = settings.min, settings.max
    fits = type(value) is wanted and (low is None or value >= low) and (high is None or value <= high)
    return value if fits and not settings.clamp else _OTHER


def _path(settings: Any, value: Any) -> Any:
    """Return a path that need not be there; one that is there and cannot be read is for Typer to refuse."""
    asked = settings.exists or settings.writable or settings.resolve_path or settings.allow_dash or settings.path_type
    if asked or not (settings.file_okay and settings.dir_okay) or not isinstance(value, str | Path):
        return _OTHER
    path = Path(value)
    try:
        return path if os.access(path, os.R_OK) or not path.exists() else _OTHER
    except (OSError, ValueError):
        return _OTHER

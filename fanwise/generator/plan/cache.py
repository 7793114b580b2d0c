"""Schema and options -> plan, remembered: a test that asks for the same data set again waits for nothing."""

from __future__ import annotations

import operator
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from fanwise.generator.errors import UsageError
from fanwise.generator.language import Dataset, load
from fanwise.generator.plan import Plan, compile_plan

__all__ = ["Schema", "planned", "whole_number"]

Schema = str | Path | Mapping[str, Any]


@dataclass(frozen=True)
class _Source:
    """A schema with what makes it equal to another one: a file is its name and its bytes."""

    identity: Hashable
    schema: Schema = field(compare=False)


def planned(
    schema: Schema, *, seed: int | None = None, scale: float | None = None, rows: Mapping[str, int] | None = None
) -> Plan:
    """Return the plan of a schema, which may be a path, YAML text, a mapping, or the name of a ready dataset.

    Raises UsageError for an argument that does not fit, SchemaError and PlanError as `load` and `compile_plan` do.
    """
    sizes = tuple(sorted((table, whole_number(count, f"rows.{table}")) for table, count in (rows or {}).items()))
    chosen = None if seed is None else whole_number(seed, "seed")
    return _compiled(_Source(_identity(schema), schema), chosen, 1.0 if scale is None else _number(scale), sizes)


def whole_number(value: Any, place: str) -> int:
    """Return an argument as an int (UsageError, naming `place`, for anything but a whole number)."""
    try:
        if isinstance(value, bool):
            raise TypeError
        return operator.index(value)
    except TypeError:
        raise UsageError("FW-USAGE-VALUE", "expected a whole number", path=place, value=repr(value)) from None


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageError("FW-USAGE-VALUE", "expected a number", "for example 0.1 or 10", "scale", repr(value))
    return float(value)


def _identity(schema: Schema) -> Hashable:
    if isinstance(schema, Mapping):
        return repr(schema)
    try:
        return str(schema), Path(schema).read_bytes()
    except (OSError, ValueError, TypeError):  # a text, a ready dataset, or nothing that can be read: `load` will say
        return str(schema), type(schema)


@lru_cache(maxsize=64)
def _declared(source: _Source) -> Dataset:
    return load(source.schema)


@lru_cache(maxsize=64)
def _compiled(source: _Source, seed: int | None, scale: float, rows: tuple[tuple[str, int], ...]) -> Plan:
    return compile_plan(_declared(source), seed=seed, scale=scale, rows=dict(rows))

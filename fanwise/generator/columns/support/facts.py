"""Facts about one row, of which an explanation is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.context import GenerationContext
from fanwise.generator.values import Values

__all__ = ["Fact", "segment_facts", "shown", "value_at"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One step on the way to the cell: what it is, and its value."""

    name: str
    value: Any

    def __str__(self) -> str:
        return f"{self.name:<12} {shown(self.value)}"


def segment_facts(cells: Cells, ctx: GenerationContext, row: int) -> Iterator[Fact]:
    """Yield the segments and categories that choose the row's cell."""
    for axis in cells.axes:
        yield Fact("segment", f"{axis.path.text} {shown(value_at(ctx.value(axis.path), row))}")


def value_at(values: Values, row: int) -> Any:
    """Return the value of one row."""
    return values.take(np.array([row])).series().to_list()[0]


def shown(value: Any) -> str:
    """Return a value for a reader: `name value, name value` of a mapping."""
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {shown(inner)}" for name, inner in value.items())
    return "null" if value is None else str(value)

"""The measures of a comparison, one file each, in the order of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module

from fanwise.comparison.context import Context
from fanwise.comparison.result import Row

__all__ = ["MEASURES", "Measure", "loaded"]

Measure = Callable[[Context], Iterable[Row]]

MEASURES = (
    "structure", "shares", "mean", "distribution", "dispersion", "mix", "correlation", "total", "classifier",
    "nearest", "copies",
)  # fmt: skip
"""A measure is a function `measure` in the module of its name; its gate has the same name."""


def loaded() -> Iterable[tuple[str, Measure]]:
    """Yield each measure with its name."""
    for name in MEASURES:
        yield name, import_module(f"{__name__}.{name}").measure

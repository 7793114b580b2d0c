"""Rows per parent row, counted on a sample, where no formula gives their mean."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import NoReturn, TypeVar

import numpy as np

from fanwise.generator.columns.bound import BoundTable
from fanwise.generator.context import GenerationContext, Ints, Rows
from fanwise.generator.errors import PlanError
from fanwise.generator.language.spec import Step

__all__ = ["mean_rows", "never"]

T = TypeVar("T")
_ROOTS = 1_000  # root rows of the sample, spread evenly over the table
_LARGEST = 2**53  # rows of a root whose numbers are exact; a plan refuses far fewer
_MOST = 3_000_000  # rows of one table in the sample, about


def mean_rows(tables: Mapping[str, BoundTable], table: str) -> float | None:
    """Return the mean number of rows of a child table per row of its parent.

    None where it depends on references, and where it cannot be drawn: the run says why, with the place.
    """
    bound = tables[table]
    return _on_sample(tables, table, lambda parent: float(bound.counts(parent).mean()) if len(parent) else 0.0)


def never(tables: Mapping[str, BoundTable], table: str) -> str:
    """Return why no row of the sample has any row of a child table below it, where that is sure; else ""."""
    fanout = tables[table].fanout
    assert fanout is not None
    return _on_sample(tables, table, fanout.generator.never) or ""


def _on_sample(tables: Mapping[str, BoundTable], table: str, ask: Callable[[GenerationContext], T]) -> T | None:
    """Return what `ask` returns for parents of a table; None where they cannot be made."""
    root = tables[table]
    while root.parent is not None:
        root = tables[root.parent]
    whole = root.rows or 0
    if whole > _LARGEST:
        return None
    numbers = np.unique(np.linspace(0, max(whole - 1, 0), min(whole, _ROOTS)).astype(np.int64))
    top = GenerationContext(root, Rows.of_root(root.name, numbers), None, _NoReferences())
    try:
        return ask(top.reach(tables[table].parent or ""))
    except (_Referred, PlanError):
        return None
    finally:
        top.release()


class _Referred(Exception):
    """The sample would need rows that are referred to."""


class _NoReferences:
    """References of a sample that has none."""

    def size(self, table: str) -> NoReturn:
        raise _Referred

    def gather(self, table: str, numbers: Ints, steps: tuple[Step, ...], column: str) -> NoReturn:
        raise _Referred

    def admitted(self, parent: GenerationContext, table: str, counts: Ints) -> Ints:
        """Return the counts; where they are too many for a sample, each row has a part of its own, and at least one."""
        total = float(counts.sum(dtype=np.float64))
        if total <= _MOST:
            return counts
        fewer: Ints = np.ceil(counts * (_MOST / total)).astype(np.int64)
        return fewer

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        return make()

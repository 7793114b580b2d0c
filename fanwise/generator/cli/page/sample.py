"""A sample of a dataset: rows of a smaller plan, and what an audit measures of them by segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.engine.local import generate
from fanwise.generator.errors import PlanError
from fanwise.generator.plan import Plan

__all__ = ["Sample", "sample_of"]

_ROWS = 40_000  # of all tables together, from which rows of the roots are left out
_FEWEST = 300  # rows that a root keeps


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of each written table, and a report of what they show. whole: they are all rows of the dataset."""

    frames: Mapping[str, pl.DataFrame]
    report: validator.Report
    whole: bool

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(frame.height for frame in self.frames.values())


def sample_of(plan: Plan) -> Sample:
    """Return a sample: the whole dataset if it is small, else one with fewer rows of its roots."""
    smaller = _smaller(plan)
    parts: dict[str, list[pl.DataFrame]] = {name: [] for name in smaller.schema.tables}
    for frames in generate(smaller):
        for name, frame in frames.items():
            parts[name].append(frame)
    found = {name: pl.concat(frames) for name, frames in parts.items() if frames}
    report = validator.audit(found, compile_contract(smaller), gates="none")
    return Sample(found, report, smaller is plan)


def _smaller(plan: Plan) -> Plan:
    total = sum(plan.expected_rows.values())
    if total <= _ROWS:
        return plan
    dataset = plan.dataset
    roots = {name: rows for name, rows in plan.rows.items() if dataset.tables[name].given is None}
    fewer = {name: min(rows, max(_FEWEST, round(rows * _ROWS / total))) for name, rows in roots.items()}
    try:
        return plan.again(rows=fewer)
    except PlanError:  # something needs all rows: values that must differ, for example
        return plan

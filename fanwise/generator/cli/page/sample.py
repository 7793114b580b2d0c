"""A sample of a dataset: rows of a smaller plan, and what an audit measures of them by segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.engine.local import generate
from fanwise.generator.errors import PlanError
from fanwise.generator.plan import Plan
from fanwise.validator import Contract

__all__ = ["Sample", "measured", "sample_of", "unmeasured"]

_ROWS = 40_000  # of all tables together, from which rows of the roots are left out
_FEWEST = 300  # rows that a root keeps


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of each written table, and a report of what they show, if they were measured.

    plan: what the rows were made by. whole: they are all rows of the dataset.
    """

    frames: Mapping[str, pl.DataFrame]
    plan: Plan
    whole: bool
    report: validator.Report | None = None

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(frame.height for frame in self.frames.values())


def sample_of(plan: Plan) -> Sample:
    """Return a sample with its report: the whole dataset if it is small, else one with fewer rows of its roots."""
    return measured(unmeasured(plan, _ROWS, _FEWEST))


def unmeasured(plan: Plan, most: int, fewest: int) -> Sample:
    """Return a sample of about `most` rows, and `fewest` of each root, without a report."""
    smaller = _smaller(plan, most, fewest)
    parts: dict[str, list[pl.DataFrame]] = {name: [] for name in smaller.schema.tables}
    for frames in generate(smaller):
        for name, frame in frames.items():
            parts[name].append(frame)
    found = {name: pl.concat(frames) for name, frames in parts.items() if frames}
    return Sample(found, smaller, smaller is plan)


def measured(sample: Sample, contract: Contract | None = None) -> Sample:
    """Return a sample with what an audit measures of its rows by segment.

    contract: that of the whole dataset, which says the same of segments as that of the sample, compiled here where it
    is not given.
    """
    contract = contract or compile_contract(sample.plan)
    return replace(sample, report=validator.measure(dict(sample.frames), contract))


def _smaller(plan: Plan, most: int, fewest: int) -> Plan:
    total = sum(plan.expected_rows.values())
    if total <= most:
        return plan
    dataset = plan.dataset
    roots = {name: rows for name, rows in plan.rows.items() if dataset.tables[name].given is None}
    fewer = {name: min(rows, max(fewest, round(rows * most / total))) for name, rows in roots.items()}
    try:
        return plan.again(rows=fewer)
    except PlanError:  # something needs all rows: values that must differ, for example
        return plan

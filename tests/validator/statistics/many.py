"""Many data sets of one schema, measured by one query a measure and judged one by one by the audit's own checks.

An audit opens a database; a few hundred of them would take most of a minute. So the data sets of all seeds are laid
side by side, keys shifted and segments marked by seed, and measured once. What each seed's estimates then go through
is `fanwise.validator.checks`, as in an audit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.engine.local import generate
from fanwise.generator.language import Dataset
from fanwise.generator.plan import Plan, compile_plan
from fanwise.validator import Contract
from fanwise.validator.checks.base import AuditCheck, run_check
from fanwise.validator.checks.contradictions import Contradictions
from fanwise.validator.checks.direction import Direction
from fanwise.validator.checks.expectations import Expectations
from fanwise.validator.checks.floor import PracticalFloor
from fanwise.validator.checks.ratio import DeclaredRatio
from fanwise.validator.contract.metrics import Measure
from fanwise.validator.data.warehouse import Warehouse
from fanwise.validator.measures.estimates import Estimate, Spread
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.verdict.verdict import Verdict, decide

__all__ = ["frames_of", "verdicts"]

EFFECTS: tuple[type[AuditCheck[Any]], ...] = (Contradictions, Direction, DeclaredRatio, Expectations, PracticalFloor)
_APART = 10_000_000  # between the keys of two data sets


@dataclass
class Given(Evidence):
    """Evidence whose estimates are known already."""

    given: Mapping[Measure, dict[str | None, Estimate]] = field(default_factory=dict)

    def estimates(self, measure: Measure) -> dict[str | None, Estimate]:
        """Return the estimates of one data set."""
        return self.given[measure]

    def spreads(self, measure: Measure) -> dict[str | None, Spread]:
        """Return nothing: spreads help to name a cause, and never decide on an effect."""
        return {}


def frames_of(plan: Plan) -> dict[str, pl.DataFrame]:
    """Return the whole tables of a plan."""
    chunks = list(generate(plan, threads=1))
    return {name: pl.concat([chunk[name] for chunk in chunks if name in chunk]) for name in plan.tables}


def verdicts(dataset: Dataset, seeds: Iterable[int], rows: Mapping[str, int]) -> Iterator[Verdict]:
    """Yield what the checks of effects say of each seed; the schema has one axis, and integers for keys."""
    plan = compile_plan(dataset, rows=rows)
    contract = compile_contract(plan)
    seeds = list(seeds)
    parts = [_marked(contract, frames_of(compile_plan(dataset, seed=seed, rows=rows)), seed) for seed in seeds]
    frames = {name: pl.concat([part[name] for part in parts]) for name in contract.tables}
    with Warehouse.open(frames, contract, threads=1) as warehouse:
        evidence = Evidence(warehouse, contract)
        measures = {metric.measure for metric in evidence.metrics if metric.role != "watch"}
        found = {measure: evidence.estimates(measure) for measure in measures}
        for seed in seeds:
            given = {measure: _of_seed(each, seed) for measure, each in found.items()}
            own = Given(warehouse, contract, given=given)
            yield decide([finding for check in EFFECTS for finding in run_check(check(), own)])


def _marked(contract: Contract, frames: Mapping[str, pl.DataFrame], seed: int) -> dict[str, pl.DataFrame]:
    out = {}
    for name, table in contract.tables.items():
        keys = {*table.key, *(column for edge in table.edges for column in edge.columns)}
        axes = [axis.column for axis in contract.axes.values() if axis.table == name]
        out[name] = frames[name].with_columns(
            *(pl.col(key) + seed * _APART for key in sorted(keys)),
            *(pl.format("{}:{}", pl.lit(seed), axis).alias(axis) for axis in axes),
        )
    return out


def _of_seed(found: Mapping[str | None, Estimate], seed: int) -> dict[str | None, Estimate]:
    start = f"{seed}:"
    names = {name: name.removeprefix(start) for name in found if name is not None and name.startswith(start)}
    return {plain: replace(found[name], segment=plain) for name, plain in names.items()}

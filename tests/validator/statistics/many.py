"""Many data sets of one schema, measured by one query a measure and judged one by one by the audit's own checks.

An audit opens a database; a few hundred of them would take most of a minute. So the data sets of all seeds are laid
side by side, keys shifted and segments marked by seed, and measured once. What each seed's estimates then go through
is `fanwise.validator.checks`, as in an audit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar

import polars as pl

from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.engine.local import generate
from fanwise.generator.language import Dataset
from fanwise.generator.plan import Plan, compile_plan
from fanwise.validator import Contract
from fanwise.validator.checks.base import AuditCheck, run_check
from fanwise.validator.checks.combined import CombinedRatios
from fanwise.validator.checks.contradictions import Contradictions
from fanwise.validator.checks.direction import Direction
from fanwise.validator.checks.expectations import Expectations
from fanwise.validator.checks.floor import PracticalFloor
from fanwise.validator.checks.ratio import DeclaredRatio
from fanwise.validator.contract.metrics import Measure, Metric
from fanwise.validator.data.warehouse import Warehouse
from fanwise.validator.findings import Finding
from fanwise.validator.measures.estimates import Estimate, Spread
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.joint import Products
from fanwise.validator.verdict.verdict import Verdict, decide

__all__ = ["Fault", "Frames", "findings", "frames_of", "verdicts"]

EFFECTS: tuple[type[AuditCheck[Any]], ...] = (
    Contradictions,
    Direction,
    DeclaredRatio,
    CombinedRatios,
    Expectations,
    PracticalFloor,
)
T = TypeVar("T")
Frames = Mapping[str, pl.DataFrame]
Fault = Callable[[Frames, int], Frames]
_APART = 10_000_000  # between the keys of two data sets


@dataclass
class Given(Evidence):
    """Evidence whose estimates are known already."""

    given: Mapping[Measure, dict[str | None, Estimate]] = field(default_factory=dict)
    given_spreads: Mapping[Measure, dict[str | None, Spread]] = field(default_factory=dict)
    given_products: Mapping[str, Products | None] = field(default_factory=dict)

    def estimates(self, measure: Measure) -> dict[str | None, Estimate]:
        """Return the estimates of one data set."""
        return self.given[measure]

    def spreads(self, measure: Measure) -> dict[str | None, Spread]:
        """Return the spreads of one data set."""
        return self.given_spreads.get(measure, {})

    def products(self, metrics: Sequence[Metric]) -> Products | None:
        """Return the correlations of one data set."""
        return self.given_products[metrics[0].measure.axis]


def frames_of(plan: Plan) -> dict[str, pl.DataFrame]:
    """Return the whole tables of a plan."""
    chunks = list(generate(plan, threads=1))
    parts = {name: [chunk[name] for chunk in chunks if name in chunk] for name in plan.tables}
    return {name: pl.concat(found) for name, found in parts.items() if found}


def verdicts(dataset: Dataset, seeds: Iterable[int], rows: Mapping[str, int]) -> Iterator[Verdict]:
    """Yield the verdict of the checks of effects for each seed."""
    yield from map(decide, findings(dataset, seeds, rows))


def findings(
    dataset: Dataset, seeds: Iterable[int], rows: Mapping[str, int] = MappingProxyType({}), fault: Fault | None = None
) -> Iterator[list[Finding]]:
    """Yield what the checks of effects say of each seed; the keys of the schema are integers.

    fault: changes the tables of one seed before they are measured.
    """
    plan = compile_plan(dataset, rows=rows)
    contract = compile_contract(plan)
    seeds = list(seeds)
    made = {seed: frames_of(compile_plan(dataset, seed=seed, rows=rows)) for seed in seeds}
    parts = [_marked(contract, fault(frames, seed) if fault else frames, seed) for seed, frames in made.items()]
    frames = {name: pl.concat([part[name] for part in parts]) for name in contract.tables}
    with Warehouse.open(frames, contract, threads=1) as warehouse:
        evidence = Evidence(warehouse, contract)
        measures = {metric.measure for metric in evidence.metrics if metric.role != "watch"}
        found = {measure: evidence.estimates(measure) for measure in measures}
        spread = {measure: evidence.spreads(measure) for measure in measures if measure.aggregate != "share"}
        axes = [axis for axis in contract.axes if evidence.claims(axis)]
        together = {axis: evidence.products(evidence.claims(axis)) for axis in axes}
        for seed in seeds:
            given = {measure: _of_seed(each, seed) for measure, each in found.items()}
            spreads = {measure: _of_seed(each, seed) for measure, each in spread.items()}
            square = {axis: _of_seed(each, seed) if each else None for axis, each in together.items()}
            own = Given(warehouse, contract, given=given, given_spreads=spreads, given_products=square)
            yield [finding for check in EFFECTS for finding in run_check(check(), own)]


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


def _of_seed(found: Mapping[Any, T], seed: int) -> dict[Any, T]:
    start = f"{seed}:"
    return {name.removeprefix(start): each for name, each in found.items() if name and name.startswith(start)}

"""Columns may have the names that the queries of the audit use: healthy data are not accused, and faults are seen."""

from __future__ import annotations

import polars as pl
import pytest

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.language import load
from fanwise.generator.plan import Plan, compile_plan
from fanwise.validator import Status
from tests.validator.statistics.many import frames_of

SCHEMA = """
fanwise: 1
name: names
window: {start: 2024-01-01, end: 2025-01-01}
segments: {s: {table: units, share: {a: 0.4, b: 0.6}}}
tables:
  units:
    rows: 300
    key: [n, t]
    columns:
      n: {sequence: {start: 40}}
      t: {choice: {p: 1, q: 2}}
      s: {segment: s}
      x: {gamma: {mean: 5, shape: 2}, multiplier: {s: {a: 2, else: 1}}}
  per:
    parent: units
    fanout: {poisson: {mean: 4}, min: 1, max: 12, multiplier: {s: {a: 1.5, else: 1}}}
    key: [n, t, k0]
    columns:
      k0: {ordinal: {}}
      y: {gamma: {mean: 9, shape: 2}, multiplier: {s: {a: 2, else: 1}}}
      d: {timestamp: {between: [window.start, window.end]}}
  below:
    parent: units
    fanout: {arrivals: {from: window.start, until: window.end, gap: {exponential: {mean: 40d}}}}
    key: [n, t, u]
    columns: {u: {ordinal: {}}, e: {arrival: {}}}
"""


@pytest.fixture(scope="module")
def plan() -> Plan:
    return compile_plan(load(SCHEMA), seed=2)


def wrong(plan: Plan, frames: dict[str, pl.DataFrame]) -> set[str]:
    report = validator.audit(frames, compile_contract(plan), threads=1)
    return {found.check for found in report.findings if found.status not in (Status.PASS, Status.SKIPPED)}


def test_healthy_data_are_not_accused(plan: Plan) -> None:
    assert wrong(plan, dict(frames_of(plan))) == set()


def test_faults_are_seen(plan: Plan) -> None:
    frames = dict(frames_of(plan))
    frames["per"] = pl.concat([frames["per"].filter(pl.col("n") != 41), frames["per"].head(1)])

    assert {"children", "key", "siblings"} <= wrong(plan, frames)

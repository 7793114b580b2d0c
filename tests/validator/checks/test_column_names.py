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


# Every name after AS, every column of a list of values, and every table of a query.
INNER = (
    "a,aa,ab,at,b,base,bb,below,bin,broken,c,cell,cells,child,clean,count,d,declared,e,expected,f,found,grp,h,high,hits,i,"
    "influence,influences,inner_sums,k,k0,k1,key,l,listed_count,low,m,mean,moments,month,most,n,number,o,ok,own,p,pairs,"
    "parent,part,population,product,q,r,r0,r1,ranked,rate,ratio,s,scored,sd,segment,share,slack,sorts,sum,sums,t,t0_0,"
    "total,totals,u,ua,unit,units,v,value,verdict,w,wanted,weight,x,y,z,za,zb"
)
OTHERS = [name for name in INNER.split(",") if name not in ("cell", "grp")]
COLUMNS = "\n      ".join(f"{name}: {{normal: {{mean: 5, sd: 1}}, correlate: {{grp: 0.5}}}}" for name in OTHERS)
CORRELATED = f"""
fanwise: 1
name: inner
segments: {{tier: {{table: cells, share: {{a: 0.4, b: 0.6}}}}}}
tables:
  cells:
    rows: 400
    key: cell
    columns:
      cell: {{sequence: {{}}}}
      tier: {{segment: tier}}
  base:
    parent: cells
    fanout: {{poisson: {{mean: 2}}, min: 1}}
    columns:
      cell: {{parent: cell}}
      grp: {{normal: {{mean: {{tier: {{a: 9, b: 4}}}}, sd: 1}}, alike: {{cells: 0.3}}}}
      {COLUMNS}
"""


def test_columns_with_every_inner_name_are_correlated_without_an_error() -> None:
    plan = compile_plan(load(CORRELATED), seed=3)
    report = validator.audit(dict(frames_of(plan)), compile_contract(plan), threads=1)

    assert [each.message for each in report.findings if each.status in (Status.ERROR, Status.FAIL)] == []
    assert sum(each.check == "correlation" and each.status is Status.PASS for each in report.findings) > len(OTHERS) - 3


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

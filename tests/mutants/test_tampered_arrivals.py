"""Instants of arrivals that are not those of the declared process: each fault is seen, and healthy ones are not accused."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import polars as pl
import pytest

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract, not_recomputed
from fanwise.generator.engine.local import generate
from fanwise.generator.language import load
from fanwise.generator.plan import Plan, compile_plan
from fanwise.validator import Finding, Status

pytestmark = pytest.mark.system

VISITS = """
fanwise: 1
name: visits
window: {start: 2023-01-01, end: 2025-01-01}
segments: {tier: {table: account, share: {VIP: 0.3, Casual: 0.7}}}
curves: {busy: {month: {Nov: 3, Feb: 0.4}, weekday: {Sat: 2, Sun: 0}, hour: {3: 0.2, 20: 4}, trend: 40%/y, spikes: {2024-11-29: 5}}}
tables:
  account:
    rows: 300
    key: id
    columns:
      id: {sequence: {}}
      tier: {segment: tier}
      opened: {timestamp: {between: [2023-01-01, 2024-06-01]}}
      closed: {after: {column: opened, lag: {exponential: {mean: 300d}}, until: window.end}}
      size: {gamma: {mean: 1, shape: 4}}
      most: {integer: {min: 0, max: 40}}
  visit:
    parent: account
    fanout: {arrivals: {from: opened, until: closed, gap: GAP}, multiplier: {tier: {VIP: 2, Casual: 1}}}
    key: vid
    columns: {vid: {sequence: {}}, id: {parent: id}, at: {arrival: {}}}
"""  # fmt: skip
GAPS = {
    "exponential": "{exponential: {mean: {tier: {VIP: 12d, Casual: 10d}}}}",
    "gamma": "{gamma: {mean: 10d, shape: 3}}",
    "weibull": "{weibull: {mean: 10d, shape: 0.7}}",
    "lognormal": "{lognormal: {mean: 10d, sd: 12d}}",
    "median": "{lognormal: {median: 8d, sigma: 1}}",
    "normal": "{normal: {mean: 10d, sd: 1d}}",
    "uniform": "{uniform: {min: 2d, max: 18d}}",
    "pareto": "{pareto: {min: 5d, alpha: 1.5}}",
    "fixed": "{fixed: 10d}",
}
WAYS = {
    "plain": ("}, multiplier", "}, multiplier"),
    "curve": ("Casual: 1}}}", "Casual: 1}}, curve: busy}"),
    "exposure and max": ("Casual: 1}}}", "Casual: 1}}, exposure: size, max: 30}"),
    "limit": ("GAP}", "GAP, limit: most}"),
}

Frames = dict[str, pl.DataFrame]


@cache
def planned(gap: str, way: str = "plain", seed: int = 1) -> Plan:
    return compile_plan(load(VISITS.replace(*WAYS[way]).replace("GAP", GAPS.get(gap, gap))), seed=seed)


@cache
def frames(gap: str, way: str = "plain", seed: int = 1) -> Frames:
    plan = planned(gap, way, seed)
    chunks = list(generate(plan, threads=1))
    return {name: pl.concat([chunk[name] for chunk in chunks if name in chunk]) for name in plan.tables}


def findings(data: Frames, plan: Plan) -> dict[str, Finding]:
    report = validator.audit(data, compile_contract(plan), threads=1)
    return {found.id: found for found in report.findings if found.check == "arrivals"}


QUICK = {("exponential", "curve"), ("gamma", "exposure and max"), ("fixed", "curve"), ("lognormal", "limit")}


def slow_unless(quick: bool) -> list[pytest.MarkDecorator]:
    return [] if quick else [pytest.mark.slow]


@pytest.mark.parametrize(
    ("gap", "way"),
    [pytest.param(gap, way, marks=slow_unless((gap, way) in QUICK)) for gap in GAPS for way in WAYS],
)
def test_healthy_arrivals_pass(gap: str, way: str) -> None:
    plan = planned(gap, way)

    assert not_recomputed(plan) == {}
    assert {name: found.status for name, found in findings(frames(gap, way), plan).items()} == {
        "arrivals.visit.at": Status.PASS
    }


@pytest.mark.slow
def test_hardly_any_healthy_data_set_gets_a_warning() -> None:
    """12 of 1,200 warn by chance at 1 in 1,000 for each of 12 sorts of data at the very most; here at most 3 of 240."""
    found = [
        each.status
        for gap in ("exponential", "lognormal", "uniform")
        for way in WAYS
        for seed in range(1, 21)
        for each in findings(frames(gap, way, seed), planned(gap, way, seed)).values()
    ]

    assert len(found) >= 240
    assert sum(status is not Status.PASS for status in found) <= 3


def other(gap: str, way: str = "plain") -> Callable[[Frames], Frames]:
    return lambda found: frames(gap, way)


def moved(share: pl.Expr) -> Callable[[Frames], Frames]:
    """Move each visit to another share of the interval of its account."""

    def change(found: Frames) -> Frames:
        rows = found["visit"].join(found["account"].select("id", "opened", "closed"), on="id", maintain_order="left")
        place = (pl.col("at") - pl.col("opened")) / (pl.col("closed") - pl.col("opened"))
        there = pl.col("opened") + (pl.col("closed") - pl.col("opened")) * share
        rows = rows.with_columns(x=place).with_columns(at=there.dt.truncate("1s"))
        return {**found, "visit": rows.select(found["visit"].columns)}

    return change


def visits(change: Callable[[pl.DataFrame], pl.DataFrame]) -> Callable[[Frames], Frames]:
    return lambda found: {**found, "visit": change(found["visit"])}


FAULTS: dict[str, tuple[str, str, Callable[[Frames], Frames], str]] = {
    "other law": ("exponential", "plain", other("gamma"), "gaps."),
    "other shape": ("gamma", "plain", other("{gamma: {mean: 10d, shape: 2}}"), "gaps."),
    "same mean and spread, other law": ("lognormal", "plain", other("{gamma: {mean: 10d, shape: 0.69}}"), "gaps."),
    "longer gaps": ("gamma", "plain", other("{gamma: {mean: 11d, shape: 3}}"), "number."),
    "longer gaps of a Poisson process": ("exponential", "plain", other("{exponential: {mean: 12d}}"), "number.Casual"),
    "a tenth of the rows lost": ("exponential", "plain", visits(lambda v: v.filter(pl.col("vid") % 10 != 0)), "number."),
    "rows doubled": ("exponential", "plain", visits(lambda v: pl.concat([v, v.with_columns(vid=-pl.col("vid"))])), "gaps."),
    "wrong curve": ("exponential", "curve", other("exponential"), "times"),
    "curve where none is declared": ("exponential", "plain", other("exponential", "curve"), "times"),
    "curve of other gaps lost": ("gamma", "curve", other("gamma"), "months"),
    "pushed together": ("exponential", "plain", moved(pl.col("x") / 2), "times"),
    "squared": ("exponential", "plain", moved(pl.col("x") ** 2), "times"),
    "last third cut": ("gamma", "plain", visits(lambda v: v.filter(pl.col("at") < pl.datetime(2024, 5, 1))), "number."),
    "whole days": ("exponential", "plain", visits(lambda v: v.with_columns(pl.col("at").dt.truncate("1d").cast(pl.Datetime("us")) + pl.duration(hours=12))), "times"),
    "a fixed gap moved": ("fixed", "curve", visits(lambda v: v.with_columns(pl.when(pl.col("vid") == 77).then(pl.col("at") + pl.duration(seconds=30)).otherwise("at").alias("at"))), "fixed."),
}  # fmt: skip


QUICK_FAULTS = ("other law", "longer gaps", "wrong curve", "pushed together", "a fixed gap moved")


@pytest.mark.parametrize("name", [pytest.param(name, marks=slow_unless(name in QUICK_FAULTS)) for name in FAULTS])
def test_each_fault_is_seen(name: str) -> None:
    gap, way, change, sort = FAULTS[name]
    plan = planned(gap, way)
    found = findings(change(frames(gap, way)), plan)
    seen = {each.id for each in found.values() if each.status in (Status.WARN, Status.FAIL)}

    assert any(each.startswith(f"arrivals.visit.at.{sort}") for each in seen), {k: v.message for k, v in found.items()}
    assert all((each.status is Status.FAIL) == (sort == "fixed.") for each in found.values())


def test_gaps_of_a_law_without_a_formula_are_said_to_be_left_out() -> None:
    plan = planned("{quantile: {knots: {0: 1d, 1: 9d}}}")

    assert not_recomputed(plan) == {"visit.at (gaps)": "gaps of 'quantile' are not compared"}

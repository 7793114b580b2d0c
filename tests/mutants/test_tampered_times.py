"""Every column of instants, moved and cut in every way that its declaration can show; healthy data are not accused."""

from __future__ import annotations

from functools import cache

import polars as pl
import pytest

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.language import load
from fanwise.generator.plan import Plan, compile_plan
from fanwise.validator import Report, Status
from tests.validator.statistics.many import Frames, frames_of

pytestmark = pytest.mark.system

TIMES = """
fanwise: 1
name: times
window: {start: 2024-01-01, end: 2025-07-01}
curves:
  shop: {month: {Nov: 1.6, Dec: 1.9}, weekday: {Sat: 1.3, Sun: 0.5}, hour: {20: 2.0}, trend: 8%/y, spikes: {2024-11-29: 3}}
  office:
    weekday: {Sat: 0, Sun: 0}
    hour: {0: 0, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0, 7: 0.3, 19: 0.3, 20: 0, 21: 0, 22: 0, 23: 0}
segments:
  tier: {table: customer, share: {VIP: 0.3, Std: 0.7}}
tables:
  customer:
    rows: 1500
    key: cid
    columns:
      cid: {sequence: {}}
      tier: {segment: tier}
      joined: {timestamp: {between: [window.start, 2024-12-01], curve: shop}}
      joined_on: {date: {between: [window.start, 2024-12-01]}}
      called: {timestamp: {between: [window.start, window.end], curve: office}, null: 0.2}
      gone: {after: {column: joined, lag: {exponential: {mean: {tier: {VIP: 200d, Std: 90d}}}}, until: window.end}}
  order:
    parent: customer
    fanout: {poisson: {mean: 6}, multiplier: {tier: {VIP: 1.5, Std: 1}}}
    key: oid
    columns:
      oid: {sequence: {}}
      cid: {parent: cid}
      nr: {ordinal: {start: 1}}
      at: {timestamp: {between: [customer.joined, window.end]}}
      busy: {timestamp: {between: [customer.joined, window.end], curve: shop}}
      sorted: {timestamp: {between: [customer.joined, window.end], curve: shop, order: ascending}}
      on: {date: {between: [customer.joined_on, window.end]}}
      booked: {date: {between: [customer.joined, window.end], curve: office}}
      shipped: {after: {column: at, lag: {exponential: {mean: 2d}}}}
      arrived: {after: {column: shipped, lag: {gamma: {mean: {customer.tier: {VIP: 1d, Std: 4d}}, shape: 4}}, until: window.end}}
      due: {after: {column: on, lag: {uniform: {min: 14d, max: 30d}}, until: window.end}}
      chained: {after: {column: customer.joined, lag: {lognormal: {mean: 12d, sd: 9d}}, chain: true}}
  ping:
    parent: customer
    fanout: {arrivals: {from: customer.joined, until: window.end, gap: {exponential: {mean: 30d}}}}
    key: pid
    columns:
      pid: {sequence: {}}
      cid: {parent: cid}
      at: {arrival: {}}
"""
MOVES = {"1d": True, "-1d": True, "1h": False, "-1h": False}
"""How instants are moved, and whether days are moved, too."""
CUTS = {"1mo": True, "1w": True, "1d": False, "1h": False, "1m": False}
UNSEEN = {("order.chained", "1h"), ("order.chained", "-1h")}
"""An hour more in the first of several lags of twelve days: less than anybody would notice."""


@cache
def plan(seed: int = 5) -> Plan:
    return compile_plan(load(TIMES), seed=seed)


@cache
def frames() -> Frames:
    return frames_of(plan())


def audited(changed: Frames, seed: int = 5) -> Report:
    return validator.audit(changed, compile_contract(plan(seed)), threads=1)


def faults() -> list[tuple[str, str, pl.Expr]]:
    """Return each column of instants with each fault that its type can have."""
    found = []
    for table, frame in frames().items():
        for name, kind in frame.schema.items():
            if not kind.is_temporal():
                continue
            own, day = pl.col(name), kind == pl.Date()
            moved = [(by, own.dt.offset_by(by)) for by, days in MOVES.items() if days or not day]
            cut = [(f"cut {to}", own.dt.truncate(to)) for to, days in CUTS.items() if days or not day]
            found += [(f"{table}.{name}", fault, value.cast(kind)) for fault, value in (*moved, *cut)]
    return found


def unseen(place: str, value: pl.Expr) -> bool:
    table, name = place.split(".")
    report = audited({**frames(), table: frames()[table].with_columns(value.alias(name))})
    bad = [each for each in report.findings if each.status in (Status.WARN, Status.FAIL)]
    return not any(f"{place}." in f"{each.id}." for each in bad)


@pytest.mark.parametrize(
    "column", ["customer.joined", "customer.called", "order.busy", "order.on", "order.shipped", "order.arrived"]
)
def test_instants_that_are_moved_or_cut_are_seen(column: str) -> None:
    mine = [(fault, value) for place, fault, value in faults() if place == column]

    assert [fault for fault, value in mine if unseen(column, value)] == []


@pytest.mark.slow
def test_every_column_of_instants_shows_every_fault() -> None:
    missed = {(place, fault) for place, fault, value in faults() if unseen(place, value)}

    assert missed <= UNSEEN


def test_each_sort_of_instant_is_compared() -> None:
    looked = {(law.label, law.view.what) for law in compile_contract(plan()).distributions if law.view is not None}

    assert {what for _, what in looked} == {"second", "hour", "weekday", "place", "lag"}
    seconds = {label for label, what in looked if what == "second"}
    assert seconds == {
        f"{table}.{name}"
        for table, frame in frames().items()
        for name, kind in frame.schema.items()
        if kind.is_temporal() and kind != pl.Date()
    }


@pytest.mark.parametrize("seed", range(3))
def test_healthy_instants_are_not_accused(seed: int) -> None:
    healthy(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 43))
def test_healthy_instants_are_not_accused_in_many_seeds(seed: int) -> None:
    healthy(seed)


def healthy(seed: int) -> None:
    report = audited(frames_of(plan(seed)), seed)

    found = [each for each in report.findings if each.check == "timing"]
    assert [each.message for each in found if each.status is not Status.PASS] == []
    assert len(found) >= 20
    assert report.exit_code == 0

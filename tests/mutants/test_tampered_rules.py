"""Files whose rows no longer follow from one another: each fault is seen where it is, and nowhere else.

The faults change columns that nothing else follows from, so that all of them are in the files of one audit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache

import polars as pl
import pytest

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract, not_recomputed
from fanwise.generator.engine.local import generate
from fanwise.generator.language import load
from fanwise.generator.plan import Plan, compile_plan
from fanwise.validator import Contract, Status

pytestmark = pytest.mark.system

LEDGER = """
fanwise: 1
name: ledger
seed: 3
window: {start: 2024-01-01, end: 2025-01-01}
segments:
  tier: {table: account, share: {A: 0.3, B: 0.7}}
tables:
  account:
    rows: 120
    key: id
    columns:
      id: {sequence: {}}
      tier: {segment: tier}
      opening: {normal: {mean: 900, sd: 90}, type: "decimal(12,2)"}
      since: {timestamp: {between: [window.start, window.end]}}
      paid: {rollup: {sum: posting.amount, where: "kind = 'pay' and account.tier = 'A'"}, round: 2}
      small: {rollup: {count: posting, where: amount < 0}}
      first_kind: {rollup: {first: posting.kind}}
      last_kind: {rollup: {last: posting.kind, by: value_day}}
      kinds: {rollup: {count_distinct: posting.kind}}
      codes: {rollup: {count_distinct: posting.note.code}}
      weight: {rollup: {sum: posting.note.weight, where: "code <> 'x'"}}
      newest: {rollup: {last: posting.note.code}}
      first_day: {rollup: {min: posting.booked_at}, type: date}
      average: {rollup: {mean: posting.weight}, clamp: [1, 3]}
  posting:
    parent: account
    fanout: {poisson: {mean: 5}}
    key: [id, n]
    intervals: {from: booked_at, to: settled_at, overlap: false}
    columns:
      id: {parent: id}
      n: {ordinal: {start: 10, step: 10}}
      kind: {choice: {pay: 3, fee: 1, "it's": 1}, null: 0.1}
      weight: {integer: {min: 0, max: 4}, null: 0.2}
      amount: {normal: {mean: -5, sd: 200}, type: "decimal(12,2)", round: 2}
      booked_at: {timestamp: {between: [account.since, window.end], order: ascending}}
      settled_at: {after: {column: booked_at, lag: {exponential: {mean: 40d}}}}
      checked_at: {after: {column: account.since, lag: {exponential: {mean: 4d}}, chain: true}}
      value_day: {date: {between: [2024-03-01, 2024-03-05]}}
      kind_before: {previous: {column: kind, else: tier}}
      amount_before: {previous: {column: amount, else: account.opening}}
      day_after: {next: {column: value_day, else: null}}
      weight_after: {next: {column: weight, else: -1}, when: {kind: {fee: 7}}}
      balance: {running: {sum: amount, start: account.opening}, type: "decimal(14,2)"}
      drift: {running: {sum: amount}, clamp: [-300, null], null: 0.1}
      so_far: {running: {count: weight}}
      least: {running: {min: amount}}
      most: {running: {max: weight}}
      state:
        states:
          start: new
          next: {new: {open: {tier: {A: 1, B: 0}}, lost: {tier: {A: 1, B: 2}}}, open: {new: 1, done: 1}}
          dwell: {new: {fixed: 2d}, open: {uniform: {min: 1d, max: 3d}}}
          at: account.since
      entered_at: {entered: state}
  note:
    parent: posting
    fanout: {poisson: {mean: 1.5}}
    key: note_id
    columns:
      note_id: {sequence: {}}
      id: {parent: id}
      n: {parent: n}
      code: {pattern: "[x-z]"}
      weight: {integer: {min: 1, max: 9}}
"""

Frames = dict[str, pl.DataFrame]
ACCOUNT = 7


@cache
def plan(seed: int = 3) -> Plan:
    return compile_plan(load(LEDGER), seed=seed)


@cache
def frames(seed: int = 3) -> Frames:
    chunks = list(generate(plan(seed), threads=1))
    return {name: pl.concat([chunk[name] for chunk in chunks if name in chunk]) for name in plan(seed).tables}


def row_of(name: str, where: Callable[[pl.DataFrame], pl.Expr] | pl.Expr, value: pl.Expr) -> Callable[[Frames], Frames]:
    """Change a column of postings in the first row for which a condition is true."""

    def change(found: Frames) -> Frames:
        table = found["posting"]
        here = where if isinstance(where, pl.Expr) else where(table)
        at = int(table.select(here.fill_null(value=False).arg_max()).item())
        assert table.select(here.fill_null(value=False).any()).item()
        picked = pl.int_range(pl.len()) == at
        changed = pl.when(picked).then(value.cast(table.schema[name])).otherwise(pl.col(name))
        return {**found, "posting": table.with_columns(changed.alias(name))}

    return change


def account(name: str, value: pl.Expr) -> Callable[[Frames], Frames]:
    """Change a column of one account with several postings."""

    def change(found: Frames) -> Frames:
        table = found["account"]
        changed = pl.when(pl.col("id") == ACCOUNT).then(value.cast(table.schema[name])).otherwise(pl.col(name))
        return {**found, "account": table.with_columns(changed.alias(name))}

    return change


first, further = pl.col("n") == 10, pl.col("n") > 10
inner = further & (pl.col("n").shift(-1) > pl.col("n"))
cent, second = pl.lit("0.01").cast(pl.Decimal(14, 2)), dt.timedelta(seconds=1)
before = pl.col("state").shift(1)

FAULTS: dict[str, Callable[[Frames], Frames]] = {
    "rollup.account.paid": account("paid", pl.col("paid") + 0.01),
    "rollup.account.small": account("small", pl.col("small") + 1),
    "rollup.account.first_kind": account("first_kind", pl.lit("other")),
    "rollup.account.last_kind": account("last_kind", pl.lit("other")),
    "rollup.account.kinds": account("kinds", pl.col("kinds") + 1),
    "rollup.account.codes": account("codes", pl.col("codes") - 1),
    "rollup.account.weight": account("weight", pl.col("weight") + 1),
    "rollup.account.newest": account("newest", pl.lit("w")),
    "rollup.account.first_day": account("first_day", pl.col("first_day") + dt.timedelta(days=1)),
    "rollup.account.average": account("average", pl.lit(2.987654)),
    "siblings.posting.n": row_of("n", pl.col("n") == 20, pl.lit(25)),
    "siblings.posting.kind_before": row_of("kind_before", further, pl.lit("other")),
    "siblings.posting.amount_before": row_of("amount_before", first, pl.col("amount_before") + cent),
    "siblings.posting.day_after": row_of("day_after", inner, pl.col("day_after") + dt.timedelta(days=1)),
    "siblings.posting.weight_after": row_of(
        "weight_after", inner & (pl.col("kind") == "pay"), pl.col("weight_after").fill_null(5) + 1
    ),
    "siblings.posting.balance": row_of("balance", further, pl.col("balance") + cent),
    "siblings.posting.drift": row_of("drift", further & (pl.col("drift") > 0), pl.col("drift") - cent),
    "siblings.posting.so_far": row_of("so_far", further, pl.col("so_far") + 1),
    "siblings.posting.least": row_of("least", further, pl.col("least") + cent),
    "siblings.posting.most": row_of("most", further & pl.col("most").is_not_null(), pl.col("most") + 1),
    "siblings.posting.state": row_of("state", further & (before == "lost"), pl.lit("new")),
    "siblings.posting.entered_at": row_of("entered_at", further & (before == "new"), pl.col("entered_at") - second),
    "siblings.posting.checked_at.order": row_of("checked_at", further, pl.col("checked_at").shift(1) - second),
    "siblings.posting.settled_at.before": row_of("settled_at", inner, pl.col("booked_at").shift(-1) + second),
}  # fmt: skip


def broken(data: Frames, contract: Contract) -> dict[str, int]:
    report = validator.audit(data, contract, threads=1)
    looked = [found for found in report.findings if found.check in ("rollup", "siblings")]
    assert {found.status for found in looked} <= {Status.PASS, Status.FAIL}
    return {found.id: found.evidence["rows"] for found in looked if found.status is Status.FAIL}


@cache
def all_faults() -> dict[str, int]:
    data = frames()
    for change in FAULTS.values():
        data = change(data)
    return broken(data, compile_contract(plan()))


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_seen(fault: str) -> None:
    assert all_faults().get(fault, 0) >= 1


def test_nothing_else_is_accused_and_every_rule_has_a_fault() -> None:
    report = validator.audit(frames(), compile_contract(plan()), threads=1)
    asked = {found.id for found in report.findings if found.check in ("rollup", "siblings")}
    ordered = {"siblings.posting.booked_at.order", "siblings.posting.entered_at.order"}

    assert all_faults().keys() == FAULTS.keys()
    assert asked - FAULTS.keys() == ordered  # the order of instants has its fault in `checked_at`
    assert not_recomputed(plan()) == {}


def test_a_lost_row_and_rows_in_another_order_are_seen() -> None:
    contract, data = compile_contract(plan()), frames()
    lost = data["posting"].filter((pl.col("id") != ACCOUNT) | (pl.col("n") != 20))
    swapped = pl.when((pl.col("id") == ACCOUNT) & (pl.col("n") <= 20)).then(30 - pl.col("n")).otherwise(pl.col("n"))

    found = broken({**data, "posting": lost}, contract)
    moved = broken({**data, "posting": data["posting"].with_columns(swapped.alias("n"))}, contract)

    assert {"rollup.account.weight", "siblings.posting.balance", "siblings.posting.so_far"} <= found.keys()
    assert {"siblings.posting.balance", "siblings.posting.booked_at.order"} <= moved.keys()


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_healthy_rows_are_not_accused_in_whatever_order_they_lie(seed: int) -> None:
    contract = validator.load_contract(validator.to_dict(compile_contract(plan(seed))))
    shuffled = {name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in frames(seed).items()}

    assert contract == compile_contract(plan(seed))
    assert broken(shuffled, contract) == {}

"""Values that depend on earlier or later rows below the same parent keep all laws, and say what SQL says."""

from __future__ import annotations

from functools import cache

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from fanwise.generator.api.dataset import dataset
from fanwise.generator.engine.executor import Shard
from fanwise.generator.engine.local import count_rows, generate, generate_placed
from fanwise.generator.engine.references import TableReferences
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan

pytestmark = pytest.mark.system

SCHEMA = """
fanwise: 1
name: siblings
window: {start: 2024-01-01, end: 2025-01-01}
curves:
  busy: {weekday: {Sun: 0}, hour: {20: 3}, trend: 50%/y}
segments:
  plan: {table: account, share: {Pro: 0.4, Free: 0.6}}
tables:
  account:
    rows: 60
    key: id
    columns:
      id: {sequence: {}}
      plan: {segment: plan}
      opened_at: {timestamp: {between: [2023-06-01, window.start]}}
      closed_at: {timestamp: {between: [opened_at, window.end]}}
      opening: {normal: {mean: 900, sd: 400}, type: "decimal(12,2)"}
      size: {uniform: {min: 0, max: 3}, null: 10%}
      seats: {integer: {min: 0, max: 3}, null: 10%}
      most: {integer: {min: 0, max: 6}}
  seat: {parent: account, fanout: {count: seats}, key: [id, no], columns: {id: {parent: id}, no: {ordinal: {}}}}
  call:
    parent: account
    fanout: {negbin: {mean: 2, k: 1}, exposure: size, multiplier: {plan: {Pro: 2, Free: 1}}}
    key: [id, no]
    columns: {id: {parent: id}, no: {ordinal: {}}, minutes: {gamma: {mean: 4, shape: 2}, exposure: account.size}}
  login:
    parent: account
    fanout:
      arrivals: {from: account.opened_at, until: window.end, gap: {gamma: {mean: 40d, shape: 2}}, limit: most}
      exposure: size
    key: [id, no]
    columns: {id: {parent: id}, no: {ordinal: {}}, at: {arrival: {}}}
  posting:
    parent: account
    fanout: {negbin: {mean: 4, k: 1}, multiplier: {plan: {Pro: 1.5, Free: 0.7}}}
    key: [id, no]
    columns:
      id: {parent: id}
      no: {ordinal: {}}
      booked_at: {timestamp: {between: [account.opened_at, window.end], order: ascending}}
      due_on: {date: {between: [window.start, window.end], order: ascending}}
      amount: {normal: {mean: 0, sd: 250}, type: "decimal(12,2)", null: 10%}
      share: {uniform: {min: 0, max: 1}}
      calls: {negbin: {mean: 9, k: 2}, exposure: share}
      word: {fake: word}
      balance: {running: {sum: amount, start: account.opening}}
      balance_before: {previous: {column: balance, else: account.opening}}
      booked: {running: {count: amount}}
      least: {running: {min: amount}}
      latest: {running: {max: due_on}}
      shares: {running: {sum: share}}
      word_before: {previous: {column: word, else: {constant: none}}}
      valid_to: {next: {column: booked_at, else: window.end}}
      of_parent: {previous: {column: account.plan, else: null}}
      sent_at: {after: {column: account.opened_at, lag: {exponential: {mean: {plan: {Pro: 9d, Free: 30d}}}}, chain: true}}
      ended_at: {after: {column: account.opened_at, lag: {gamma: {mean: 60d, shape: 2}}, until: window.end, chain: true}}
  stay:
    parent: account
    fanout: {poisson: {mean: 5}}
    key: [id, no]
    intervals: {from: admitted_at, to: discharged_at, overlap: false}
    columns:
      id: {parent: id}
      no: {ordinal: {}}
      admitted_at: {timestamp: {between: [account.opened_at, window.end], order: ascending}, null: 10%}
      discharged_at: {after: {column: admitted_at, lag: {gamma: {mean: {plan: {Pro: 40d, Free: 90d}}, shape: 2}}, until: window.end}}
  visit:
    parent: account
    fanout:
      arrivals: {from: account.opened_at, until: account.closed_at, gap: {exponential: {mean: {plan: {Pro: 20d, else: 45d}}}}}
      multiplier: {plan: {Pro: 1.5, Free: 0.7}}
      curve: busy
      max: 25
    key: [id, no]
    columns:
      id: {parent: id}
      no: {ordinal: {}}
      came_at: {arrival: {}}
      since: {previous: {column: came_at, else: account.opened_at}}
  phase:
    parent: account
    fanout: {integer: {min: 1, max: 6}}
    key: [id, no]
    columns:
      id: {parent: id}
      no: {ordinal: {}}
      state:
        states:
          start: trial
          next: {trial: {active: 3, churned: 1}, active: {paused: 2, active: 1, churned: 1}, paused: {active: 1}}
          dwell: {trial: {fixed: 14d}, active: {exponential: {mean: {plan: {Pro: 90d, Free: 20d}}}}, paused: {uniform: {min: 1d, max: 9d}}}
          at: account.opened_at
      since: {entered: state}
      again: {entered: state}
"""

# What each column must be, as a query for the rows that break it.
QUERIES = {
    "booked_at ascends": "select * from posting qualify booked_at < lag(booked_at) over (partition by id order by no)",
    "due_on ascends": "select * from posting qualify due_on < lag(due_on) over (partition by id order by no)",
    "balances are exact": """
        select * from posting join account using (id) qualify balance::decimal(18,2)
        <> opening + coalesce(sum(amount) over (partition by id order by no), 0)""",
    "a balance goes on where the one before it ends": """
        select * from posting where balance - coalesce(amount, 0) <> balance_before""",
    "counts, extremes, sums and neighbours": """
        select * from posting
        window before as (partition by id order by no rows between unbounded preceding and current row)
        qualify booked <> count(amount) over before or least is distinct from min(amount) over before
        or latest <> max(due_on) over before or abs(shares - sum(share) over before) > 1e-9
        or word_before <> lag(word, 1, 'none') over (partition by id order by no)
        or valid_to <> lead(booked_at, 1, timestamp '2025-01-01') over (partition by id order by no)
        or (no > 1) <> (of_parent is not null)""",
    "chains go on": """
        select * from posting join account using (id)
        qualify sent_at < lag(sent_at, 1, opened_at) over (partition by id order by no)
        or ended_at < lag(ended_at, 1, opened_at) over (partition by id order by no)
        or ended_at >= timestamp '2025-01-01'""",
    "stays do not overlap": """
        select * from stay a join stay b using (id) where a.no < b.no and a.admitted_at < b.discharged_at
        and b.admitted_at < a.discharged_at or a.discharged_at < a.admitted_at or a.discharged_at > timestamp '2025-01-01'""",
    "states begin when those before them end": """
        select * from phase join account using (id) window own as (partition by id order by no)
        qualify since < lag(since, 1, opened_at) over own or (no = 1 and since <> opened_at) or since <> again
        or (lag(state) over own = 'trial' and since <> lag(since) over own + interval 14 days)
        or (lag(state) over own = 'churned' and since <> lag(since) over own)""",
    "arrivals are in their interval, in order, and not on Sundays": """
        select * from visit join account using (id)
        where came_at < opened_at or came_at >= closed_at or came_at < since or dayofweek(came_at) = 0 or no > 25""",
    "a count makes exactly so many rows": """
        select account.id from account left join seat using (id) group by account.id, seats
        having count(seat.no) <> coalesce(seats, 0)""",
    "nobody without an exposure has rows, and logins keep to their limit": """
        select account.id from account left join call using (id) where coalesce(size, 0) = 0 and call.no is not null union all
        select id from login join account using (id) where size is null or login.no > most or login.at < opened_at""",
    "booked_at is within its ends": """
        select * from posting join account using (id)
        where booked_at < opened_at or booked_at >= timestamp '2025-01-01'""",
}

Frames = dict[str, pl.DataFrame]


def tables(text: str = SCHEMA, *, chunk_rows: int = 10**6, threads: int = 1, **options: object) -> Frames:
    plan = compile_plan(load(text), **options)  # type: ignore[arg-type]
    parts = list(generate(plan, threads=threads, chunk_rows=chunk_rows))
    return {name: pl.concat([part[name] for part in parts if name in part]) for name in plan.tables}


@cache
def of_seed(seed: int) -> Frames:
    return tables(seed=seed)


def assert_same(found: Frames, expected: Frames) -> None:
    assert found.keys() == expected.keys()
    for name, frame in expected.items():
        assert_frame_equal(found[name], frame)


@pytest.fixture(scope="module")
def whole() -> Frames:
    return tables()


@given(chunk_rows=st.integers(5, 400), threads=st.integers(1, 3))
@settings(max_examples=5, deadline=None)
def test_chunks_and_threads_change_nothing(whole: Frames, chunk_rows: int, threads: int) -> None:
    assert_same(tables(chunk_rows=chunk_rows, threads=threads), whole)


@pytest.mark.parametrize("shards", [2, 5])
def test_shards_change_nothing(whole: Frames, shards: int) -> None:
    plan = compile_plan(load(SCHEMA))
    parts: list[Frames] = []
    for index in range(1, shards + 1):
        shard = Shard(index, shards)
        first = count_rows(plan, shard.before())
        parts += [placed.frames for placed in generate_placed(plan, shard=shard, first=first)]

    assert_same({name: pl.concat([part[name] for part in parts if name in part]) for name in whole}, whole)


@given(row=st.integers(0, 59))
@settings(max_examples=5, deadline=None)
def test_a_row_is_the_same_made_alone(whole: Frames, row: int) -> None:
    """The rows of one parent are made again for a reference, a pin or a subtree."""
    references = TableReferences(compile_plan(load(SCHEMA)).tables)
    for name, frame in whole.items():
        numbers = np.flatnonzero((frame["id"] == whole["account"]["id"][row]).to_numpy())
        if len(numbers):
            ctx, place = references.locate(name, numbers)
            for column in frame.columns:
                assert ctx.column(column).take(place).series(column).equals(frame[column].gather(numbers)), column


def test_more_parents_leave_the_old_rows_alone(whole: Frames) -> None:
    found = tables(rows={"account": 100})

    assert_same({name: found[name].head(len(frame)) for name, frame in whole.items()}, whole)


def test_a_changed_multiplier_leaves_the_other_segments_alone(whole: Frames) -> None:
    changed = SCHEMA.replace("Pro: 1.5, Free", "Pro: 2.5, Free")
    found, free = tables(changed), pl.col("id").is_in(whole["account"].filter(plan="Free")["id"].implode())

    assert changed != SCHEMA
    assert_same({k: v.filter(free) for k, v in found.items()}, {k: v.filter(free) for k, v in whole.items()})


@pytest.mark.parametrize("table", ["account", "posting", "visit"])
def test_an_added_column_changes_no_other(whole: Frames, table: str) -> None:
    head, tail = SCHEMA.split(f"  {table}:\n")
    more = tail.replace("    columns:\n", "    columns:\n      extra: {uuid: {}}\n", 1)
    found = tables(f"{head}  {table}:\n{more}")

    assert "extra" in found[table].columns
    assert_same({**found, table: found[table].drop("extra")}, whole)


def test_a_pin_elsewhere_changes_nothing(whole: Frames) -> None:
    pinned = dataset(SCHEMA, pin={"account": {3: {"opened_at": "2023-07-01T08:00:00"}}})
    found, others = {name: pinned[name] for name in whole}, pl.col("id") != whole["account"]["id"][3]

    assert_same({k: v.filter(others) for k, v in found.items()}, {k: v.filter(others) for k, v in whole.items()})


@pytest.mark.parametrize("seeds", [range(5), pytest.param(range(5, 20), marks=pytest.mark.slow)], ids=["5", "15 more"])
@pytest.mark.parametrize("query", QUERIES)
def test_sql_finds_no_row_that_breaks_a_promise(query: str, seeds: range) -> None:
    for seed in seeds:
        with duckdb.connect() as session:
            for name, frame in of_seed(seed).items():
                session.register(name, frame)
            broken = session.sql(QUERIES[query])
            assert broken.fetchall() == [], (seed, broken)

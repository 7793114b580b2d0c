"""`entered` gives the instant at which each state of a chain with `dwell` begins."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from scipy import stats

from fanwise.generator.audit.contract import warnings
from fanwise.generator.errors import PlanError, SchemaError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan

DAY = 86_400_000_000
NEXT = "start: trial, next: {trial: {active: 1}, active: {active: 3, lost: 1}}"
DWELL = "dwell: {trial: {fixed: 14d}, active: {exponential: {mean: {plan: {Pro: 40d, else: 10d}}}}}"


def schema(chain: str, extra: str = "since: {entered: state}", head: str = "") -> str:
    return f"""{head}
segments: {{plan: {{table: account, share: {{Pro: 0.5, Free: 0.5}}}}}}
tables:
  account: {{rows: 2000, key: id, columns: {{id: {{sequence: {{}}}}, plan: {{segment: plan}}, opened_at: {{timestamp: {{between: [window.start, window.end]}}, null: 5%}}}}}}
  phase:
    parent: account
    fanout: {{fixed: 6}}
    key: [id, no]
    columns: {{id: {{parent: id}}, no: {{ordinal: {{}}}}, opened_at: {{parent: opened_at}}, tier: {{expr: account.plan}}, state: {{states: {{{chain}}}}}, {extra}}}
"""


def lasted(found: pl.DataFrame) -> pl.DataFrame:
    """Return the days that each row lasts, null in the last of an account."""
    gap = (pl.col("since").shift(-1).over("id") - pl.col("since")).dt.total_microseconds() / DAY
    return found.with_columns(days=gap)


def test_each_state_lasts_as_its_dwell_says(tables: Any) -> None:
    found = lasted(tables(schema(f"{NEXT}, {DWELL}, at: account.opened_at"))["phase"]).drop_nulls("days")

    assert set(found.filter(state="trial")["days"]) == {14.0}
    assert set(found.filter(state="lost")["days"]) == {0.0}
    for plan, mean in (("Pro", 40), ("Free", 10)):
        days = found.filter(state="active", tier=plan)["days"].to_numpy()
        assert len(days) > 2000
        assert stats.kstest(days, stats.expon(scale=mean).cdf).pvalue > 1e-4


def test_the_first_state_begins_at_its_instant(tables: Any) -> None:
    found = tables(schema(f"{NEXT}, {DWELL}, at: account.opened_at"))["phase"]
    firsts = found.filter(no=1)

    assert firsts["since"].equals(firsts["opened_at"])
    assert found["since"].is_null().equals(found["opened_at"].is_null())
    assert found["since"].null_count() > 0


def test_without_an_instant_it_begins_with_the_window(tables: Any) -> None:
    found = tables(schema(f"{NEXT}, {DWELL}"))["phase"]

    assert set(found.filter(no=1)["since"]) == {dt.datetime(2024, 1, 1)}


def test_the_states_are_those_without_dwell(tables: Any) -> None:
    plain = tables(schema(NEXT, extra="x: {constant: 1}"))["phase"]

    assert tables(schema(f"{NEXT}, {DWELL}"))["phase"]["state"].equals(plain["state"])


@pytest.mark.parametrize(
    ("chain", "place", "words"),
    [
        (f"{NEXT}, dwell: {{trial: {{fixed: 1d}}, active: {{fixed: 1d}}, lost: {{fixed: 1d}}}}", "dwell.lost", "'lost' is final"),
        (f"{NEXT}, dwell: {{trial: {{fixed: 1d}}}}", "dwell", "no dwell for 'active'"),
        (f"{NEXT}, dwell: {{trial: {{fixed: 1d}}, active: {{fixed: 1d}}, trail: {{fixed: 1d}}}}", "dwell.trail", "'trail' is not a state"),
        (f"{NEXT}, dwell: {{trial: {{fixed: 1d}}, active: {{poisson: {{mean: 3}}}}}}", "dwell.active.poisson", "cannot be a lag"),
        (f"{NEXT}, at: account.opened_at", "at", "needs 'dwell'"),
        (f"{NEXT}, {DWELL}, at: account.plan", "at", "holds text"),
    ],
)  # fmt: skip
def test_what_cannot_last_is_refused(tables: Any, chain: str, place: str, words: str) -> None:
    with pytest.raises(SchemaError, match=words) as caught:
        tables(schema(chain, extra="x: {constant: 1}"))

    assert [problem.path for problem in caught.value.problems] == [f"tables.phase.columns.state.states.{place}"]
    assert caught.value.problems[0].hint
    assert caught.value.problems[0].mark is not None


def test_without_a_window_the_first_instant_is_asked_for() -> None:
    with pytest.raises(SchemaError, match="no window"):
        load(
            "fanwise: 1\nname: s\n"
            + schema(f"{NEXT}, {DWELL}").replace("[window.start, window.end]", "[2024-01-01, 2025-01-01]")
        )


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("since: {entered: state}", "'state' has no dwell"),
        ("since: {entered: no}", "'no' has the kind ordinal, and a row enters a state"),
        ("since: {entered: account.plan}", "'account.plan' is not a column of phase"),
    ],
)
def test_instants_of_what_does_not_last_are_refused(tables: Any, extra: str, words: str) -> None:
    with pytest.raises(PlanError, match=words) as caught:
        tables(schema(NEXT, extra=extra))

    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("FW-PLAN-DWELL", "tables.phase.columns.since.entered")


def told(extra: str, chain: str = NEXT) -> list[str]:
    head = "fanwise: 1\nname: s\nwindow: {start: 2024-01-01, end: 2025-01-01}"
    return [
        problem.path
        for problem in warnings(compile_plan(load(schema(chain, extra, head))))
        if problem.code == "FW-PLAN-OUT-OF-ORDER"
    ]


def test_states_beside_instants_in_no_order_are_warned_of() -> None:
    free = "happened: {timestamp: {between: [account.opened_at, window.end]}}"

    assert told(free) == ["tables.phase.columns.happened"]
    assert told(free.replace("window.end]", "window.end], order: ascending")) == []
    assert told(f"{free}, since: {{entered: state}}", f"{NEXT}, {DWELL}") == []
    assert told("since: {after: {column: account.opened_at, lag: {fixed: 1d}, chain: true}}") == []
    assert told("x: {constant: 1}") == []

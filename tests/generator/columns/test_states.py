"""`states`: a chain along the rows below a parent, absorbing where nothing follows, the same however rows are cut."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from fanwise.generator.audit.contract import warnings
from fanwise.generator.engine.local import generate
from fanwise.generator.errors import PlanError, SchemaError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan

CHAIN = "{states: {start: new, next: {new: {paid: 0.7, end: 0.3}, paid: {paid: 2, sent: 1, new: 1}}}}"
ROUTES = {"new": {"paid": 0.7, "end": 0.3}, "paid": {"paid": 0.5, "sent": 0.25, "new": 0.25}}


def schema(chain: str, fanout: str = "poisson: {mean: 4}", rows: int = 4000) -> str:
    return f"""
segments: {{tier: {{table: top, share: {{A: 0.5, B: 0.5}}}}}}
tables:
  top: {{rows: {rows}, key: id, columns: {{id: {{sequence: {{}}}}, tier: {{segment: tier}}}}}}
  step: {{parent: top, fanout: {{{fanout}}}, columns: {{id: {{parent: id}}, no: {{ordinal: {{}}}}, of: {{expr: top.tier}}, x: {chain}}}}}
"""


def moves(found: pl.DataFrame) -> pl.DataFrame:
    """Return (before, after) of all neighbours below one parent."""
    shifted = found.with_columns(before=pl.col("x").shift(1).over("id"))
    return shifted.filter(pl.col("before").is_not_null())


def test_moves_have_their_shares(tables: Any) -> None:
    found = tables(schema(CHAIN))["step"]
    seen = moves(found).group_by("before", "x").len()

    assert set(found.filter(no=1)["x"]) == {"new"}
    for state, options in ROUTES.items():
        counts = dict(seen.filter(before=state).select("x", "len").iter_rows())
        assert counts.keys() == options.keys()
        expected = np.array(list(options.values())) * sum(counts.values())
        assert stats.chisquare([counts[key] for key in options], expected).pvalue > 1e-3


def test_a_state_that_nothing_follows_is_never_left(tables: Any) -> None:
    seen = moves(tables(schema(CHAIN))["step"])

    assert set(seen.filter(before="end")["x"]) == {"end"}
    assert set(seen.filter(before="sent")["x"]) == {"sent"}


def test_two_steps_are_independent(tables: Any) -> None:
    """P(paid, then sent) is the product of the two shares."""
    found = tables(schema(CHAIN, "fixed: 3", rows=20_000))["step"]
    third = found.filter(no=3)["x"].to_numpy()[found.filter(no=2)["x"].to_numpy() == "paid"]

    assert stats.binomtest(int((third == "sent").sum()), len(third), 0.25).pvalue > 1e-3


@pytest.mark.parametrize("chunk_rows", [3, 50, 10**6])
def test_chunks_and_more_parents_change_nothing(chunk_rows: int) -> None:
    def drawn(rows: int, size: int) -> pl.DataFrame:
        plan = compile_plan(load("fanwise: 1\nname: s\n" + schema(CHAIN, rows=rows)))
        return pl.concat([frames["step"] for frames in generate(plan, chunk_rows=size)])

    whole = drawn(60, 1000)

    assert drawn(120, chunk_rows).head(len(whole)).equals(whole)


def test_a_state_depends_on_earlier_siblings_only(tables: Any) -> None:
    """A longer family goes on where a shorter one ends."""
    short, long = (tables(schema(CHAIN, f"fixed: {n}", rows=50))["step"] for n in (3, 9))

    assert long.filter(pl.col("no") <= 3)["x"].equals(short["x"])


def test_weights_per_segment(tables: Any) -> None:
    chain = "{states: {start: a, next: {a: {a: {tier: {A: 3, B: 1}}, b: 1}, b: {b: 1}}}}"
    seen = moves(tables(schema(chain))["step"]).filter(before="a")
    stays = dict(seen.group_by("of").agg((pl.col("x") == "a").mean()).iter_rows())

    assert stays["A"] == pytest.approx(0.75, abs=0.02)
    assert stays["B"] == pytest.approx(0.5, abs=0.03)


def test_states_are_known_values(tables: Any) -> None:
    """Their names may stand as keys of parameters and of `when`, and misspelt ones are noticed."""
    found = tables(schema(CHAIN).replace("}}}}}}", "}}}}, y: {constant: 1, when: {x: {end: 0}}}}}", 1))["step"]

    assert ((found["y"] == 0) == (found["x"] == "end")).all()
    with pytest.raises(SchemaError, match="'ended' is not a value of"):
        tables(schema(CHAIN).replace("}}}}}}", "}}}}, y: {constant: 1, when: {x: {ended: 0}}}}}", 1))


def test_no_weight_above_0_for_a_segment(tables: Any) -> None:
    with pytest.raises(PlanError, match="all weights of the next states of 'a' are 0 for B"):
        tables(schema("{states: {start: a, next: {a: {b: {tier: {A: 3, B: 0}}}}}}"))


def test_one_long_chain(tables: Any) -> None:
    found = tables(schema("{states: {start: a, next: {a: {a: 999, b: 1}, b: {a: 1}}}}", "fixed: 5000", rows=2))["step"]

    assert 2 <= (found["x"] == "b").sum() <= 30
    assert (moves(found).filter(before="b")["x"] == "a").all()


def test_weights_per_segment_are_told_to_go_unaudited() -> None:
    chain = "{states: {start: a, next: {a: {a: {top.tier: {A: 3, B: 1}}, b: 1}, b: {b: 1}}}}"
    told = [str(problem) for problem in warnings(compile_plan(load("fanwise: 1\nname: s\n" + schema(chain))))]

    assert any("step.columns.x" in line and "the audit does not test 'states'" in line for line in told), told


@pytest.mark.parametrize(
    ("chain", "place"), [("{start: new, next: {}}", "states.next"), ("{start: 1, next: {a: {b: 1}}}", "states.start")]
)
def test_a_chain_without_an_end_or_a_beginning_is_refused(tables: Any, chain: str, place: str) -> None:
    with pytest.raises(SchemaError) as caught:
        tables(schema(f"{{states: {chain}}}"))

    assert [problem.path for problem in caught.value.problems] == [f"tables.step.columns.x.{place}"]


FROM_TIER = "{states: {start: top.tier, next: {A: {A: 3, B: 1}, B: {B: 3, C: 1}}}}"


def test_the_first_row_may_have_the_state_of_the_parent(tables: Any) -> None:
    """The chain begins in what the column holds, and moves as from any other state; nulls stay null."""
    found = tables(schema(FROM_TIER))["step"]
    first = found.filter(no=1)

    assert first["x"].equals(first["of"], check_names=False)
    seen = dict(moves(found).filter(before="A").group_by("x").len().iter_rows())
    assert stats.chisquare([seen["A"], seen["B"]], np.array([3, 1]) / 4 * sum(seen.values())).pvalue > 1e-3

    some = schema(FROM_TIER.replace("top.tier", "top.maybe"), rows=200)
    some = some.replace("tier: {segment: tier}", "tier: {segment: tier}, maybe: {choice: {A: 1, C: 1}, null: 40%}")
    parts = tables(some)
    below = parts["step"].join(parts["top"], on="id")
    assert below.filter(pl.col("maybe").is_null())["x"].is_null().all()
    assert set(below.filter(maybe="C")["x"]) == {"C"}
    assert below.filter(maybe="A")["x"].is_not_null().all()


@pytest.mark.parametrize(
    ("start", "words"),
    [("top.tier", "'B' in 'top.tier' is not a state"), ("top.id", "are not known in advance"), ("top.tire", "tire")],
)
def test_a_column_that_holds_no_states_is_refused(tables: Any, start: str, words: str) -> None:
    with pytest.raises(SchemaError, match=words) as caught:
        tables(schema(f"{{states: {{start: {start}, next: {{A: {{C: 1}}}}}}}}", rows=2))

    assert caught.value.problems[0].path == "tables.step.columns.x.states.start"

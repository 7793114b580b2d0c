"""A child with one row for each parent row is in scope of its parent, and of the parent's other children."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from fanwise.generator.errors import PlanError, SchemaError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from fanwise.generator.run.run import RunOptions, run
from tests.invariants.laws import assert_laws

SCHEMA = """
fanwise: 1
name: only
segments: {tier: {table: customer, share: {VIP: 0.3, Rest: 0.7}}}
tables:
  customer:
    rows: 90
    key: cid
    columns: {tier: {segment: tier}, risk: {expr: profile.score}, size: {expr: profile.home.size}}
  profile:
    parent: customer
    fanout: {fixed: 1}
    key: cid
    columns: {score: {integer: {min: 0, max: 9}}, mood: {choice: {good: 1, bad: 1}}, home: {ref: place}, of: {expr: tier}}
  place: {key: name, values: [{name: a, size: 1}, {name: b, size: 2}]}
  order:
    parent: customer
    fanout: {poisson: {mean: {profile.mood: {good: 4, bad: 1}}}}
    key: oid
    columns:
      score: {expr: profile.score}
      amount: {gamma: {mean: 10, shape: 2}, multiplier: {profile.mood: {good: 3, bad: 1}}}
  line:
    parent: order
    fanout: {fixed: 2}
    columns: {score: {expr: profile.score + order.score}, size: {expr: profile.home.size}}
"""


def test_the_only_child_is_read_from_above_and_beside() -> None:
    found = assert_laws(SCHEMA)
    with duckdb.connect() as session:
        for name, frame in found.items():
            session.register(name, frame)
        wrong = session.sql("""
            select c.cid from customer c join profile p using (cid) join place h on h.name = p.home
            left join "order" o using (cid) left join line l using (oid)
            where c.risk <> p.score or c.size <> h.size or o.score <> p.score or l.score <> 2 * p.score or l.size <> h.size""")
        means = dict(
            session.sql(
                'select mood, count(oid) / count(distinct cid) from profile left join "order" using (cid) group by 1'
            ).fetchall()
        )

        assert wrong.fetchall() == []
        assert means["good"] > 2 * means["bad"]


def test_the_plan_expects_the_mix_of_the_only_child(tmp_path: Path) -> None:
    plan = compile_plan(load(SCHEMA))
    done = run(load(SCHEMA), RunOptions(out=tmp_path / "out"))

    assert plan.expected_rows["order"] == pytest.approx(90 * 2.5)
    assert done.report.verdict.exit_code == 0


def test_a_child_with_several_rows_is_not_in_scope() -> None:
    with pytest.raises(SchemaError, match="does not reach the table 'profile'"):
        load(SCHEMA.replace("fanout: {fixed: 1}", "fanout: {fixed: 2}"))


def test_a_circle_is_told() -> None:
    with pytest.raises(
        SchemaError, match=r"the column depends on itself: customer\.risk > profile\.score > customer\.risk"
    ):
        load(SCHEMA.replace("{integer: {min: 0, max: 9}}", "{expr: customer.risk}"))


def test_a_row_number_below_cannot_decide_how_many_rows_there_are() -> None:
    with pytest.raises((SchemaError, PlanError), match="row number"):
        compile_plan(
            load(
                SCHEMA.replace(
                    "mood: {choice: {good: 1, bad: 1}}",
                    "mood: {expr: \"case when n > 5 then 'good' else 'bad' end\"}, n: {sequence: {}}",
                )
                .replace("{good: 4, bad: 1}", "{good: 4, else: 1}")
                .replace("{good: 3, bad: 1}", "{good: 3, else: 1}")
            )
        )

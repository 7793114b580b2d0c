"""Where no formula gives the mean of a fanout, rows are counted on a sample."""

from __future__ import annotations

import pytest

from fanwise.generator.context import Rows
from fanwise.generator.engine.local import count_rows
from fanwise.generator.engine.references import TableReferences
from fanwise.generator.errors import TooManyRows
from fanwise.generator.language import load
from fanwise.generator.language.spec import Step
from fanwise.generator.moments import sampled_rows
from fanwise.generator.moments.sampled_rows import mean_rows
from fanwise.generator.plan import Plan, compile_plan

HEAD = """
fanwise: 1
name: s
segments: {tier: {table: a, share: {hi: 0.5, lo: 0.5}}}
tables:
  place: {rows: 4, key: code, columns: {code: {sequence: {}}, size: {integer: {min: 0, max: 9}}}}
  a:
    rows: 5000
    key: id
    columns: {id: {sequence: {}}, tier: {segment: tier}, at: {ref: place}, n: {expr: id % 3}, big: {expr: place.size > 4}}
"""
FANOUTS = {
    "a computed key": "{fixed: {n: {1: 1, 2: 2, else: 0}}}",
    "a computed key and a multiplier": "{poisson: {mean: {n: {1: 4, else: 1}}}, multiplier: {tier: {hi: 3, lo: 1}}}",
    "a computed count": "{count: n}",
}


def plan(fanout: str) -> Plan:
    child = f"b: {{parent: a, fanout: {fanout}, columns: {{id: {{parent: id}}}}}}"
    return compile_plan(
        load(f"{HEAD}  {child}\n  c: {{parent: b, fanout: {{fixed: 2}}, columns: {{id: {{parent: id}}}}}}\n")
    )


@pytest.mark.parametrize("case", FANOUTS)
def test_the_rows_of_a_plan_are_near_those_of_the_run(case: str) -> None:
    found = plan(FANOUTS[case])
    counted = count_rows(found)

    assert found.expected_rows["b"] == pytest.approx(counted["b"], rel=0.1)
    assert found.expected_rows["c"] == pytest.approx(counted["c"], rel=0.1)


def test_segments_keep_their_ratio() -> None:
    found = plan(FANOUTS["a computed key and a multiplier"])
    tier = ((Step("a"),), "tier")
    mass = {profile[tier]: rows for profile, rows in found.profiles.of("b", {tier})}

    assert mass["hi"] / mass["lo"] == pytest.approx(3)


def test_a_known_mean_is_not_counted() -> None:
    assert plan("{poisson: {mean: 3}}").expected_rows["b"] == 15_000


def test_a_sample_that_needs_other_rows_has_no_answer() -> None:
    assert mean_rows(plan("{fixed: {big: {true: 2, else: 1}}}").tables, "b") is None


def test_a_sample_is_bounded_where_rows_have_many_below_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row then has a part of its own, so that what lies below it is still counted."""
    child = "b: {parent: a, fanout: {fixed: 9}, columns: {id: {parent: id}, m: {expr: id % 3}}}"
    schema = load(f"{HEAD}  {child}\n  c: {{parent: b, fanout: {{count: m}}, columns: {{id: {{parent: id}}}}}}\n")
    whole = compile_plan(schema).expected_rows["c"]
    monkeypatch.setattr(sampled_rows, "_MOST", 200)
    made: list[int] = []
    below = Rows.below
    monkeypatch.setattr(Rows, "below", lambda *given: made.append(int(given[-1].sum())) or below(*given))

    assert compile_plan(schema).expected_rows["c"] == pytest.approx(whole, rel=0.1)
    assert max(made) <= 200 + 1000  # each row has one at least


def test_a_row_with_more_rows_below_it_than_memory_holds_is_refused() -> None:
    found = plan("{fixed: 9}")
    references = TableReferences(found.tables, most=100)
    with pytest.raises(TooManyRows, match=r"row 0 of a has 9 rows of b below it, more than can be made at once"):
        references.whole("b")

"""The plan: rows of roots, seeds, and what cannot be planned."""

from __future__ import annotations

import pytest

from fanwise.generator.errors import PlanError, UsageError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan

SCHEMA = """
fanwise: 1
name: plan
tables:
  a: {rows: 50, key: id, columns: {id: {sequence: {}}}}
  fixed: {rows: 7, scale: false, columns: {n: {sequence: {}}}}
  b: {parent: a, fanout: {poisson: {mean: 4}}, columns: {id: {parent: id}}}
"""


@pytest.mark.parametrize(("scale", "rows"), [(0.29, 15), (0.31, 16), (1, 50), (0.001, 1), (2.5, 125), (1e-9, 1)])
def test_rows_are_scaled_and_rounded_half_up(scale: float, rows: int) -> None:
    plan = compile_plan(load(SCHEMA), scale=scale)

    assert dict(plan.rows) == {"a": rows, "fixed": 7}
    assert plan.expected_rows == pytest.approx({"a": rows, "fixed": 7, "b": 4 * rows})


def test_rows_of_a_root_are_set_after_scaling() -> None:
    assert compile_plan(load(SCHEMA), scale=3, rows={"a": 4}).rows == {"a": 4, "fixed": 7}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rows": {"b": 3}}, "'b' is a child of 'a'"),
        ({"rows": {"c": 3}}, "no table 'c'"),
        ({"rows": {"a": -1}}, "-1 rows"),
        ({"scale": 0.0}, "not a positive number"),
        ({"scale": float("nan")}, "not a positive number"),
        ({"seed": -1}, "seed -1 is out of range"),
        ({"seed": 2**63}, "out of range"),
    ],
)
def test_arguments_that_do_not_fit(options: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        compile_plan(load(SCHEMA), **options)  # type: ignore[arg-type]


def test_all_problems_of_a_plan_come_at_once_with_their_places() -> None:
    text = SCHEMA.replace(
        "columns: {id: {sequence: {}}}",
        "columns: {id: {sequence: {}}, x: {pattern: '#', unique: true}, y: {pattern: '['}}",
        1,
    )
    with pytest.raises(PlanError) as caught:
        compile_plan(load(text, file="plan.yaml"))

    found = [str(problem) for problem in caught.value.problems]
    assert [line.split(": ")[1] for line in found] == ["tables.a.columns.x.unique", "tables.a.columns.y.pattern"]
    assert all(line.startswith("plan.yaml:5:") for line in found)


IN_ROUNDS = """\
fanwise: 1
name: shop
segments:
  tier: {table: c, share: {VIP: 0.2, Std: 0.8}}
tables:
  c:
    rows: 100
    key: id
    columns: {id: {sequence: {}}, tier: {segment: tier}}
  o:
    parent: c
    fanout: {poisson: {mean: 3}, max: 4, multiplier: {tier: {VIP: 3, Std: 1}}}
    columns:
      id: {parent: id}
      a:
        uniform: {min: 0, max: 1}
        clamp: [0.4, 0.6]
        multiplier:
          tier:
            VIP: 9
            Std: 1
"""


def test_problems_of_fanouts_and_columns_point_at_the_factor_that_is_wrong() -> None:
    with pytest.raises(PlanError) as caught:
        compile_plan(load(IN_ROUNDS))

    assert [(p.path, p.value, p.mark and p.mark.line) for p in caught.value.problems] == [
        ("tables.o.fanout.multiplier.tier.VIP", "3", 12),
        ("tables.o.columns.a.multiplier.tier.VIP", "9", 20),
    ]


def test_each_factor_that_cannot_be_met_is_a_problem_once() -> None:
    text = IN_ROUNDS.replace("VIP: 3, Std: 1", "VIP: 3, Std: 5").replace(
        "            Std: 1", "            Std: 0.01\n          id: {1: 1.1, else: 1}"
    )
    with pytest.raises(PlanError) as caught:
        compile_plan(load(text))

    assert [p.path.split("tables.o.")[1] for p in caught.value.problems] == [
        "fanout.multiplier.tier.VIP",
        "fanout.multiplier.tier.Std",
        "columns.a.multiplier.tier.VIP",
        "columns.a.multiplier.tier.Std",
    ]


def test_what_needs_rows_that_are_unknown_hides_no_other_problem() -> None:
    text = IN_ROUNDS.replace("id: {parent: id}", "id: {parent: id}\n      n: {integer: {min: 1, max: 2}, unique: true}")
    text = text.replace("id: {sequence: {}},", "id: {integer: {min: 1, max: 9}, unique: true},")
    with pytest.raises(PlanError) as caught:
        compile_plan(load(text))

    assert [p.path for p in caught.value.problems if p.path.endswith("unique")] == ["tables.c.columns.id.unique"]
    assert len(caught.value.problems) == 3


def test_more_than_ten_billion_rows_are_refused() -> None:
    with pytest.raises(PlanError, match=r"tables\.a\.rows: 50: about 50,000,000,000 rows"):
        compile_plan(load(SCHEMA), scale=1e9)


def test_tables_come_after_what_they_need() -> None:
    text = SCHEMA.replace(
        "{rows: 50, key: id, columns: {id: {sequence: {}}}}",
        "{rows: 50, key: id, columns: {id: {sequence: {}}, f: {ref: fixed, column: n}}}",
    )

    assert list(compile_plan(load(text)).tables) == ["fixed", "a", "b"]

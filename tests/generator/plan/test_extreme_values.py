"""Extreme numbers, lengths and conditions: refused at their place before a row is made, or right."""

from __future__ import annotations

import polars as pl
import pytest

from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.engine.local import generate
from fanwise.generator.errors import FanwiseError, PlanError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan

HEAD = """\
fanwise: 1
name: extreme
window: {start: 2024-01-01, end: 2025-01-01}
segments: {t: {table: a, share: {A: 0.5, B: 0.5}}}
"""


def schema(column: str, *, rest: str = "", head: str = HEAD) -> str:
    columns = f"id: {{sequence: {{}}}}, t: {{segment: t}}, k: {{choice: {{x: 1, y: 1}}}}, {column}"
    return f"{head}tables:\n  a: {{rows: 100, key: id, columns: {{{columns}}}}}\n{rest}"


def table(text: str) -> pl.DataFrame:
    return pl.concat(frames["a"] for frames in generate(compile_plan(load(text)), threads=1))


@pytest.mark.parametrize(
    ("text", "code", "path"),
    [
        (
            schema("v: {integer: {min: -9e18, max: 9e18}, unique: true}"),
            "FW-PLAN-PARAMETER",
            "tables.a.columns.v.integer.min",
        ),
        (schema("v: {poisson: {mean: 6}, clamp: [18.64, 18.7]}"), "FW-PLAN-ORDER", "tables.a.columns.v.clamp"),
        (
            schema(
                "v: {timestamp: {between: [window.start, window.end], curve: w}}",
                head=HEAD.replace("2024-01-01, end: 2025-01-01", "0001-01-01, end: 9999-12-31")
                + "curves: {w: {hour: {20: 2}}}\n",
            ),
            "FW-PLAN-CURVE",
            "tables.a.columns.v.timestamp.curve",
        ),
        (
            schema(
                "v: {timestamp: {between: [window.start, window.end], curve: w}}",
                head=HEAD + "curves: {w: {hour: {20: 1e200}, weekday: {Sat: 1}}}\n",
            ),
            "FW-SCHEMA-OUT-OF-RANGE",
            "curves.w.hour.'20'",
        ),
        (schema("v: {expr: \"lpad(k, 100000000, 'x')\"}"), "FW-SCHEMA-EXPRESSION", "tables.a.columns.v.expr"),
        (schema("v: {expr: \"rpad(k, 10001, 'x')\"}"), "FW-SCHEMA-EXPRESSION", "tables.a.columns.v.expr"),
        (schema("v: {ref: a, type: text}"), "FW-PLAN-TYPE", "tables.a.columns.v.type"),
        (schema("v: {constant: 1}", rest='checks: ["a.k > 5"]\n'), "FW-SCHEMA-EXPRESSION", "checks[0]"),
        (schema("v: {constant: 1}", rest='checks: ["a.id > 0", "a.v"]\n'), "FW-SCHEMA-CHECK", "checks[1]"),
        (schema("v: {constant: 1}", rest='checks: ["a.k || a.id"]\n'), "FW-SCHEMA-CHECK", "checks[0]"),
        (
            schema("v: {pareto: {min: 10, alpha: 0.9}, multiplier: {t: {A: 2, B: 1}}}"),
            "FW-PLAN-NOT-AUDITABLE",
            "tables.a.columns.v.multiplier.t",
        ),
        # A sample of so many rows counts what is below them, and nothing is here.
        (
            schema(
                "v: {constant: 1}", rest="  b: {parent: a, fanout: {poisson: {mean: 0}}, columns: {id: {parent: id}}}\n"
            ).replace("rows: 100", "rows: 1e300"),
            "FW-PLAN-ROWS",
            "tables.a.rows",
        ),
        (schema("v: {ref: a, required: true}"), "FW-PLAN-NO-TARGET", "tables.a.columns.v.required"),
        (
            schema("v: {gamma: {mean: 3, shape: 2}}").replace("rows: 100", "rows: 9223372036854775807"),
            "FW-PLAN-ROWS",
            "tables.a.rows",
        ),
        # How many rows must differ is not known of a fanout that is refused.
        (
            schema(
                "v: {constant: 1}",
                rest="  b: {parent: a, fanout: {poisson: {mean: 1e19}}, columns: {c: {ref: d, distinct_in: a}}}\n"
                "  d: {rows: 40, key: id, columns: {id: {sequence: {}}}}\n",
            ),
            "FW-PLAN-PARAMETER",
            "tables.b.fanout.poisson.mean",
        ),
    ],
)
def test_it_is_refused_once_at_its_place(text: str, code: str, path: str) -> None:
    with pytest.raises(FanwiseError) as refused:
        compile_contract(compile_plan(load(text, file="extreme.yaml")))

    (problem,) = refused.value.problems
    assert (problem.code, problem.path) == (code, path)
    assert str(problem).startswith("extreme.yaml:")
    assert problem.hint


def test_whole_numbers_stay_within_a_clamp_of_fractions() -> None:
    found = table(schema("v: {poisson: {mean: 6}, clamp: [4.5, 8.5]}, w: {expr: 'id', clamp: [4.5, 8.5]}"))

    assert set(found["v"]) == {5, 6, 7, 8}
    assert set(found["w"]) == {5, 6, 7, 8}


@pytest.mark.parametrize(
    "column",
    [
        'v: {expr: "id * 1000", type: "decimal(2,1)", null: 100%}',
        'v: {constant: null, type: "decimal(15,2)"}',
        'v: {expr: "id * 1000", type: int8, null: 100%}',
    ],
)
def test_what_is_under_a_null_need_not_fit_the_type(column: str) -> None:
    assert table(schema(column))["v"].null_count() == 100


def test_a_boolean_can_be_written_as_a_decimal() -> None:
    found = table(schema('v: {boolean: {p: {t: {A: 0, B: 1}}}, type: "decimal(5,2)"}'))

    assert found.filter(t="A")["v"].cast(pl.Float64).unique().to_list() == [0.0]
    assert found.filter(t="B")["v"].cast(pl.Float64).unique().to_list() == [1.0]


def test_a_unique_column_of_a_child_never_repeats() -> None:
    text = """\
fanwise: 1
name: tickets
tables:
  person: {rows: 300, key: id, columns: {id: {sequence: {}}}}
  ticket:
    parent: person
    fanout: {poisson: {mean: 3.3}}
    key: tid
    columns: {tid: {sequence: {}}, id: {parent: id}, code: {pattern: "###", unique: true}}
"""
    outcomes = set()
    for seed in range(8):
        plan = compile_plan(load(text), seed=seed)
        try:
            codes = pl.concat(frames["ticket"]["code"] for frames in generate(plan, threads=1))
            outcomes.add("made")
            assert not codes.is_duplicated().any()
        except PlanError as error:
            outcomes.add("refused")
            assert "only 1,000 values" in str(error)

    assert outcomes == {"made", "refused"}


def test_a_bound_far_away_bends_nothing() -> None:
    column = "v: {normal: {mean: 10, sd: 1}, clamp: [0, END], multiplier: {t: {A: 2, B: 1}}}"

    assert table(schema(column.replace("END", "1e160"))).equals(table(schema(column.replace("END", "1e6"))))

"""Values against types: a plan whose run would stop at a value is refused, with the line and a type that is enough."""

from __future__ import annotations

import pytest

from fanwise.generator.api.dataset import Dataset
from fanwise.generator.errors import PlanError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan

TEXT = """
fanwise: 1
name: ranges
segments: {tier: {table: a, share: {hi: 0.5, lo: 0.5}}}
tables:
  a:
    rows: 300
    key: id
    columns:
      id: {sequence: {}}
      tier: {segment: tier}
      x: COLUMN
"""

TOO_LARGE = {
    "pattern": ("{pattern: 'AB-###', type: varchar(5)}", "values of 6 characters do not fit varchar(5)", "varchar(6)"),
    "uuid": ("{uuid: {}, type: char(30)}", "values of 36 characters do not fit char(30)", "varchar(36)"),
    "short": ("{choice: {DE: 1, F: 1}, type: char(2)}", "values of 1 character do not fit char(2)", "varchar(2)"),
    "decimal": (
        "{normal: {mean: 500, sd: 400}, type: 'decimal(4,2)'}",
        "decimal(4,2), which ends at 99.99",
        "decimal(7,2)",
    ),
    "sequence": ("{sequence: {}, type: int8}", "values of about 300 do not fit int8, which ends at 127", "int16"),
    "negative": ("{normal: {mean: -70000, sd: 10}, type: int16}", "do not fit int16, which ends at -32,768", "int32"),
    "integer": ("{integer: {min: 900, max: 999}, type: int8}", "int8, which ends at 127", "int16"),
    "partly": ("{integer: {min: 0, max: 200}, type: int8}", "int8, which ends at 127", "int16"),
    "segment": ("{poisson: {mean: 60}, multiplier: {tier: {hi: 5, lo: 1}}, type: int8}", "int8", "int16"),
    "choice": ("{choice: {1: 9, 1000: 1}, type: int8}", "values of about 1,000 do not fit int8", "int16"),
    "unique": ("{integer: {min: 1, max: 400}, unique: true, type: int8}", "values of about 400", "int16"),
    "case": ("{constant: 1, type: int8, when: {tier: {hi: {constant: 500}}}}", "values of about 500", "int16"),
    "float": ("{normal: {mean: 1.0e+40, sd: 1}, type: float32}", "do not fit float32, which ends at 3.4", "float64"),
    "heavy": ("{lognormal: {mean: 100, sd: 100}, type: int8}", "int8", "int16"),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_values_beyond_their_type_are_refused(name: str) -> None:
    column, why, wider = TOO_LARGE[name]
    with pytest.raises(PlanError) as caught:
        compile_plan(load(TEXT.replace("COLUMN", column)))
    (problem,) = caught.value.problems

    assert (problem.code, problem.path, problem.mark.line) == ("FW-PLAN-TYPE", "tables.a.columns.x.type", 12)
    assert why in problem.why
    ending = "clamp the values" if "char" not in wider else ""
    assert problem.hint.startswith(f"write {wider}, or {ending}")


@pytest.mark.parametrize("name", TOO_LARGE)
def test_the_type_that_is_advised_holds_the_values(name: str) -> None:
    column, _, wider = TOO_LARGE[name]
    old = column.partition("type: ")[2].rpartition("}")[0].partition(", when")[0]
    text = TEXT.replace("COLUMN", column.replace(f"type: {old}", f"type: '{wider}'"))

    assert Dataset(compile_plan(load(text)))["a"].height == 300


@pytest.mark.parametrize(
    "column",
    [
        "{normal: {mean: 500, sd: 400}, clamp: [0, 99], type: 'decimal(4,2)'}",
        "{integer: {min: -128, max: 127}, type: int8}",
        "{uniform: {min: 0, max: 99}, type: 'decimal(4,2)'}",
        "{lognormal: {mean: 3, sd: 1}, type: int8}",
        "{normal: {mean: 0, sd: 5}, type: float32}",
        "{choice: {1: 9, 1000: 1}, type: int8, clamp: [0, 100]}",
    ],
)
def test_values_that_fit_are_made(column: str) -> None:
    assert Dataset(compile_plan(load(TEXT.replace("COLUMN", column))))["a"].height == 300

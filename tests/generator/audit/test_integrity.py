"""Rules of rows before the run: the rows of the data set itself are tried, at a bounded cost."""

from __future__ import annotations

import pytest

from fanwise import validator
from fanwise.generator.api.dataset import Dataset
from fanwise.generator.audit import integrity, pilot
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.audit.forecast import forecast
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan

TEXT = """
fanwise: 1
name: conditions
tables:
  a: {rows: 500, key: id, columns: {id: {sequence: {}}, x: {normal: {mean: 10, sd: 5}}, n: {integer: {min: 1, max: 9}, null: 0.5}}}
  b: {parent: a, fanout: {fixed: 2}, columns: {id: {parent: id}, y: {uniform: {min: 0, max: 1}}}}
checks:
  - CHECK
"""


@pytest.mark.parametrize(
    ("check", "broken"),
    [("a.x > 0", True), ("a.x > -100", False), ("a.n > 0", False), ("a.n > 1", True), ("b.y < 1 and a.x > 0", True)],
)
def test_a_condition_that_some_rows_break_is_certain_to_fail(check: str, broken: bool) -> None:
    """A null is no violation; the audit of the same rows agrees."""
    plan = compile_plan(load(TEXT.replace("CHECK", f'"{check}"')))
    found = forecast(plan)
    audited = validator.audit(dict(Dataset(plan).items()), compile_contract(plan))

    assert found.exit_code == audited.exit_code == (1 if broken else 0)
    assert bool(found.contradictions) is broken
    if broken:
        (problem,) = found.contradictions
        table = "b" if check.startswith("b") else "a"
        rows = next(
            finding.evidence["rows"]
            for finding in audited.findings
            if finding.check == "condition" and finding.evidence
        )
        assert f"is false in {rows:,} of the {1000 if table == 'b' else 500:,} rows of {table}" in problem.message
        assert problem.sources[0].line == 8


def test_a_large_table_is_tried_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    text = TEXT.replace("rows: 500", "rows: 3000000")
    broken = forecast(compile_plan(load(text.replace("CHECK", "a.x > 0"))))
    kept = forecast(compile_plan(load(text.replace("CHECK", "a.x > -100"))))

    assert "of the 20,000 rows of a that were tried" in broken.verdict
    assert (kept.outlooks, kept.exit_code) == ((), 0)
    monkeypatch.setattr(integrity, "CHECKED", 100)
    (few,) = forecast(compile_plan(load(text.replace("CHECK", "a.x > -100")))).outlooks
    assert (few.gate, few.pilot) == ("condition", validator.PilotSize("a", 100))
    assert few.probability == pytest.approx(1 - 1 / 102, abs=1e-4)


def test_a_run_that_asks_for_integrity_only_is_stopped_as_well() -> None:
    text = TEXT.replace("CHECK", "a.x > 0")
    assert forecast(compile_plan(load(f"{text}audit: {{gates: integrity}}\n"))).exit_code == 1


KEYS = """
fanwise: 1
name: keys
tables:
  a:
    rows: 400
    key: id
    columns:
      id: {sequence: {}}
      half: {integer: {min: 1, max: 2}}
      note: {choice: {"{}": 1, '{"size": 3}': 1}}
  b:
    parent: a
    fanout: {fixed: 2}
    columns:
      id: {parent: id}
      n: {ordinal: {}}
      x: COLUMN
audit: {gates: integrity}
"""


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ('{expr: "id * 2 + n", unique: true}', ""),
        ('{expr: "id * 4 + n", unique: true}', ""),
        ('{expr: "CASE WHEN n > 2 THEN 0 END", unique: true}', ""),
        ('{expr: "id + n", unique: true}', "b (x) must be unique, but 399 of the 800 rows that were tried repeat"),
        ("{uuid: {}, when: {n: {2: {expr: n}}}, unique: true}", "but 399 of the 800 rows that were tried repeat"),
        ("{expr: \"json_value(a.note, '$.size')\", required: true}", "b.x is null in "),
        ("{expr: \"coalesce(json_value(a.note, '$.size'), '')\", required: true}", ""),
        ('{expr: "CASE WHEN a.half = 1 THEN n END", required: true}', "b.x is null in "),
        ('{expr: "CASE WHEN a.half < 3 THEN n END", required: true}', ""),
        ("{sequence: {start: 1}, type: float32, unique: true}", ""),
        ("{sequence: {start: 2147483648}, type: float32, unique: true}", "b (x) must be unique, but "),
        ('{expr: "id % 400 + 1", references: a.id}', ""),
        ('{expr: "id % 400 + n", references: a.id}', "b.x has no row in a in 1 of the 800 rows of b"),
        ("{expr: \"date_add(DATE '2024-01-01', n, 'day')\", references: a.id}", "in 800 of the 800 rows of b"),
    ],
)
def test_what_no_formula_counts_is_tried(column: str, said: str) -> None:
    """Uniqueness and nulls of what is computed or replaced; the audit of the same rows agrees."""
    plan = compile_plan(load(KEYS.replace("COLUMN", column)))
    found = forecast(plan)
    audited = validator.audit(dict(Dataset(plan).items()), compile_contract(plan))

    assert found.exit_code == audited.exit_code == (1 if said else 0)
    if not said:
        assert (found.outlooks, found.contradictions) == ((), ())
        return
    (problem,), (outlook,) = found.contradictions, found.outlooks
    assert said in problem.message
    assert problem.sources[0].line == 18
    assert (outlook.probability, outlook.pilot) == (0.0, validator.PilotSize("b", 800))


def test_a_few_rows_of_a_large_table_do_not_prove_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    text = KEYS.replace("rows: 400", "rows: 4000000").replace("COLUMN", '{expr: "id * 4 + n", unique: true}')
    assert forecast(compile_plan(load(text))).outlooks == ()
    monkeypatch.setattr(integrity, "CHECKED", 30)
    (few,) = forecast(compile_plan(load(text))).outlooks
    assert (few.gate, few.pilot) == ("unique", validator.PilotSize("b", 20))
    assert few.probability == pytest.approx(1 - 1 / (20 * 19 / 2 + 2), abs=1e-4)


CHECKS = """
checks:
  - b.n > 0
"""


@pytest.mark.parametrize("rule", ["unique: true", "required: true", "claim: none"])
def test_rows_that_are_too_many_for_a_forecast_are_no_error(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One parent may have more rows than are made at once here; the run makes them all the same."""
    monkeypatch.setattr(pilot, "MOST", 100)
    text = KEYS.replace("rows: 400", "rows: 2").replace("{fixed: 2}", "{fixed: 4000000}")
    plan = compile_plan(load(text.replace("COLUMN", f'{{expr: "nullif(id * 10000000 + n, 0)", {rule}}}') + CHECKS))

    assert forecast(plan).exit_code == 0

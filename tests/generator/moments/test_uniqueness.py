"""Keys that may repeat: what is counted, against the repeats in generated tables."""

from __future__ import annotations

import math
import re
import statistics

import pytest

from fanwise.generator.api.dataset import Dataset
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.audit.forecast import forecast
from fanwise.generator.errors import PlanError
from fanwise.generator.language import load
from fanwise.generator.moments.uniqueness import Uniqueness, uniqueness
from fanwise.generator.plan import Plan, compile_plan
from fanwise.validator import Status, audit

TABLES = """
fanwise: 1
name: keys
tables:
  user: {rows: 20, key: id, columns: {id: {sequence: {}}}}
  paint: {rows: 30, key: id, columns: {id: {sequence: {}}, weight: {choice: {1: 1, 5: 1}}}}
  t: TABLE
"""

PAIRS = "{rows: 400, key: [u, p], columns: {u: {ref: user}, p: {ref: paint}}}"
TOGETHER = PAIRS.replace("key:", "unique:")
CHILD = "{parent: user, fanout: {poisson: {mean: 4}}, key: [u, p], columns: {u: {parent: id}, p: {ref: paint}}}"


def planned(table: str, seed: int = 1) -> Plan:
    return compile_plan(load(TABLES.replace("TABLE", table)), seed=seed)


def counted(plan: Plan, *columns: str) -> Uniqueness:
    return uniqueness(plan.profiles, plan.dataset, plan.tables, "t", columns)


IMPOSSIBLE = {
    "choice": ("{rows: 500, key: k, columns: {k: {choice: {a: 1, b: 2}}}}", "2 values for 500 rows"),
    "constant": ("{rows: 500, key: k, columns: {k: {constant: 1}}}", "1 value for 500 rows"),
    "integer": ("{rows: 500, key: k, columns: {k: {integer: {min: 1, max: 100}}}}", "100 values for 500 rows"),
    "pattern": ('{rows: 500, key: k, columns: {k: {pattern: "H##"}}}', "100 values for 500 rows"),
    "unique choice": ("{rows: 3000, columns: {k: {choice: {1: 1, 2: 1}, unique: true}}}", "2 values for 3,000 rows"),
    "fake": ("{rows: 20000, columns: {k: {fake: country, unique: true}}}", "values for 20,000 rows"),
    "rounded": ("{rows: 500, columns: {k: {uniform: {min: 0, max: 9}, round: 1, unique: true}}}", "91 values for 500"),
    "pairs": (PAIRS.replace("400", "601"), "600 values for 601 rows"),
    "together": (TOGETHER.replace("400", "601"), "(u, p) must be unique together, but only 600 values for 601 rows"),
    "several": (
        TOGETHER.replace("[u, p]", "[[u, p], [p, c]]").replace("u: {ref", "c: {constant: 1}, u: {ref"),
        "(p, c) must be unique together, but only 30 values for 400 rows",
    ),
    "ref": ("{rows: 40, key: p, columns: {p: {ref: paint}}}", "30 values for 40 rows"),
    "date": ("{rows: 40, key: d, columns: {d: {date: {between: [2024-01-01, 2024-01-31]}}}}", "30 values for 40 rows"),
    "child": (CHILD.replace("mean: 4", "mean: 40"), "600 values for 800 rows"),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_fewer_values_than_rows_are_a_plan_error_with_both_numbers(name: str) -> None:
    table, numbers = IMPOSSIBLE[name]
    with pytest.raises(PlanError, match=re.escape(numbers)) as caught:
        planned(table)
    (problem,) = caught.value.problems

    assert problem.code == "FW-PLAN-UNIQUE"
    assert problem.mark.line == 7


DRAWN = {
    "pairs": (PAIRS, ["u", "p"]),
    "together": (TOGETHER, ["u", "p"]),
    "weighted": (PAIRS.replace("ref: paint", "ref: paint, multiplier: {weight: {5: 5, else: 1}}"), ["u", "p"]),
    "zipf": (PAIRS.replace("ref: paint", "ref: paint, weight: {zipf: 1}"), ["u", "p"]),
    "child": (CHILD, ["u", "p"]),
    "city": ("{rows: 500, columns: {k: {fake: city, unique: true}}}", ["k"]),
    "name": ("{rows: 500, key: k, columns: {k: {fake: name}}}", ["k"]),
    "integer": ("{rows: 50, key: k, columns: {k: {integer: {min: 1, max: 100}}}}", ["k"]),
    "choice and date": (
        "{rows: 60, key: [c, d], columns: {c: {choice: {a: 3, b: 1}}, d: {date: {between: [2024-01-01, 2024-04-10]}}}}",
        ["c", "d"],
    ),
}


@pytest.mark.parametrize("name", DRAWN)
def test_expected_repeats_are_those_of_generated_tables(name: str) -> None:
    table, columns = DRAWN[name]
    found = counted(planned(table), *columns)
    pairs, repeats = [], []
    for seed in range(1, 41):
        frame = Dataset(planned(table, seed))["t"]
        sizes = frame.group_by(columns).len()["len"]
        pairs.append(int((sizes * (sizes - 1) // 2).sum()))
        repeats.append(frame.height - len(sizes))
    error = statistics.stdev(pairs) / math.sqrt(len(pairs))

    assert statistics.mean(pairs) == pytest.approx(found.alike, abs=4.5 * error)
    if name not in {"child", "zipf", "weighted"}:
        assert statistics.mean(repeats) == pytest.approx(found.repeats, rel=0.25)


def test_the_chance_is_that_of_the_birthday_problem() -> None:
    """23 people, 365 days: 0.507 that two share a birthday (exp(−P/k) gives 0.500)."""
    found = counted(planned("{rows: 23, key: d, columns: {d: {date: {between: [2023-01-01, 2024-01-01]}}}}"), "d")

    assert found.chance == pytest.approx(0.5, abs=0.01)


UNIQUE = {
    "sequence": "{rows: 50, key: k, columns: {k: {sequence: {}}}}",
    "uuid": "{rows: 50, key: k, columns: {k: {uuid: {}}}}",
    "unique integer": "{rows: 50, key: k, columns: {k: {integer: {min: 1, max: 50}, unique: true}}}",
    "distinct": CHILD.replace("{ref: paint}", "{ref: paint, distinct_in: user}").replace(
        "mean: 4}", "mean: 4}, max: 30"
    ),
    "together": CHILD.replace("key:", "unique:")
    .replace("{ref: paint}", "{ref: paint, distinct_in: user}")
    .replace("mean: 4}", "mean: 4}, max: 30"),
    "ordinal": "{parent: user, fanout: {fixed: 9}, key: [u, n], columns: {u: {parent: id}, n: {ordinal: {}}}}",
    "numbered": "{rows: 20000, columns: {k: {fake: email, unique: true}}}",
    "computed": "{rows: 50, key: k, columns: {i: {sequence: {}}, k: {expr: 'i * 2'}}}",
}


@pytest.mark.parametrize("name", UNIQUE)
def test_what_cannot_repeat_or_is_not_known_has_no_gate(name: str) -> None:
    found = forecast(planned(UNIQUE[name]))

    assert (found.outlooks, found.contradictions, found.exit_code) == ((), (), 0)


def test_unique_references_to_the_own_table_are_tried() -> None:
    found = forecast(planned("{rows: 50, key: k, columns: {k: {sequence: {}}, up: {ref: t, unique: true, null: 0.5}}}"))

    assert found.exit_code == 1
    assert "t (up) must be unique, but " in found.verdict


def test_pairs_of_references_as_a_key_are_refused_with_the_way_to_make_them() -> None:
    found = forecast(planned(PAIRS))

    assert found.exit_code == 1
    assert "t (u, p) must be unique, but is drawn from 600 values: about 110 of 400 rows repeat" in found.verdict
    assert "make t a child of user, with u: {parent: id}, and add distinct_in: user" in found.contradictions[0].hint
    assert found.contradictions[0].sources[0].path == "tables.t.key"


def test_columns_that_are_unique_together_are_audited() -> None:
    plan = planned(TOGETHER.replace("400", "60"))
    found, frames = forecast(plan), dict(Dataset(plan).items())
    report = audit(frames, compile_contract(plan))

    assert [outlook.metric for outlook in found.outlooks] == ["unique.t.u.p"]
    assert found.outlooks[0].source is not None
    assert found.outlooks[0].source.path == "tables.t.unique"
    (check,) = (finding for finding in report.findings if finding.id == "key.t.u+p")
    assert (check.status is Status.PASS) is not frames["t"].select("u", "p").is_duplicated().any()


def test_a_few_repeats_are_a_chance_and_stop_a_run_that_only_asks_for_integrity() -> None:
    table = "{rows: 250, key: k, columns: {k: {pattern: '####'}}}"
    found = forecast(planned(table))
    (gate,) = found.outlooks

    assert (gate.gate, found.exit_code) == ("unique", 3)
    assert 0.01 < gate.probability < 0.2
    assert "about 3" in gate.advice
    text = TABLES.replace("TABLE", f"{table}\naudit: {{gates: integrity}}")
    assert forecast(compile_plan(load(text))).exit_code == 3

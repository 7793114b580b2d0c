"""Correlations in a contract: what is expected of written values, and what the files cannot show."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from fanwise import validator
from fanwise.generator.api.dataset import dataset
from fanwise.generator.audit.contract import compile_contract, warnings
from fanwise.generator.cli.outline import outline_document
from fanwise.generator.language import load
from fanwise.generator.output.formats import sink
from fanwise.generator.plan import compile_plan
from fanwise.validator import Correlation

SCHEMA = """
fanwise: 1
name: contract
window: {start: 2024-01-01, end: 2025-01-01}
segments: {tier: {table: t, share: {VIP: 0.4, Basic: 0.6}}}
tables:
  t:
    rows: 1000
    key: id
    columns:
      id: {sequence: {}}
      tier: {segment: tier}
      secret: {normal: {mean: 0, sd: 1}, hidden: true}
      a: {normal: {mean: 27, sd: 4}}
      few: {poisson: {mean: {tier: {VIP: 0.5, Basic: 2}}}, correlate: {a: 0.8}}
      flag: {boolean: {p: 0.2}, correlate: {few: 0.7}}
      grade: {choice: {low: 3, mid: 2, high: 1}, correlate: {a: {tier: {VIP: 0.5, Basic: -0.6}}}}
      held: {normal: {mean: 0, sd: 1}, clamp: [-0.5, 9], correlate: {a: 0.7}}
      coarse: {normal: {mean: 0, sd: 1}, round: 0, correlate: {a: 0.7}}
      at: {timestamp: {between: [window.start, window.end]}, correlate: {a: 0.4}}
      on: {date: {between: [2024-01-01, 2024-01-08]}, correlate: {a: 0.8}}
      unseen: {normal: {mean: 0, sd: 1}, correlate: {secret: 0.4}}
      replaced: {normal: {mean: 0, sd: 1}, correlate: {a: 0.4}, when: {flag: {"true": 0}}}
  below:
    parent: t
    fanout: {poisson: {mean: 3}, correlate: {a: 0.5}}
    columns:
      id: {parent: id}
      b: {normal: {mean: 0, sd: 1}, alike: {t: 0.3}}
      biased: {normal: {mean: 0, sd: 1}, correlate: {t.a: 0.3}}
"""


def declared() -> dict[str, Correlation]:
    contract = compile_contract(compile_plan(load(SCHEMA)))
    return {f"{each.column or each.rows}.{each.other}": each for each in contract.correlations}


def test_correlations_that_the_files_show_are_promised() -> None:
    assert set(declared()) == {
        "few.a",
        "flag.few",
        "grade.a",
        "held.a",
        "coarse.a",
        "at.a",
        "on.a",
        "b.None",
        "below.a",
    }
    assert declared()["grade.a"].order == ("low", "mid", "high")
    assert [(cell.label, cell.declared) for cell in declared()["grade.a"].cells] == [("VIP", 0.5), ("Basic", -0.6)]
    assert declared()["b.None"].clusters == ((("id",),),)


@pytest.mark.parametrize("weights", ["none: 0, low: 3, mid: 2, high: 1", "low: 3, mid: 2, high: 1, none: 0"])
def test_a_value_of_weight_0_changes_nothing(weights: str) -> None:
    text = SCHEMA.replace("low: 3, mid: 2, high: 1", weights)
    (found,) = (each for each in compile_contract(compile_plan(load(text))).correlations if each.column == "grade")

    assert [cell.expected for cell in found.cells] == [cell.expected for cell in declared()["grade.a"].cells]


def scores(values: object) -> np.ndarray:
    found = stats.rankdata(np.asarray(values, dtype=float))
    return np.asarray(stats.norm.ppf((found - 0.5) / len(found)))


@pytest.mark.parametrize("name", ["few.a", "flag.few", "grade.a", "held.a", "coarse.a", "on.a"])
def test_the_expected_correlation_is_that_of_many_rows(name: str) -> None:
    rows = dataset(SCHEMA, rows={"t": 30_000})["t"]
    found = declared()[name]
    column, other = (rows[each] for each in name.split("."))
    for cell in found.cells:
        own = rows["tier"] == cell.at[0] if cell.at else rows["id"] > 0
        x = column.filter(own)
        y = [("low", "mid", "high").index(value) for value in x] if name == "grade.a" else x.to_physical().cast(float)
        assert np.corrcoef(scores(y), scores(other.filter(own)))[0, 1] == pytest.approx(cell.expected, abs=0.025)


def test_the_plan_lists_what_is_declared_and_what_is_expected() -> None:
    plan = compile_plan(load(SCHEMA), rows={"t": 50})
    found = {
        (each["of"], each["with"], each["where"]): each
        for each in outline_document(plan, sink("parquet"))["correlations"]
    }

    assert found["t.flag", "few", ""]["declared"] == "0.7"
    assert 0.3 < float(found["t.flag", "few", ""]["as_written"].split()[0]) < 0.6
    assert found["t.grade", "a", "Basic"]["declared"] == "-0.6"
    assert float(found["below per t", "a", ""]["as_written"]) == pytest.approx(0.48, abs=0.02)
    assert found["below.b", "rows below one t", ""]["as_written"] == "0.300"
    assert {of: each["because"] for (of, _, _), each in found.items() if each["because"]} == {
        "t.unseen": "t.secret is hidden",
        "t.replaced": "`when` replaces values of t.replaced",
        "below.biased": "there are more rows of below where it is high, or low",
    }


def test_a_hidden_table_has_no_correlations_to_audit() -> None:
    text = """
fanwise: 1
name: contract
tables:
  household: {rows: 500, key: household_id, columns: {household_id: {sequence: {}}}}
  basket:
    hidden: true
    parent: household
    fanout: {poisson: {mean: 6}, min: 1}
    key: basket_id
    columns:
      basket_id: {sequence: {}}
      household_id: {parent: household_id}
      weight: {normal: {mean: 10, sd: 2}, alike: {household: 0.3}}
  line: {parent: basket, fanout: {fixed: 2}, columns: {household_id: {parent: household_id}, weight: {parent: weight}}}
"""
    assert compile_contract(compile_plan(load(text))).correlations == ()


def few(rows: int, schema: str = SCHEMA) -> dict[str, str]:
    found = warnings(compile_plan(load(schema), rows={"t": rows}))
    return {each.path: each.why for each in found if each.code == "FW-PLAN-FEW-ROWS"}


def test_correlations_of_too_few_independent_rows_are_warned_of() -> None:
    of_t = [f"tables.t.columns.{name}" for name in ("few", "flag", "grade", "held", "coarse", "at", "on")]
    below = ["tables.below.columns.b", "tables.below.fanout"]  # about 297 rows, of 99 parents: those are independent

    found = few(99)

    assert sorted(path.partition(".correlate")[0].partition(".alike")[0] for path in found) == sorted([*of_t, *below])
    assert {why.partition(": ")[2] for why in found.values()} == {
        "about 99 independent rows",
        "about 40 independent rows",
    }
    assert set(few(249)) == {"tables.t.columns.grade.correlate.a"}  # 99.6 rows of VIP
    assert few(250) == {}


def test_what_claims_nothing_is_not_warned_of() -> None:
    quiet = SCHEMA.replace("correlate: {a: 0.4}}", "correlate: {a: 0.4}, claim: none}")

    assert not any(".at." in path for path in few(50, quiet))


def test_knots_of_equal_values_are_ties() -> None:
    """Nine in ten hours have the largest visibility: their middle rank says less of the humidity than their draws."""
    text = """
fanwise: 1
name: weather
tables:
  hour:
    rows: 20000
    key: id
    columns:
      id: {sequence: {}}
      humid: {normal: {mean: 60, sd: 15}}
      visible: {quantile: {knots: {0: 0.1, 0.05: 3, 0.1: 10, 1: 10}}, correlate: {humid: -0.8}, round: 2}
"""
    plan = compile_plan(load(text))
    contract = compile_contract(plan)
    made = dataset(text)
    report = validator.audit({name: made[name] for name in made.tables}, contract)

    expected = {each.column: each.cells[0].expected for each in contract.correlations}
    assert expected["visible"] == pytest.approx(-0.47, abs=0.02)
    assert [finding.message for finding in report.findings if finding.status != "PASS"] == []


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        ("quantile: {knots: {0: 0, 0.3: 399.5, 0.6: 400.5, 0.7: 1100, 0.99: 5000, 1: 9400}}, round: 0", 0.005),
        ("lognormal: {median: 2, sigma: 3}, round: 0", 0.02),
        ("gamma: {mean: 40, shape: 0.1}, type: 'decimal(9,2)'", 0.005),
        ("lognormal: {median: 50, sigma: 0.5}, round: 2", 0.0),
        ("negbin: {mean: 0.5, k: 0.002}", 0.5),
        ("negbin: {mean: 300, k: 0.3}", 0.0),
    ],
)
def test_values_that_rounding_makes_equal_are_ties(kind: str, least: float) -> None:
    """A step that is small beside the spread holds many rows where values crowd."""
    text = f"""
fanwise: 1
name: prices
tables:
  order:
    rows: 40000
    key: id
    columns:
      id: {{sequence: {{}}}}
      size: {{normal: {{mean: 60, sd: 15}}}}
      price: {{{kind}, correlate: {{size: 0.9}}}}
"""
    plan = compile_plan(load(text))
    (found,) = compile_contract(plan).correlations
    rows = dataset(text)["order"]
    measured = np.corrcoef(scores(rows["price"].cast(float)), scores(rows["size"]))[0, 1]

    assert measured == pytest.approx(found.cells[0].expected, abs=0.004)
    assert 0.9 - found.cells[0].expected >= least

"""Correlations and shares below a parent come back from data that were made with them."""

from __future__ import annotations

import re

import pytest

import fanwise
from fanwise.generator.audit.forecast import forecast
from fanwise.generator.plan import compile_plan

SCHEMA = """
fanwise: 1
name: clinic
tables:
  patient:
    rows: 900
    key: patient_id
    columns:
      patient_id: {sequence: {}}
      bmi: {normal: {mean: 26, sd: 4}, round: 1}
      pressure: {normal: {mean: 125, sd: 14}, round: 0, correlate: {bmi: 0.6}}
      height: {normal: {mean: 170, sd: 9}, round: 0}
  stay:
    parent: patient
    fanout: {poisson: {mean: 4}, min: 1}
    key: stay_id
    columns:
      stay_id: {sequence: {}}
      patient_id: {parent: patient_id}
      days: {poisson: {mean: 0.9}, alike: {patient: 0.5}}
      cost: {lognormal: {mean: 900, sd: 700}, round: 2, correlate: {days: 0.7}}
"""


@pytest.fixture(scope="module")
def text() -> str:
    data = fanwise.dataset(SCHEMA)
    return fanwise.infer({name: data[name] for name in data.tables})


def found(text: str, column: str, word: str) -> dict[str, float]:
    (line,) = re.findall(rf"^ +{column}: .*$", text, re.MULTILINE)
    part = re.search(rf"{word}: \{{(.*?)\}}", line)
    pairs = (each.split(": ") for each in part[1].split(", ")) if part else ()
    return {name: float(value) for name, value in pairs}


def test_correlations_come_back(text: str) -> None:
    assert found(text, "pressure", "correlate") == {"bmi": pytest.approx(0.6, abs=0.08)}
    assert found(text, "height", "correlate") == {}


def test_ties_do_not_weaken_them(text: str) -> None:
    """Four of ten stays have no day: what is measured on them is far less than what is drawn."""
    assert found(text, "cost", "correlate") == {"days": pytest.approx(0.7, abs=0.06)}
    assert found(text, "days", "alike") == {"patient": pytest.approx(0.5, abs=0.08)}


def test_the_schema_can_be_met(text: str) -> None:
    plan = compile_plan(fanwise.load(text))

    assert forecast(plan).exit_code == 0


def test_correlations_near_one_are_lowered_until_they_are_possible() -> None:
    data = fanwise.dataset(SCHEMA)
    stay = data["stay"]
    same = stay.with_columns(fee=stay["cost"] * 1.1 + stay["days"], bill=stay["cost"] * 0.9 - stay["days"])
    text = fanwise.infer({"patient": data["patient"], "stay": same})

    compile_plan(fanwise.load(text))
    assert set(found(text, "bill", "correlate")) == {"days", "cost", "fee"}

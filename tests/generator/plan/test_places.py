"""Where each plan error stands: at the factor, the parameter or the option that is wrong, with the value there."""

from __future__ import annotations

import pytest

from fanwise.generator.audit.contract import compile_contract, warnings
from fanwise.generator.errors import PlanError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from fanwise.io.problems import Problem, catalogue

PLACES = {
    "FW-PLAN-UNREACHABLE": ("tables.order.fanout.multiplier.tier.VIP", "3"),
    "FW-PLAN-FACTOR": ("tables.customer.columns.churned.multiplier.tier.VIP", "2"),
    "FW-PLAN-PARAMETER": ("tables.customer.columns.age.lognormal.sigma", "20"),
    "FW-PLAN-CORRELATION": ("tables.patient.columns.pulse.correlate.weight", "0.9"),
    "FW-PLAN-ZERO-WEIGHTS": ("tables.customer.columns.plan.choice", ""),
    "FW-PLAN-ORDER": ("tables.customer.columns.note.words.max", "5"),
    "FW-PLAN-UNIQUE": ("tables.customer.columns.code.unique", ""),
    "FW-PLAN-UNIQUE-FORM": ("tables.customer.columns.code.clamp", "[1, 400]"),
    "FW-PLAN-ROWS": ("tables.customer.rows", "1000000000000"),
    "FW-PLAN-DISTINCT": ("tables.guest.columns.who.distinct_in", ""),
    "FW-PLAN-SAMPLE": ("tables.customer.columns.name.sample.file", ""),
    "FW-PLAN-PATTERN": ("tables.customer.columns.code.pattern", "'[A-'"),
    "FW-PLAN-FAKE": ("tables.customer.columns.name.fake", ""),
    "FW-PLAN-PEOPLE": ("tables.customer.columns.name.person.locale", ""),
    "FW-PLAN-ROLLUP": ("tables.customer.columns.most.rollup.sum", ""),
    "FW-PLAN-CALENDAR": ("tables.order.columns.paid.after.lag", ""),
    "FW-PLAN-ARRIVALS": ("tables.visit.columns.came.arrival", ""),
    "FW-PLAN-COUNT": ("tables.user.fanout.count", ""),
    "FW-PLAN-CURVE": ("tables.order.columns.at.timestamp.curve", ""),
    "FW-PLAN-DWELL": ("tables.phase.columns.since.entered", ""),
    "FW-PLAN-OUT-OF-ORDER": ("tables.event.columns.happened", ""),
    "FW-PLAN-RUNNING": ("tables.posting.columns.total.running.sum", ""),
    "FW-PLAN-ROW-NUMBER": ("tables.item.fanout.multiplier.n", ""),
    "FW-PLAN-CYCLE": ("tables.customer.columns.id", ""),
    "FW-PLAN-NOT-AUDITABLE": ("checks[0]", "'order.amount <= customer.limit'"),
    "FW-PLAN-NOT-AUDITED": ("tables.order.columns.amount.multiplier.tier", ""),
    "FW-PLAN-EXACT": ("checks[0]", "'bill.total = bill.net + bill.vat'"),
    "FW-PLAN-ORDER-ONLY": ("tables.customer.columns.visits.multiplier.tier", ""),
    "FW-PLAN-FEW-ROWS": ("tables.probe.columns.b.correlate.a", "0.5"),
    "FW-PLAN-ROUNDED-AWAY": ("tables.probe.columns.charge", ""),
    "FW-PLAN-NO-FOREIGN-KEY": ("tables.order", ""),
}
"""Path and value, by code; "" where the message names the value, or it is a mapping."""


def problems_of(example: str) -> tuple[Problem, ...]:
    try:
        plan = compile_plan(load(f"fanwise: 1\nname: shop\n{example}"))
        compile_contract(plan)
    except PlanError as error:
        return error.problems
    return warnings(plan)


@pytest.mark.parametrize("code", PLACES)
def test_a_plan_error_is_at_what_is_wrong(code: str) -> None:
    (problem,) = problems_of(catalogue()[code]["example"])

    assert (problem.code, problem.path, problem.value) == (code, *PLACES[code])
    assert problem.mark is not None


def test_every_plan_error_of_a_schema_has_its_place_here() -> None:
    of_schemas = {code for code, entry in catalogue().items() if not entry["example"].startswith("$")}

    assert {code for code in of_schemas if code.startswith("FW-PLAN-")} == set(PLACES)


@pytest.mark.parametrize(
    ("column", "path", "value"),
    [
        ("{normal: {mean: {tier: {VIP: 1.0e60, Basic: 1}}, sd: 1}}", "normal.mean.tier.VIP", "1e+60"),
        ("{normal: {mean: 1, sd: 1.0e60}}", "normal.sd", "1e+60"),
        (
            "{mixture: {slow: {gamma: {mean: 2, shape: 1.0e9}}, b: {fixed: 1}}}",
            "mixture.slow.gamma.shape",
            "1000000000.0",
        ),
        ("{boolean: {p: 0.6}, multiplier: {tier: {VIP: 1, else: 2}}}", "multiplier.tier.else", "2"),
        ("{sample: {file: ../names.csv, column: x}}", "sample.file", ""),
        ("{fake: {provider: name, locale: xx_XX}}", "fake.locale", ""),
        ("{person: {field: email, gender: {femal: 1}}}", "person.gender", ""),
        ("{person: {field: birth_date, age: [9, 3], at: 2024-01-01}}", "person.age", "[9, 3]"),
        ("{person: birth_date}", "person", "'birth_date'"),
        ("{person: {field: email, locale: {de_DE: {tier: {VIP: 1, else: 0}}}}}", "person.locale", ""),
        ("{place: {field: city, countries: [DE, UK]}}", "place.countries", '["DE", "UK"]'),
    ],
)
def test_a_parameter_a_factor_or_else_is_named(column: str, path: str, value: str) -> None:
    (problem,) = problems_of(f"""
segments:
  tier: {{table: customer, share: {{VIP: 0.2, Basic: 0.8}}}}
tables:
  customer:
    rows: 100
    columns:
      tier: {{segment: tier}}
      x: {column}
""")

    assert (problem.path, problem.value) == (f"tables.customer.columns.x.{path}", value)

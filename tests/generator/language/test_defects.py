"""`defects`: what is declared is read, and what is not possible is reported at its line."""

from __future__ import annotations

import pytest

from fanwise.generator.errors import PlanError, SchemaError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan

SCHEMA = """
fanwise: 1
name: s
tables:
  customer: {rows: 9, key: id, columns: {id: {sequence: {}}, email: {fake: email}, n: {poisson: {mean: 3}}, h: {fake: name, hidden: true}}}
  order:
    parent: customer
    fanout: {fixed: 3}
    key: oid
    columns: {oid: {sequence: {}}, id: {parent: id}, amount: {gamma: {mean: 5, shape: 2}}, at: {date: {between: [2024-01-01, 2024-03-01]}}}
  bare: {rows: 3, columns: {x: {fake: city}}}
defects:
"""
AT = len(SCHEMA.splitlines()) + 1


def test_shares_factors_and_lags_are_read() -> None:
    found = load(
        f"{SCHEMA}  order: {{duplicate: 0.5%, late: {{share: 0.1, column: at, lag: {{fixed: 2d}}}}}}\n"
    ).defects

    assert [(each.name, each.column, each.share) for each in found] == [("duplicate", None, 0.005), ("late", "at", 0.1)]
    assert compile_plan(load(f"{SCHEMA}  customer.n: {{outlier: {{share: 1, factor: 9}}}}\n")).dataset.defects


WRONG = {
    "ordr: {duplicate: 1%}": "unknown table 'ordr'",
    "bare: {duplicate: 1%}": "bare has no key",
    "customer.x: {null: 1%}": "customer has no column 'x'",
    "customer.h: {null: 1%}": "customer.h is hidden",
    "customer.id: {null: 1%}": "id is in the key of customer",
    "customer.email: {null: 110%}": "a share is between 0 and 1",
    "customer.email: {null: 1.5}": "at most 1",
    "customer.email: {null: 0.7, typo: 70%}": "come to 1.4",
    "customer.email: {outlier: {share: 1%, factor: 3}}": "a defect of numbers, and customer.email holds text",
    "customer.n: {typo: 1%}": "a defect of text, and customer.n holds integers",
    "customer.email: {duplicate: 1%}": "a defect of a table, and customer.email is a column",
    "order: {typo: 1%}": "a defect of a column, and order is a table",
    "order: {late: {share: 1%, column: amount, lag: {fixed: 2d}}}": "a defect of dates or timestamps",
    "order: {late: {share: 1%, column: at}}": "'lag' is missing",
    "customer.email: {swap: 1%}": "unknown key",
    "customer.n: {orphan: 1%}": "customer.n is not a reference",
}


@pytest.mark.parametrize("line", WRONG)
def test_what_is_not_possible_is_reported_at_its_line(line: str) -> None:
    with pytest.raises((SchemaError, PlanError)) as error:
        compile_plan(load(f"{SCHEMA}  {line}\n"))

    (problem,) = error.value.problems
    assert WRONG[line] in str(problem)
    assert problem.mark is not None
    assert problem.mark.line == AT


def test_a_table_with_the_name_of_the_list_is_refused() -> None:
    text = SCHEMA.replace("  bare:", "  _defects:") + "  order: {duplicate: 1%}\n"

    with pytest.raises(SchemaError, match="rename the table"):
        load(text)

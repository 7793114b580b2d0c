"""What a kind reads of another column is looked at where the language does not know what it holds."""

from __future__ import annotations

import pytest

from fanwise.generator.engine.local import generate
from fanwise.generator.errors import PlanError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan

CUSTOMER = """\
fanwise: 1
name: shop
tables:
  customer: {rows: 9, key: id, columns: {id: {sequence: {}}, email: {person: email}, tags: {list: {of: {fixed: 1}, length: {fixed: 2}}}}}
"""


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        (
            "  order: {rows: 9, key: id, columns: {id: {sequence: {}}, gift_to: {ref: customer, weight: email}}}",
            r"order\.columns\.gift_to: 'email' holds values of the type String, not numbers",
        ),
        (
            "  order: {parent: customer, fanout: {fixed: 1}, columns: {x: {fixed: 1, when: {customer.tags: {a: 2}}}}}",
            r"order\.columns\.x: values of the type List\(Int64\) have no categories",
        ),
    ],
)
def test_a_column_of_the_wrong_type_is_refused_at_its_reader(rest: str, why: str) -> None:
    with pytest.raises(PlanError, match=why):
        list(generate(compile_plan(load(CUSTOMER + rest)), threads=1))

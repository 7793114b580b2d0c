"""`struct` and `json`: parts that are columns of their own."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest

import fanwise
from fanwise.generator.errors import InputError, PlanError

PARTS = "{city: {choice: {Bonn: 1, 'a\"b': 1}}, size: {gamma: {mean: 3, shape: 2}, round: 1, null: 20%}, cost: {uniform: {min: 1, max: 9}, type: 'decimal(6,2)'}}"
SEGMENTS = "segments: {tier: {table: t, share: {VIP: 0.5, Other: 0.5}}}"


def test_parts_have_their_kinds_types_and_nulls(column: Any) -> None:
    found = column(f"{{struct: {PARTS}, null: 10%}}", rows=2000)

    assert found.dtype == pl.Struct({"city": pl.String, "size": pl.Float64, "cost": pl.Decimal(6, 2)})
    assert 0.07 < found.null_count() / 2000 < 0.13
    parts = found.drop_nulls().struct.unnest()
    assert 0.16 < parts["size"].null_count() / len(parts) < 0.24
    assert set(parts["city"]) == {"Bonn", 'a"b'}
    assert abs(parts["size"].mean() - 3) < 0.2


def test_json_is_the_text_of_the_same_struct(column: Any) -> None:
    struct, text = column(f"{{struct: {PARTS}}}", rows=200), column(f"{{json: {PARTS}}}", rows=200)

    rows = [{**row, "cost": str(row["cost"])} for row in struct.to_list()]
    assert [json.loads(cell) for cell in text] == rows


def test_a_factor_acts_on_a_part_and_parts_draw_for_themselves(column: Any) -> None:
    one = "{poisson: {mean: 4}, multiplier: {tier: {VIP: 3, Other: 1}}}"
    before = "      tier: {segment: tier}"
    found = column(f"{{struct: {{a: {one}, b: {one}}}}}", rows=4000, before=before, head=SEGMENTS)
    parts = found.struct.unnest()

    assert (parts["a"] != parts["b"]).mean() > 0.5
    assert 0.95 < parts["a"].mean() / 8 < 1.05
    alone = column(f"{{struct: {{b: {one}}}}}", rows=4000, before=before, head=SEGMENTS)
    assert alone.struct.field("b").equals(parts["b"])


@pytest.mark.parametrize("text", ["{struct: {}}", "{struct: {a: {parent: id}}}", "{struct: {a: {rollup: {sum: a.b}}}}"])
def test_what_cannot_be_a_part_is_refused(column: Any, text: str) -> None:
    with pytest.raises(InputError, match=r"tables\.t\.columns\.x\.struct"):
        column(text)


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ('{json: {a: {expr: "exp(big)"}}}', "the part 'a' is inf"),
        ('{struct: {b: {struct: {a: {expr: "0 - exp(big)"}}}}}', "the part 'a' is -inf"),
        ('{list: {of: {expr: "exp(big)"}, length: {fixed: 2}}}', "an element is inf"),
    ],
)
def test_a_number_that_is_not_finite_ends_the_run_at_its_place(kind: str, what: str) -> None:
    text = f"fanwise: 1\nname: n\ntables: {{t: {{rows: 3, columns: {{big: {{constant: 1000}}, x: {kind}}}}}}}\n"
    with pytest.raises(PlanError, match=what) as caught:
        fanwise.dataset(text)["t"]
    (problem,) = caught.value.problems

    assert (problem.code, problem.path) == ("FW-PLAN-NOT-FINITE", "tables.t.columns.x")

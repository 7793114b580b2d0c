"""`expr` sees columns of its row, of parents and of references, whatever they are called."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest


def test_names_of_parents_and_references(tables: Any) -> None:
    found = tables("""
tables:
  group: {rows: 20, key: id, columns: {id: {sequence: {}}, rate: {uniform: {min: 1, max: 2}}}}
  user: {rows: 50, key: id, columns: {id: {sequence: {}}, name: {choice: {ann: 1, bob: 1}}}}
  order:
    parent: user
    fanout: {fixed: 3}
    key: no
    columns:
      no: {sequence: {}}
      user: {parent: id}
      g: {ref: group, null: 20%}
      amount: {integer: {min: 1, max: 9}}
      due: {expr: "round(amount * group.rate, 2)"}
      label: {expr: "upper(user.name) || '-' || order.no"}
""")
    joined = found["order"].join(found["group"], left_on="g", right_on="id", how="left", maintain_order="left")
    expected = (joined["amount"] * joined["rate"] * 100).round(0) / 100

    assert joined["due"].null_count() == joined["g"].null_count() > 0
    assert ((joined["due"] - expected).abs().drop_nulls() < 0.0101).all()
    names = found["order"].join(found["user"], left_on="user", right_on="id", maintain_order="left")
    assert (names["label"] == names["name"].str.to_uppercase() + "-" + names["no"].cast(pl.String)).all()


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("5", 5), ("'abc'", "abc"), ("null", None), ("coalesce(null, 1)", 1), ("1 / 3.0", 0.333333)],
)
def test_an_expression_without_names_is_a_constant(column: Any, text: str, value: object) -> None:
    assert column(f'{{expr: "{text}"}}', rows=3).to_list() == [value] * 3


def test_numbers_are_rounded_to_6_places_unless_told_otherwise(column: Any) -> None:
    before = "      id: {sequence: {}}"

    assert column('{expr: "id / 3"}', rows=2, before=before).to_list() == [0.333333, 0.666667]
    assert column('{expr: "id / 3", round: 9}', rows=2, before=before).to_list() == [0.333333333, 0.666666667]


@pytest.mark.parametrize("share", ["0", "0.3"])
@pytest.mark.parametrize(
    "text",
    [
        "upper(c)",
        "left(c, 2)",
        "coalesce(c, 'none')",
        "length(c)",
        "c = 'red'",
        "c IS NULL",
        "c || c",
        "nullif(c, 'red')",
    ],
)
def test_functions_of_pooled_text_are_those_of_the_text(tables: Any, text: str, share: str) -> None:
    """A pool is computed text by text; beside a second column, the same expression is computed row by row."""
    found = tables(f"""
tables:
  t:
    rows: 300
    columns:
      c: {{choice: {{red: 2, green: 1, blue: 1}}, null: {share}}}
      one: {{constant: 1}}
      pooled: {{expr: "{text}"}}
      rowwise: {{expr: "CASE WHEN one = 1 THEN {text} ELSE {text} END"}}
""")["t"]

    assert found["pooled"].equals(found["rowwise"].alias("pooled"))
    assert found["pooled"].null_count() < 300


@pytest.mark.parametrize(
    "text", ["'#' || n", "lpad(n::text, 3, '0')", "CASE WHEN n > 0 THEN n::text END", "n * 2", "n > 1"]
)
def test_texts_of_few_numbers_are_those_of_each_row(tables: Any, text: str) -> None:
    found = tables(f"""
tables:
  t:
    rows: 300
    columns:
      n: {{integer: {{min: -3, max: 4}}}}
      one: {{constant: 1}}
      once: {{expr: "{text}"}}
      rowwise: {{expr: "CASE WHEN one = 1 THEN {text} ELSE {text} END"}}
""")["t"]

    assert found["once"].equals(found["rowwise"].alias("once"))


def test_a_number_that_no_row_has_breaks_nothing(tables: Any) -> None:
    """Between -9 and 9 lies 0, whose text of 0/0 is an error."""
    found = tables("""
tables: {t: {rows: 400, columns: {n: {choice: {-9: 1, 9: 1}}, x: {expr: "(0 / n)::text"}}}}
""")["t"]

    assert set(found["x"]) <= {"0.0", "-0.0", "0"}

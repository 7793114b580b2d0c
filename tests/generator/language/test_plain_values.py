"""A plain value where a kind belongs: the message says how that very value is written, and what it says is right."""

from __future__ import annotations

import re

import pytest

from fanwise.generator.errors import SchemaError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan

SHOP = """
fanwise: 1
name: shop
window: {start: 2025-01-01, end: 2026-01-01}
tables:
  customer:
    rows: 10
    key: id
    columns:
      id: {sequence: {}}
      since: {timestamp: {between: [window.start, window.end]}}
      it: COLUMN
  visit:
    parent: customer
    fanout: FANOUT
    key: id
    columns:
      id: {sequence: {}}
"""
COLUMN, FANOUT = "{constant: 1}", "{fixed: 1}"
PLACES = {
    "a fanout": ("3", COLUMN, "@"),
    "the gap of arrivals": ("3d", COLUMN, "{arrivals: {from: customer.since, until: window.end, gap: @}}"),
    "the length of a list": ("2", "{list: {of: {fake: city}, length: @}}", FANOUT),
    "a part of a list": ("open", "{list: {of: @, length: {fixed: 2}}}", FANOUT),
    "a part of a struct": ('"5"', "{struct: {a: @}}", FANOUT),
    "a lag": ("2d", "{after: {column: since, lag: @}}", FANOUT),
    "a lag in seconds": ("3600", "{after: {column: since, lag: @}}", FANOUT),
    "a component": ("3", "{mixture: {a: @, b: {fixed: 1}}}", FANOUT),
    "a column of a number": ("4.5", "@", FANOUT),
    "a column of a text": ("'a: b'", "@", FANOUT),
    "a column of true": ("true", "@", FANOUT),
    "a text that reads like true": ('"true"', "@", FANOUT),
    "values of a choice": ("[a, b c, '7', 8]", "{choice: @}", FANOUT),
}


def schema(place: str, value: str) -> str:
    _, column, fanout = PLACES[place]
    return SHOP.replace("COLUMN", column).replace("FANOUT", fanout).replace("@", value)


def refused(text: str) -> str:
    with pytest.raises(SchemaError) as caught:
        load(text)
    (problem,) = caught.value.problems
    assert problem.code == "FW-SCHEMA-WRONG-TYPE"
    return problem.hint


@pytest.mark.parametrize("place", PLACES)
def test_what_the_message_says_can_be_written(place: str) -> None:
    hint = refused(schema(place, PLACES[place][0]))
    written = re.match(r"write (\{.*?\})(?: for |, or )", hint)

    assert written is not None, hint
    compile_plan(load(schema(place, written[1])))


@pytest.mark.parametrize(
    ("place", "value"),
    [("a fanout", "2.5"), ("a fanout", "many"), ("a component", "2.5"), ("the length of a list", "2d")],
)
def test_what_no_kind_holds_is_not_offered(place: str, value: str) -> None:
    assert "{fixed:" not in refused(schema(place, value))


def test_the_name_of_a_kind_alone_is_told_from_a_text() -> None:
    assert refused(schema("a column of a text", "uuid")) == "write {uuid: …}: a kind has its parameters below it"


@pytest.mark.parametrize(
    ("segments", "example"),
    [
        ("segments: {plan: {table: customer, share: {Team: 0.2, Solo: 0.8}}}", "{plan: {Team: 3, else: 1}}"),
        ("segments: {plan: {table: customer, share: {'a: b': 0.2, Solo: 0.8}}}", "{plan: {Solo: 3, else: 1}}"),
        ("segments: {}", "{tier: {VIP: 3, else: 1}}"),
    ],
)
def test_an_example_of_segments_has_the_names_of_the_file(segments: str, example: str) -> None:
    text = schema("a column of a number", "{normal: {mean: six, sd: 1}}")
    with pytest.raises(SchemaError) as caught:
        load(f"{text}{segments}\n")

    assert any(example in problem.hint for problem in caught.value.problems)

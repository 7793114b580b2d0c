"""Types by the names of other tools."""

from __future__ import annotations

import pytest

from fanwise.io.type_names import json_types, type_hint
from fanwise.validator.contract.wording import COLUMN_TYPES


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("datetime", "timestamp"),
        ("DateTime", "timestamp"),
        ("str", "text"),
        ("VARCHAR", "text"),
        ("BIGINT", "int64"),
        ("double precision", "float64"),
        ("boolean", "bool"),
        ("int65", "int64"),
        ("timestmp", "timestamp"),
    ],
)
def test_the_type_that_is_meant_comes_first(name: str, meant: str) -> None:
    assert type_hint(name, COLUMN_TYPES).startswith(f"did you mean '{meant}'? types: int8, ")


def test_a_name_of_no_type_lists_all() -> None:
    assert type_hint("qwertz", COLUMN_TYPES) == f"types: {', '.join(COLUMN_TYPES)}"


def test_types_of_json_schema_are_said_in_words() -> None:
    assert json_types("object") == "a mapping {name: …}"
    assert json_types(["number", "null"]) == "a number or null"

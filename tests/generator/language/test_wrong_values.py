"""Every key of the language with a value of the wrong form: reported with a place, whatever is read after it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from fanwise.generator.errors import InputError
from fanwise.generator.language import load
from fanwise.generator.language.shape.definitions import definitions, language_schema
from fanwise.io.problems import Place

DOCUMENT = {
    "fanwise": 1,
    "name": "shop",
    "window": {"start": "2024-01-01", "end": "2025-01-01"},
    "segments": {"tier": {"table": "customer", "share": {"VIP": 0.3, "Basic": 0.7}}},
    "curves": {"week": {"weekday": {"Sat": 2}}},
    "mixins": {"stamped": {"columns": {"made": {"timestamp": {"between": ["window.start", "window.end"]}}}}},
    "tables": {
        "customer": {
            "rows": 5,
            "key": "id",
            "columns": {"id": {"sequence": {}}, "tier": {"segment": "tier"}, "age": {"integer": {"min": 1, "max": 9}}},
        },
        "order": {
            "parent": "customer",
            "fanout": {"poisson": {"mean": 2}},
            "key": "id",
            "columns": {"id": {"sequence": {}}, "customer_id": {"parent": "id"}, "n": {"normal": {"mean": 1, "sd": 1}}},
        },
    },
    "audit": {"expect": {}},
}
PLACES: dict[Place, str] = {
    (): "",
    ("window",): "window",
    ("segments", "tier"): "axis",
    ("curves", "week"): "curve",
    ("mixins", "stamped"): "mixin",
    ("tables", "customer"): "table",
    ("tables", "order"): "table",
    ("tables", "order", "fanout"): "fanout",
    ("tables", "customer", "columns", "age"): "column",
    ("tables", "order", "columns", "n"): "column",
    ("audit",): "audit",
}
SLOW = pytest.mark.slow  # a column has a hundred keys
WRONG = [None, 3, -0.5, True, "x", "", [], [None], ["id", 1], [["id", None]], {}, {"a": 1}, {"id": None}]


@pytest.mark.parametrize(
    "place", [pytest.param(place, marks=[SLOW] if "columns" in place else []) for place in PLACES], ids=".".join
)
def test_no_wrong_value_is_a_defect(place: Place) -> None:
    schema = definitions(language_schema())[PLACES[place]] if place else language_schema()
    refused = 0
    for key in schema["properties"]:
        for value in WRONG:
            changed: Any = copy.deepcopy(DOCUMENT)
            node = changed
            for part in place:
                node = node[part]
            node[key] = value
            try:
                load(changed)
            except InputError as error:
                assert error.problems
                refused += 1

    assert refused > len(schema["properties"])

"""Features of the language beside one another, out of the JSON Schema: kinds, modifiers and their values, pair by pair."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from covertable import make

from fanwise.generator.errors import InputError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan
from tests.invariants.test_kinds import DEFINITIONS, NAMES
from tests.invariants.test_kinds import schema as schema_of

__all__ = ["MODIFIERS", "Features", "covering", "pairs", "schema", "stands", "together"]

Features = tuple[tuple[str, int], ...]
"""Names of features with the number of the value of each; the kind comes first."""

MODIFIERS: Mapping[str, tuple[Any, ...]] = {
    "column": ("code",),
    "weight": ({"zipf": 1.1},),
    "distinct_in": ("top",),
    "within": ("top",),
    "match": ({"code": "mark"},),
    "not": ("other",),
    "references": ("place.code",),
    "multiplier": ({"tier": {"a": 2, "b": 1}},),
    "exposure": ("size",),
    "correlate": ({"size": 0.4},),
    "alike": ({"top": 0.3},),
    "clamp": ([1, 5], [None, 4.5], [-1e20, 1e20]),
    "when": ({"word": {"red": None}}, {"tier": {"a": {"constant": 3}}}, {"word": {"blue": {"expr": "id"}}}),
    "round": (0, 2),
    "null": ("30%", 1),
    "unique": (True,),
    "hidden": (True,),
    "required": (True,),
    "description": ("what it means",),
    "decimal": ([9, 2],),
    "claim": ("none", "direction"),
    "type": (
        *("int8", "int64", "float32", "decimal(12,3)", "text", "bool", "date", "time", "timestamp", "timestamptz"),
        *("varchar(40)", "char(5)", "json", "uuid"),
    ),
}


def modifiers_of_the_schema() -> set[str]:
    """Return the modifiers that the JSON Schema knows."""
    properties = DEFINITIONS["column"]["properties"]
    return {name for name in properties if "x-kind" not in DEFINITIONS.get(name, {})}


def schema(features: Features) -> dict[str, Any]:
    """Return a dataset whose table `item` has a column `x` with these features."""
    (kind, example), *rest = features
    out = schema_of(kind, copy.deepcopy(DEFINITIONS[kind]["examples"][example]))
    out["segments"] = {"tier": {"table": "top", "share": {"a": 0.5, "b": 0.5}}}
    top, item = out["tables"]["top"]["columns"], out["tables"]["item"]["columns"]
    if kind == "segment":
        top["x"] = {"segment": "tier"}
    else:
        top["tier"] = {"segment": "tier"}
        x = item.pop("x")
        item |= {"other": {"ref": "place"}, "mark": {"choice": {"P1": 1, "P2": 1}}, "x": x}
    column = (top if kind == "segment" else item)["x"]
    column |= {name: copy.deepcopy(MODIFIERS[name][value]) for name, value in rest}
    return out


@cache
def stands(features: Features) -> bool:
    """Return whether features may stand together; what does not has an error with a place."""
    try:
        compile_plan(load(schema(features)))
    except InputError as error:
        assert error.problems, features
        assert all(problem.path or problem.mark for problem in error.problems), (features, error.problems)
        return False
    return True


def together(wanted: Features) -> Features:
    """Return as many of the features, in their order, as may stand together."""
    found: Features = wanted[:1]
    for feature in wanted[1:]:
        if stands((*found, feature)):
            found = (*found, feature)
    return found


def covering() -> list[Features]:
    """Return features row by row, so that any two of them meet in some row, whether they may or not."""
    factors: dict[str, list[int | None]] = {name: [None, *range(len(MODIFIERS[name]))] for name in MODIFIERS}
    kinds = [(name, number) for name in NAMES for number in range(len(DEFINITIONS[name]["examples"]))]
    rows = make({"kind": list(range(len(kinds))), **factors})
    return [(kinds[row["kind"]], *((name, row[name]) for name in MODIFIERS if row[name] is not None)) for row in rows]


def pairs(features: Features) -> Iterator[tuple[tuple[str, int], tuple[str, int]]]:
    """Yield every two features of a row."""
    yield from itertools.combinations(features, 2)

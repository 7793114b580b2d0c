"""Mutants of schemas: kinds and modifiers swapped and nested, and the edits of any document."""

from __future__ import annotations

import copy
import random
from typing import Any

import yaml

from tests.system.fuzz.edits import PATHS, delete, doubled, move, number, path, places, probability, put, rename
from tests.system.fuzz.judge import judge
from tests.system.fuzz.seeds import definitions, documents

__all__ = ["mutant", "outcome_of"]

WINDOWS = (
    ("2024-01-01", "2024-01-01"), ("2024-01-01", "2024-01-02"), ("2025-01-01", "2024-01-01"), ("0001-01-01", "9999-12-31"),
    ("2024-01-01", "2024-01-01T00:00:01"), ("1900-01-01", "2100-01-01"), ("2024-02-29", "2024-03-01"), ("9999-12-30", "9999-12-31"),
)  # fmt: skip
MODIFIERS: tuple[tuple[str, Any], ...] = (
    ("null", 0), ("null", 1), ("null", "100%"), ("null", 0.5), ("unique", True), ("hidden", True), ("required", True),
    ("round", 0), ("round", 15), ("round", -2), ("clamp", [0, 0]), ("clamp", [4.5, 8.5]), ("clamp", [None, 5]), ("clamp", [5, 1]),
    ("clamp", [-1e300, 1e300]), ("type", "int8"), ("type", "float32"), ("type", "decimal(5,2)"), ("type", "text"), ("type", "date"),
    ("type", "bool"), ("type", "varchar(3)"), ("type", "timestamptz"), ("type", "json"), ("type", "uuid"), ("type", "time"),
    ("multiplier", {"tier": {"VIP": 0, "else": 1}}), ("multiplier", {"tier": {"VIP": 1e9, "else": 1}}),
    ("multiplier", {"tier": {"VIP": 3, "else": 1}}), ("exposure", "score"), ("exposure", "id"), ("alike", {"customer": 0.3}),
    ("correlate", {"score": 0.9}), ("correlate", {"score": -1}), ("claim", "none"), ("references", "customer.id"),
    ("when", {"tier": {"VIP": None}}), ("when", {"tier": {"VIP": {"constant": 3}}}),
    ("when", {"tier": {"VIP": {"expr": "1 / 0"}}}), ("when", {"region": {"North": {"uniform": {"min": 0, "max": 1}}}}),
    ("description", "x"),
)  # fmt: skip
EXPRESSIONS = (
    "id", "id / 0", "1 / 0", "-id", "id * id * id * id * id", "9223372036854775807 + id", "exp(1000)", "ln(-1)", "cast(id as text)",
    "id is null", "case when id > 3 then 'a' end", "null", "'x'", "true", "date '2024-02-29'", "date '9999-12-31' + id",
    "lpad(cast(id as text), 10, '0')", "substr('abc', -5, 2)", "round(id, 20)", "id % 0", "coalesce(null, id)", "extract(year from id)",
    "date_trunc('month', timestamp '2024-01-31 10:00:00')", "date_add(date '2024-01-31', id, 'month')", "cast('x' as int64)",
)  # fmt: skip


def mutant(number: int, seed: int = 0) -> tuple[str, str]:
    """Return the name of what a mutant was made of, and its text. The same numbers give the same mutant."""
    rng = random.Random(f"{seed} {number}")
    name, text = rng.choice(documents())
    content = yaml.safe_load(text)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
        rng.choice(OPERATORS)(rng, content)
    out: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=200)
    return name, doubled(rng, out) if rng.random() < 0.03 else out


def outcome_of(number: int, seed: int = 0) -> tuple[str, str]:
    """Return what becomes of the mutant of a number; of every fourth the rows are made in small chunks, too."""
    found = judge(mutant(number, seed)[1], again=number % 4 == 0)
    return found.kind, found.detail


def _columns(content: Any) -> list[dict[str, Any]]:
    tables = content.get("tables")
    found = (
        [table.get("columns") for table in tables.values() if isinstance(table, dict)]
        if isinstance(tables, dict)
        else []
    )
    return [column for each in found if isinstance(each, dict) for column in each.values() if isinstance(column, dict)]


def _kinds(use: str) -> list[tuple[str, Any]]:
    """Return the kinds for a use, each with an example of its parameters."""
    return [
        (part["x-kind"].get("name", name), example)
        for name, part in definitions().items()
        if "x-kind" in part and use in part["x-kind"]["in"]
        for example in part.get("examples", [{"0": 3, "1": 5, "2": 2}])
    ]


def _swap_kind(rng: random.Random, content: Any) -> None:
    known = {name for name, _ in _kinds("column")}
    columns = [column for column in _columns(content) if known & column.keys()]
    if columns:
        column = rng.choice(columns)
        old = next(name for name in column if name in known)
        name, example = rng.choice(_kinds("column"))
        rest = {key: value for key, value in column.items() if key != old}
        column.clear()
        column.update({name: copy.deepcopy(example), **(rest if rng.random() < 0.7 else {})})


def _swap_fanout(rng: random.Random, content: Any) -> None:
    fanouts = [place for place in places(content) if place[-1:] == ("fanout",)]
    if fanouts:
        name, example = rng.choice(_kinds("fanout"))
        put(content, rng.choice(fanouts), {name: copy.deepcopy(example)})


def _add_modifier(rng: random.Random, content: Any) -> None:
    if columns := _columns(content):
        name, value = rng.choice(MODIFIERS)
        rng.choice(columns)[name] = copy.deepcopy(value)


def _nest(rng: random.Random, content: Any) -> None:
    """Put a kind where another one has a value: in `when`, in a lag, in a mixture, in a struct."""
    if not (columns := _columns(content)):
        return
    name, example = rng.choice(_kinds(rng.choice(("value", "lag", "component", "inner"))))
    inner = {name: copy.deepcopy(example)}
    made: list[dict[str, Any]] = [
        {"mixture": {"components": {"a": {**inner, "weight": 1}, "b": {"fixed": 1, "weight": rng.choice((0, 1))}}}},
        {"after": {"column": rng.choice(PATHS), "lag": inner}},
        {"struct": {"a": inner, "b": {"list": {"of": inner, "length": {"poisson": {"mean": 1}}}}}},
        {"list": {"of": inner, "length": {"integer": {"min": 0, "max": 2}}}},
        {**inner, "when": {"tier": {"VIP": {name: copy.deepcopy(example)}}}},
        {"json": {"a": inner}},
    ]
    column = rng.choice(columns)
    column.clear()
    column.update(rng.choice(made))


def _express(rng: random.Random, content: Any) -> None:
    if columns := _columns(content):
        column = rng.choice(columns)
        column.clear()
        column["expr"] = rng.choice(EXPRESSIONS)


def _window(rng: random.Random, content: Any) -> None:
    start, end = rng.choice(WINDOWS)
    content["window"] = {"start": start, "end": end}


def _one_row(rng: random.Random, content: Any) -> None:
    tables = content.get("tables")
    for table in tables.values() if isinstance(tables, dict) else ():
        if isinstance(table, dict) and "rows" in table and rng.random() < 0.7:
            table["rows"] = rng.choice((1, 1, 2, 0))


def _empty_segment(rng: random.Random, content: Any) -> None:
    axes = content.get("segments")
    for axis in axes.values() if isinstance(axes, dict) else ():
        share = axis.get("share") if isinstance(axis, dict) else None
        if isinstance(share, dict) and share:
            few = rng.choice((1e-12, 0.001, 0))
            first, *rest = share
            share.update({first: 1 - few * len(rest), **dict.fromkeys(rest, few)})


OPERATORS = (
    _swap_kind, _swap_kind, _swap_kind, _swap_fanout, _add_modifier, _add_modifier, _add_modifier, _nest, _nest, _express, number,
    number, probability, delete, move, rename, path, _window, _one_row, _empty_segment,
)  # fmt: skip

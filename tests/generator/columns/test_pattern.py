"""`pattern` renders the sequence number and drawn characters; unique patterns are permutations."""

from __future__ import annotations

from typing import Any

import pytest

from fanwise.generator.errors import PlanError, SchemaError


def test_sequence_and_ranges(column: Any) -> None:
    found = column(r'{pattern: "A\\#{seq:04}-[A-C]#?"}', rows=50)

    assert found.str.contains(r"^A#\d{4}-[A-C][0-9][A-Z]$").all()
    assert found.str.slice(2, 4).to_list() == [f"{i:04}" for i in range(1, 51)]


def test_a_unique_pattern_uses_every_text_once(column: Any) -> None:
    found = column('{pattern: "[A-E]##", unique: true}', rows=500)

    assert found.n_unique() == 500
    assert not found.is_sorted()


def test_a_domain_too_small_is_a_plan_error(column: Any) -> None:
    with pytest.raises(PlanError, match="only 10 values for 11 rows"):
        column('{pattern: "#", unique: true}', rows=11)


def test_a_broken_pattern_names_its_place(column: Any) -> None:
    with pytest.raises((PlanError, SchemaError), match=r"tables\.t\.columns\.x"):
        column('{pattern: "[A-"}')

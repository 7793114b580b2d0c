"""`gen diff` on the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Gen = Callable[..., Any]


def test_two_schemas_are_compared(gen: Gen) -> None:
    said = gen("diff", "ecommerce", "ecommerce_flat", "--by", "tier", "--rows", "customer=60")

    assert said.code == 0
    lines = [line.split() for line in said.out.splitlines()]
    assert ["customer", "60", "0", "0"] in lines
    assert any(line[:4] == ["mean", "of", "order.gross_amount", "VIP"] for line in lines)
    assert max(map(len, said.out.splitlines())) <= 80


def test_schemas_without_a_difference_say_so(gen: Gen) -> None:
    said = gen("diff", "ecommerce", "ecommerce", "--rows", "customer=10")

    assert (said.code, said.out.splitlines()[-1]) == (0, "No cell differs.")


def test_json_is_one_document(gen: Gen) -> None:
    said = gen("diff", "ecommerce", "ecommerce", "--rows", "customer=10", "--json")

    assert json.loads(said.out)["tables"][0]["both"] == 10


def test_an_unknown_axis_is_an_error(gen: Gen) -> None:
    said = gen("diff", "ecommerce", "ecommerce", "--by", "tire")

    assert said.code == 2
    assert "did you mean 'tier'?" in said.err

"""Pointblank: the module passes on the data of the schema, and names what breaks, with Pointblank itself (slow)."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from fanwise import validator
from fanwise.validator.exports.pointblank import PointblankFormat
from tests.tool_environments import tool_environment
from tests.validator.exports.conftest import CHANGES, WORDS, assert_seen, changed

RUN = """
import polars as pl, shop
tables = {name: pl.read_parquet(f"{name}.parquet") for name in shop.CONTRACTS}
checked = shop.validate(tables)
print("valid" if all(each.all_passed() for each in checked.values()) else "invalid")
print("broken", *shop.broken_claims(tables))
"""


def test_it_is_a_module_with_what_pointblank_has_a_form_for(contract: validator.Contract) -> None:
    text = PointblankFormat.render(contract, WORDS)

    assert ast.parse(text)
    assert "('class', str(pl.Int16))," in text
    assert "pb.Step('col_vals_ge', columns='class', value=1)," in text
    assert "pb.Step('rows_distinct', columns_subset=['region', 'number'])," in text
    assert "description='People.'," in text
    assert "'fanout_visit_tier': " in text
    assert "    distributions of values\n" in text


@pytest.mark.slow
@pytest.mark.parametrize("how", CHANGES)
def test_pointblank_agrees(
    contract: validator.Contract, tables: dict[str, pl.DataFrame], written: Callable[..., Path], how: str
) -> None:
    programs = tool_environment("pointblank", "pointblank[pl]==1.1.1", "duckdb>=2.0.0", "pyarrow>=26")

    assert_seen(
        how, written(**changed(how, tables)), PointblankFormat.render(contract, WORDS), programs, RUN, "invalid"
    )

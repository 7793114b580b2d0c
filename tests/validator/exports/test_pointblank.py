"""Pointblank: the module passes on the data of the schema, and names what breaks, with Pointblank itself (slow)."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from fanwise import validator
from fanwise.validator.exports.pointblank import PointblankFormat
from tests.tool_environments import call, python_of, tool_environment
from tests.validator.exports.conftest import WORDS

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
@pytest.mark.parametrize("change", ["none", "values", "effect", "reference"])
def test_pointblank_agrees(
    contract: validator.Contract,
    tables: dict[str, pl.DataFrame],
    written: Callable[..., Path],
    change: str,
) -> None:
    programs = tool_environment("pointblank", "pointblank[pl]==1.1.1", "duckdb>=2.0.0", "pyarrow>=26")
    customer, visit = tables["customer"], tables["visit"]
    folder = {
        "none": lambda: written(),
        "values": lambda: written(customer=customer.with_columns(tier=pl.lit("silver"))),
        "effect": lambda: written(visit=visit.with_columns(spent=pl.lit(40.0))),
        "reference": lambda: written(visit=visit.with_columns(number=pl.col("number") + 1000)),
    }[change]()
    (folder / "shop.py").write_text(PointblankFormat.render(contract, WORDS), encoding="utf-8")

    done = call(python_of(programs), "-c", RUN, cwd=folder)

    assert done.returncode == 0, done.stderr
    valid, *broken = done.stdout.splitlines()[0], *done.stdout.splitlines()[-1].split()[1:]
    assert valid.startswith("invalid" if change == "values" else "valid"), done.stdout
    assert (
        set(broken)
        >= {
            "none": set(),
            "values": {"share_tier"},
            "effect": {"value_visit_spent_tier"},
            "reference": {"reference_visit_region_number"},
        }[change]
    )
    assert change != "none" or not broken

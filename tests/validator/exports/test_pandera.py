"""pandera: the module passes on the data of the schema, and names what breaks, with pandera itself (slow)."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from fanwise import validator
from fanwise.validator.exports.pandera import PanderaFormat
from tests.tool_environments import call, python_of, tool_environment
from tests.validator.exports.conftest import WORDS

RUN = """
import glob, polars as pl, shop
tables = {name: pl.read_parquet(f"{name}.parquet") for name in shop.SCHEMAS}
try:
    shop.validate(tables)
    print("valid")
except Exception as error:
    print(type(error).__name__, str(error)[:2000])
print("broken", *shop.broken_claims(tables))
"""


def test_it_is_a_module_with_what_pandera_has_a_form_for(contract: validator.Contract) -> None:
    text = PanderaFormat.render(contract, WORDS)

    assert ast.parse(text)
    assert "'class': pa.Column(pl.Int16, [pa.Check.ge(1), pa.Check.le(5)])," in text
    assert "'seen_at': pa.Column(pl.Datetime(\"us\"), [" in text
    assert "'score': pa.Column(pl.Decimal(9, 2)," in text
    assert "unique=['region', 'number']," in text
    assert "description='People.'," in text
    assert "'fanout_visit_tier': " in text
    assert "    distributions of values\n" in text


@pytest.mark.slow
@pytest.mark.parametrize("change", ["none", "values", "effect", "reference"])
def test_pandera_agrees(
    contract: validator.Contract,
    tables: dict[str, pl.DataFrame],
    written: Callable[..., Path],
    change: str,
) -> None:
    programs = tool_environment("pandera", "pandera[polars]==0.35.0", "duckdb>=2.0.0", "pyarrow>=26")
    customer, visit = tables["customer"], tables["visit"]
    folder = {
        "none": lambda: written(),
        "values": lambda: written(customer=customer.with_columns(tier=pl.lit("silver"))),
        "effect": lambda: written(visit=visit.with_columns(spent=pl.lit(40.0))),
        "reference": lambda: written(visit=visit.with_columns(number=pl.col("number") + 1000)),
    }[change]()
    (folder / "shop.py").write_text(PanderaFormat.render(contract, WORDS), encoding="utf-8")

    done = call(python_of(programs), "-c", RUN, cwd=folder)

    assert done.returncode == 0, done.stderr
    valid, *broken = done.stdout.splitlines()[0], *done.stdout.splitlines()[-1].split()[1:]
    assert valid.startswith("SchemaErrors" if change == "values" else "valid"), done.stdout
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

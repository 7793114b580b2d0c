"""pandera: the module passes on the data of the schema, and names what breaks, with pandera itself (slow)."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from fanwise import validator
from fanwise.validator.exports.pandera import PanderaFormat
from tests.tool_environments import tool_environment
from tests.validator.exports.conftest import CHANGES, WORDS, assert_seen, changed

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
@pytest.mark.parametrize("how", CHANGES)
def test_pandera_agrees(
    contract: validator.Contract, tables: dict[str, pl.DataFrame], written: Callable[..., Path], how: str
) -> None:
    programs = tool_environment("pandera", "pandera[polars]==0.35.0", "duckdb>=2.0.0", "pyarrow>=26")

    assert_seen(
        how, written(**changed(how, tables)), PanderaFormat.render(contract, WORDS), programs, RUN, "SchemaErrors"
    )

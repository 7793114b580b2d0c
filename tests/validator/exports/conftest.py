"""A data set with every sort of promise, as files that other tools read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import fanwise
from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from tests.tool_environments import call, python_of

SHOP = """\
fanwise: 1
name: shop
segments: {tier: {table: customer, share: {gold: 0.3, "ba\\"s'ic": 0.7}}}
tables:
  country: {key: code, values: [{code: DE, vat: 19}, {code: FR, vat: 20}], description: Where customers live.}
  customer:
    rows: 500
    key: [region, number]
    columns:
      region: {choice: {north: 1, south: 1}}
      number: {sequence: {}}
      tier: {segment: tier, description: How much they buy.}
      country: {ref: country}
      joined: {date: {between: [2024-01-01, 2024-12-31]}}
      seen_at: {timestamp: {between: [2024-01-01, 2025-01-01]}, null: 20%}
      score: {normal: {mean: 0, sd: 5}, type: "decimal(9,2)", clamp: [-20, 20]}
      code: {pattern: "A-####", type: varchar(8)}
      "class": {integer: {min: 1, max: 5}, type: int16}
  visit:
    parent: customer
    fanout: {poisson: {mean: 5}, multiplier: {tier: {gold: 2, else: 1}}}
    key: visit_id
    columns:
      visit_id: {sequence: {}}
      region: {parent: region}
      number: {parent: number}
      paid: {boolean: {p: 0.5}}
      spent: {gamma: {mean: 40, shape: 2}, multiplier: {tier: {gold: 1.5, else: 1}}, round: 2}
"""


@pytest.fixture(scope="session")
def contract() -> validator.Contract:
    return compile_contract(fanwise.dataset(SHOP).plan)


@pytest.fixture(scope="session")
def tables() -> dict[str, pl.DataFrame]:
    return dict(fanwise.dataset(SHOP))


@pytest.fixture
def written(tables: dict[str, pl.DataFrame], tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes the tables, some of them changed, as Parquet files, and returns the folder."""

    def write(**changed: pl.DataFrame) -> Path:
        for name, frame in {**tables, **changed}.items():
            frame.write_parquet(tmp_path / f"{name}.parquet")
        return tmp_path

    return write


WORDS = {"customer": {"": "People.", "tier": "How much they buy."}}

CHANGES = ("none", "values", "effect", "reference")
"""Ways to write the tables: as they are, with a wrong value, without an effect, with orphans."""

_BROKEN = {
    "none": set(),
    "values": {"share_tier"},
    "effect": {"value_visit_spent_tier"},
    "reference": {"reference_visit_region_number"},
}


def changed(how: str, tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the tables that a change writes anew."""
    customer, visit = tables["customer"], tables["visit"]
    return {
        "none": {},
        "values": {"customer": customer.with_columns(tier=pl.lit("silver"))},
        "effect": {"visit": visit.with_columns(spent=pl.lit(40.0))},
        "reference": {"visit": visit.with_columns(number=pl.col("number") + 1000)},
    }[how]


def assert_seen(how: str, folder: Path, module: str, programs: Path, run: str, invalid: str) -> None:
    """Run a module of checks on the written tables: it names the broken claims, and only wrong values are invalid.

    run: a program that prints whether the tables are valid, and in its last line `broken` and the claims.
    """
    (folder / "shop.py").write_text(module, encoding="utf-8")
    done = call(python_of(programs), "-c", run, cwd=folder)

    assert done.returncode == 0, done.stderr
    valid, *_, last = done.stdout.splitlines()
    broken = set(last.split()[1:])
    assert valid.startswith(invalid if how == "values" else "valid"), done.stdout
    assert broken >= _BROKEN[how]
    assert how != "none" or not broken

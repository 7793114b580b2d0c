"""The same data give the same bytes of report.json, whatever the threads, the order of rows and the source."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlglot

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.language import load, ready_names, ready_text
from fanwise.generator.plan import compile_plan
from fanwise.validator.data import warehouse
from tests.validator.statistics.many import frames_of

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.system


def texts(shop: Any, source: Any, repeats: int) -> set[str]:
    contract = validator.load_contract(shop.contract)
    return {
        validator.audit(source, contract, threads=(None, 1, 2, 3, 8)[turn % 5]).to_json() for turn in range(repeats)
    }


@pytest.fixture
def wide(make: Any) -> Any:
    """Enough rows for several row groups and for DuckDB to use all its threads (it splits at 122,880 rows)."""
    return make(customers=20_000, orders=8.0, sigma=1.3)


def test_repeats_give_the_same_bytes(shop: Any, tmp_path: Path) -> None:
    for name, frame in shop.frames.items():
        frame.write_parquet(tmp_path / f"{name}.parquet", row_group_size=500)

    assert len(texts(shop, tmp_path, 15)) == 1


@pytest.mark.slow
def test_fifty_repeats_of_many_row_groups_give_the_same_bytes(wide: Any, tmp_path: Path) -> None:
    assert wide.frames["item"].height > 250_000
    for name, frame in wide.frames.items():
        frame.write_parquet(tmp_path / f"{name}.parquet", row_group_size=20_000)

    assert len(texts(wide, tmp_path, 50)) == 1


def test_the_order_of_rows_changes_nothing(shop: Any) -> None:
    before = shop.audit().to_json()
    shop.frames = {name: frame.sample(fraction=1, shuffle=True, seed=5) for name, frame in shop.frames.items()}

    assert shop.audit().to_json() == before


def damaged(frames: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return data in which nearly everything is wrong that has to do with orders and segments."""
    return frames | {
        "customer": frames["customer"].with_columns(pl.col("customer_segment").reverse()),
        "order": frames["order"].with_columns(discount_percent=pl.lit(3.0), status=pl.lit("lost")),
        "order_item": frames["order_item"].with_columns(unit_price=pl.lit(40.0)),
    }


@pytest.mark.parametrize("change", [dict, damaged], ids=["healthy", "damaged"])
def test_rows_that_a_query_may_return_in_any_order_change_nothing(
    change: Callable[[dict[str, pl.DataFrame]], dict[str, pl.DataFrame]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB returns groups as its threads finish: here the other way round, where a query does not order them."""
    plan = compile_plan(load(ROOT / "schemas" / "ecommerce.yaml"))
    frames, contract = change(frames_of(plan)), compile_contract(plan)
    before, rows, turned = validator.audit(frames, contract).to_json(), warehouse.Warehouse.rows, list[str]()

    def reversed_rows(self: warehouse.Warehouse, sql: str, values: Any = ()) -> list[tuple[Any, ...]]:
        found = rows(self, sql, values)
        if len(found) > 1 and sqlglot.parse_one(sql, dialect="duckdb").args.get("order") is None:
            turned.append(sql)
            found.reverse()
        return found

    monkeypatch.setattr(warehouse.Warehouse, "rows", reversed_rows)

    assert validator.audit(frames, contract).to_json() == before
    assert turned


@pytest.mark.slow
@pytest.mark.parametrize("name", ready_names())
def test_the_order_of_rows_changes_no_digit_of_a_ready_dataset(name: str) -> None:
    plan = compile_plan(load(ready_text(name)), scale=0.2)
    contract, frames = compile_contract(plan), frames_of(plan)
    before = validator.audit(frames, contract, threads=1).to_json()

    moved = {table: frame.sample(fraction=1, shuffle=True, seed=5) for table, frame in frames.items()}
    assert validator.audit(moved, contract, threads=2).to_json() == before


def test_files_and_frames_give_the_same_report_but_for_their_format(shop: Any, tmp_path: Path) -> None:
    found = [shop.audit().to_json().replace('"format": "frame"', '"format": "x"')]
    for form in ("parquet", "csv"):
        folder = tmp_path / form
        folder.mkdir()
        for name, frame in shop.frames.items():
            writer = pl.DataFrame.write_parquet if form == "parquet" else pl.DataFrame.write_csv
            writer(frame, folder / f"{name}.{form}")
        found.append(validator.audit(folder, shop.contract).to_json().replace(f'"format": "{form}"', '"format": "x"'))

    assert len(set(found)) == 1


def test_kept_sums_change_nothing_and_are_made_once(shop, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    kept = warehouse.Warehouse.kept

    def recorded(self: warehouse.Warehouse, select: str, above: str) -> str | None:
        made.append(select)
        return kept(self, select, above)

    monkeypatch.setattr(warehouse.Warehouse, "kept", recorded)
    contract = validator.load_contract(shop.contract)
    with_sums = validator.audit(shop.frames, contract, threads=1).to_json()
    asked = list(made)
    monkeypatch.setattr(warehouse, "MOST_KEPT", 0)

    assert validator.audit(shop.frames, contract, threads=1).to_json() == with_sums
    assert len(set(asked)) < len(asked)

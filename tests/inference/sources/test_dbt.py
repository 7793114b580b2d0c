"""dbt manifests: described columns, and what their tests say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import fanwise
from fanwise.generator.plan import compile_plan


def model(name: str, *columns: str, **types: str) -> dict[str, Any]:
    described = {column: {"name": column, "data_type": types.get(column)} for column in columns}
    return {"resource_type": "model", "name": name, "unique_id": f"model.shop.{name}", "columns": described}


def test(name: str, home: str, column: str, **more: Any) -> dict[str, Any]:
    meta = {"name": name, "kwargs": {"column_name": column, **more}}
    return {"resource_type": "test", "test_metadata": meta, "attached_node": f"model.shop.{home}"}


test.__test__ = False  # type: ignore[attr-defined]

NODES = [
    model("customers", "customer_id", "email", "first_order_at"),
    model("orders", "order_id", "customer_id", "status", "total_amount", "is_gift", total_amount="numeric"),
    test("unique", "customers", "customer_id"),
    test("not_null", "customers", "customer_id"),
    test("unique", "orders", "order_id"),
    test("not_null", "orders", "order_id"),
    test("not_null", "orders", "customer_id"),
    test("relationships", "orders", "customer_id", to="ref('customers')", field="customer_id"),
    test("accepted_values", "orders", "status", values=["placed", "shipped"]),
    {"resource_type": "model", "name": "bare", "unique_id": "model.shop.bare", "columns": {}},
]


def manifest(folder: Path, *, version: object = 12, nodes: object = NODES) -> Path:
    file = folder / "manifest.json"
    said = {"dbt_schema_version": f"https://schemas.getdbt.com/dbt/manifest/v{version}.json"}
    given = {str(at): node for at, node in enumerate(nodes)} if isinstance(nodes, list) else nodes
    file.write_text(json.dumps({"metadata": said, "nodes": given}))
    return file


def test_tests_become_keys_references_and_values(tmp_path: Path) -> None:
    text = fanwise.infer(manifest(tmp_path))
    plan = compile_plan(fanwise.load(text))

    assert {name: table.key for name, table in plan.dataset.tables.items()} == {
        "customers": ("customer_id",),
        "orders": ("order_id",),
    }
    assert plan.tables["orders"].parent == "customers"
    assert set(fanwise.dataset(text, rows={"customers": 40})["orders"]["status"]) == {"placed", "shipped"}
    assert str(plan.tables["orders"].columns["is_gift"].dtype) == "Boolean"
    assert str(plan.tables["customers"].columns["first_order_at"].dtype).startswith("Datetime")
    assert "1 models without described columns" in text


def test_other_versions_are_told(tmp_path: Path) -> None:
    with pytest.raises(fanwise.SourceError, match="version 2; versions from 4"):
        fanwise.infer(manifest(tmp_path, version=2))
    with pytest.raises(fanwise.SourceError, match="states no dbt_schema_version"):
        fanwise.infer(manifest(tmp_path, version="x"))
    with pytest.raises(fanwise.SourceError, match="no model of the manifest describes"):
        fanwise.infer(manifest(tmp_path, nodes={"a": 7, "b": {"resource_type": "model"}}))
    assert "version 13" in fanwise.infer(manifest(tmp_path, version=13))
    (tmp_path / "manifest.json").write_text("[1, 2]")
    with pytest.raises(fanwise.SourceError, match="not a dbt manifest"):
        fanwise.infer(tmp_path / "manifest.json")


def test_segments_need_rows(tmp_path: Path) -> None:
    with pytest.raises(fanwise.InputError, match="segments need rows"):
        fanwise.infer(manifest(tmp_path), by="customers.email")

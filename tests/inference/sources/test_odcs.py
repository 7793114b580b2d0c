"""Data contracts of ODCS: tables, keys, references, values and bounds become a schema that can be run."""

from __future__ import annotations

from pathlib import Path

import pytest

import fanwise
from fanwise import validator
from fanwise.generator.plan import compile_plan
from tests.validator.exports.test_odcs import FOREIGN

STATUS = "      - {name: status, logicalType: string, enum: [{value: open}, {value: paid}]}\n"


def test_a_data_contract_becomes_a_schema(tmp_path: Path) -> None:
    path = tmp_path / "orders.odcs.yaml"
    path.write_text(FOREIGN + STATUS, encoding="utf-8")

    text = fanwise.infer(path)
    plan = compile_plan(fanwise.load(text))
    data = fanwise.dataset(text, rows={"customers": 30})

    assert {name: table.key for name, table in plan.dataset.tables.items()} == {"customers": ("id",), "orders": ("id",)}
    assert plan.tables["orders"].parent == "customers"
    orders = data["orders"]
    assert set(orders["customer"]) <= set(data["customers"]["id"])
    assert set(orders["status"].drop_nulls()) == {"open", "paid"}
    assert float(orders["total"].min()) >= 0  # type: ignore[arg-type]


def test_another_yaml_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "it.yaml"
    path.write_text("a: 1\n", encoding="utf-8")

    with pytest.raises(validator.ContractError, match="is not a data contract of ODCS 3"):
        fanwise.infer(path)

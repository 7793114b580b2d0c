"""ODCS: an equal contract comes back, contracts of others are read, and its own package and JSON Schema accept it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import yaml

import fanwise
from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.language.document.resources import ready_names
from fanwise.validator.exports.odcs import OdcsFormat, _without_marks
from fanwise.validator.exports.odcs_reading import read_odcs
from tests.tool_environments import call, python_of, tool_environment
from tests.validator.exports.conftest import WORDS


def plain(contract: validator.Contract) -> Any:
    """Return a contract as it is without the lines of its schema."""
    return _without_marks(validator.to_dict(contract))


def back(contract: validator.Contract, path: Path) -> validator.Contract:
    path.write_text(OdcsFormat.render(contract, WORDS), encoding="utf-8")
    return read_odcs(path)


def test_an_equal_contract_comes_back(contract: validator.Contract, tmp_path: Path) -> None:
    assert plain(back(contract, tmp_path / "shop.odcs.yaml")) == plain(contract)


@pytest.mark.system
@pytest.mark.parametrize("name", [name for name in ready_names() if name != "tpch"])
def test_an_equal_contract_of_each_ready_dataset_comes_back(name: str, tmp_path: Path) -> None:
    contract = compile_contract(fanwise.dataset(name).plan)

    assert plain(back(contract, tmp_path / "it.yaml")) == plain(contract)


def test_the_standard_fields_win_over_what_was_kept(contract: validator.Contract, tmp_path: Path) -> None:
    document = yaml.safe_load(OdcsFormat.render(contract, WORDS))
    customer = next(table for table in document["schema"] if table["name"] == "customer")
    column = next(column for column in customer["properties"] if column["name"] == "class")
    column |= {"physicalType": "BIGINT", "logicalTypeOptions": {"minimum": 2}, "required": False}
    (tmp_path / "it.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")

    found = read_odcs(tmp_path / "it.yaml").tables["customer"].columns["class"]

    assert (found.type, found.min, found.max, found.nullable) == ("int64", 2, None, True)


def test_effects_are_quality_rules_of_sql(contract: validator.Contract) -> None:
    document = yaml.safe_load(OdcsFormat.render(contract, WORDS))
    visit = next(table for table in document["schema"] if table["name"] == "visit")

    assert [(rule["name"], rule["type"], rule["mustBe"]) for rule in visit["quality"]] == [
        ("fanout_visit_tier", "sql", 0),
        ("value_visit_spent_tier", "sql", 0),
    ]
    assert "Only `gen audit` of Fanwise judges" in document["description"]["limitations"]
    assert visit["relationships"][0]["to"] == ["customer.region", "customer.number"]


FOREIGN = """\
kind: DataContract
apiVersion: v3.1.0
id: orders
version: 1.0.0
status: active
schema:
  - name: customers
    properties:
      - {name: id, logicalType: integer, physicalType: int, primaryKey: true}
      - {name: country, logicalType: string, physicalType: "varchar(2)"}
      - {name: since, logicalType: timestamp, physicalType: timestamp_ntz, required: true}
  - name: orders
    properties:
      - {name: id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1}
      - {name: customer, logicalType: integer, physicalType: int, relationships: [{to: customers.id}]}
      - {name: total, logicalType: number, physicalType: "NUMBER(10,2)", required: true, logicalTypeOptions: {minimum: 0}}
"""


def test_a_contract_of_somebody_else_is_read(tmp_path: Path) -> None:
    (tmp_path / "it.yaml").write_text(FOREIGN, encoding="utf-8")

    found = read_odcs(tmp_path / "it.yaml")

    customers, orders = found.tables["customers"], found.tables["orders"]
    assert {name: column.type for name, column in customers.columns.items()} == {
        "id": "int32",
        "country": "text",
        "since": "timestamp",
    }
    assert customers.key == ("id",)
    assert not customers.columns["id"].nullable
    assert customers.columns["country"].nullable
    assert orders.columns["total"] == dataclasses.replace(
        orders.columns["total"], type="decimal(10,2)", min=0, nullable=False
    )
    assert [(edge.columns, edge.table, edge.keys, edge.kind) for edge in orders.edges] == [
        (("customer",), "customers", ("id",), "ref")
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("kind: Something\n", "is not a data contract of ODCS 3"),
        (FOREIGN.partition("schema:")[0], "the contract has no tables"),
        (FOREIGN.replace("customers.id", "id"), "a relationship needs as many ends as columns"),
        (FOREIGN.replace("customers.id", "people.id"), "people"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(text: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "it.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(validator.ContractError) as caught:
        read_odcs(tmp_path / "it.yaml")

    assert why in str(caught.value)
    assert "it.yaml" in str(caught.value)


CHECK = """
import json, sys, jsonschema, yaml
from open_data_contract_standard.model import OpenDataContractStandard as Standard
text = open("it.yaml", encoding="utf-8").read()
jsonschema.Draft201909Validator(json.loads(Standard.json_schema())).validate(yaml.safe_load(text))
found = Standard.from_string(text)
open("back.yaml", "w", encoding="utf-8").write(found.to_yaml())
"""


@pytest.mark.slow
def test_the_package_of_the_standard_reads_it_and_writes_it_back(contract: validator.Contract, tmp_path: Path) -> None:
    programs = tool_environment("odcs", "open-data-contract-standard==3.2.0", "jsonschema>=4.26")
    (tmp_path / "it.yaml").write_text(OdcsFormat.render(contract, WORDS), encoding="utf-8")

    done = call(python_of(programs), "-c", CHECK, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert plain(read_odcs(tmp_path / "back.yaml")) == plain(contract)

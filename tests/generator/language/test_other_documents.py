"""Files that are not a schema: one message that says what they are, and what takes them."""

from __future__ import annotations

import json

import pytest

from fanwise.generator.errors import SchemaError
from fanwise.generator.language import load, schema_text


def told(text: str) -> str:
    with pytest.raises(SchemaError) as caught:
        load(text)
    (problem,) = caught.value.problems
    assert problem.code == "FW-SCHEMA-MISSING-KEY"
    return str(problem)


def test_a_contract_is_told_from_a_schema() -> None:
    assert "this is a contract, not a schema. Hint: audit data by it" in told("contract: 1\nname: x\ntables: {}\n")


def test_a_data_contract_of_others_is_told_from_a_schema() -> None:
    text = "apiVersion: v3.0.2\nkind: DataContract\nid: x\n"

    assert "gen init --from FILE" in told(text)


def test_a_json_schema_is_told_from_a_schema() -> None:
    assert "this is a JSON Schema" in told(json.dumps(json.loads(schema_text()), indent=1))

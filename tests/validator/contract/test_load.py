"""Contracts as text: every problem at once with its place, nothing executed, and a round trip."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.validator import Contract, ContractError, check_contract, load_contract, to_dict
from fanwise.validator.contract.load import contract_schema

MINIMAL = {
    "contract": 1,
    "name": "x",
    "tables": {
        "a": {"key": "i", "columns": {"i": "int64", "s": "text"}},
        "b": {"columns": {"i": "int64", "v": "float64"}, "parent": {"table": "a", "columns": "i"}},
    },
    "axes": {"s": {"table": "a", "column": "s", "share": {"p": 0.5, "q": 0.5}}},
}


def problems(mapping: object) -> str:
    with pytest.raises(ContractError) as caught:
        load_contract(mapping)
    return str(caught.value)


def changed(**parts: object) -> dict:
    return json.loads(json.dumps({**MINIMAL, **parts}))


def test_the_shipped_schema_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(contract_schema())


def test_a_contract_survives_the_round_trip(shop, tmp_path: Path) -> None:
    shop.contract["effects"]["amount"]["without"] = [{"name": "customer.tier", "values": ["x'y"]}]
    shop.contract["effects"]["amount"]["source"] = {"file": "a.yaml", "line": 3, "path": "tables.order"}
    shop.contract["thresholds"] = {"min_effect": {"fanout": 0.3}, "cov": 0.1}
    contract = load_contract(shop.contract)
    (tmp_path / "contract.json").write_text(json.dumps(to_dict(contract)))

    assert load_contract(to_dict(contract)) == contract
    assert load_contract(tmp_path / "contract.json") == contract
    assert contract.thresholds.min_effect_fanout == 0.3
    assert contract.thresholds.min_effect_value == 0.10


def test_a_file_reports_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "contract.yaml"
    path.write_text("contract: 1\nname: x\ntables:\n  a:\n    columns:\n      i: int65\n      j: int64\n    key: k\n")
    message = problems(path)

    assert message.startswith(f"{path}:6:10: tables.a.columns.i: ")
    path.write_text(path.read_text().replace("int65", "int64"))

    assert problems(path).startswith(f"{path}:8:10: tables.a.key: unknown column 'k'. Hint: known: i, j")


def test_every_problem_of_names_is_reported_at_once() -> None:
    message = problems(
        changed(
            axes={
                "s": {
                    "table": "aa",
                    "column": "s",
                    "share": {"p": 0.5, "q": 0.6},
                    "rank": "p > z",
                    "unwatched": ["bb.v", "b.zz", "b.v"],
                }
            },
            effects={"e": {"kind": "value", "table": "b", "axis": "t", "path": [], "declared": {"p": 1}}},
            checks=[{"table": "c", "text": "i > 0"}],
        )
    )

    for part in (
        "unknown table 'aa'",
        "sum of the shares is 1.1",
        "unknown segment 'z'",
        "unknown table 'bb'",
        "unknown column of b 'zz'",
        "needs a column",
        "unknown axis 't'",
        "'c'",
    ):
        assert part in message
    assert "did you mean 'a'?" in message


@pytest.mark.parametrize(
    ("effect", "why"),
    [
        ({"kind": "fanout", "table": "b", "declared": {"p": 1}}, "no mean for q"),
        ({"kind": "fanout", "table": "b", "declared": {"p": 1, "q": 2, "r": 3}}, "unknown segment 'r'"),
        ({"kind": "fanout", "table": "a", "declared": {"p": 1, "q": 2}}, "needs a path"),
        ({"kind": "value", "table": "b", "column": "w", "declared": {"p": 1, "q": 2}}, "unknown column of b 'w'"),
        ({"kind": "value", "table": "a", "column": "s", "declared": {"p": 1, "q": 2}}, "which has no mean"),
        ({"kind": "share", "table": "b", "column": "v", "declared": {"p": 1, "q": 2}}, "a share needs a value"),
        ({"kind": "fanout", "table": "b", "per": "b", "declared": {"p": 1, "q": 2}}, "unknown table on the path"),
        ({"kind": "fanout", "table": "b", "path": [["v"]], "declared": {"p": 1, "q": 2}}, "no edge along v"),
        (
            {
                "kind": "value",
                "table": "b",
                "column": "v",
                "declared": {"p": 1, "q": 2},
                "without": [{"name": "zz", "values": ["x"]}],
            },
            "no column 'zz'",
        ),
    ],
)
def test_what_is_wrong_with_an_effect_is_said(effect: dict, why: str) -> None:
    assert why in problems(changed(effects={"e": {"axis": "s", **effect}}))


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"count": "b", "mean": "b.v", "rank": "p > q"}, "exactly one"),
        ({"rank": "p > q"}, "no aggregate"),
        ({"mean": "b.v"}, "has neither rank nor ratio"),
        ({"mean": "b.v", "per": "a", "rank": "p > q"}, "'per' is not for 'mean'"),
        ({"mean": "b.v", "ratio": {"p": [1, 2]}}, "not a pair"),
        ({"mean": "b.v", "ratio": {"p/q": [2, 1]}}, "is empty"),
        ({"mean": "b.v", "ratio": {"p/z": [1, 2]}}, "unknown segment 'z'"),
        ({"share": "a.s", "rank": "p > q"}, "table.column = value"),
        ({"mean": "b.v", "rank": "p > p"}, "duplicate segment"),
    ],
)
def test_what_is_wrong_with_an_expectation_is_said(entry: dict, why: str) -> None:
    assert why in problems(changed(expect={"e": {"by": "s", **entry}}))


def test_several_paths_are_listed() -> None:
    tables = {
        "a": {"key": "i", "columns": {"i": "int64", "s": "text"}},
        "b": {
            "columns": {"buyer": "int64", "seller": "int64"},
            "refs": [{"table": "a", "columns": "buyer"}, {"table": "a", "columns": "seller"}],
        },
    }
    effect = {"kind": "fanout", "table": "b", "axis": "s", "declared": {"p": 1, "q": 2}}
    message = problems(changed(tables=tables, effects={"e": effect}))

    assert "several paths: buyer; seller" in message
    assert load_contract(changed(tables=tables, effects={"e": {**effect, "path": ["seller"]}})).effects["e"].path == (
        ("seller",),
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the file is empty. Hint: write contract: 1"),
        ("contract: 1\ncontract: 1\n", ":2:1: contract: 'contract': duplicate key, first at line 1"),
        ("contract: !!python/object/apply:os.system [ls]\n", "tags are not allowed"),
        ("contract: 0x10\n", "contract: 16: 1 was expected"),
    ],
)
def test_a_text_that_is_not_a_contract_is_refused(text: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "contract.yaml").write_text(text)
    with pytest.raises(ContractError, match=re.escape(why)):
        load_contract(tmp_path / "contract.yaml")


def test_a_json_file_is_a_contract_whatever_its_escapes(tmp_path: Path) -> None:
    mapping = changed(name="shop \U0001f600")
    (tmp_path / "contract.json").write_text(json.dumps(mapping, ensure_ascii=True))

    assert load_contract(tmp_path / "contract.json") == load_contract(mapping)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["contract", "name", "tables", "a", "key", "columns", "i"]), inner, max_size=4
            )
        ),
        max_leaves=12,
    )
)
def test_any_mapping_is_a_contract_or_a_contract_error(value: object) -> None:
    if isinstance(value, dict):
        try:
            load_contract(value)
        except ContractError as error:
            assert str(error)


def test_contracts_made_in_python_are_checked_too(shop) -> None:
    contract: Contract = load_contract(shop.contract)
    effect = dataclasses.replace(contract.effects["orders"], table="nothing")

    with pytest.raises(ContractError, match="unknown table 'nothing'"):
        check_contract(dataclasses.replace(contract, effects={"orders": effect}))


def test_a_file_that_is_not_text_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"name: \xff\xfe")

    assert "not UTF-8" in problems(tmp_path / "a.yaml")
    assert "cannot be read" in problems(tmp_path / "b.yaml")


SHAPES = {
    "a key of a column": (
        {"i": "int64", "s": {"type": "text", "vals": ["p"]}},
        "tables.a.columns.s.vals: [\"p\"]: unknown key 'vals'. Hint: did you mean 'values'?",
    ),
    "a column without a type": ({"i": "int64", "s": {"nullable": True}}, "tables.a.columns.s: 'type' is missing."),
    "a type of Python": ({"i": "int64", "s": "str"}, "'str' is not a column type. Hint: did you mean 'text'? types: "),
    "a type of SQL": (
        {"i": {"type": "bigint"}, "s": "text"},
        "tables.a.columns.i.type: 'bigint' is not a column type. Hint: did you mean 'int64'?",
    ),
    "another kind of value": (
        {"i": "int64", "s": {"type": "text", "nullable": "maybe"}},
        "tables.a.columns.s.nullable: 'maybe': expected true or false, got text. Hint: write true or false",
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_wrong_column_is_told_in_plain_words(name: str) -> None:
    columns, words = SHAPES[name]
    tables = {**MINIMAL["tables"], "a": {"key": "i", "columns": columns}}

    assert words in problems(changed(tables=tables))


def test_each_unknown_key_has_a_place_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "contract.yaml"
    path.write_text("contract: 1\nname: x\ntables:\n  a:\n    kez: i\n    columns: {i: int64}\n    uniq: i\n")
    told = problems(path)

    assert f"{path}:5:10: tables.a.kez: 'i': unknown key 'kez'. Hint: did you mean 'key'?" in told
    assert f"{path}:7:11: tables.a.uniq: unknown key 'uniq'. Hint: did you mean 'unique'?" in told


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"fanwise": 1, "name": "x", "tables": {}}, "this is a schema, not a contract. Hint: give it with --schema"),
        ({"apiVersion": "v3.0.2", "kind": "DataContract"}, "--from odcs --to contract"),
    ],
)
def test_another_document_is_told_at_once(other: dict, words: str) -> None:
    told = problems(other)

    assert words in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize(
    ("condition", "hint"),
    [
        ("aa.i > 0", "there is no table 'aa': did you mean 'a'?"),
        ("b.w > 0", "b has no column 'w': "),
        ("vv > 0", "no table has a column 'vv': did you mean 'v'?"),
        ("a.i > 0 and aa.s = 'p'", "there is no table 'aa': did you mean 'a'?"),
    ],
)
def test_a_condition_names_what_the_contract_does_not_have(condition: str, hint: str) -> None:
    assert hint in problems(changed(checks=[condition]))


@pytest.mark.parametrize(
    "numbered", [{"start": 1e300, "step": 1}, {"start": 1, "step": 1e300}, {"start": 2.0**63, "step": 1}]
)
def test_running_numbers_have_64_bits(numbered: dict[str, float]) -> None:
    tables = {"t": {"columns": {"id": {"type": "int64", "numbered": numbered}}}}
    assert "is not an integer of 64 bits" in problems({"contract": 1, "name": "x", "tables": tables})

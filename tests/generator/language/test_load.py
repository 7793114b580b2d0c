"""Where a schema may come from, and kinds that come from plugins."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from fanwise.generator.errors import SchemaError, UsageError
from fanwise.generator.language import load, ready_text
from fanwise.generator.language.spec import ByKey
from tests.generator.language.kind_lists import SCHEMA, listed

SMALL = "fanwise: 1\nname: small\ntables:\n  t: {rows: 1, columns: {id: {uuid: {}}}}\n"


def test_a_path_a_text_a_mapping_and_a_ready_name(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(SMALL, encoding="utf-8")
    mapping = {"fanwise": 1, "name": "small", "tables": {"t": {"rows": 1, "columns": {"id": {"uuid": {}}}}}}

    assert [load(source).name for source in (file, str(file), SMALL, mapping)] == ["small"] * 4
    assert load("ecommerce").name == "ecommerce"
    assert (load(file).folder, load(file).file) == (str(tmp_path), str(file))
    assert load(file).sha256 == load(SMALL).sha256
    assert load("{fanwise: 1, name: flow, tables: {t: {rows: 1, columns: {id: {uuid: {}}}}}}").name == "flow"


def test_a_folder_of_a_ready_name_does_not_hide_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ecommerce").mkdir()
    monkeypatch.chdir(tmp_path)

    assert load("ecommerce").name == "ecommerce"


def test_a_file_goes_before_a_ready_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ecommerce").write_text(SMALL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    assert load("ecommerce").name == "small"


@pytest.mark.parametrize("source", ["no/such.yaml", "ecomerce", "a\0b", "x" * 5000, Path("nowhere.yaml")])
def test_a_file_that_is_not_there_is_named(source: str | Path) -> None:
    with pytest.raises(UsageError) as caught:
        load(source)

    assert str(source)[:20].replace("\0", "\\u0000") in str(caught.value)


def test_a_near_miss_of_a_ready_name_is_corrected() -> None:
    with pytest.raises(UsageError, match="did you mean 'ecommerce'"):
        load("ecomerce")


def test_a_folder_is_no_schema(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        load(tmp_path)


def test_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    file = tmp_path / "latin.yaml"
    file.write_bytes(SMALL.encode() + "# für\n".encode("latin-1"))

    with pytest.raises(SchemaError, match=r"latin.yaml:5:4: byte 0xfc is not UTF-8"):
        load(file)


def test_a_mapping_of_python_objects_reads_like_its_text() -> None:
    mapping: dict[str, Any] = {
        "fanwise": 1,
        "name": "small",
        "window": {"start": dt.date(2024, 1, 1), "end": dt.datetime(2025, 1, 1, 12)},
        "curves": {"c": {"hour": {20: 2}, "spikes": {dt.date(2024, 11, 29): 3}}},
        "tables": {"t": {"rows": 1, "columns": {"id": {"choice": {True: 1, False: 2}}}}},
    }

    dataset = load(mapping)

    assert dataset.window == (1_704_067_200_000_000, 1_735_732_800_000_000)
    assert {dt.date(2024, 11, 29): 3.0} == dict(dataset.curves["c"].spikes)
    assert dataset.curves["c"].hour[20] == 2.0
    assert dataset.tables["t"].columns["id"].generator.params["options"] == ((True, 1.0), (False, 2.0))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"x", object(), 2**80, "\ud800"])
def test_a_mapping_with_something_else_is_refused(value: object) -> None:
    with pytest.raises(SchemaError, match="seed"):
        load({"fanwise": 1, "name": "x", "seed": value})


def test_a_mapping_that_contains_itself_is_refused() -> None:
    mapping: dict[str, Any] = {"fanwise": 1}
    mapping["tables"] = mapping

    with pytest.raises(SchemaError, match="nested more than"):
        load(mapping)


def test_the_name_shown_in_errors_can_be_chosen() -> None:
    with pytest.raises(SchemaError, match=r"^mine\.yaml:1:1: "):
        load("a\n", file="mine.yaml")


DIE = {
    "type": "object",
    "required": ["sides"],
    "properties": {
        "sides": {"$ref": "#/$defs/number", "minimum": 2, "multipleOf": 1},
        "start": {"$ref": "#/$defs/end"},
        "by": {"$ref": "#/$defs/path"},
        "names": {"type": "array", "items": {"type": "string"}},
        "bonus": {"type": "integer", "default": 0},
    },
    "additionalProperties": False,
    "x-kind": {"in": ["column", "fanout"], "yields": "integer", "factor": "values × m"},
}


def load_with_die(text: str) -> Any:
    schema = ready_text("ecommerce").replace("{poisson: {mean: 1.4}, clamp: [1, 10]}", text)
    return load(schema, extra_kinds={"die": DIE}).tables["order_item"].columns["quantity"]


def test_a_kind_of_a_plugin_is_bound_by_its_schema() -> None:
    text = "{die: {sides: {tier: {VIP: 8, else: 6}}, start: window.start, by: product.category, names: [a, b]}}"
    params = load_with_die(text).generator.params

    assert isinstance(params["sides"], ByKey)
    assert params["start"].instant == 1_704_067_200_000_000
    assert (params["by"].target, params["by"].column) == ("product", "category")
    assert (params["names"], params["bonus"]) == (("a", "b"), 0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{dice: {sides: 6}}", "did you mean 'die'?"),
        ("{die: {sides: 1}}", "must be at least 2"),
        ("{die: {sides: {tier: {VIP: 1, else: 6}}}}", "must be at least 2"),
        ("{die: {sides: 6, by: category}}", "write product.category"),
        ("{die: {}}", "'sides' is missing"),
    ],
)
def test_a_kind_of_a_plugin_is_checked_by_its_schema(text: str, words: str) -> None:
    with pytest.raises(SchemaError) as caught:
        load_with_die(text)

    assert words in str(caught.value)


def test_a_plugin_cannot_take_a_word_of_the_language() -> None:
    for name in ("poisson", "clamp", "number", "weight"):
        with pytest.raises(UsageError, match="already a word of the language"):
            load(SMALL, extra_kinds={name: DIE})


def test_a_list_where_the_dataset_should_be() -> None:
    with pytest.raises(SchemaError, match=r"list\.yaml:1:1: .*mapping"):
        load("- 1\n", file="list.yaml")


def test_the_lists_of_kinds_in_the_json_schema_are_those_of_the_kinds() -> None:
    """`make schema` writes them."""
    text = SCHEMA.read_text(encoding="utf-8")

    assert listed(text) == text

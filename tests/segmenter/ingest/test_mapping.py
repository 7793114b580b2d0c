"""The mapping file: strict, everything wrong at once, each with its line."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from fanwise.segmenter.errors import MappingError
from fanwise.segmenter.ingest.mapping import (
    Declared,
    DeclaredTable,
    Marked,
    carried_mapping,
    instant,
    read_mapping,
)  # fmt: skip


def refused(folder: Path, text: str) -> list[str]:
    path = folder / "map.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MappingError) as caught:
        read_mapping(path)
    return [str(problem) for problem in caught.value.problems]


def test_a_mapping_is_read(tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(
        "tables:\n  order: {table: sales, id: no, customer: who, discount: ~}\n  customer: people\n  ticket: ~\n"
        "as_of: 2024-06-30\norder_grain: customer_day\ncancelled: {column: state, values: [void, 3, true]}\n"
        "returns: {negative: true}\ndate_format: '%d.%m.%Y'\n"
    )
    found = read_mapping(path)

    assert found.tables["order"] == DeclaredTable("sales", {"id": "no", "customer": "who", "discount": None})
    assert found.tables["customer"] == DeclaredTable("people")
    assert found.tables["ticket"] is None
    assert found.as_of == dt.datetime(2024, 6, 30)
    assert found.order_grain == "customer_day"
    assert found.cancelled == Marked("state", ("void", "3", "true"))
    assert (found.negative_returns, found.date_format) == (True, "%d.%m.%Y")
    problem = found.document.problem("FW-MAPPING-NAME", ("tables", "order", "customer"), "is wrong", "repair it")
    assert str(problem) == (f"{path}:2:43: tables.order.customer: 'who': is wrong. Hint: repair it [FW-MAPPING-NAME]")


def test_everything_wrong_is_said_at_once_with_its_line(tmp_path: Path) -> None:
    problems = refused(
        tmp_path,
        "tabels: {}\ntables:\n  orders: x\n  order:\n    custmer: y\n    at: ~\n    id: [1]\n"
        "as_of: soon\norder_grain: week\ncancelled: {values: []}\nreturns: {negative: 1}\n",
    )
    said = "\n".join(problems)

    assert [problem.partition("map.yaml:")[2].split(":")[0] for problem in problems] == [
        "1", "3", "5", "6", "7", "8", "9", "10", "10", "11",
    ]  # fmt: skip
    assert "did you mean 'tables'?" in said
    assert "did you mean 'order'?" in said
    assert "did you mean 'customer'?" in said
    assert "order needs it" in said


@pytest.mark.parametrize("text", ["%Q", "dd/mm/yyyy", "%d/%m/%"])
def test_a_date_format_is_one_of_strptime(tmp_path: Path, text: str) -> None:
    (said,) = refused(tmp_path, f"as_of: 2024-01-01\ndate_format: '{text}'\n")
    assert f"map.yaml:2:14: date_format: '{text}': is not a format of strptime. Hint: write for example" in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [", "not YAML"),
        ("tables: {}\ntables: {}\n", "duplicate key"),
        ("as_of: !!python/object:os.system x\n", "tags are not allowed"),
        ("- 1\n", "must be a mapping"),
        ("tables: 3\n", "tables: 3: must be a mapping"),
        ("<<: {tables: {}}\n", "merge keys are not allowed"),
        ("as_of: \x00\n", "U+0000 is not allowed"),
        ("[" * 3000, "nested more than 50 deep"),
    ],
)
def test_what_is_no_mapping_says_why(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in "\n".join(refused(tmp_path, text))


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="cannot be read"):
        read_mapping(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"tables: {order: caf\xe9}\n")
    with pytest.raises(MappingError, match="byte 0xe9 is not UTF-8"):
        read_mapping(tmp_path / "latin.yaml")


def test_an_empty_mapping_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text("")

    assert read_mapping(tmp_path / "map.yaml").tables == {}


def test_an_instant_is_utc_and_a_date_its_midnight() -> None:
    assert instant(dt.date(2024, 1, 2)) == dt.datetime(2024, 1, 2)
    assert instant("2024-01-02T03:00:00+02:00") == dt.datetime(2024, 1, 2, 1)
    assert instant(dt.datetime(2024, 1, 2, 3)) == dt.datetime(2024, 1, 2, 3)


def test_a_model_keeps_what_the_mapping_said(tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text("tables: {order: {table: sales, at: day}, ticket: ~}\nas_of: 2024-06-30\norder_grain: order\n")
    text = read_mapping(path).text()
    carried = carried_mapping(text)

    assert text == '{"order_grain": "order", "tables": {"order": {"at": "day", "table": "sales"}, "ticket": null}}'
    assert (carried.order_grain, carried.as_of, carried.carried) == ("order", None, True)
    assert carried.text() == text
    assert carried_mapping("") == Declared()
    path.write_text("as_of: 2024-06-30\n")
    assert read_mapping(path).text() == ""


@pytest.mark.parametrize(
    ("there", "table"),
    [(["sales", "other"], "sales"), (["order", "other"], "order"), (["january"], "january"), (["a", "b"], "sales")],
)
def test_the_mapping_of_a_model_fits_a_source_with_other_names(there: list[str], table: str) -> None:
    carried = carried_mapping('{"tables": {"order": {"table": "sales"}}}').for_tables(there)
    assert carried.tables["order"] == DeclaredTable(table)


def test_the_mapping_in_a_damaged_model_is_refused() -> None:
    with pytest.raises(MappingError, match="the mapping in the model:1:10: ordr: 1: unknown key"):
        carried_mapping('{"ordr": 1}')

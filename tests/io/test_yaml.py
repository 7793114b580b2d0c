"""The loader: YAML 1.2 core scalars, keys as they are written, marks, and files that are meant to hurt."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.generator.language.document.sources import RULES as SCHEMA
from fanwise.io.errors import InputError
from fanwise.io.problems import Mark
from fanwise.io.yaml import Document, Rules, decode, read_file, read_text
from fanwise.segmenter.ingest.mapping import RULES as MAPPING
from fanwise.validator.contract.load import RULES as CONTRACT

RULES = Rules("thing", InputError, empty="write something")


def parse(text: str, file: str) -> Document:
    return read_text(text, file, RULES)


SCALARS = {
    "true": True,
    "false": False,
    **{text: text for text in ("True", "FALSE", "yes", "No", "NO", "on", "Off", "y", "n")},
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    "nil": "nil",
    "0": 0,
    "-7": -7,
    "+12": 12,
    "010": 10,
    "0o17": 15,
    "0x1F": 31,
    "0b11": "0b11",
    "1_000": "1_000",
    "1e6": 1e6,
    "1E-3": 1e-3,
    "-.5": -0.5,
    "3.": 3.0,
    "1.5e+2": 150.0,
    "1e": "1e",
    ".": ".",
    "9223372036854775807": 2**63 - 1,
    "12:30": "12:30",
    "12:30:45": "12:30:45",
    "2024-11-29": "2024-11-29",
    "2024-11-29T10:00:00Z": "2024-11-29T10:00:00Z",
    "2%": "2%",
    "'1'": "1",
    '"true"': "true",
    "''": "",
    "'.inf'": ".inf",
    "=": "=",
    '"\\ud83d\\ude00"': "\U0001f600",
}


@pytest.mark.parametrize("text", SCALARS, ids=lambda text: text or "(empty)")
def test_scalars_are_those_of_yaml_1_2(text: str) -> None:
    found = parse(f"a: {text}\n", "f").content["a"]

    assert (type(SCALARS[text]), SCALARS[text]) == (type(found), found)


@pytest.mark.parametrize("key", ["null", "20", "NO", "true", "2024-11-29", "1e6", "010", "~", "0x1F", ".inf", "12:30"])
def test_keys_are_text_exactly_as_written(key: str) -> None:
    assert {key: 1} == parse(f"{key}: 1\n", "f").content
    assert {key: 1} == parse(f"{{{key}: 1}}", "f").content


REFUSED = {
    "a: .inf": (1, 4, "is not a valid number"),
    "a: [-.INF]": (1, 5, "is not a valid number"),
    "a: .NaN": (1, 4, "is not a valid number"),
    "a: 1e999": (1, 4, "too large for a number"),
    "a: 9223372036854775808": (1, 4, "too large for an integer"),
    f"a: {'9' * 9000}": (1, 4, "too large for an integer"),
    "a: !!str 5": (1, 4, "tags are not allowed"),
    "a: !!python/object/apply:os.system [ls]": (1, 4, "tags are not allowed"),
    "!!str a: 5": (1, 1, "tags are not allowed"),
    "a: !local 5": (1, 4, "tags are not allowed"),
    "b: &x {c: 1}\na:\n  <<: *x": (3, 3, "merge keys are not allowed"),
    "a: 1\nb: 2\na: 3": (3, 1, "duplicate key, first at line 1"),
    "a: {b: 1, 'b': 2}": (1, 11, "duplicate key, first at line 1"),
    "? [a]\n: 1": (1, 3, "a key is a list or a mapping"),
    "a: 1\n---\nb: 2": (2, 1, "second document"),
    "": (1, 1, "the file is empty"),
    "# only a comment\n": (1, 1, "the file is empty"),
    "a: [1, 2": (1, 9, "not YAML"),
    "a: 1\n\tb: 2": (2, 1, "not YAML"),
    "a: b: c": (1, 5, "not YAML"),
    "a: *b": (1, 4, "no anchor &b"),
    "a: &b [*b]": (1, 8, "contains itself"),
    "a: '\x07'": (1, 5, "U+0007 is not allowed"),
    "a: 1\nb: \x00": (2, 4, "U+0000 is not allowed"),
    'a: "\\UFFFFFFFF"': (1, 4, "not YAML"),
    'a: "\\ud83d"': (1, 4, "unpaired surrogate"),
    'a: "\\ud800"': (1, 4, "unpaired surrogate"),
    "a: \ud800": (1, 4, "unpaired surrogate"),
    "%YAML 3.0\n---\na: 1": (1, 1, "not YAML"),
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: ascii(text[:30]))
def test_what_the_language_refuses_is_told_with_its_place(text: str) -> None:
    line, column, words = REFUSED[text]

    with pytest.raises(InputError) as caught:
        parse(text, "f.yaml")

    problem = caught.value.problems[0]
    assert words in str(problem)
    assert problem.mark is not None
    assert (line, problem.file) == (problem.mark.line, "f.yaml")
    if words not in {"not YAML", "unpaired surrogate"}:
        assert column == problem.mark.column


def test_several_refused_values_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        parse("a: .inf\nb: !!str 1\na: 2\n", "f")

    assert [problem.mark.line for problem in caught.value.problems if problem.mark] == [1, 2, 3]


def test_bytes_that_are_not_utf8_are_told_with_their_place() -> None:
    with pytest.raises(InputError, match=r"f:2:5: byte 0xff is not UTF-8"):
        decode("ä: 1\nöö: ".encode() + b"\xff", "f", RULES)
    with pytest.raises(InputError, match="UTF-8"):
        decode("a: 1".encode("utf-16"), "f", RULES)


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    document = parse(decode("\ufeffname: ä\n".encode(), "f", RULES), "f")

    assert document.content == {"name": "ä"}
    assert Mark(1, 1) == document.mark(("name",), on_key=True)


def test_marks_point_at_keys_and_values() -> None:
    document = parse("a:\n  b: [1, {c: 2}]\n", "f")

    assert Mark(2, 3) == document.mark(("a", "b"), on_key=True)
    assert Mark(2, 6) == document.mark(("a", "b"))
    assert Mark(2, 11) == document.mark(("a", "b", 1, "c"), on_key=True)
    assert Mark(2, 14) == document.mark(("a", "b", 1, "c"))
    assert Mark(2, 6) == document.mark(("a", "b", "not there"))


def test_aliases_repeat_a_value() -> None:
    document = parse("a: &x {b: 1}\nc: [*x, *x]\n", "f")

    assert document.content == {"a": {"b": 1}, "c": [{"b": 1}, {"b": 1}]}
    assert Mark(1, 11) == document.mark(("c", 1, "b"))


def test_many_honest_aliases_are_allowed() -> None:
    text = "a: &x {mean: 3, sd: 1}\n" + "".join(f"k{number}: *x\n" for number in range(5000))

    assert len(parse(text, "f").content) == 5001


BOMBS = {
    "aliases": "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)),
    "lists": "[" * 100_000,
    "mappings": "{a: " * 100_000,
    "block": "".join(f"{' ' * depth}a:\n" for depth in range(200)),
    "deep aliases": "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 200)),
    "values": "a: &a [" + "1," * 999 + "1]\nb: [" + "*a," * 99 + "*a]",
    "bytes": "a: " + "x" * RULES.max_bytes,
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_in_bounded_memory(name: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(InputError) as caught:
            parse(BOMBS[name], "f")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert any(word in str(caught.value) for word in ("nested more than", "values", "1 MiB"))
    assert peak < 300e6


def test_the_deepest_allowed_file_is_read() -> None:
    text = "[" * RULES.max_depth + "]" * RULES.max_depth

    assert parse(text, "f").content


def test_a_problem_of_a_scalar_names_its_path() -> None:
    with pytest.raises(InputError) as caught:
        parse("tables:\n  a: {rows: .inf, more: [1, !x 2]}\n  a: {}\n", "f")

    assert [problem.path for problem in caught.value.problems] == ["tables.a.rows", "tables.a.more[1]", "tables.a"]


@pytest.mark.parametrize("rules", [SCHEMA, CONTRACT, MAPPING], ids=lambda rules: rules.noun)
def test_schema_contract_and_mapping_are_one_dialect(rules: Rules) -> None:
    text = "a: [0x10, 0o17, 010, Null, ~, no, 1e3, &x {y: 1}, *x]\n"

    assert read_text(text, "f", rules).content == {"a": [16, 15, 10, None, None, "no", 1000.0, {"y": 1}, {"y": 1}]}
    with pytest.raises(rules.error) as caught:
        read_text("a: .inf\nb: !!str 1\na: 2\n<<: {c: 1}\n", "f", rules)
    assert [(p.code, p.path, p.mark) for p in caught.value.problems] == [
        ("FW-YAML-NUMBER", "a", Mark(1, 4)),
        ("FW-YAML-FEATURE", "b", Mark(2, 4)),
        ("FW-YAML-KEY", "a", Mark(3, 1)),
        ("FW-YAML-FEATURE", "", Mark(4, 1)),
    ]


def test_a_file_is_read_or_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "thing.yaml"
    with pytest.raises(InputError, match=r"thing\.yaml: cannot be read: No such file or directory"):
        read_file(path, RULES)
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")

    assert read_file(path, RULES).content == {"a": 1}
    path.write_bytes(b"a: \xff")
    with pytest.raises(InputError, match=r"thing\.yaml:1:4: byte 0xff is not UTF-8"):
        read_file(path, RULES)


def test_an_empty_file_is_refused_unless_the_rules_allow_it() -> None:
    assert read_text("# nothing\n", "f", Rules("thing", InputError)).content is None


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_text(text, "f", RULES)
    except InputError as error:
        assert all(problem.file == "f" and problem.mark for problem in error.problems)

"""`json_value`: Polars' side, DuckDB's side and plain Python give the same values, also of texts that are almost JSON."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanwise.generator.language.sql.expressions import ExpressionError, compile_expression, evaluate
from fanwise.validator.contract.conditions import parse_condition
from fanwise.validator.contract.expressions import ConditionError
from fanwise.validator.contract.load import load_contract

CONTRACT = load_contract({"contract": 1, "name": "f", "tables": {"f": {"columns": {"s": "text"}}}})

# A document, and what `$.a` is as text, bigint, double and bool.
CASES: list[tuple[str | None, str | None, int | None, float | None, bool | None]] = [
    (None, None, None, None, None),
    ('{"a":1}', "1", 1, 1.0, None),
    (' {"a" : 1.50 } ', "1.5", None, 1.5, None),
    ('{"a":5.0}', "5.0", None, 5.0, None),
    ('{"a":472.74908866546684}', "472.74908866546684", None, 472.74908866546684, None),
    ('{"a":1e22}', "1e+22", None, 1e22, None),
    ('{"a":1E-5}', "1e-05", None, 1e-5, None),
    ('{"a":-0}', "0", 0, 0.0, None),
    ('{"a":-0.0}', "-0.0", None, -0.0, None),
    ('{"a":9223372036854775807}', "9223372036854775807", 2**63 - 1, 2.0**63, None),
    ('{"a":9223372036854775808}', "9.223372036854776e+18", None, 2.0**63, None),
    ('{"a":-9223372036854775808}', "-9223372036854775808", -(2**63), -(2.0**63), None),
    ('{"a":123456789012345678901234567890}', "1.2345678901234568e+29", None, 123456789012345678901234567890.0, None),
    ('{"a":1e400}', None, None, None, None),
    ('{"a":1e-400}', "0.0", None, 0.0, None),
    ('{"a":true}', "true", None, None, True),
    ('{"a":false}', "false", None, None, False),
    ('{"a":null}', None, None, None, None),
    ('{"a":{"b":1}}', None, None, None, None),
    ('{"a":[1,2]}', None, None, None, None),
    ('{"a":"7"}', "7", None, None, None),
    ('{"a":""}', "", None, None, None),
    ('{"a":"x\\u00e9\\n\\u0000"}', "xé\n\0", None, None, None),
    ('{"a":"\\ud83d\\ude42"}', "🙂", None, None, None),
    ('{"a":"NaN, inf,]"}', "NaN, inf,]", None, None, None),
    (r'{"a":"\"NaN"}', '"NaN', None, None, None),
    ('{"a":1,"a":2}', "1", 1, 1.0, None),
    ('{"A":1}', None, None, None, None),
    ('{"b":{"a":1}}', None, None, None, None),
    ("[1]", None, None, None, None),
    ("3", None, None, None, None),
    # Not JSON, though some readers take it.
    *(
        (text, None, None, None, None)
        for text in ("", "bad", '{"a":1,}', '{"a":1} x', '{"a":01}', '{"a":.5}', "{'a':1}")
    ),
    *(
        (f'{{"a":{word}}}', None, None, None, None)
        for word in ("NaN", "nan", "Infinity", "-inf", "+1", "1.", "tru", '"x')
    ),
    *((text, None, None, None, None) for text in ('{"a":"\\ud800"}', '{"a":1,"b":"\\udc00x"}', '{"a":"x\ty"}')),
    *(
        (text, None, None, None, None)
        for text in ('{"a":1}//c', '\ufeff{"a":1}', '{"a":1,"b":[1,]}', '{"a":1,"b":NaN}')
    ),
]
TYPES = ("text", "bigint", "double", "bool")


def ours(text: str, documents: list[str | None]) -> list[Any]:
    frame = pl.DataFrame({"s": documents}, schema={"s": pl.String})
    return evaluate(compile_expression(text), frame).to_list()


def theirs(text: str, documents: list[str | None]) -> list[Any]:
    sql = parse_condition(CONTRACT.tables, CONTRACT.axes, "f", text).sql(lambda path: "f")
    with duckdb.connect() as connection:
        connection.execute("create table f (n integer, s varchar)")
        connection.executemany("insert into f values (?, ?)", list(enumerate(documents)))
        return [value for (value,) in connection.execute(f"select {sql} from f order by n").fetchall()]


@pytest.mark.parametrize("wanted", TYPES)
def test_the_value_of_each_document_by_both_engines(wanted: str) -> None:
    documents = [case[0] for case in CASES]
    expected = [repr(case[1 + TYPES.index(wanted)]) for case in CASES]
    text = f"json_value(s, '$.a', '{wanted}')"
    assert [repr(value) for value in ours(text, documents)] == expected
    assert [repr(value) for value in theirs(text, documents)] == expected


def test_the_type_is_text_where_none_is_given() -> None:
    assert ours("json_value(s, '$.a')", ['{"a": 2.50}']) == theirs("json_value(s, '$.a')", ['{"a": 2.50}']) == ["2.5"]


DOCUMENT = '{"lines": [{"unit price": 2.5, "it\'s": "x"}, "last"], "größe": 7, "a.b": 1, "*": 2, "u_1": [[3]]}'


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ('$.lines[0]."unit price"', "2.5"),
        ("$.lines[0].\"it''s\"", "x"),
        ("$.lines[1]", "last"),
        ("$.lines[2]", None),
        ("$.lines.unit", None),
        ("$[0]", None),
        ("$.größe", "7"),
        ('$."a.b"', "1"),
        ("$.a.b", None),
        ('$."*"', "2"),
        ("$.u_1[0][0]", "3"),
        ("$", None),
    ],
)
def test_a_path_leads_to_keys_and_places(path: str, value: str | None) -> None:
    text = f"json_value(s, '{path}')"
    assert ours(text, [DOCUMENT]) == theirs(text, [DOCUMENT]) == [value]


def test_a_document_may_be_a_value_alone() -> None:
    documents = ['"x"', "3", "true", "null", "[]"]
    assert (
        ours("json_value(s, '$')", documents)
        == theirs("json_value(s, '$')", documents)
        == ["x", "3", "true", None, None]
    )


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner), max_leaves=8
)


@settings(max_examples=30, deadline=None)
@given(
    documents=st.lists(DOCUMENTS, min_size=1, max_size=20),
    path=st.sampled_from(["$", "$.a", "$[0]", "$.a.b", "$.a[1]"]),
    ascii_only=st.booleans(),
)
def test_any_document_has_the_same_values_in_both_engines(documents: list[Any], path: str, ascii_only: bool) -> None:
    texts: list[str | None] = [json.dumps(each, ensure_ascii=ascii_only) for each in documents]
    for wanted in TYPES:
        text = f"json_value(s, '{path}', '{wanted}')"
        assert [*map(repr, ours(text, texts))] == [*map(repr, theirs(text, texts))]


PATH, TYPE = "json_value takes a path, as a text", "json_value takes a type"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        *(
            (f"json_value(s, {path})", PATH)
            for path in ("s", "1", "'a'", "''", "'$a'", "'$.'", "'$.a b'", "'$.*'", "'$[*]'")
        ),
        *((f"json_value(s, {path})", PATH) for path in ("'$[-1]'", "'$[#-1]'", "'$..a'", "'$.\"\"'", "'$.a '", "null")),
        *((f"json_value(s, '$.a', {kind})", TYPE) for kind in ("'int'", "'date'", "s", "''", "null")),
        ("json_value(s)", "json_value takes"),
        ("json_value(s, '$.a', 'text', 1)", "json_value takes"),
        ("json_extract(s, '$.a')", "unknown function 'json_extract'"),
    ],
)
def test_what_is_not_a_path_or_a_type_is_refused_by_both(text: str, why: str) -> None:
    with pytest.raises(ExpressionError, match=why):
        compile_expression(text)
    with pytest.raises(ConditionError, match=r"json_value|unknown function"):
        parse_condition(CONTRACT.tables, CONTRACT.axes, "f", text)


def test_only_texts_have_values() -> None:
    with pytest.raises(ExpressionError, match="json_value cannot take whole number"):
        evaluate(compile_expression("json_value(n, '$.a')"), pl.DataFrame({"n": [1]}))


def test_a_document_too_deep_to_be_read_is_refused() -> None:
    with pytest.raises(ExpressionError, match="nested too deep"):
        ours("json_value(s, '$.a')", ["[" * 100_000 + "]" * 100_000])

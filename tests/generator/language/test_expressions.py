"""Expressions: names, what each operator and function gives beside DuckDB, and what is refused."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Context, Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanwise.generator.language.sql.dates import PARTS as UNITS
from fanwise.generator.language.sql.expressions import ExpressionError, compile_expression, evaluate
from fanwise.generator.language.sql.functions import FUNCTIONS, INSTEAD, LITERAL_ARGUMENTS
from fanwise.generator.language.sql.program import compile_text
from fanwise.generator.language.sql.syntax import TYPES
from fanwise.validator.contract.conditions import parse_condition
from fanwise.validator.contract.load import load_contract

REFERENCE = Path(__file__).resolve().parents[3] / "docs" / "expressions.md"

FRAME = pl.DataFrame(
    {
        "a": [7, -7, 0, None, 5, -3, 1, 2, 100, 12],
        "b": [2, 2, 0, 1, -3, -2, 4, None, 7, 12],
        "x": [2.675, -2.5, 0.5, None, 1e20, 1e-5, -0.0, 1234.5, -0.4, 12.0],
        "y": [0.0, 2.0, -0.0, 1.0, -1e-7, 3.0, 0.1, 1e16, 0.30000000000000004, None],
        "n": [math.nan, math.inf, -math.inf, 0.0, 1.0, None, math.nan, 2.0, -1.0, 0.5],
        "big": [2**62, -(2**62), 2**63 - 1, -(2**63), 2**53 + 1, 2**31, None, 0, 1, -1],
        "s": ["héllo", "", "Straße ", None, "İi\t ΑΣ", " a b c", "a%_\\c", "e\u0301x", "ABC\n\u00a0", "'q\""],
        "r": ["h", "", "x", "y", "", None, "a%", "z", "abc", "'"],
        "d": [dt.date(*day) for day in [(2024, 2, 29), (2023, 1, 31), (1969, 12, 31)]]
        + [None]
        + [
            dt.date(*day)
            for day in [(2024, 12, 31), (2026, 1, 1), (1000, 1, 1), (9990, 12, 31), (2000, 3, 1), (1900, 2, 28)]
        ],
        "t": [dt.datetime(*moment) for moment in [(2024, 2, 29, 23, 59, 59), (2023, 1, 31), (1969, 12, 31, 23, 0, 1)]]
        + [None]
        + [dt.datetime(*moment) for moment in [(2024, 12, 30, 5), (2026, 1, 1), (1000, 1, 1), (2024, 3, 31, 1, 2, 3)]]
        + [dt.datetime(2000, 3, 1, 12), dt.datetime(1900, 2, 28, 6, 0, 0)],
        "p": [True, False, None, True, False, None, True, False, True, True],
        "q": [True, True, True, False, False, False, None, None, None, True],
    }
)
SQL_TYPES = {"a": "bigint", "b": "bigint", "big": "bigint", "x": "double", "y": "double", "n": "double"}
SQL_TYPES |= {"s": "varchar", "r": "varchar", "d": "date", "t": "timestamp", "p": "boolean", "q": "boolean"}


CONTRACT_TYPES = {"bigint": "int64", "double": "float64", "varchar": "text", "boolean": "bool"}
AUDITED = load_contract(
    {
        "contract": 1,
        "name": "f",
        "tables": {"f": {"columns": {name: CONTRACT_TYPES.get(kind, kind) for name, kind in SQL_TYPES.items()}}},
    }
)


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(f"create table f ({', '.join(f'{name} {SQL_TYPES[name]}' for name in FRAME.columns)})")
        connection.executemany(f"insert into f values ({', '.join('?' * FRAME.width)})", FRAME.rows())
        yield connection


def ours(text: str) -> list[Any]:
    return evaluate(compile_expression(text), FRAME).to_list()


def theirs(duck: duckdb.DuckDBPyConnection, text: str) -> list[Any]:
    """Return what DuckDB makes of the SQL that the validator writes for a text."""
    sql = parse_condition(AUDITED.tables, AUDITED.axes, "f", text).sql(lambda path: "f")
    return [value for (value,) in duck.execute(f"select {sql} from f").fetchall()]


def is_same(left: Any, right: Any, tolerance: float = 0.0) -> bool:
    if isinstance(left, float | int) and isinstance(right, float | int) and bool not in {type(left), type(right)}:
        return left == right or (left != left and right != right) or math.isclose(left, right, rel_tol=tolerance)
    return type(left) is type(right) and left == right


def assert_equal(duck: duckdb.DuckDBPyConnection, text: str, tolerance: float = 0.0) -> None:
    mine, other = ours(text), theirs(duck, text)
    assert len(mine) == len(other) == FRAME.height
    different = [pair for pair in zip(mine, other, strict=True) if not is_same(*pair, tolerance)]
    assert different == [], text


def reference() -> list[tuple[str, str]]:
    """Return (name, example) of every row of the reference's tables of operators and functions."""
    page = REFERENCE.read_text(encoding="utf-8").partition("## Operators")[2]
    rows = re.findall(r"^\| `(.+?)` \|.*\| `(.+?)` \|$", page, flags=re.MULTILINE)
    return [(name.replace("\\|", "|"), example.replace("\\|", "|")) for name, example in rows]


INEXACT = ("exp", "ln", "log10", "log2", "power", "sin", "cos", "tan")


@pytest.mark.parametrize(("name", "example"), reference())
def test_every_example_of_the_reference_equals_duckdb(duck: duckdb.DuckDBPyConnection, name: str, example: str) -> None:
    assert_equal(duck, example, tolerance=1e-8 if name in INEXACT else 0.0)


@pytest.mark.parametrize(("name", "hint"), INSTEAD.items())
def test_a_function_of_databases_is_told_what_to_write_instead(name: str, hint: str) -> None:
    assert name not in {*FUNCTIONS, *LITERAL_ARGUMENTS}
    called = re.findall(r"\bwrite ([a-z]+)\(", hint)
    assert set(called) <= {*FUNCTIONS, *LITERAL_ARGUMENTS}
    with pytest.raises(ExpressionError) as refused:
        compile_text(f"{name}()")
    assert f"unknown function '{name}'" in str(refused.value)
    assert refused.value.hint == hint


def test_every_function_is_in_the_reference() -> None:
    names = [name for name, _ in reference()]

    assert len(names) == len(set(names)) > 40
    assert sorted((FUNCTIONS | LITERAL_ARGUMENTS).keys() - {"(", *names}) == []
    page = REFERENCE.read_text(encoding="utf-8")
    assert [word for word in sorted({*TYPES, *UNITS}) if f"`{word}`" not in page] == []


EQUAL = Path(__file__).with_name("expressions_equal.txt").read_text(encoding="utf-8").splitlines()
PARTS = [f"extract({unit} from {name})" for unit in sorted(UNITS) for name in ("d", "t")]


@pytest.mark.parametrize("text", EQUAL + PARTS)
def test_edge_values_equal_duckdb(duck: duckdb.DuckDBPyConnection, text: str) -> None:
    assert_equal(duck, text)


@pytest.mark.parametrize("text", [f"{name}({argument})" for name in INEXACT if name != "power" for argument in "axyn"])
def test_inexact_functions_have_nine_digits(duck: duckdb.DuckDBPyConnection, text: str) -> None:
    assert_equal(duck, text.replace("exp(x)", "exp(x / 1e18)"), tolerance=1e-8)
    for value in ours(text):
        if value is not None and math.isfinite(value):
            assert value == float(f"{value:.8e}")


ROUNDED = [2.675, 1.005, 0.285, 2.665, 0.125, 79.21 * 0.5, 0.45, 2.5, 5e-7, 46000000000000.016, 8.000000000000005, 1e16]


@pytest.mark.parametrize("digits", range(16))
def test_round_is_that_of_the_written_number_in_both(duck: duckdb.DuckDBPyConnection, digits: int) -> None:
    """The oracle is the definition: half away from zero on the decimal that Python writes, itself the shortest."""
    numbers = [sign * float(f"{number:.17g}") for number in ROUNDED for sign in (1, -1)]
    step = Decimal(1).scaleb(-digits)
    expected = [float(Decimal(repr(x)).quantize(step, ROUND_HALF_UP, Context(prec=99))) + 0.0 for x in numbers]
    frame = pl.DataFrame({"x": numbers})
    condition = parse_condition(AUDITED.tables, AUDITED.axes, "f", f"round(x, {digits})")
    values = ", ".join(f"({place}, {number!r}::double)" for place, number in enumerate(numbers))
    query = f"select {condition.sql(lambda path: 'f')} from (values {values}) as f(place, x) order by place"

    assert [str(x) for x in evaluate(compile_expression(f"round(x, {digits})"), frame)] == [str(x) for x in expected]
    assert [str(x) for (x,) in duck.execute(query).fetchall()] == [str(x) for x in expected]


def test_powers(duck: duckdb.DuckDBPyConnection) -> None:
    for text in ("power(a, b)", "power(x, 0.5)", "power(2, a)", "power(y, 3)", "power(0, 0)"):
        assert_equal(duck, text, tolerance=1e-8)


# Structured fuzz: expressions of every type, whose values DuckDB must give too.

MOMENTS = st.sampled_from(["d", "t", "DATE '2024-02-29'", "TIMESTAMP '2023-12-31 23:59:59'", "(d + 3)", "t::date"])
SHIFTS = st.sampled_from(["1 month", "17 days", "90 minutes", "3 weeks", "1 year", "45 seconds"])
WHOLE_LITERALS = st.one_of(st.integers(0, 12), st.sampled_from([2**31 - 1, 2**31, 2**53 + 1, 2**63 - 1])).map(str)
NUMBER_LITERALS = st.sampled_from(["0.5", "1.005", "2.675", "1e3", "100.0", "0.1", "3.", "1e-7"])
TEXT_LITERALS = st.text(alphabet="ab%_ é'ß\\.", max_size=4).map(lambda text: "'" + text.replace("'", "''") + "'")


def join(*parts: Any) -> st.SearchStrategy[str]:
    """Return texts in which each strategy among the parts has been drawn."""
    return st.tuples(*(part if isinstance(part, st.SearchStrategy) else st.just(part) for part in parts)).map("".join)


def deeper(kinds: dict[str, st.SearchStrategy[str]]) -> dict[str, st.SearchStrategy[str]]:
    whole, number, text, truth, moment = (kinds[name] for name in ("whole", "number", "text", "truth", "moment"))
    either = st.one_of(whole, number)
    few = st.integers(1, 5).map(str)

    def choices(value: st.SearchStrategy[str]) -> list[st.SearchStrategy[str]]:
        return [
            value,
            join("case when ", truth, " then ", value, " else ", value, " end"),
            join("case when ", truth, " then ", value, " end"),
            join("coalesce(", value, ", ", value, ")"),
            join("nullif(", value, ", ", value, ")"),
            join(st.sampled_from(["greatest", "least"]), "(", value, ", ", value, ")"),
        ]

    sign = st.sampled_from([" + ", " - ", " * "])
    compare = st.sampled_from([" = ", " <> ", " < ", " <= ", " > ", " >= "])
    return {
        "whole": st.one_of(
            *choices(whole),
            join("(", whole, sign, whole, ")"),
            join("(", whole, st.sampled_from([" // ", " % "]), st.sampled_from(["2", "-3", "nullif(b, 0)"]), ")"),
            join("abs(", whole, ")"),
            join("(-", whole, ")"),
            join("length(", text, ")"),
            join("extract(", st.sampled_from(sorted(UNITS.keys() - {"epoch"})), " from ", moment, ")"),
            join("cast(", either, " as bigint)"),
        ),
        "number": st.one_of(
            *choices(number),
            join("(", number, sign, either, ")"),
            join("(", either, " / ", either, ")"),
            join("(", number, " % ", st.sampled_from(["2", "0.3", "nullif(y, 0)"]), ")"),
            join("round(", number, ", ", few, ")"),
            join(st.sampled_from(["abs", "ceil", "floor", "sqrt"]), "(", number, ")"),
            join("(-", number, ")"),
            join("extract(epoch from ", moment, ")"),
        ),
        "text": st.one_of(
            *choices(text),
            join("(", text, " || ", st.one_of(text, either, truth, moment), ")"),
            join("concat(", text, ", ", st.one_of(whole, moment), ")"),
            join(st.sampled_from(["lower", "upper", "trim", "ltrim", "rtrim"]), "(", text, ")"),
            join(st.sampled_from(["left", "right"]), "(", text, ", ", few, ")"),
            join("substr(", text, ", ", st.sampled_from("123"), ", ", few, ")"),
            join(st.sampled_from(["lpad", "rpad"]), "(", text, ", ", few, ", 'é')"),
            join("replace(", text, ", ", TEXT_LITERALS, ", ", TEXT_LITERALS, ")"),
            join("cast(", st.one_of(either, moment, truth), " as text)"),
        ),
        "truth": st.one_of(
            truth,
            join("(", either, compare, either, ")"),
            join("(", text, compare, text, ")"),
            join("(", moment, compare, moment, ")"),
            join("(", truth, st.sampled_from([" and ", " or ", " = "]), truth, ")"),
            join("(not ", truth, ")"),
            join("(", st.one_of(either, text, moment, truth), st.sampled_from([" is null)", " is not null)"])),
            join("(", either, " between ", either, " and ", either, ")"),
            join("(", either, st.sampled_from([" in (", " not in ("]), either, ", ", either, "))"),
            join("(", text, st.sampled_from([" like ", " not like "]), TEXT_LITERALS, ")"),
            join(st.sampled_from(["starts_with", "ends_with"]), "(", text, ", ", text, ")"),
        ),
        "moment": st.one_of(moment, join("(", moment, st.sampled_from([" + ", " - "]), "interval '", SHIFTS, "')")),
    }


LEAVES = {
    "whole": st.one_of(st.sampled_from(["a", "b", "big"]), WHOLE_LITERALS, st.just("null")),
    "number": st.one_of(st.sampled_from(["x", "y", "n"]), NUMBER_LITERALS),
    "text": st.one_of(st.sampled_from(["s", "r"]), TEXT_LITERALS),
    "truth": st.sampled_from(["p", "q", "true", "null"]),
    "moment": MOMENTS,
}
EXPRESSIONS = st.one_of(*deeper(deeper(LEAVES)).values(), *deeper(deeper(deeper(LEAVES))).values())


@settings(max_examples=400)
@given(EXPRESSIONS)
def test_values_are_those_of_duckdb_or_there_are_none(duck: duckdb.DuckDBPyConnection, text: str) -> None:
    try:
        mine = ours(text)
    except ExpressionError as error:
        assert error.why
        return
    assert [pair for pair in zip(mine, theirs(duck, text), strict=True) if not is_same(*pair)] == []


# Names.


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a + b", "a b"),
        ("order.ordered_at >= customer.signed_up", "order.ordered_at customer.signed_up"),
        ("date > DATE '2024-01-01'", "date"),
        ("timestamp = timestamp", "timestamp"),
        ("interval - interval '1 day'", "interval"),
        ("case when end > 1 then year else start end", "end year start"),
        ("end", "end"),
        ("case.null + not.true", "case.null not.true"),
        ('"null" or "case"', "null case"),
        ("extract(year from year)", "year"),
        ("cast(text as text)", "text"),
        ("group::text || user", "group user"),
        ("lower(lower)", "lower"),
        ("left.right like 'x'", "left.right"),
        ("select + from + where + table", "select from where table"),
        ("while + symmetric + show + as + distinct", "while symmetric show as distinct"),
        ('"order".x + "order.y"', "order.x order.y"),
        ("a . b", "a.b"),
        ("a.b.c.d.e.f", "a.b.c.d.e.f"),
        ("is is null and in in (like, between)", "is in like between"),
        ("or or and and and", "or and"),
        ("'a.b' || ''''", ""),
        ("a * 1.5 + 1e3 - .5 + 2. + 1.5e1", "a"),
        ("current_date", "current_date"),
    ],
)
def test_words_are_names_where_a_value_is_expected(text: str, names: str) -> None:
    assert compile_expression(text).names == tuple(names.split())
    if "interval '" not in text:
        assert compile_expression(text.upper()).names == tuple(names.upper().split())


def test_a_frame_with_dotted_names_is_enough() -> None:
    frame = pl.DataFrame({"order.price": [2.5, None], "user": [3, 4], "group.by": ["x", "y"]})

    assert evaluate(compile_expression("order.price * user"), frame).to_list() == [7.5, None]
    assert evaluate(compile_expression("group.by || '!'"), frame).to_list() == ["x!", "y!"]
    assert compile_expression("user + order.price + user").names == ("user", "order.price")


def test_constants_have_the_height_of_the_frame() -> None:
    for rows in (0, 1, 3):
        frame = pl.DataFrame({"a": pl.Series([5] * rows, dtype=pl.Int8)})
        for text in ("1", "null", "'x'", "a", "a + 1", "case when true then a else 2 end", "a in (5)", "1.5 / 2"):
            assert evaluate(compile_expression(text), frame).len() == rows


def test_column_types_are_brought_to_those_of_the_language() -> None:
    frame = pl.DataFrame(
        {
            "i": pl.Series([7], dtype=pl.Int16),
            "f": pl.Series([0.5], dtype=pl.Float32),
            "m": pl.Series(["1.25"]).cast(pl.Decimal(10, 2)),
            "e": pl.Series(["b"], dtype=pl.Enum(["a", "b"])),
            "t": pl.Series([dt.datetime(2024, 1, 1)], dtype=pl.Datetime("ms")),
            "z": pl.Series([dt.datetime(2024, 1, 1)], dtype=pl.Datetime("us", "UTC")),
            "l": [[1]],
        }
    )
    results = {text: evaluate(compile_expression(text), frame) for text in ("i", "i * i", "f", "m", "m * 3", "e", "t")}

    assert {text: series.dtype for text, series in results.items()} == {
        "i": pl.Int64,
        "i * i": pl.Int64,
        "f": pl.Float64,
        "m": pl.Float64,
        "m * 3": pl.Float64,
        "e": pl.String,
        "t": pl.Datetime("us"),
    }
    assert results["m * 3"].to_list() == [3.75]
    for text in ("z", "l"):
        with pytest.raises(ExpressionError, match="which expressions do not have"):
            evaluate(compile_expression(text), frame)


# What is refused.


@pytest.mark.parametrize(
    ("text", "why", "offset"),
    [
        ("", "empty", 0),
        ("  ", "empty", 2),
        ("a +", "a value is missing", 3),
        ("a b", "an operator is expected", 2),
        ("(a", "does not parse", 1),
        ("a)", "does not parse", 1),
        ("a,b", "does not parse", 1),
        ("case when p then 1", "does not parse", 17),
        ("case a end", "a part of CASE or BETWEEN is missing", 7),
        ("a between 1", "a part of CASE or BETWEEN is missing", 10),
        ("a between 1 or 2", "a part of CASE or BETWEEN is missing", 12),
        ("'abc", '"\'" is not part of the language', 0),
        ('"abc', "'\"' is not part of the language", 0),
        ('"a b"', '"a b" is not a valid name', 0),
        ('"*"', '"*" is not a valid name', 0),
        ('"^a.*$"', '"^a.*$" is not a valid name', 0),
        ("a.", "'.' is not part of the language", 1),
        ("a.1", "operator is expected", 1),
        ("a -- b", "comments", 2),
        ("a /* b */", "comments", 2),
        ("a; drop table b", "';' is not part of the language", 1),
        ("a ^ 2", "'^' is not part of the language", 2),
        ("ä", "'ä' is not part of the language", 0),
        ("a + \u00a0b", "'\\xa0' is not part of the language", 4),
        ("x'ab'", "an operator is expected", 1),
        ("e'a'", "an operator is expected", 1),
        ("nonsense(a)", "unknown function 'nonsense'", 0),
        ("round(a, b)", "whole-number literal", 9),
        ("round(x, 16)", "0 to 15", 9),
        ("substr(s, a)", "whole-number literal", 10),
        ("substr(s, -2)", "whole-number literal", 11),
        ("substr(s, (2))", "whole-number literal", 10),
        ("substr(s, 2 - 4)", "whole-number literal", 10),
        ("substr(s, 0, 2)", "whole-number literal", 10),
        ("left(s, 0)", "whole-number literal", 8),
        ("right(s, -1)", "whole-number literal", 10),
        ("lpad(s, a, 'x')", "whole-number literal", 8),
        ("lpad(s, 3, 'xy')", "lpad takes a text literal of one character here", 11),
        ("s like r", "text literal", 7),
        ("s like 'a' || r", "a text literal is expected after LIKE", 7),
        ("a = b = p", "chained", 0),
        ("a = b is null", "chained", 4),
        ("a + b || s", "grouped differently", 0),
        ("-a || s", "grouped differently", 1),
        ("a = not p", "NOT stands at the start", 8),
        ("a in (1, null)", "NULL equals nothing", 9),
        ("a = null", "NULL equals nothing", 4),
        ("null <> a", "NULL equals nothing", 0),
        ("null between 1 and 2", "NULL equals nothing", 0),
        ("rpad(s, 7)", "rpad takes 3 arguments", 0),
        ("nullif(a)", "nullif takes 2 arguments", 0),
        ("round(x, 1, 2)", "round takes 1 or 2 arguments", 0),
        ("lower(s, s)", "lower takes 1 argument", 0),
        ("a // b", "may be 0", 5),
        ("a % 0", "may be 0", 4),
        ("round(x, -1)", "whole-number literal", 10),
        ("+a", "value is expected", 0),
        ("a::int", "unknown type 'int'", 3),
        ("cast(a as decimal(10, 2))", "unknown type", 10),
        ("cast(a)", "does not parse", 6),
        ("extract(century from d)", "unknown date part", 8),
        ("DATE '2024-02-30'", "'2024-02-30' is not a valid date", 0),
        ("DATE '2024-2-3'", "'2024-2-3' is not a valid date", 0),
        ("TIMESTAMP '2024-02-30'", "'2024-02-30' is not a valid timestamp", 0),
        ("t + INTERVAL '1 day 2 hours'", "'1 day 2 hours' is not a valid interval", 4),
        ("t + INTERVAL '-1 day'", "'-1 day' is not a valid interval", 4),
        ("interval '1 day'", "'1 day' cannot stand here; an interval follows the + or - that uses it", 0),
        ("9223372036854775808", "this large", 0),
        ("1e999", "this large", 0),
        ("'a\x00'", "character", 2),
        ("'\ud800'", "character", 1),
        ("a" * 64, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa is not a valid name", 0),
        ("1+" * 300 + "1", "more than 500", 500),
        ("'" + "a" * 2000 + "'", "2002 characters", 0),
        ("(" * 40 + "a" + ")" * 40, "nested", 32),
    ],
)
def test_what_the_text_cannot_be(text: str, why: str, offset: int | None) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text)

    assert why in caught.value.why
    assert offset is None or caught.value.offset == offset


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("missing", "unknown name 'missing'"),
        ("a > 'x'", "> cannot take whole number and text"),
        ("d > '2024-01-01'", "> cannot take date and text"),
        ("a + p", "+ cannot take"),
        ("s + r", "+ cannot take text and text"),
        ("not a", "NOT cannot take whole number"),
        ("p and 1", "AND cannot take"),
        ("case when a then 1 end", "WHEN cannot take"),
        ("case when p then s else a end", "CASE cannot take"),
        ("coalesce(s, 1)", "coalesce cannot take"),
        ("lower(a)", "lower cannot take"),
        ("x // 2", "// cannot take"),
        ("t - t", "- cannot take timestamp and timestamp"),
        ("d + a", "+ cannot take date and whole number"),
        ("a + INTERVAL '1 day'", "an interval cannot take"),
        ("s::bigint", "CAST to bigint cannot take text"),
        ("s::date", "CAST to date cannot take text"),
        ("extract(year from s)", "EXTRACT cannot take"),
        ("replace(s, r, 'x')", "replace cannot take"),
        ("date_add(d, x, 'day')", "date_add cannot take number"),
        ("d + INTERVAL '1 day' * x", "an interval cannot take number"),
        ("d + INTERVAL '1 fortnight' * b", "'1 fortnight' is not a valid interval"),
        ("INTERVAL '1 day' * b", "cannot stand here"),
        ("strftime(d, '%Q')", "strftime takes a format, as a text literal"),
        ("strftime(d, 'day')", "strftime takes a format, as a text literal"),
        ("strftime(d, s)", "strftime takes a format, as a text literal"),
        ("strftime(a, '%Y')", "strftime cannot take whole number"),
        ("format_number(a, 13)", "a whole-number literal from 0 to 12"),
        ("format_number(s, 2)", "format_number cannot take text"),
        ("date_trunc('day', s)", "date_trunc cannot take text"),
        ("date_diff('day', d, a)", "date_diff cannot take date and whole number"),
        ("a in ('x')", "= cannot take"),
        ("big + big", "beyond 64 bits"),
        ("big - 1", "beyond 64 bits"),
        ("-big", "beyond 64 bits"),
        ("abs(big)", "beyond 64 bits"),
        ("big // -1", "beyond 64 bits"),
        ("2147483647 + 1", "beyond 32 bits"),
        ("100000 * 100000", "beyond 32 bits"),
        ("x::bigint", "too large for CAST"),
        ("n::bigint", "too large for CAST"),
        ("n || ''", "not a number"),
        ("d + 2147483647", "out of the calendar"),
        ("t + INTERVAL '900000 years'", "out of the calendar"),
        ("t + INTERVAL '9000 years'", "out of the calendar"),
        ("d + 3000000", "out of the calendar"),
        ("date_add(t, 8000, 'year')", "out of the calendar"),
        ("t + INTERVAL '1 year' * 8000", "out of the calendar"),
        ("t - INTERVAL '1 second' * 9223372036854775807", "out of the calendar"),
        ("format_number(1e14, 2)", "numbers of up to 13 digits before the point"),
        ("format_number(0 / 0, 2)", "numbers of up to 13 digits before the point"),
        ("date_add(t, -4000000000000, 'month')", "out of the calendar"),
        ("date_add(t, 9223372036854775807, 'second')", "out of the calendar"),
    ],
)
def test_what_the_values_cannot_be(duck: duckdb.DuckDBPyConnection, text: str, why: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        ours(text)

    assert why in caught.value.why
    assert str(caught.value) == caught.value.why


def test_types_are_refused_without_a_row() -> None:
    with pytest.raises(ExpressionError, match="cannot take"):
        evaluate(compile_expression("a + s"), FRAME.clear())
    assert evaluate(compile_expression("a // nullif(b, 0)"), FRAME.clear()).to_list() == []

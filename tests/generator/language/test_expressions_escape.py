"""Nothing escapes the expression language: a corpus of hostile texts, fuzzed text, depth, and faults of the libraries."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import Parser

from fanwise.generator.language.sql.expressions import ExpressionError, compile_expression, evaluate

FRAME = pl.DataFrame({"a": [1, None], "b": [2, 3], "x": [0.5, 1.5], "s": ["a", None], "p": [True, False]}).with_columns(
    t=pl.lit("2024-05-06T07:08:09").str.to_datetime(), d=pl.lit("2024-05-06").str.to_date()
)

WRITTEN = Path(__file__).with_name("expressions_escape.txt").read_text(encoding="utf-8").splitlines()
WITHOUT_ARGUMENTS = [text.replace("(a)", "()") for text in WRITTEN if text.endswith("(a)")]
CHARACTERS = [
    *("a\nb", "a\x00b", "a\x1b[2J", "\ufeffa", "a\u200bb", "a\u2028b", "a\u00a0b", "a\u202eb", "a\x0bb", "a\x85b"),
    *(
        "\u0430",
        "\uff41",
        "\u212a",
        "a\uff0bb",
        "\u2018a\u2019",
        "\u201ca\u201d",
        "a \u2212 b",
        "\uff11",
        "a\u0301",
        "\u00b2",
    ),
    *(
        "a -- b\n",
        "a /* \n */",
        "#a\n",
        "'\x00'",
        "'\ud800'",
        '"\ud800"',
        "a\n;b",
        "a\r;b",
        "lower\u00a0(s)",
        "\U0001f600",
    ),
]
SIZES = [
    *("(" * 5000 + "a" + ")" * 5000, "(" * 33 + "a" + ")" * 33, "case when p then " * 100, "not " * 600 + "p"),
    *(
        "-" * 400 + "a",
        "a" + " + a" * 400,
        "nullif(" * 60 + "a",
        "lower(" * 200 + "s" + ")" * 200,
        "s" + "::text" * 300,
    ),
    *(
        "'" + "''" * 1000,
        "case x when 1 then " * 40 + "1" + " end" * 40,
        "a between " * 100 + "1",
        "1" * 1999,
        "'" * 1999,
    ),
    *("a." * 300 + "a", "a in (" * 40 + "1" + ")" * 40, "coalesce(" * 40 + "a" + ")" * 40, "a" * 2001, " " * 2001),
]


def test_the_corpus_is_large() -> None:
    assert len({*WRITTEN, *WITHOUT_ARGUMENTS, *CHARACTERS, *SIZES}) >= 400


@pytest.mark.parametrize("text", [*WRITTEN, *WITHOUT_ARGUMENTS, *CHARACTERS, *SIZES], ids=lambda text: ascii(text)[:40])
def test_nothing_escapes(text: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(compile_expression(text), FRAME)

    assert caught.value.why
    assert len(caught.value.why) < 300
    assert 0 <= caught.value.offset <= len(text)
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_a_long_legal_sum_is_computed() -> None:
    assert evaluate(compile_expression("a" + " + a" * 249), FRAME).to_list() == [250, None]
    assert evaluate(compile_expression("(" * 30 + "a" + ")" * 30), FRAME).to_list() == [1, None]


PIECES = (
    *(
        "a",
        "b",
        "x",
        "s",
        "d",
        "t",
        "p",
        "(",
        ")",
        ",",
        ".",
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "||",
        "=",
        "<>",
        ">=",
        "::",
    ),
    *("1", "0.5", "'a'", "'%'", "''", '"a"', "null", "true", "not", "and", "or", "is", "in", "between", "like", "case"),
    *(
        "when",
        "then",
        "else",
        "end",
        "cast",
        "as",
        "extract",
        "from",
        "year",
        "date",
        "timestamp",
        "interval",
        "'1 day'",
    ),
    *(
        "'2024-01-01'",
        "text",
        "bigint",
        "lower",
        "round",
        "nullif",
        "coalesce",
        "substr",
        "left",
        "sum",
        "now",
        "select",
    ),
    *("over", "(", ")", "(", ")", ",", "a", "x"),
)


@settings(max_examples=500)
@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join)))
def test_any_text_is_an_expression_or_an_error(text: str) -> None:
    try:
        values = evaluate(compile_expression(text), FRAME)
    except ExpressionError as error:
        assert error.why
        assert 0 <= error.offset <= len(text)
        return
    assert values.len() == FRAME.height


@pytest.mark.parametrize(
    "text",
    [
        "nullif(" * 30 + "a" + ", 0)" * 30,
        "right(" * 30 + "s" + ", 1)" * 30,
        "case " * 20 + "a" + " when 1 then 1 when 2 then 2 when 3 then 3 end" * 20,
        "- " * 30 + "a",
        "s" + "::text" * 160,
        "a in (" + "1, " * 240 + "2)",
    ],
    ids=lambda text: text[:20],
)
def test_what_is_long_and_legal_takes_no_time(text: str) -> None:
    started = time.process_time()
    assert evaluate(compile_expression(text), FRAME).len() == 2
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "deep", ["not " * 400 + "p", "- " * 33 + "a", "lower(" * 33 + "s" + ")" * 33, "case when p then " * 60 + "1"]
)
def test_deep_nesting_is_an_error_of_the_text(deep: str) -> None:
    with pytest.raises(ExpressionError, match="nested"):
        compile_expression(deep)


class Panic(BaseException):
    """As Polars raises it: no Exception."""


@pytest.mark.parametrize(
    ("stop", "expected"), [(Panic, ExpressionError), (KeyboardInterrupt, KeyboardInterrupt), (SystemExit, SystemExit)]
)
def test_a_panic_of_polars_is_an_error_and_an_interrupt_is_none(
    monkeypatch: pytest.MonkeyPatch, stop: type[BaseException], expected: type[BaseException]
) -> None:
    def fail(_: pl.Expr) -> None:
        raise stop("index out of bounds")

    compiled = compile_expression("a + b")
    monkeypatch.setattr(pl, "select", fail)
    with pytest.raises(expected, match="index out of bounds"):
        evaluate(compiled, FRAME)


def test_a_fault_of_the_parser_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise IndexError("list index out of range")

    monkeypatch.setattr(Parser, "parse", fail)
    with pytest.raises(ExpressionError, match="does not parse"):
        compile_expression("a + b + a + b")


def test_the_parser_is_imported_where_an_expression_stands_and_not_before(tmp_path: Path) -> None:
    """It takes a few hundredths of a second, which a schema without expressions does not pay."""
    table = "{rows: 3, key: id, columns: {id: {sequence: {start: 1}}, n: {%s}}}"
    for kind, expected in (("uniform: {min: 0, max: 1}", "False"), ('expr: "id + 1"', "True")):
        schema = tmp_path / "s.yaml"
        schema.write_text(f"fanwise: 1\nname: s\ntables: {{t: {table % kind}}}\n")
        program = f"import sys, fanwise; fanwise.dataset({str(schema)!r})['t']; print('sqlglot' in sys.modules)"
        found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert found.stdout.strip() == expected

"""Nothing escapes the expression language: a corpus of hostile texts, fuzzed text, and panics of the parser."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    *("nullif(nullif(" * 6 + "a" + ",0),0)" * 6, "right(" * 8 + "s" + ",1)" * 8),
    "case " * 20 + "a" + " when 1 then 1 when 2 then 2 when 3 then 3 end" * 20,
]


def test_the_corpus_is_large() -> None:
    assert len({*WRITTEN, *WITHOUT_ARGUMENTS, *CHARACTERS, *SIZES}) >= 400


@pytest.mark.parametrize("text", [*WRITTEN, *WITHOUT_ARGUMENTS, *CHARACTERS, *SIZES], ids=lambda text: ascii(text)[:40])
def test_nothing_escapes(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(compile_expression(text), FRAME)

    assert caught.value.why
    assert len(caught.value.why) < 300
    assert 0 <= caught.value.offset <= len(text)


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


def test_a_panic_of_the_parser_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Panic(BaseException):
        pass

    def panic(_: str) -> None:
        raise Panic("index out of bounds")

    monkeypatch.setattr(pl, "sql_expr", panic)
    with pytest.raises(ExpressionError, match="index out of bounds"):
        compile_expression("a")


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_is_no_error_of_the_text(monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]) -> None:
    def interrupt(_: str) -> None:
        raise stop

    monkeypatch.setattr(pl, "sql_expr", interrupt)
    with pytest.raises(stop):
        compile_expression("a")

"""Numbers as people write them: what is read, and what is refused, in every format."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.io.tables.number_format import is_number_format
from fanwise.io.tables.strict import parsed

FORMATS = ["1,234.56", "1.234,56", "1 234,56", "1'234.56", "1234,56", "1234.56"]


def read(text: str, form: str, kind: str = "DOUBLE") -> object:
    """Return what a text is read as, None where it is refused."""
    return duckdb.execute(f"SELECT {parsed('$1::VARCHAR', kind, form)}", [text]).fetchall()[0][0]


@pytest.mark.parametrize(
    ("form", "text", "number"),
    [
        ("1,234.56", "$1,234.50", 1234.5),
        ("1,234.56", "-$1,234,567", -1234567.0),
        ("1,234.56", "$-5", -5.0),
        ("1,234.56", "($12.50)", -12.5),
        ("1,234.56", "US$ 12", 12.0),
        ("1,234.56", "1234.5", 1234.5),
        ("1,234.56", " 12.5 USD ", 12.5),
        ("1,234.56", ".5", 0.5),
        ("1.234,56", "1.234,50 €", 1234.5),
        ("1.234,56", "EUR 9,98", 9.98),
        ("1.234,56", "\u22123", -3.0),
        ("1 234,56", "1\u202f234\u00a0567,8 kr", 1234567.8),
        ("1'234.56", "CHF 1'234.56", 1234.56),
        ("1234,56", "9,98", 9.98),
    ],
)
def test_what_is_read(form: str, text: str, number: float) -> None:
    assert read(text, form) == number


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("1,234.56", "9,98"),
        ("1,234.56", "1,23,456"),
        ("1,234.56", "1.234,56"),
        ("1,234.56", "12 apples"),
        ("1,234.56", "1e5"),
        ("1,234.56", "--5"),
        ("1,234.56", "$"),
        ("1,234.56", ""),
        ("1.234,56", "1.5"),
        ("1234,56", "1.234,5"),
        ("1 234,56", "1.5"),
    ],
)
def test_what_is_refused(form: str, text: str) -> None:
    assert read(text, form) is None


def test_the_type_decides_as_ever() -> None:
    assert read("1,234", "1,234.56", "BIGINT") == 1234
    assert read("1,234.5", "1,234.56", "BIGINT") is None
    assert read("1.234,567", "1.234,56", "DECIMAL(12,2)") is None
    assert str(read("1.234,5", "1.234,56", "DECIMAL(12,2)")) == "1234.50"


@given(st.integers(-(10**12), 10**12), st.sampled_from(FORMATS))
def test_every_number_is_read_back(cents: int, form: str) -> None:
    number = cents / 100
    written = f"{number:,.2f}".replace(",", "g").replace(".", "p")
    group, point = form[1] if form[1] != "2" else "", form[-3]
    assert read(written.replace("g", group).replace("p", point), form) == number


@pytest.mark.parametrize("text", [*FORMATS])
def test_a_format_is_an_example(text: str) -> None:
    assert is_number_format(text)


@pytest.mark.parametrize("text", ["#,##0.00", "1,234,56", "1.234.56", "1234", "", "12,34.56"])
def test_anything_else_is_no_format(text: str) -> None:
    assert not is_number_format(text)

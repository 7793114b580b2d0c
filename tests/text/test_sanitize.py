"""Names as data: what could steer a terminal, a page or a log is written out, and letters stay as they are."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.text.sanitize import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", "a\\u001b[2Jb"),
        ("two\nlines\r\t", "two\\u000alines\\u000d\\u0009"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("a\u2028b\u2029c", "a\\u2028b\\u2029c"),
        (
            "a\x00\x0b\ud800\ufffe\uffff\U0001fffe\ufdd0\x7fz",
            "a\\u0000\\u000b\\ud800\\ufffe\\uffff\\u1fffe\\ufdd0\\u007fz",
        ),
        ("Größe — 東京 ★", "Größe — 東京 ★"),
    ],
)
def test_each_character_is_shown_or_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_what_is_printable_is_one_line_that_utf8_takes_and_stays_as_it_is(text: str) -> None:
    shown = printable(text)

    assert printable(shown) == shown
    shown.encode()
    assert len(shown.splitlines()) <= 1
    assert not {unicodedata.category(sign) for sign in shown} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}

"""Texts that are not YAML, told in the words of who wrote them."""

from __future__ import annotations

import pytest

from fanwise.io.yaml_nodes import NotYAML, compose

CASES = {
    "tables: {a: [": (1, 14, "the file ends where a value is expected", "are closed"),
    "a: [1, 2\nb: 3\n": (2, 2, "the list that begins with [ in line 1 is not closed", "are closed"),
    "a: {x: 1, y: 2]": (1, 15, "the mapping that begins with { in line 1 is not closed", "are closed"),
    "a: [1 2, 'x' 'y']": (1, 14, "a comma is missing, before the next value", "are closed"),
    "a:\n\tb: 2": (2, 1, "a tab", "indent with spaces"),
    "a: b: c": (1, 5, "': ' is not allowed here", "quote a text"),
    "a: @x": (1, 4, "a value cannot begin with @", "quote the text"),
    "a:\n  b: 1\n c: 2\n": (3, 2, "the indentation differs", "indent the entries"),
    "a: 'x\nb: 2\n": (3, 1, "the quote that begins in line 1 is not closed", "close it"),
    "key: - a\n": (1, 6, "'- ' is not allowed here", "a line of its own"),
    "? a\nb\n": (3, 1, "a key without ': '", "write KEY: VALUE"),
}


@pytest.mark.parametrize("text", CASES)
def test_a_syntax_error_is_plain(text: str) -> None:
    line, column, why, hint = CASES[text]
    with pytest.raises(NotYAML) as caught:
        compose(text, 1000, 50)

    assert (caught.value.mark.line, caught.value.mark.column) == (line, column)
    assert why in str(caught.value)
    assert hint in caught.value.hint
    assert "<" not in str(caught.value), "no names of tokens of a parser"

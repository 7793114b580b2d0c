"""The two texts that an expression becomes: one for databases, one for Polars' parser."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from fanwise.generator.language.sql.grammar import Name, Reading
from fanwise.generator.language.sql.tokens import tokenise

__all__ = ["hide", "quote"]


def quote(text: str, names: Sequence[Name]) -> str:
    """Return `text` with each name as one double-quoted identifier and each number with a point as a double.

    `order.ordered_at` becomes `"order.ordered_at"`, so that a frame with a column of that name evaluates it; `1.5`
    becomes `1.5e0`, which is a double both in Polars and in DuckDB, where `1.5` would be a decimal; `%-3` becomes
    `% -3`, because DuckDB would read one operator.
    """
    tokens = tokenise(text)
    edits = [(name.start, name.end, f'"{name.text}"') for name in names]
    edits += [
        (token.start, token.start, " ")
        for before, token in pairwise(tokens)
        if token.text == "-" and before.kind == "operator" and before.end == token.start
    ]
    edits += [
        (token.start, token.end, f"{token.text}e0")
        for token in tokens
        if token.kind == "number" and "." in token.text and "e" not in token.text.lower()
    ]
    return _edited(text, edits)


def hide(text: str, reading: Reading) -> str:
    """Return `text` for Polars' parser: names quoted, and each literal 7 as a column "@7".

    The parser computes with literals that it sees, and changes their types to suit what they are compared with.
    """
    edits = [(name.start, name.end, f'"{name.text}"') for name in reading.names]
    for literal in reading.literals:
        hidden = literal.text.replace('"', '""')
        edits.append((literal.start, literal.end, f'"@{hidden}"'))
    return _edited(text, edits)


def _edited(text: str, edits: list[tuple[int, int, str]]) -> str:
    for start, end, replacement in sorted(edits, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text

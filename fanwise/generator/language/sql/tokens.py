"""The words and signs of an expression, before anything is known about what they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fanwise.io.problems import Refused

__all__ = ["MAX_CHARACTERS", "MAX_TOKENS", "SPLIT", "ExpressionError", "Token", "tokenise"]

MAX_CHARACTERS = 2_000
MAX_TOKENS = 500
SPLIT = "split it into several columns"

FORBIDDEN = re.compile("[\x00\ud800-\udfff]")
TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<comment>--|/\*)
      | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<text>'(?:[^']|'')*')
      | (?P<quoted>"[^"]*")
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<operator>\|\||::|//|<>|!=|<=|>=|[-+*/%=<>(),.])
    """,
    re.VERBOSE,
)
HINTS = {
    "'": "close the text with '; write '' for a quote inside a text",
    '"': 'close the name with "',
    ";": "one expression only",
    "^": "write power(a, b)",
    "[": "lists are not part of the language",
}


class ExpressionError(Refused):
    """An expression that cannot be used: why, the way out, and the 0-based character where it was noticed."""

    def __init__(self, why: str, hint: str = "", offset: int = 0) -> None:
        self.offset = offset
        super().__init__("FW-SCHEMA-EXPRESSION", why, hint)


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number, text, quoted name or sign of an expression, standing at `start`."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def word(self) -> str:
        """The lower-case word, or "" for anything but a bare word."""
        return self.text.lower() if self.kind == "word" else ""


def tokenise(text: str) -> list[Token]:
    """Return the tokens of `text` without white space; raises ExpressionError for a character that starts none."""
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(f"{len(text)} characters are more than {MAX_CHARACTERS}", SPLIT)
    if forbidden := FORBIDDEN.search(text):
        raise ExpressionError("a character that no text may hold", "leave it out", forbidden.start())
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise ExpressionError(
                f"{text[position]!r} is no part of an expression", HINTS.get(text[position], ""), position
            )
        kind = match.lastgroup or ""
        if kind == "comment":
            raise ExpressionError("comments are not allowed here", "write a YAML comment (#)", position)
        if kind != "space":
            tokens.append(Token(kind, match.group(), position))
        position = match.end()
    if len(tokens) > MAX_TOKENS:
        raise ExpressionError(f"more than {MAX_TOKENS} words and signs", SPLIT, tokens[MAX_TOKENS].start)
    return tokens

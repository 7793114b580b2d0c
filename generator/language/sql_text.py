"""The text side of the expression language: tokens, the names in them, and the quoting of names.

The scanner is the first of two walls (the second walks the tree that Polars' parser made, see `expressions`). It knows
where a value may stand and where an operator must, so words need not be reserved: in `date > DATE '2024-01-01'` the
first `date` stands where a value is expected and no text literal follows, so it is a name. Only `null`, `true`,
`false`, `not` and `case` can never be bare names. Everything that it does not know is refused, so that the text handed to
Polars and DuckDB holds nothing but quoted names, literals, and the operators, functions and types of `docs/expressions.md`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from generator.errors import nearest
from generator.language.sql_functions import FUNCTIONS, TYPES, UNITS

__all__ = ["MAX_CHARACTERS", "MAX_DEPTH", "MAX_TOKENS", "ExpressionError", "Name", "quote", "scan"]

MAX_CHARACTERS = 2_000
MAX_TOKENS = 500
MAX_DEPTH = 32

LITERAL_PREFIXES = frozenset({"date", "timestamp", "interval"})
INTERVAL = re.compile(r"'\s*-?\d{1,6}\s+(?:second|minute|hour|day|week|month|year)s?\s*'", re.IGNORECASE)
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}\Z")
TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<comment>--|/\*)
      | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<text>'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")*")
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<operator>\|\||::|//|<>|!=|<=|>=|[-+*/%=<>(),.])
    """,
    re.VERBOSE,
)
BINARY = frozenset({"+", "-", "*", "/", "//", "%", "||", "=", "<>", "!=", "<", "<=", ">", ">="})


class ExpressionError(Exception):
    """An expression that cannot be used: why, the way out, and the 0-based character where it was noticed."""

    def __init__(self, why: str, hint: str = "", offset: int = 0) -> None:
        self.why = why
        self.hint = hint
        self.offset = offset
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Name:
    """A name in an expression: `text` dotted and without quotes, standing at `[start, end)` of the expression."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Token:
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


def scan(text: str) -> tuple[Name, ...]:
    """Return the names in `text` in order; raises ExpressionError for anything that the language does not have."""
    return _Scanner(text).names()


def quote(text: str, names: tuple[Name, ...]) -> str:
    """Return `text` with each name as one double-quoted identifier and each number with a point as a double.

    `order.ordered_at * 1.5` becomes `"order.ordered_at" * 1.5e0`: a frame with a column of that name evaluates it, and
    `1.5e0` is a double both in Polars and in DuckDB, where `1.5` would be a decimal.
    """
    edits = [(name.start, name.end, f'"{name.text}"') for name in names]
    edits += [
        (token.start, token.end, f"{token.text}e0")
        for token in tokenise(text)
        if token.kind == "number" and "." in token.text and "e" not in token.text.lower()
    ]
    for start, end, replacement in sorted(edits, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text


def tokenise(text: str) -> list[Token]:
    """Return the tokens of `text` without white space."""
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(f"{len(text)} characters are more than {MAX_CHARACTERS}", "split it into several columns")
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise ExpressionError(f"{text[position]!r} is no part of an expression", _hint(text[position]), position)
        kind = match.lastgroup or ""
        if kind == "comment":
            raise ExpressionError("comments are not allowed here", "use a YAML comment (#)", position)
        if kind != "space":
            tokens.append(Token(kind, match.group(), position))
        position = match.end()
    if len(tokens) > MAX_TOKENS:
        raise ExpressionError(f"more than {MAX_TOKENS} words and signs", "split it into several columns")
    return tokens


def _hint(character: str) -> str:
    return {
        "'": "close the text with '; write '' for a quote inside a text",
        '"': 'close the name with "',
        ";": "one expression only",
        "^": "use power(a, b)",
    }.get(character, "")


class _Scanner:
    """Walks the tokens once; `stack` holds what is open: '(', 'case', 'in', or a function's name."""

    def __init__(self, text: str) -> None:
        self.tokens = tokenise(text)
        self.length = len(text)
        self.at = 0
        self.stack: list[str] = []
        self.found: list[Name] = []

    def names(self) -> tuple[Name, ...]:
        value_expected = True
        while self.at < len(self.tokens):
            value_expected = self.value() if value_expected else self.operator()
            if len(self.stack) > MAX_DEPTH:
                self.refuse(f"nested more than {MAX_DEPTH} deep", "split it into several columns")
        if value_expected:
            self.refuse("a value is missing at the end" if self.tokens else "the expression is empty")
        if self.stack:
            closing = "END" if self.stack[-1] == "case" else ")"
            self.refuse(f"{closing} is missing at the end")
        return tuple(self.found)

    def refuse(self, why: str, hint: str = "", token: Token | None = None) -> None:
        token = token or self.peek()
        raise ExpressionError(why, hint, token.start)

    def peek(self, ahead: int = 0) -> Token:
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else Token("end", "", self.length)

    def take(self) -> Token:
        token = self.peek()
        self.at += 1
        return token

    def expect(self, text: str, where: str) -> None:
        if self.peek().text.lower() != text:
            self.refuse(f"{text.upper()} is expected {where}")
        self.at += 1

    def value(self) -> bool:
        """Take what may stand where a value is expected; True if one is still expected."""
        token = self.take()
        if token.kind == "number":
            return self.number(token)
        if token.kind == "text":
            return False
        if token.text in {"-", "+"} or token.word == "not":
            return True
        if token.text == "(":
            self.stack.append("(")
            return True
        if token.word == "case" and self.peek().text != ".":
            self.stack.append("case")
            if self.peek().word == "when":
                self.at += 1
            return True
        if token.kind == "quoted" or (token.kind == "word" and self.peek().kind != "text" and self.peek().text != "("):
            return self.name(token)
        if token.kind == "word":
            return self.call(token) if self.peek().text == "(" else self.literal(token)
        self.refuse(f"a value is expected before {token.text!r}", token=token)
        return True

    def number(self, token: Token) -> bool:
        if token.text.isdigit() and int(token.text) >= 2**63:
            self.refuse("an integer this large is not supported", "write it as a number with a point", token)
        return False

    def literal(self, token: Token) -> bool:
        text = self.take()
        if token.word not in LITERAL_PREFIXES:
            self.refuse(f"an operator is missing before {text.text}", token=text)
        if token.word == "interval" and not INTERVAL.fullmatch(text.text):
            self.refuse("an interval is written as INTERVAL '3 days'", "one number and one unit", text)
        return False

    def name(self, token: Token) -> bool:
        if token.word in {"null", "true", "false"} and self.peek().text != ".":
            return False
        parts, last = [self.part(token)], token
        while self.peek().text == ".":
            self.at += 1
            last = self.take()
            if last.kind not in {"word", "quoted"}:
                self.refuse("a name is expected after the point", token=last)
            parts.append(self.part(last))
        if self.peek().text == "(":
            self.refuse("functions have no point in their names", token=token)
        self.found.append(Name(".".join(parts), token.start, last.end))
        return False

    def part(self, token: Token) -> str:
        text = token.text[1:-1] if token.kind == "quoted" else token.text
        pieces = text.split(".") if token.kind == "quoted" else [text]
        if not all(IDENTIFIER.match(piece) for piece in pieces):
            self.refuse(f"{token.text} is no name", "names are letters, digits and _", token)
        return text

    def call(self, token: Token) -> bool:
        if token.word not in FUNCTIONS:
            self.refuse(f"unknown function {token.text}", nearest(token.word, FUNCTIONS), token)
        self.at += 1
        self.stack.append(token.word)
        if token.word == "extract":
            unit = self.take()
            if unit.word not in UNITS:
                self.refuse(f"unknown date part {unit.text!r}", nearest(unit.word, UNITS), unit)
            self.expect("from", "in EXTRACT(part FROM value)")
        return True

    def operator(self) -> bool:
        """Take what may stand after a value; True if a value is expected next."""
        token = self.take()
        top = self.stack[-1] if self.stack else ""
        if token.text in BINARY or token.word in {"and", "or"}:
            return True
        if token.text == "::":
            return self.type_name()
        if token.text == "," and top not in {"", "(", "case", "cast", "extract"}:
            return True
        if token.text == ")" and top not in {"", "case"}:
            self.stack.pop()
            return False
        if token.word in {"when", "then", "else"} and top == "case":
            return True
        if token.word == "end" and top == "case":
            self.stack.pop()
            return False
        if token.word == "as" and top == "cast":
            return self.type_name()
        return self.predicate(token)

    def predicate(self, token: Token) -> bool:
        if token.word == "is":
            if self.peek().word == "not":
                self.at += 1
            self.expect("null", "after IS or IS NOT")
            return False
        if token.word == "not":
            token = self.take()
        if token.word == "in":
            self.expect("(", "after IN")
            self.stack.append("in")
            return True
        if token.word == "between":
            return True
        if token.word in {"like", "ilike"}:
            if self.peek().kind != "text":
                self.refuse(f"a text literal is expected after {token.text}", "patterns cannot come from a column")
            self.at += 1
            return False
        self.refuse(f"an operator is expected before {token.text!r}" if token.text else "ends too early", token=token)
        return True

    def type_name(self) -> bool:
        token = self.take()
        if token.word not in TYPES:
            self.refuse(f"unknown type {token.text!r}", nearest(token.word, TYPES), token)
        return False

"""The text of an expression as a tree: sqlglot parses it, after names were told from keywords.

SQL reserves hundreds of words, and sqlglot reads far more of SQL than the language has. So its parser gets the
operators and keywords of the language only, each where it can stand, and every name, literal and function as the number
of a `Part`. A word is a name where a value is expected, and a keyword after a value: `date > DATE '2024-01-01'` and
`case when end then 1 end` need no quotes. Only `null`, `true`, `false`, `not` and `case` cannot be bare names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import ParseError, Parser, Token, TokenType, exp

from fanwise.generator.errors import nearest
from fanwise.generator.language.sql.operands import ExpressionError

__all__ = ["Part", "parse"]

MAX_CHARACTERS, MAX_PARTS, MAX_DEPTH = 2_000, 500, 32
SPLIT = "split it into several columns"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
FORBIDDEN = re.compile("[\0\ud800-\udfff]")
PART = re.compile(
    r"""(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<text>'(?:[^']|'')*')
      | (?P<quoted>"[^"]*")
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign>(?!--|/\*)(?:\|\||::|//|<>|!=|<=|>=|[-+*/%=<>(),.]))
    """,
    re.VERBOSE,
)
HINTS = {
    "'": "close the text with '; write '' for a quote inside a text",
    '"': 'close the name with "',
    ";": "one expression only",
    "^": "write power(a, b)",
    "[": "lists are not part of the language",
    **dict.fromkeys("-/", "comments are not allowed here; write a YAML comment (#)"),
}
# What can stand after a value, and whether a value is expected next.
AFTER = {
    ")": (TokenType.R_PAREN, False), ",": (TokenType.COMMA, True), "::": (TokenType.DCOLON, True),
    "as": (TokenType.ALIAS, True), "is": (TokenType.IS, True),
    "not": (TokenType.NOT, False), "in": (TokenType.IN, True), "between": (TokenType.BETWEEN, True),
    "like": (TokenType.LIKE, True), "and": (TokenType.AND, True), "or": (TokenType.OR, True),
    "when": (TokenType.WHEN, True), "then": (TokenType.THEN, True), "else": (TokenType.ELSE, True),
    "end": (TokenType.END, False), "=": (TokenType.EQ, True), "<>": (TokenType.NEQ, True),
    "!=": (TokenType.NEQ, True), "<": (TokenType.LT, True), "<=": (TokenType.LTE, True), ">": (TokenType.GT, True),
    ">=": (TokenType.GTE, True), "+": (TokenType.PLUS, True), "-": (TokenType.DASH, True),
    "*": (TokenType.STAR, True), "/": (TokenType.SLASH, True), "//": (TokenType.DIV, True),
    "%": (TokenType.MOD, True), "||": (TokenType.DPIPE, True),
}  # fmt: skip
TYPES = {
    "text": TokenType.TEXT, "varchar": TokenType.VARCHAR, "double": TokenType.DOUBLE, "bigint": TokenType.BIGINT,
    "integer": TokenType.INT, "date": TokenType.DATE, "timestamp": TokenType.TIMESTAMP,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an expression, standing at `start`.

    kind: "number", "text" (in quotes), "quoted", "word" or "sign" as written; then, for the tree, also "name" (dotted,
    without quotes), "function", "group", and "date", "timestamp" or "interval" (the quoted text after the word).
    """

    kind: str
    text: str
    start: int

    @property
    def word(self) -> str:
        """The word in small letters, or "" for anything but a bare word."""
        return self.text.lower() if self.kind == "word" else ""


def parse(text: str) -> tuple[exp.Expr, list[Part]]:
    """Return sqlglot's tree, and the parts that it is about; raises ExpressionError where there is none.

    A `Column` whose name is n stands for part n; an `Anonymous` function "fn" calls part n, or is a pair of brackets.
    """
    reader = _Reader(text)
    tokens = reader.read()
    try:
        (root,) = Parser().parse(tokens, text)
    except ParseError as error:
        why, at = str(error.errors[0]["description"]), error.errors[0]["col"]
        if why.startswith("Required"):  # it names a field of a class of sqlglot
            hint = "write CASE WHEN … THEN … END, or BETWEEN … AND …"
            raise ExpressionError("a part of CASE or BETWEEN is missing", hint, at) from error
        raise ExpressionError(f"this does not parse: {why}", "see docs/expressions.md", at) from error
    except RecursionError as error:
        raise ExpressionError("nested too deep", SPLIT) from error
    except Exception as error:
        raise ExpressionError("this does not parse", "see docs/expressions.md") from error
    assert root is not None
    return root, reader.found


def _split(text: str) -> Iterator[Part]:
    """Yield the parts of a text without white space; raises ExpressionError for a character that starts none."""
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(f"{len(text)} characters are more than {MAX_CHARACTERS}", SPLIT)
    if forbidden := FORBIDDEN.search(text):
        raise ExpressionError("a character that no text may hold", "leave it out", forbidden.start())
    at = 0
    while (at := len(text) - len(text[at:].lstrip(" \t\r\n"))) < len(text):
        match = PART.match(text, at)
        if match is None:
            raise ExpressionError(f"{text[at]!r} is not part of the language", HINTS.get(text[at], ""), at)
        yield Part(match.lastgroup or "", match.group(), at)
        at = match.end()


class _Reader:
    """Walks the parts once, in turns: a value, then what may stand after a value."""

    def __init__(self, text: str) -> None:
        self.parts = list(_split(text))
        self.end = Part("end", "", len(text))
        self.at = self.depth = self.prefixes = 0  # the last: how many of NOT and - precede one another
        self.found: list[Part] = []
        self.tokens: list[Token] = []

    def read(self) -> list[Token]:
        """Return the tokens for the parser."""
        if len(self.parts) > MAX_PARTS:
            raise self.error(f"more than {MAX_PARTS} words and signs", SPLIT, self.parts[MAX_PARTS])
        value_expected = True
        while self.at < len(self.parts):
            part = self.take()
            before = self.prefixes
            value_expected = self.value(part) if value_expected else self.after(part)
            self.prefixes = self.prefixes if self.prefixes > before else 0
            if self.depth + self.prefixes > MAX_DEPTH:
                raise self.error(f"nested more than {MAX_DEPTH} deep", SPLIT, part)
        if value_expected:
            raise self.error("a value is missing at the end" if self.parts else "the expression is empty")
        return self.tokens

    def error(self, why: str, hint: str = "", part: Part | None = None) -> ExpressionError:
        return ExpressionError(why, hint, (part or self.peek()).start)

    def peek(self) -> Part:
        return self.parts[self.at] if self.at < len(self.parts) else self.end

    def take(self) -> Part:
        part = self.peek()
        self.at += 1
        return part

    def emit(self, kind: TokenType, text: str) -> bool:
        start = self.parts[min(self.at, len(self.parts)) - 1].start
        self.tokens.append(Token(kind, text, 1, start, start, start))
        return True

    def leaf(self, kind: str, text: str, part: Part) -> bool:
        self.emit(TokenType.IDENTIFIER, str(len(self.found)))
        self.found.append(Part(kind, text, part.start))
        return False

    # Each of these reads a part and returns whether a value is expected next.

    def value(self, part: Part) -> bool:
        after, before = self.peek(), self.tokens[-1].token_type if self.tokens else None
        if before in {TokenType.DCOLON, TokenType.ALIAS}:
            return self.type_name(part)
        if part.text == "-" or (part.word in {"not", "case"} and after.text != "."):
            return self.prefix(part)
        if part.text == "(" or (part.kind == "word" and after.text == "("):
            return self.call(part)
        if part.word in {"date", "timestamp", "interval"} and after.kind == "text":
            return self.leaf(part.word, self.take().text, part)
        if part.kind in {"number", "text"} or (part.word in {"null", "true", "false"} and after.text != "."):
            return self.leaf(part.kind, part.word or part.text, part)
        if part.kind == "sign":
            hint = "leave the + out" if part.text == "+" else ""
            raise self.error(f"a value is expected before {part.text!r}", hint, part)
        return self.name(part)

    def prefix(self, part: Part) -> bool:
        self.prefixes += part.word != "case"
        kinds = {"-": TokenType.DASH, "not": TokenType.NOT, "case": TokenType.CASE}
        self.emit(kinds[part.text.lower()], part.text)
        if part.word == "case":
            self.depth += 1
            if self.peek().word == "when":
                return self.after(self.take())
        return True

    def call(self, part: Part) -> bool:
        self.depth += 1
        if self.tokens and self.tokens[-1].token_type == TokenType.IN:
            return self.emit(TokenType.L_PAREN, "(")
        name = part.word or "group"
        self.at += part.kind == "word"
        self.emit(TokenType.VAR, name if name == "cast" else f"f{len(self.found)}")
        self.found.append(Part("function", name, part.start))
        self.emit(TokenType.L_PAREN, "(")
        if name == "extract":
            self.leaf("unit", self.peek().word, self.take())
            if self.take().word != "from":
                raise self.error("FROM is expected in EXTRACT(part FROM value)", part=part)
            self.emit(TokenType.COMMA, ",")
        return True

    def name(self, first: Part) -> bool:
        names, part = [self.name_part(first)], first
        while self.peek().text == ".":
            self.at += 1
            part = self.take()
            if part.kind not in {"word", "quoted"}:
                raise self.error("a name is expected after the point", part=part)
            names.append(self.name_part(part))
        if self.peek().text == "(":
            raise self.error("a function is one word", part=first)
        return self.leaf("name", ".".join(names), first)

    def name_part(self, part: Part) -> str:
        text = part.text[1:-1] if part.kind == "quoted" else part.text
        if not all(NAME.fullmatch(piece) for piece in text.split(".")):
            raise self.error(f"{part.text} is not a valid name", "names are up to 63 letters a-z, digits and _", part)
        return text

    def type_name(self, part: Part) -> bool:
        if part.word not in TYPES:
            raise self.error(f"unknown type '{part.text}'", nearest(part.word, TYPES), part)
        self.emit(TYPES[part.word], part.word)
        return False

    def after(self, part: Part) -> bool:
        sign = "" if part.kind == "quoted" else part.text.lower()
        if sign not in AFTER:
            raise self.error(f"an operator is expected before {part.text!r}", part=part)
        kind, value_expected = AFTER[sign]
        self.emit(kind, sign)
        self.depth -= kind in {TokenType.R_PAREN, TokenType.END}
        if sign == "not" and self.peek().word not in {"in", "between", "like"}:
            raise self.error("IN, BETWEEN or LIKE is expected after NOT", part=part)
        if sign == "in" and self.peek().text != "(":
            raise self.error("( is expected after IN")
        if sign != "is":
            return value_expected
        if self.peek().word == "not":
            self.emit(TokenType.NOT, self.take().text)
        if self.take().word != "null":
            raise self.error("NULL is expected after IS or IS NOT", part=part)
        self.emit(TokenType.NULL, "null")
        return False

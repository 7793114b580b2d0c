"""The text of an expression as a tree: sqlglot parses it, after names were told from keywords.

SQL reserves hundreds of words, and sqlglot reads far more of SQL than the language has. So it gets another text: the
operators and keywords of the language, each where it can stand, and the number of a `Part` in place of every name,
literal and function. `lower(order) = 'x'` becomes `f0 ( "1" ) = "2"`. A word is a name where a value is expected, and a
keyword after a value: `date > DATE '2024-01-01'` and `case when end then 1 end` need no quotes. Only `null`, `true`,
`false`, `not` and `case` cannot be bare names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import ParseError, exp, parse_one

from fanwise.generator.errors import nearest
from fanwise.generator.language.sql.operands import ExpressionError

__all__ = ["TYPES", "Part", "parse"]

MAX_CHARACTERS, MAX_PARTS, MAX_DEPTH = 2_000, 500, 32
SPLIT = "split it into several columns"
TYPES = ("text", "varchar", "double", "bigint", "integer", "date", "timestamp")
# What can stand where a value is expected, and after one. A prefix and all that opens are followed by a value.
VALUE = re.compile(
    r"""(?P<prefix>-(?!-)|not\b(?!\s*\.)|case\b(?!\s*\.)(?:\s+when\b(?!\s*\.))?)
      | (?P<group>\()
      | extract\s*\(\s*(?P<unit>\w+)\s+from\b
      | (?P<function>[a-z_]\w*)\s*\(
      | (?P<moment>(?:date|timestamp|interval)\s*'(?:[^']|'')*')
      | (?P<constant>(?:null|true|false)\b(?!\s*\.))
      | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?)
      | (?P<text>'(?:[^']|'')*')
      | (?P<name>(?:[a-z_]\w*|"[^"]*")(?:\s*\.\s*(?:[a-z_]\w*|"[^"]*"))*)
    """,
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
AFTER = re.compile(
    r"""(?P<close>\)|end\b)
      | (?P<null>is\s+(?:not\s+)?null\b)
      | (?:::|as\b)\s*(?P<type>\w+)
      | (?P<in>(?:not\s+)?in\s*\()
      | (?P<sign>(?:not\s+)?(?:between|like)\b|(?:and|or|when|then|else)\b|\|\||//|<>|!=|<=|>=|-(?!-)|/(?!\*)|[+*%=<>,])
    """,
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
OPENS = frozenset({"group", "unit", "function", "in"})
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
FORBIDDEN = re.compile("[\0\ud800-\udfff]")
HINTS = {
    "'": "close the text with '; write '' for a quote inside a text",
    '"': 'close the name with "',
    ";": "one expression only",
    "^": "write power(a, b)",
    "[": "lists are not part of the language",
    "+": "leave the + out",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A name, literal or function of an expression, standing at `start`.

    kind: "name" (dotted, without quotes), "number", "text" (in quotes), "constant" (null, true, false), "function",
    "group" (brackets), "unit" (of EXTRACT), and "date", "timestamp" or "interval" (the quoted text after the word).
    """

    kind: str
    text: str
    start: int


def parse(text: str) -> tuple[exp.Expr, list[Part]]:
    """Return sqlglot's tree, and the parts that it is about; raises ExpressionError where there is none.

    A `Column` whose name is n stands for part n; an `Anonymous` function "fn" calls part n, or is a pair of brackets.
    """
    reader = _Reader(text)
    reader.read()
    sql = " ".join(reader.out)
    try:
        return parse_one(sql), reader.parts
    except ParseError as error:
        why, column = str(error.errors[0]["description"]), error.errors[0]["col"]
        at = reader.starts[sql[: column - 1].count(" ")]
        if why.startswith("Required"):  # it names a field of a class of sqlglot
            hint = "write CASE WHEN … THEN … END, or BETWEEN … AND …"
            raise ExpressionError("a part of CASE or BETWEEN is missing", hint, at) from error
        raise ExpressionError(f"this does not parse: {why}", "", at) from error
    except RecursionError as error:
        raise ExpressionError("nested too deep", SPLIT) from error
    except Exception as error:
        raise ExpressionError("this does not parse") from error


class _Reader:
    """Writes an expression anew for sqlglot: in turns what is expected as a value, and what can stand after one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.parts: list[Part] = []
        self.out: list[str] = []
        self.starts: list[int] = []  # where each piece of `out` stands in the text

    def read(self) -> None:
        text, at, depth, prefixes, value = self.text, 0, 0, 0, True
        if len(text) > MAX_CHARACTERS:
            raise ExpressionError(f"{len(text)} characters are more than {MAX_CHARACTERS}", SPLIT)
        if forbidden := FORBIDDEN.search(text):
            raise ExpressionError("a character that no text may hold", "leave it out", forbidden.start())
        while (at := len(text) - len(text[at:].lstrip(" \t\r\n"))) < len(text):
            value = value and not self.closes_call(at)
            match = (VALUE if value else AFTER).match(text, at)
            if match is None:
                raise self.unexpected(at, value)
            kind, found = match.lastgroup or "", " ".join(match.group().lower().split())
            self.write(kind, match, found)
            depth += (kind in OPENS or found.startswith("case")) - (kind == "close")
            prefixes = prefixes + 1 if found in {"-", "not"} else 0
            if depth + prefixes > MAX_DEPTH:
                raise ExpressionError(f"nested more than {MAX_DEPTH} deep", SPLIT, at)
            if len(self.out) > MAX_PARTS:
                raise ExpressionError(f"more than {MAX_PARTS} words and signs", SPLIT, at)
            value = kind in OPENS | {"prefix", "sign"}
            at = match.end()
        if value:
            raise ExpressionError("a value is missing at the end" if self.out else "the expression is empty", "", at)

    def closes_call(self, at: int) -> bool:
        """Return whether a call without arguments ends at `at`: how many a function takes is not known here."""
        called = self.out[-1:] == ["("] and self.parts[-1].kind == "function" and self.parts[-1].text != "cast"
        return called and self.text[at] == ")"

    def unexpected(self, at: int, value: bool) -> ExpressionError:
        """Return the error of what can be no value, or cannot stand after one."""
        rest = self.text[at:]
        word = re.match(r"[\w.]+|\S", rest, re.ASCII)
        shown = word.group() if word else rest[:1]
        if rest.startswith(("--", "/*")):
            return ExpressionError("comments are not allowed here", "write a YAML comment (#)", at)
        if (not value and rest[:1] in "'\"") or VALUE.match(rest) or AFTER.match(rest):
            wanted = "a value" if value else "an operator"
            return ExpressionError(f"{wanted} is expected before {shown!r}", HINTS.get(rest[0], ""), at)
        return ExpressionError(f"{shown[0]!r} is not part of the language", HINTS.get(rest[0], ""), at)

    def write(self, kind: str, match: re.Match[str], found: str) -> None:
        """Add a match to the text for sqlglot, and to the parts."""
        start, number = match.start(), len(self.parts)
        if kind in {"group", "function", "unit"}:
            name = "extract" if kind == "unit" else match["function"].lower() if kind == "function" else "("
            if kind == "function" and name == "extract":
                raise ExpressionError("EXTRACT(part FROM value) is expected", "write EXTRACT(year FROM d)", start)
            self.emit(start, name if name == "cast" else f"f{number}", "(")
            self.parts.append(Part("group" if kind == "group" else "function", name, start))
            if kind == "unit":
                self.emit(start, f'"{number + 1}"', ",")
                self.parts.append(Part("unit", match["unit"].lower(), match.start("unit")))
        elif kind == "type":
            word = match["type"].lower()
            if word not in TYPES:
                raise ExpressionError(f"unknown type '{match['type']}'", nearest(word, TYPES), match.start("type"))
            self.emit(start, "as" if found.startswith("as") else "::", word)
        elif kind in {"prefix", "close", "null", "in", "sign"}:
            self.emit(start, *("div" if found == "//" else found).split())
        else:
            self.emit(start, f'"{number}"')
            text = self.name(match) if kind == "name" else found if kind == "constant" else match.group()
            if kind == "moment":
                kind, quote, text = text.partition("'")
                kind, text = kind.strip().lower(), quote + text
            self.parts.append(Part(kind, text, start))

    def emit(self, start: int, *pieces: str) -> None:
        self.out += pieces
        self.starts += [start] * len(pieces)

    def name(self, match: re.Match[str]) -> str:
        """Return a dotted name without quotes and spaces."""
        pieces = re.findall(r'"[^"]*"|\w+', match.group(), re.ASCII)
        for piece in pieces:
            if len(pieces) > MAX_DEPTH or not all(map(NAME.fullmatch, piece.strip('"').split("."))):
                hint = "names are up to 63 letters a-z, digits and _"
                raise ExpressionError(f"{piece[:64]} is not a valid name", hint, match.start())
        return ".".join(piece.strip('"') for piece in pieces)

"""The text side of the expression language: its grammar, and the names and literals in an expression.

The scanner is the first of two walls (the second, `tree`, walks the tree that Polars' parser made). It knows where
a value may stand and where an operator must, so words need not be reserved: in `date > DATE '2024-01-01'` the first
`date` stands where a value is expected and no text literal follows, so it is a name. Only `null`, `true`, `false`,
`not` and `case` cannot be bare names. Everything that it does not know is refused, so that the text handed to Polars
and DuckDB holds nothing but quoted names, literals, and the operators, functions and types of docs/expressions.md;
and where the two would group operators differently, parentheses are asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fanwise.generator.errors import nearest
from fanwise.generator.language.sql.functions import COPIES, FUNCTIONS, LITERAL_ARGUMENTS, TYPES, UNITS
from fanwise.generator.language.sql.level import Level
from fanwise.generator.language.sql.moments import EXAMPLES, is_interval, read_moment
from fanwise.generator.language.sql.tokens import MAX_TOKENS, SPLIT, ExpressionError, Token, tokenise

__all__ = ["MAX_DEPTH", "MAX_SIZE", "Name", "Reading", "read"]

MAX_DEPTH = 32
MAX_SIZE = 1_000
PARENTHESES = "group with parentheses"

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
ARITHMETIC = frozenset({"+", "-", "*", "/", "//", "%"})
PREDICATES = frozenset({"not", "in", "between", "like"})
COMPARISON = frozenset({"=", "<>", "!=", "<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True)
class Name:
    """A name in an expression: `text` dotted and without quotes, standing at `[start, end)` of the expression."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What stands in an expression: its names, and its literals but for those that a function needs as they are."""

    names: tuple[Name, ...]
    literals: tuple[Name, ...]


def read(text: str) -> Reading:
    """Return the names and literals in `text`; raises ExpressionError for anything that the language does not have."""
    return _Scanner(text).read()


class _Scanner:
    """Walks the tokens once, in turns: a value, then what may stand after a value."""

    def __init__(self, text: str) -> None:
        self.tokens = tokenise(text)
        self.length = len(text)
        self.at = 0
        self.levels = [Level("")]
        self.found: list[Name] = []
        self.literals: list[Name] = []

    def read(self) -> Reading:
        value_expected = True
        while self.at < len(self.tokens):
            value_expected = self.value() if value_expected else self.after_value()
            if len(self.levels) > MAX_DEPTH:
                raise self.error(f"nested more than {MAX_DEPTH} deep", SPLIT)
            if self.level.size + self.level.run > MAX_SIZE:
                raise self.error(f"more than {MAX_SIZE} operations when written out", SPLIT)
        if value_expected:
            raise self.error("a value is missing at the end" if self.tokens else "the expression is empty")
        if len(self.levels) > 1:
            raise self.error(f"{'END' if self.level.opened == 'case' else ')'} is missing at the end")
        if self.level.between:
            raise self.error("AND is missing after BETWEEN")
        return Reading(tuple(self.found), tuple(self.literals))

    @property
    def level(self) -> Level:
        return self.levels[-1]

    def error(self, why: str, hint: str = "", token: Token | None = None) -> ExpressionError:
        return ExpressionError(why, hint, (token or self.peek()).start)

    def peek(self, ahead: int = 0) -> Token:
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else Token("end", "", self.length)

    def take(self) -> Token:
        token = self.peek()
        self.at += 1
        return token

    def expect(self, text: str, where: str) -> None:
        if self.peek().text.lower() != text:
            raise self.error(f"{text.upper()} is expected {where}")
        self.at += 1

    # Where a value is expected: each returns True if a value is still expected.

    def value(self) -> bool:
        token, level = self.take(), self.level
        if token.word == "not" and self.peek().text != ".":
            if not level.fresh:
                raise self.error("NOT stands at the start of a condition", PARENTHESES, token)
            level.run += 2
            return True
        level.fresh = False
        level.run += 1
        if token.text == "-":
            level.arithmetic = level.arithmetic or self.peek().kind != "number"
            return True
        if token.text == "(":
            self.levels.append(Level("("))
            return True
        if token.word == "case" and self.peek().text != ".":
            return self.case()
        if token.kind == "number":
            return self.number(token)
        if token.kind == "text":
            return self.hidden(token)
        if token.kind == "word" and self.peek().text == "(":
            return self.call(token)
        if token.kind == "word" and self.peek().kind == "text":
            return self.literal(token)
        if token.kind in {"word", "quoted"}:
            return self.name(token)
        hint = "leave the + out" if token.text == "+" else ""
        raise self.error(f"a value is expected before {token.text!r}", hint, token)

    def case(self) -> bool:
        self.levels.append(Level("case"))
        if self.peek().word == "when":
            self.at += 1
        return True

    def number(self, token: Token) -> bool:
        if token.text.isdigit():
            if int(token.text) >= 2**63:
                raise self.error("an integer this large is not supported", "write it with a point", token)
        elif float(token.text) == float("inf"):
            raise self.error("a number this large is not supported", token=token)
        return self.hidden(token)

    def hidden(self, token: Token, text: str = "") -> bool:
        if self.level.arguments == 1 or self.level.opened not in LITERAL_ARGUMENTS:
            end = self.tokens[self.at - 1].end
            self.literals.append(Name(text or token.text, token.start, end))
        return False

    def literal(self, token: Token) -> bool:
        text = self.take()
        if token.word not in EXAMPLES:
            raise self.error(f"an operator is missing before {text.text}", token=text)
        is_interval_word = token.word == "interval"
        if not (is_interval(text.text) if is_interval_word else read_moment(token.word, text.text)):
            raise self.error(f"{text.text} is no {token.word}", f"write {EXAMPLES[token.word]}", text)
        return False if is_interval_word else self.hidden(token, f"{token.word} {text.text}")

    def name(self, token: Token) -> bool:
        if token.word == "null" and self.peek().text != ".":
            before = self.tokens[self.at - 2].text if self.at > 1 else ""
            compared = before in COMPARISON or self.peek().text in COMPARISON or self.peek().word in PREDICATES
            if compared or self.level.opened == "in":
                raise self.error("NULL equals nothing", "write x IS NULL", token)
            return False
        if token.word in {"true", "false"} and self.peek().text != ".":
            return self.hidden(token, token.word)
        parts, last = [self.part(token)], token
        while self.peek().text == ".":
            self.at += 1
            last = self.take()
            if last.kind not in {"word", "quoted"}:
                raise self.error("a name is expected after the point", token=last)
            parts.append(self.part(last))
        if self.peek().text == "(":
            raise self.error("a function is one word", token=token)
        self.found.append(Name(".".join(parts), token.start, last.end))
        return False

    def part(self, token: Token) -> str:
        text = token.text[1:-1] if token.kind == "quoted" else token.text
        if not all(IDENTIFIER.fullmatch(piece) for piece in text.split(".")):
            raise self.error(f"{token.text} is no name", "names are up to 63 letters a-z, digits and _", token)
        return text

    def call(self, token: Token) -> bool:
        if token.word not in FUNCTIONS:
            raise self.error(f"unknown function '{token.text}'", nearest(token.word, FUNCTIONS), token)
        self.at += 1
        self.levels.append(Level(token.word))
        if token.word == "extract":
            unit = self.take()
            if unit.word not in UNITS:
                raise self.error(f"unknown date part '{unit.text}'", nearest(unit.word, UNITS), unit)
            self.expect("from", "in EXTRACT(part FROM value)")
        return True

    # After a value: each returns True if a value is expected next.

    def after_value(self) -> bool:
        token, level = self.take(), self.level
        if token.text in {",", ")"} or token.word in {"when", "then", "else", "end"}:
            return self.boundary(token)
        if token.word == "and" and level.between:
            level.between = False
            level.next_side()
            return True
        if token.word in {"and", "or"}:
            if level.between:
                raise self.error("AND is missing after BETWEEN", token=token)
            level.run += 1
            level.next_condition()
            return True
        if token.word == "as" and level.opened == "cast":
            return self.type_name()
        if level.complete:
            raise self.error(f"{token.text!r} cannot follow a condition", PARENTHESES, token)
        if token.text == "::":
            return self.type_name()
        if token.text in ARITHMETIC or token.text == "||":
            return self.arithmetic(token)
        if token.text in COMPARISON or token.word == "is" or token.word in PREDICATES:
            return self.predicate(token)
        raise self.error(f"an operator is expected before {token.text!r}", token=token)

    def boundary(self, token: Token) -> bool:
        level = self.level
        if level.between:
            raise self.error("AND is missing after BETWEEN", token=token)
        level.next_condition()
        if token.text == "," and level.opened not in {"", "(", "case", "cast", "extract"}:
            level.size += level.subject
            level.arguments += 1
            if level.opened in LITERAL_ARGUMENTS:
                self.literal_argument()
            return True
        if (token.text == ")" and level.opened not in {"", "case"}) or (token.word == "end" and level.opened == "case"):
            self.close(token)
            self.level.run += (level.size + level.subject) * COPIES.get(level.opened, 1)
            self.level.complete = level.opened == "in"
            return False
        if token.word in {"when", "then", "else"} and level.opened == "case":
            if token.word == "when":
                level.subject = level.subject or level.size
                level.size += level.subject
            return True
        raise self.error(f"{token.text!r} is out of place", token=token)

    def close(self, token: Token) -> None:
        level = self.levels.pop()
        least, most = FUNCTIONS.get(level.opened, (1, MAX_TOKENS))
        if not least <= level.arguments <= most:
            wanted = str(least) if least == most else f"{least} or {most}"
            raise self.error(f"{level.opened} takes {wanted} argument{'' if wanted == '1' else 's'}", token=token)

    def literal_argument(self) -> None:
        token, after = self.peek(), self.peek(1)
        least = 0 if self.level.opened == "round" else 1
        plain = token.kind == "text" or (token.text.isdigit() and int(token.text) >= least)
        if not plain or after.text not in {",", ")"}:
            raise self.error(f"a whole-number literal, {least} or above, is expected here")

    def arithmetic(self, token: Token) -> bool:
        level = self.level
        if level.concatenated if token.text in ARITHMETIC else level.arithmetic:
            raise self.error("|| beside arithmetic is grouped differently by different databases", PARENTHESES, token)
        level.run += 3
        level.arithmetic = level.arithmetic or token.text in ARITHMETIC
        level.concatenated = level.concatenated or token.text == "||"
        return True

    def predicate(self, token: Token) -> bool:
        level = self.level
        if level.compared:
            raise self.error("comparisons cannot be chained", "join them with AND", token)
        level.compared = True
        level.next_side()
        level.run += 2
        if token.text in COMPARISON:
            return True
        if token.word == "is":
            if self.peek().word == "not":
                self.at += 1
            self.expect("null", "after IS or IS NOT")
            level.complete = True
            return False
        if token.word == "not":
            token = self.take()
        if token.word == "in":
            self.expect("(", "after IN")
            self.levels.append(Level("in", subject=level.run))
            return True
        if token.word == "between":
            level.run *= 2
            level.between = True
            return True
        if token.word == "like":
            if self.peek().kind != "text":
                raise self.error("a text literal is expected after LIKE", "a pattern cannot come from a column")
            self.at += 1
            level.complete = True
            return False
        raise self.error("IN, BETWEEN or LIKE is expected after NOT", token=token)

    def type_name(self) -> bool:
        token = self.take()
        if token.word not in TYPES:
            raise self.error(f"unknown type '{token.text}'", nearest(token.word, TYPES), token)
        if self.level.opened == "cast" and self.peek().text != ")" and self.tokens[self.at - 2].word == "as":
            raise self.error(") is expected after the type")
        return False

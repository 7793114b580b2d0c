"""Row conditions: text in the language's SQL becomes DuckDB SQL, with every name resolved along the edges and quoted.

Nothing else of SQL gets through: the scanner knows where a value may stand and where an operator must, and refuses
every word, sign and function that is not listed. A name is `column`, `table.column` or `ref_column.column`; an axis
may stand for its column.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fanwise.io.quoting import quote_ident
from fanwise.validator.contract.model import Axis, Path, Table
from fanwise.validator.contract.paths import edges_along, paths_to

__all__ = ["Condition", "ConditionError", "Reference", "home_of", "parse_condition", "resolve_name"]

LONGEST = 4_000
MOST_PIECES = 20_000  # of SQL: round repeats what it rounds
FUNCTIONS = (
    *("abs", "ceil", "floor", "round", "sqrt", "exp", "ln", "log10", "log2", "power", "sin", "cos", "tan"),
    *("lower", "upper", "length", "replace", "substr", "left", "right", "lpad", "rpad", "trim", "ltrim", "rtrim"),
    *("concat", "starts_with", "ends_with", "greatest", "least", "coalesce", "nullif"),
)
TYPES = ("text", "varchar", "double", "bigint", "integer", "boolean", "date", "timestamp")
UNITS = ("year", "quarter", "month", "week", "day", "dow", "isodow", "doy", "hour", "minute", "second", "epoch")
SIGNS_AFTER = frozenset(["+", "-", "*", "/", "//", "%", "||", "=", "<>", "!=", "<", "<=", ">", ">=", "::"])
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<text>'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")+")
      | (?P<word>[^\W\d]\w*)
      | (?P<sign>\|\||::|//|<>|!=|<=|>=|[-+*/%=<>(),.])
    """,
    re.VERBOSE,
)


class ConditionError(Exception):
    """A condition that cannot be used; `hint` is the way out."""

    def __init__(self, why: str, hint: str = "") -> None:
        self.hint = hint
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Reference:
    """A resolved name: `column` of `table`, reached along `path`."""

    name: str
    path: Path
    table: str
    column: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A row condition of `table`: pieces of SQL text and references in order."""

    table: str
    text: str
    parts: tuple[str | Reference, ...]

    @property
    def references(self) -> tuple[Reference, ...]:
        """The names of the condition, in order."""
        return tuple(part for part in self.parts if isinstance(part, Reference))

    def sql(self, alias: Callable[[Path], str]) -> str:
        """Return DuckDB SQL; `alias` names the table that a path arrives at."""
        return " ".join(
            part if isinstance(part, str) else f"{alias(part.path)}.{quote_ident(part.column)}" for part in self.parts
        )


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str

    @property
    def word(self) -> str:
        return self.text.lower() if self.kind == "word" else ""


def parse_condition(tables: Mapping[str, Table], axes: Mapping[str, Axis], table: str, text: str) -> Condition:
    """Return the condition; raises ConditionError for unknown names and for anything but the language's SQL."""
    parts = [
        resolve_name(tables, axes, table, part.text) if isinstance(part, _Name) else part
        for part in _Scanner(text).parts()
    ]
    return Condition(table, text, tuple(parts))


def home_of(tables: Mapping[str, Table], axes: Mapping[str, Axis], text: str) -> str | None:
    """Return the one table that reaches every name of a condition: the one that most of them need, else None."""
    try:
        names = {part.text for part in _Scanner(text).parts() if isinstance(part, _Name)}
    except ConditionError:
        return next(iter(tables), None)  # the names pass reports the text itself
    fits = [table for table in tables if all(_resolves(tables, axes, table, name) for name in names)]
    mentioned = [table for table in fits if any(name.split(".")[0] == table for name in names)]
    nearest = mentioned or fits
    return nearest[0] if len(nearest) == 1 else None


def _resolves(tables: Mapping[str, Table], axes: Mapping[str, Axis], table: str, name: str) -> bool:
    try:
        resolve_name(tables, axes, table, name)
    except ConditionError:
        return False
    return True


def resolve_name(tables: Mapping[str, Table], axes: Mapping[str, Axis], table: str, name: str) -> Reference:
    """Return what `name` means for a row of `table`; raises ConditionError where that is unclear."""
    head, dot, tail = name.partition(".")
    if not dot:
        return _end(tables, axes, table, (), head, name)
    if head == table:
        return _end(tables, axes, table, (), tail, name)
    ways = list(paths_to(tables, table, head)) if head in tables else []
    if len(ways) != 1:
        ways = list(_by_ref(tables, table, head)) or ways
    if len(ways) != 1:
        why = f"'{head}' is reached from {table} on {len(ways)} paths" if ways else f"{table} reaches no '{head}'"
        raise ConditionError(why, "write ref_column.column." if ways else _nearest(head, tables))
    target = edges_along(tables, table, ways[0])[-1].table
    return _end(tables, axes, target, ways[0], tail, name)


def _by_ref(tables: Mapping[str, Table], table: str, column: str) -> Iterator[Path]:
    """Yield the paths from `table` whose last edge is the reference at `column`."""
    own = [edge.columns for edge in tables[table].edges if column in edge.columns]
    if own:
        yield from ((columns,) for columns in own)
        return
    for name, other in tables.items():
        if name == table:
            continue
        for edge in other.edges:
            if edge.kind == "ref" and column in edge.columns:
                yield from ((*path, edge.columns) for path in paths_to(tables, table, name))


def _end(
    tables: Mapping[str, Table], axes: Mapping[str, Axis], table: str, path: Path, column: str, name: str
) -> Reference:
    if column in tables[table].columns:
        return Reference(name, path, table, column)
    axis = axes.get(column)
    if axis is not None:
        ways = list(paths_to(tables, table, axis.table))
        if len(ways) == 1:
            return Reference(name, (*path, *ways[0]), axis.table, axis.column)
        raise ConditionError(f"axis '{column}' is reached from {table} on {len(ways)} paths", "name the way.")
    raise ConditionError(f"{table} has no column '{column}'", _nearest(column, tables[table].columns))


def _nearest(name: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean '{near[0]}'?" if near else f"known: {', '.join(list(known)[:12])}"


@dataclass(frozen=True, slots=True)
class _Name:
    text: str


def _rounded(value: Sequence[str | _Name], digits: int) -> list[str | _Name]:
    """Return SQL of `value` rounded as the language does: half away from zero on the shortest decimal that reads back.

    DuckDB's own round changed between 2.0.0 and 2.0.1. Only operations that IEEE 754 rounds exactly are used: the half
    between two candidates is compared with the value. Where that half may not be a double, decimal text decides.
    """
    scale = f"1e{digits}"
    size = ["abs(", "x", ")"]
    below = ["floor(", "x", f"* {scale} )"]
    half = ["(", *below, f"+ 0.5e0 ) / {scale}"]
    up = ["CASE WHEN", "x", "< 0 THEN", "x", ">", *half, "ELSE", "x", ">=", *half, "END"]
    text = ["CAST( CAST(", "x", f"AS VARCHAR) AS DECIMAL(38, {digits}))"]
    form = [
        *("( CASE WHEN", *size, f"< 1e{14 - digits} THEN (", *below, "+ CAST(", *up, f"AS DOUBLE)) / {scale}"),
        *("WHEN", *size, f"< 1e{16 - digits} THEN CAST( CAST(", *text, "AS VARCHAR) AS DOUBLE) ELSE", "x", "END )"),
    ]
    x = ["CAST(", *value, "AS DOUBLE)"]
    return [piece for part in form for piece in (x if part == "x" else [part])]


class _Scanner:
    """Walks the tokens in turns: a value, then what may stand after one."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise ConditionError(f"longer than {LONGEST} characters", "split it into several checks.")
        self.tokens = list(_tokens(text))
        self.at = 0
        self.open: list[str] = []
        self.found: list[str | _Name] = []
        self.rounds: list[int] = []  # where the argument of each open round starts

    def parts(self) -> list[str | _Name]:
        """Return SQL pieces and names in order."""
        value = True
        while self.at < len(self.tokens):
            piece, value = self._value() if value else self._after()
            self.found += piece
            if len(self.found) > MOST_PIECES:
                raise ConditionError("too long when each round is written out", "nest fewer rounds.")
        if value or self.open:
            missing = "a value" if value else "END" if self.open[-1] == "case" else "a closing parenthesis"
            raise ConditionError(f"{missing} is missing at the end", "complete the condition.")
        return self.found

    def _peek(self, ahead: int = 0) -> _Token:
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else _Token("end", "")

    def _take(self) -> _Token:
        token = self._peek()
        self.at += 1
        return token

    def _value(self) -> tuple[list[str | _Name], bool]:
        token, follows = self._take(), self._peek()
        dotted = follows.text == "."
        if token.text in ("-", "(") or (token.word in ("not", "case") and not dotted):
            if token.text == "(":
                self.open.append("(")
            if token.word == "case":
                self.open.append("case")
                if follows.word == "when":
                    self.at += 1
                    return ["CASE WHEN"], True
            return [token.text.upper()], True
        if token.kind == "number":
            # A number with a point is a double in the language; DuckDB would read a decimal.
            real = "." in token.text and "e" not in token.text.lower()
            return [token.text + ("e0" if real else "")], False
        if token.kind == "text":
            return [token.text], False
        if token.word in ("null", "true", "false") and not dotted:
            return [token.word.upper()], False
        if token.word in ("date", "timestamp", "interval") and follows.kind == "text":
            return [f"{token.word.upper()} {self._take().text}"], False
        if token.kind == "word" and follows.text == "(":
            return self._call(token)
        if token.kind in ("word", "quoted"):
            return [self._name(token)], False
        raise ConditionError(f"a value is expected before '{token.text}'", "see docs/audit.md.")

    def _call(self, token: _Token) -> tuple[list[str | _Name], bool]:
        self.at += 1
        if token.word == "extract":
            unit = self._take()
            if unit.word not in UNITS or self._take().word != "from":
                raise ConditionError("EXTRACT needs (part FROM value)", f"parts: {', '.join(UNITS)}.")
            self.open.append("(")
            return [f"EXTRACT({unit.word} FROM"], True
        if token.word != "cast" and token.word not in FUNCTIONS:
            raise ConditionError(f"unknown function '{token.text}'", _nearest(token.word, dict.fromkeys(FUNCTIONS)))
        if token.word == "round":
            self.open.append("round")
            self.rounds.append(len(self.found))
            return [], True
        self.open.append("cast" if token.word == "cast" else "call")
        return [f"{token.word}("], True

    def _round(self, after: _Token) -> list[str | _Name]:
        digits = "0" if after.text == ")" else self._take().text
        if not digits.isdecimal() or int(digits) > 15 or (after.text == "," and self._take().text != ")"):
            raise ConditionError("round takes 0 to 15 decimals", "write round(x, 2).")
        self.open.pop()
        start = self.rounds.pop()
        value = self.found[start:]
        del self.found[start:]
        return _rounded(value, int(digits))

    def _name(self, token: _Token) -> _Name:
        parts = [token]
        while self._peek().text == ".":
            self.at += 1
            parts.append(self._take())
        if any(part.kind not in ("word", "quoted") for part in parts) or len(parts) > 2 or self._peek().text == "(":
            raise ConditionError(f"'{token.text}' does not start a name", "write column or table.column.")
        return _Name(".".join(p.text[1:-1].replace('""', '"') if p.kind == "quoted" else p.text for p in parts))

    def _boundary(self, token: _Token) -> tuple[list[str | _Name], bool]:
        if self.open[-1] == "round":
            return self._round(token), False
        if token.text == ")":
            self.open.pop()
            return [")"], False
        if self.open[-1] not in ("call", "in"):
            raise ConditionError("an operator is expected before ','", "see docs/audit.md.")
        return [","], True

    def _after(self) -> tuple[list[str | _Name], bool]:
        token = self._take()
        word = token.word
        if token.text in (")", ",") and self.open and self.open[-1] != "case":
            return self._boundary(token)
        if word in ("when", "then", "else", "end") and self.open and self.open[-1] == "case":
            if word == "end":
                self.open.pop()
            return [word.upper()], word != "end"
        if token.text == "::" or (word == "as" and self.open and self.open[-1] == "cast"):
            if self._peek().word not in TYPES:
                raise ConditionError(f"unknown type '{self._peek().text}'", f"types: {', '.join(TYPES)}.")
            return [f"{token.text.upper()} {self._take().text.upper()}"], False
        if token.text in SIGNS_AFTER or word in ("and", "or", "between", "like"):
            return [token.text.upper()], True
        if word == "is":
            negated = self._peek().word == "not"
            self.at += negated
            if self._take().word != "null":
                raise ConditionError("NULL is expected after IS", "write IS NULL or IS NOT NULL.")
            return ["IS NOT NULL" if negated else "IS NULL"], False
        if word == "not" and self._peek().word in ("in", "between", "like"):
            following, value = self._after()
            return ["NOT", *following], value
        if word == "in" and self._take().text == "(":
            self.open.append("in")
            return ["IN ("], True
        raise ConditionError(f"an operator is expected before '{token.text}'", "see docs/audit.md.")


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or text.startswith(("--", "/*"), at) or "\x00" in match.group():
            raise ConditionError(f"'{text[at]}' is no part of a condition", "one condition, without comments.")
        at = match.end()
        kind = match.lastgroup or ""
        if kind != "space":
            yield _Token(kind, match.group())

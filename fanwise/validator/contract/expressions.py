"""Row conditions as DuckDB SQL that means the same in every version of DuckDB.

The language is that of docs/expressions.md. sqlglot parses a condition, after names were told from keywords by where
they stand; what is listed here becomes SQL again, with every bracket written, names quoted, and columns brought to the
types of the language. The generator compiles the same language on its own, and none of its code is used here, so that a
fault of one shows in the other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter
from typing import TYPE_CHECKING

from fanwise.io.problems import Refused, nearest
from fanwise.validator.contract.expression_forms import (
    BY_UNIT,
    DATE_CODES,
    JSON_TYPES,
    LENGTHS,
    date_form,
    joined,
    json_form,
    number_form,
    round_form,
    unit_form,
)

if TYPE_CHECKING:
    from sqlglot import exp

__all__ = ["ConditionError", "Leaf", "Name", "names_in", "parsed", "plain", "to_sql"]

_LONGEST, _MOST = 4_000, 20_000  # characters; pieces of SQL, because round repeats what it rounds
_TEXT, _WORD = "'(?:[^'\\0]|'')*'", r'(?:[^\W\d]\w*|"(?:[^"\0]|"")+")'
_VALUE = re.compile(
    rf"""\s*(?:(?P<again>-(?!-)|not\b(?!\s*\.)|case\b(?!\s*\.)(?:\s+when\b(?!\s*\.))?)
      | (?P<group>\()
      | extract\s*\(\s*(?P<unit>\w+)\s+from\b
      | (?P<call>\w+)\s*\(
      | (?P<moment>(?:date|timestamp|interval)\s*{_TEXT})
      | (?P<constant>(?:null|true|false)\b(?!\s*\.))
      | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?)
      | (?P<text>{_TEXT})
      | (?P<name>(?>{_WORD}(?:\s*\.\s*{_WORD}){{0,4}})(?!\s*[.(])))\s*
    """,
    re.VERBOSE | re.IGNORECASE,
)
_AFTER = re.compile(
    r"""\s*(?:(?P<end>\)|end\b|is\s+(?:not\s+)?null\b)
      | (?:::|as\b)\s*(?P<type>\w+)
      | (?P<again>(?:not\s+)?(?:between\b|like\b|in\s*\()|(?:and|or|when|then|else)\b
          |\|\||//|[<>!]=|<>|/(?!\*)|-(?!-)|[+*%=<>,]))\s*
    """,
    re.VERBOSE | re.IGNORECASE,
)
_TYPES = {"text": "VARCHAR", "varchar": "VARCHAR", "double": "DOUBLE", "bigint": "BIGINT", "integer": "INTEGER"}
_TYPES |= {"int": "INTEGER", "date": "DATE", "timestamp": "TIMESTAMP", "bool": "BOOLEAN"}  # int: as sqlglot says it
# An instant with a zone is opened as one in UTC without.
_COLUMNS = {**_TYPES, "timestamptz": "TIMESTAMP", "time": "TIME", **dict.fromkeys(("char", "uuid", "json"), "VARCHAR")}
_UNITS = ("year", "quarter", "month", "week", "day", "dow", "isodow", "doy", "hour", "minute", "second", "epoch")

# Operators from the loosest to the tightest: SQL by sqlglot's classes. It puts a Paren where one condition stands in
# another; brackets of the text are calls.
_LEVELS: tuple[dict[str, str], ...] = (
    {"Or": "({0} OR {1})"},
    {"And": "({0} AND {1})"},
    {"Not": "(NOT {0})"},
    {"EQ": "({0} = {1})", "NEQ": "({0} <> {1})", "LT": "({0} < {1})", "LTE": "({0} <= {1})", "GT": "({0} > {1})",
     "GTE": "({0} >= {1})", "Between": "({0} BETWEEN {1} AND {2})", "In": "({0} IN ({*}))", "Like": "({0} LIKE {1})",
     "Is": "({0} IS NULL)", "Paren": ""},
    {"DPipe": "(CAST({0} AS VARCHAR) || CAST({1} AS VARCHAR))"},
    {"Add": "({0} + {1})", "Sub": "({0} - {1})"},
    {"Mul": "({0} * {1})", "Div": "(CAST({0} AS DOUBLE) / CAST({1} AS DOUBLE))", "IntDiv": "({0} // {1})",
     "Mod": "({0} % {1})"},
    {"Neg": "(- {0})"},
)  # fmt: skip
_LEVEL = {name: level for level, operators in enumerate(_LEVELS) for name in operators}
_NOT, _COMPARED, _JOINED = _LEVEL["Not"], _LEVEL["EQ"], _LEVEL["DPipe"]
_ARGUMENTS = {"this", "expression", "expressions", "low", "high", "negate", "safe", "typed"}  # of an operator
# SQL of each function, and the kind of its result: "same" as that of its arguments. {*} stands for all of them.
_FUNCTIONS = {
    "": ("{0}", "same"),
    "length": ("length({0})", "whole"),
    **{name: (f"{name}({{*}})", "same") for name in ("abs", "coalesce", "greatest", "least", "nullif")},
    **{name: (f"{name}({{*}})", "") for name in ("concat", "ends_with", "left", "lower", "lpad", "ltrim", "replace")},
    **{name: (f"{name}({{*}})", "") for name in ("right", "rpad", "rtrim", "starts_with", "substr", "trim", "upper")},
    **{name: (f"{name}(CAST({{0}} AS DOUBLE))", "number") for name in ("ceil", "floor", "sqrt")},
    # Not exactly rounded, and different from one processor to another: 9 significant digits.
    **{name: (f"CAST(printf('%.8e', {name}(CAST({{0}} AS DOUBLE))) AS DOUBLE)", "number")
       for name in ("exp", "ln", "log10", "log2", "sin", "cos", "tan")},
    "power": ("CAST(printf('%.8e', power(CAST({0} AS DOUBLE), CAST({1} AS DOUBLE))) AS DOUBLE)", "number"),
}  # fmt: skip


class ConditionError(Refused):
    """A condition that cannot be used."""

    def __init__(self, why: str, hint: str = "") -> None:
        super().__init__("FW-CONTRACT-CONDITION", why, hint)


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a condition, as written but without quotes."""

    text: str


SQL = list[str | Name]
Typed = tuple[SQL, str]  # with the kind: "whole", "number", "null", or "" for anything else
Leaf = tuple[str, str]  # a kind as in _VALUE, and the text


def names_in(text: str) -> tuple[str, ...]:
    """Return the names in a condition; raises ConditionError for anything but the language's SQL."""
    return tuple(dict.fromkeys(plain(leaf) for kind, leaf in parsed(text)[1] if kind == "name"))


def to_sql(text: str, types: Mapping[str, str]) -> SQL:
    """Return a condition as pieces of DuckDB SQL and names; `types` gives each name's type in the contract."""
    return list(_written(text, tuple(types.items())))


@lru_cache(maxsize=1024)
def _written(text: str, types: tuple[tuple[str, str], ...]) -> tuple[str | Name, ...]:
    """Return the pieces of `to_sql`, those of SQL joined as far as no name is between them."""
    root, leaves = parsed(text)
    try:
        pieces = _Writer(leaves, dict(types)).write(root)[0]
    except RecursionError as error:
        raise ConditionError("nested too deep", "split it into several checks.") from error
    return tuple(joined(pieces))


@lru_cache(maxsize=256)
def parsed(text: str) -> tuple[exp.Expr, tuple[Leaf, ...]]:
    """Return sqlglot's tree, in which a Column n is leaf n and an Anonymous function "fn" a call of leaf n."""
    from sqlglot import ParseError, parse_one

    sql, leaves = _renamed(text)
    try:
        return parse_one(sql), tuple(leaves)
    except ParseError as error:
        raise ConditionError("a bracket, CASE or BETWEEN is not complete") from error
    except Exception as error:  # RecursionError, and what a parser should not raise
        raise ConditionError("nested too deep", "split it into several checks.") from error


def _renamed(text: str) -> tuple[str, list[Leaf]]:
    """Return a condition for sqlglot: its keywords and operators, and numbers of leaves in place of all else."""
    out: list[str] = []
    leaves: list[Leaf] = []
    at, value = 0, True
    if len(text) > _LONGEST:
        raise ConditionError(f"longer than {_LONGEST} characters", "split it into several checks.")
    while at < len(text.rstrip()):
        match = (_VALUE if value else _AFTER).match(text, at)
        if match is None:
            wanted = "a value" if value else "an operator"
            raise ConditionError(f"{wanted} is expected before '{text[at:].strip()[:20]}'")
        kind, found, at = match.lastgroup or "", match[match.lastgroup or ""], match.end()
        value = kind in ("again", "group", "call", "unit")
        if kind in ("again", "end"):
            out.append(" div " if found == "//" else f" {found} ")
        elif kind == "type":
            if found.lower() not in _TYPES.keys() - {"int", "bool"}:
                raise ConditionError(f"unknown type '{found}'", nearest(found, _TYPES))
            out.append(f" {match[0]} ")
        elif kind == "call" and found.lower() == "cast":
            out.append("cast (")
        elif value:  # brackets and functions
            out.append(f"f{len(leaves)} (")
            leaves.append(("call", {"group": "", "unit": "extract"}.get(kind, found.lower())))
            if kind == "unit":
                out.append(f'"{len(leaves)}" ,')
                leaves.append(("unit", found.lower()))
        else:
            out.append(f'"{len(leaves)}"')
            leaves.append((kind, found))
    if value:
        raise ConditionError("a value is missing at the end", "complete the condition.")
    return "".join(out), leaves


def plain(name: str) -> str:
    """Return a name without quotes."""
    parts = re.findall(_WORD, name)
    return ".".join(part[1:-1].replace('""', '"') if part[0] == '"' else part for part in parts)


class _Writer:
    """Writes SQL for the nodes of a tree that the language has."""

    def __init__(self, leaves: Sequence[Leaf], types: Mapping[str, str]) -> None:
        self.leaves = leaves
        self.types = types

    def write(self, node: exp.Expr) -> Typed:
        kind = type(node).__name__
        extra = [name for name, value in node.args.items() if value and name not in _ARGUMENTS]
        if kind == "Column":
            out = self.leaf(*self.leaves[int(node.name)])
        elif kind == "Anonymous":
            out = self.call(self.leaves[int(node.name[1:])][1], list(node.expressions))
        elif kind == "Case":
            out = self.case(node)
        elif kind == "Cast":
            out = _cast(self.write(node.this)[0], _TYPES[node.args["to"].this.name.lower()])
        elif kind in _LEVEL and kind != "Paren" and not extra:
            out = self.operator(kind, node)
        else:
            raise ConditionError(f"{(extra or [kind])[0].upper()} is not part of a condition")
        if len(out[0]) > _MOST:
            raise ConditionError("too long when each round is written out", "nest fewer rounds.")
        return (_fill("(NOT {0})", out), out[1]) if node.args.get("negate") else out

    def leaf(self, kind: str, text: str) -> Typed:
        if kind == "name":
            declared = self.types[plain(text)]
            real = declared.startswith(("float", "decimal"))
            whole, word = declared.startswith("int"), declared.partition("(")[0]
            if not (real or whole or word in _COLUMNS):
                raise ConditionError(f"{plain(text)} is {declared}, and conditions have no values with parts")
            wanted = "DOUBLE" if real else "BIGINT" if whole else _COLUMNS[word]
            return _cast([Name(plain(text))], wanted)
        if kind == "number" and not text.isdigit():
            return [text if "e" in text.lower() else f"{text}e0"], "number"
        if kind == "number":
            return _cast([text], "INTEGER" if int(text) < 2**31 else "BIGINT")
        return [text.upper() if kind == "constant" else text], "null" if text.lower() == "null" else ""

    def operator(self, kind: str, node: exp.Expr) -> Typed:
        own = _LEVEL[kind]
        names = ("this",) if kind == "Is" else ("this", "expression", "low", "high")
        sides = [side for name in names if (side := node.args.get(name)) is not None]
        for place, side in enumerate(sides):
            level = _LEVEL.get(type(side).__name__, len(_LEVELS))
            is_number = type(side).__name__ == "Neg" and type(side.this).__name__ == "Column"
            beside = own == _JOINED < level < len(_LEVELS) and not is_number
            if level < own or beside or (level == own > _NOT and (place or own == _COMPARED)):
                raise ConditionError("databases group these operators in different ways", "group with parentheses.")
        operands = [self.write(side) for side in [*sides, *node.expressions]]
        found = _same(operands) if own > _JOINED else ""
        if found == "number":
            operands = [_cast(sql, "DOUBLE") for sql, _ in operands]
        return _fill(_LEVELS[own][kind], *operands), "number" if kind == "Div" else found

    def call(self, name: str, nodes: list[exp.Expr]) -> Typed:
        literals = [self.leaves[int(node.name)][1] if type(node).__name__ == "Column" else "" for node in nodes]
        if name == "extract" and literals[0] in _UNITS:
            sql = _fill(f"extract({literals[0]} FROM CAST({{0}} AS TIMESTAMP))", self.write(nodes[1]))
            return sql, "number" if literals[0] == "epoch" else "whole"
        if name in BY_UNIT:
            return self.by_unit(name, nodes, literals)
        digits = literals[1] if len(nodes) == 2 else "0"
        if name == "round":
            if len(nodes) > 2 or not digits.isdecimal() or int(digits) > 15:
                raise ConditionError("round takes 0 to 15 decimals", "write round(x, 2).")
            return self.rounded(self.write(nodes[0]), digits)
        if name in ("format_number", "strftime") and len(nodes) == 2:
            return self.formatted(name, nodes[0], literals[1]), ""
        if name == "json_value" and len(nodes) in (2, 3):
            return self.of_json(nodes[0], *literals[1:])
        template, kind = _FUNCTIONS.get(name, ("", ""))
        if not template:
            raise ConditionError(
                f"unknown function '{name}'",
                nearest(name, [*_FUNCTIONS, *BY_UNIT, "extract", "format_number", "json_value", "round", "strftime"]),
            )
        fields = {field for _, field, *_ in Formatter().parse(template)} - {None}
        if "*" not in fields and len(fields) != len(nodes):
            raise ConditionError(f"{name or 'a pair of brackets'} takes {len(fields)} arguments")
        operands = [self.write(node) for node in nodes]
        return _fill(template, *operands), _same(operands) if kind == "same" else kind

    def formatted(self, name: str, node: exp.Expr, form: str) -> SQL:
        """Return the SQL of a date in a format, or of a number with all its decimals and a comma between thousands."""
        if name == "strftime":
            if not form.startswith("'") or date_form(form) is None:
                raise ConditionError("strftime takes a format, as a text", f"its codes: {' '.join(DATE_CODES)}.")
            return _fill(date_form(form) or "", self.write(node))
        if not form.isdecimal() or int(form) > 12:
            raise ConditionError("format_number takes 0 to 12 decimals", "write format_number(x, 2).")
        return _fill(number_form(form), self.rounded(self.write(node), form))

    def of_json(self, node: exp.Expr, path: str, kind: str = "'text'") -> Typed:
        """Return the SQL of the value at a path of a JSON text."""
        wanted = kind.strip("'")
        if wanted not in JSON_TYPES:
            raise ConditionError("json_value takes a type, as a text", f"write one of {', '.join(JSON_TYPES)}.")
        form = json_form(path, wanted) if path.startswith("'") else None
        if form is None:
            raise ConditionError("json_value takes a path, as a text", "write json_value(x, '$.address.city').")
        return _fill(form, self.write(node)), JSON_TYPES[wanted][1]

    def rounded(self, value: Typed, digits: str) -> Typed:
        if value[1] == "whole":
            return value
        return _fill(round_form(digits), _cast(value[0], "DOUBLE")), "number"

    def by_unit(self, name: str, nodes: list[exp.Expr], literals: list[str]) -> Typed:
        wanted, place, kind = BY_UNIT[name]
        if len(nodes) != wanted:
            raise ConditionError(f"{name} takes {wanted} arguments")
        form = unit_form(name, literals[place].strip("'"))
        if form is None:
            raise ConditionError(f"{name} takes a unit, such as 'month'", f"write one of {', '.join(LENGTHS)}.")
        return _fill(form, *(self.write(node) for at, node in enumerate(nodes) if at != place)), kind

    def case(self, node: exp.Expr) -> Typed:
        out: SQL = ["(CASE ", *(self.write(node.this)[0] if node.args.get("this") else [])]
        values = []
        for branch in node.args["ifs"]:
            when, then = self.write(branch.this), self.write(branch.args["true"])
            out += _fill(" WHEN {0} THEN {1}", when, then)
            values.append(then)
        if node.args.get("default"):
            values.append(self.write(node.args["default"]))
            out += _fill(" ELSE {0}", values[-1])
        return [*out, " END)"], _same(values)


def _cast(sql: SQL, wanted: str) -> Typed:
    kind = {"BIGINT": "whole", "INTEGER": "whole", "DOUBLE": "number"}.get(wanted, "")
    return ["CAST(", *sql, f" AS {wanted})"], kind


def _same(operands: Sequence[Typed]) -> str:
    """Return the kind that holds them all."""
    kinds = {kind for _, kind in operands} - {"null"}
    return "number" if kinds in ({"number"}, {"number", "whole"}) else "whole" if kinds == {"whole"} else ""


def _fill(template: str, *operands: Typed) -> SQL:
    """Return a template with the SQL of operands in place of {0}, {1} …, and of those that are left in place of {*}."""
    out: SQL = []
    rest = [sql for sql, _ in operands]
    used = {int(field) for _, field, *_ in Formatter().parse(template) if field and field != "*"}
    for text, field, *_ in Formatter().parse(template):
        out.append(text)
        if field == "*":
            for place, sql in enumerate(rest[len(used) :]):
                out += [", ", *sql] if place else sql
        elif field:
            out += rest[int(field)]
    return out

"""The tree of an expression, compiled node by node to a program of operations on columns.

Only what is listed here can run, whatever the parser lets through. The result is a program for a stack machine
(operands before their operation), because trees of long expressions are deep.
"""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections.abc import Iterator
from functools import partial

import polars as pl
from sqlglot import exp

from fanwise.generator.errors import nearest
from fanwise.generator.language.sql import dates, logic, numbers, texts
from fanwise.generator.language.sql.documents import JSON_TYPES, PathStep, path_steps
from fanwise.generator.language.sql.formats import DATE_CODES, MOST_DECIMALS, is_date_format
from fanwise.generator.language.sql.functions import FUNCTIONS, INSTEAD, LITERAL_ARGUMENTS
from fanwise.generator.language.sql.operands import (
    TIMESTAMP,
    ExpressionError,
    Operand,
    Operation,
    apply,
    constant,
    operation,
)
from fanwise.generator.language.sql.steps import Step
from fanwise.generator.language.sql.syntax import Part, parse

__all__ = ["compile_text"]

MAX_SIZE = 2**31 - 1
MAX_PADDED = 10_000  # each row has a text of this size
GROUP = "group with parentheses"
NEGATE = operation("condition", "NOT", operator.invert)
UNITS = {"second": "s", "minute": "m", "hour": "h", "day": "d", "week": "w", "month": "mo", "year": "y"}
INTERVAL = re.compile(rf"'([0-9]{{1,6}}) ({'|'.join(UNITS)})s?'")
MOMENTS = {
    "date": (re.compile(r"'\d{4}-\d\d-\d\d'", re.ASCII), "DATE '2024-12-31'"),
    "timestamp": (re.compile(r"'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d'", re.ASCII), "TIMESTAMP '2024-12-31 23:59:59'"),
}
Signs = dict[type[exp.Expr], str]
ARITHMETIC: Signs = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.IntDiv: "//", exp.Mod: "%"}
COMPARISONS: Signs = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
# What a node may say; `safe` and `typed` are notes for writers of SQL.
ARGUMENTS = frozenset(
    {"this", "expression", "expressions", "low", "high", "ifs", "default", "to", "negate", "safe", "typed", "_type"}
)
# From the loosest to the tightest. The parser puts a Paren where one condition stands in another; brackets are groups.
CONDITION = 3
LEVELS: tuple[tuple[type[exp.Expr], ...], ...] = (
    (exp.Or,),
    (exp.And,),
    (exp.Not,),
    (*COMPARISONS, exp.Between, exp.In, exp.Like, exp.Is, exp.Paren),
    (exp.DPipe,),
    (exp.Add, exp.Sub),
    (exp.Mul, exp.Div, exp.IntDiv, exp.Mod),
    (exp.Neg,),
)
LEVEL = {kind: level for level, kinds in enumerate(LEVELS) for kind in kinds}

NULLS = frozenset({"null", "nullif", "json_value"})
"""Words with which an expression may make null of values without null; a CASE without ELSE does, too."""

Decoded = tuple[Operation | str, list[exp.Expr]]


def compile_text(text: str) -> tuple[tuple[Step, ...], tuple[str, ...], bool]:
    """Return the program of an expression, the names in it, and whether it can make null of values without null.

    Raises ExpressionError for what the language does not have.
    """
    compiler = _Compiler(*parse(text))
    steps = tuple(compiler.steps())[::-1]
    names = dict.fromkeys(part.text for part in compiler.parts if part.kind == "name")
    return steps, tuple(names), compiler.makes_nulls


class _Compiler:
    def __init__(self, root: exp.Expr, parts: list[Part]) -> None:
        self.root = root
        self.parts = parts
        self.makes_nulls = any(part.kind != "text" and part.text in NULLS for part in parts)

    def steps(self) -> Iterator[Step]:
        """Yield the steps of the program, the last one first."""
        pending = [self.root]
        while pending:
            node = pending.pop()
            if more := [name for name, value in node.args.items() if value and name not in ARGUMENTS]:
                raise self.error(node, f"{more[0].upper()} is not part of the language")
            made, children = self.decode(node)
            if node.args.get("negate"):  # NOT LIKE and the like, where the parser writes no Not
                yield Step(NEGATE, 1)
            yield Step(made, len(children))
            pending.extend(children)

    def part(self, node: exp.Expr) -> Part | None:
        """Return the part that a node stands for, or None for an operator."""
        number = node.name if isinstance(node, exp.Column) else node.name[1:] if isinstance(node, exp.Anonymous) else ""
        return self.parts[int(number)] if number else None

    def error(self, node: exp.Expr, why: str, hint: str = "") -> ExpressionError:
        """Return an error at the first part in `node`."""
        found = [part.start for part in map(self.part, node.walk()) if part is not None]
        return ExpressionError(why, hint, min(found, default=0))

    def is_literal(self, node: exp.Expr, kind: str, text: str = "") -> bool:
        part = self.part(node)
        return part is not None and part.kind == kind and text in {"", part.text}

    def decode(self, node: exp.Expr) -> Decoded:
        """Return the operation of one node, and the nodes of its operands."""
        part = self.part(node)
        if part is not None:
            return self.call(node, part) if isinstance(node, exp.Anonymous) else (self.leaf(node, part), [])
        if type(node) in ARITHMETIC or isinstance(node, exp.DPipe | exp.Neg):
            return self.arithmetic(node)
        if isinstance(node, exp.Not) or LEVEL.get(type(node)) == CONDITION:
            return self.condition(node)
        match node:
            case exp.And() | exp.Or():
                return partial(logic.join, node.key.upper()), self.grouped(node, node.this, node.expression)
            case exp.Case():
                return self.case(node)
            case exp.Cast(to=exp.DataType() as wanted) if wanted.this.name in logic.CASTS:
                return partial(logic.cast, wanted.this.name), [node.this]
        raise self.error(node, f"{node.key.upper()} is not part of the language")

    def leaf(self, node: exp.Expr, part: Part) -> Operation | str:
        """Return what loads a column or a literal."""
        if part.kind == "name":
            return part.text
        value: Operand | None = None
        if part.kind == "number":
            value = self.number(node, part.text)
        elif part.kind == "text":
            value = constant(_unquoted(part.text), pl.String())
        elif part.kind == "constant":
            value = constant(None, pl.Null()) if part.text == "null" else constant(part.text == "true", pl.Boolean())
        elif part.kind in MOMENTS:
            value = self.moment(node, part)
        else:
            hint = "write x + INTERVAL '3 days', or x + INTERVAL '1 day' * n"
            raise self.error(node, f"{part.text} cannot stand here; an interval follows the + or - that uses it", hint)
        return lambda _: value

    def number(self, node: exp.Expr, text: str) -> Operand:
        if not text.isdigit():
            if float(text) == float("inf"):
                raise self.error(node, "a number this large is not supported")
            return constant(float(text), pl.Float64())
        if int(text) >= 2**63:
            raise self.error(node, "an integer this large is not supported", "write it with a point")
        return constant(int(text), pl.Int32() if int(text) < 2**31 else pl.Int64())

    def moment(self, node: exp.Expr, part: Part) -> Operand:
        shape, example = MOMENTS[part.kind]
        try:
            if shape.fullmatch(part.text):
                moment = constant(dt.datetime.fromisoformat(part.text[1:-1]), TIMESTAMP)
                return moment.cast(pl.Date() if part.kind == "date" else TIMESTAMP)
        except ValueError:
            pass
        raise self.error(node, f"{part.text} is not a valid {part.kind}", f"write {example}")

    def arithmetic(self, node: exp.Expr) -> Decoded:
        if isinstance(node, exp.Neg):
            return numbers.negative, self.grouped(node, node.this)
        left, right = self.grouped(node, node.this, node.expression)
        if isinstance(node, exp.DPipe):
            for side in (left, right):
                if type(side) in ARITHMETIC or (isinstance(side, exp.Neg) and not self.is_literal(side.this, "number")):
                    raise self.error(side, "|| beside arithmetic is grouped differently by different databases", GROUP)
            return texts.joined, [left, right]
        sign = ARITHMETIC[type(node)]
        if sign in {"//", "%"} and not self.never_zero(right):
            raise self.error(right, f"the divisor of {sign} may be 0", "write nullif(x, 0), or a number")
        if sign in {"+", "-"} and self.is_literal(right, "interval"):
            count, unit = self.interval(right)
            return partial(dates.shifted, f"{sign.strip('+')}{count}{UNITS[unit]}"), [left]
        sides = [right.this, right.expression] if isinstance(right, exp.Mul) and sign in {"+", "-"} else []
        for times, interval in (sides, sides[::-1]) if sides else ():
            if self.is_literal(interval, "interval"):
                count, unit = self.interval(interval)
                return partial(dates.shifted_by, unit, int(f"{sign}{count}")), [left, times]
        return partial(numbers.binary, sign), [left, right]

    def interval(self, node: exp.Expr) -> tuple[str, str]:
        """Return the number and the unit of an interval."""
        part = self.part(node)
        found = INTERVAL.fullmatch(part.text if part else "")
        if found is None:
            raise self.error(node, f"{part and part.text} is not a valid interval", "write INTERVAL '3 days'")
        return found[1], found[2]

    def never_zero(self, divisor: exp.Expr) -> bool:
        """Return whether a divisor is a literal other than 0, or nullif(x, 0): DuckDB stops at a division by 0."""
        part = self.part(divisor)
        if isinstance(divisor, exp.Neg):
            return self.never_zero(divisor.this)
        if part is None or not isinstance(divisor, exp.Anonymous):
            return part is not None and part.kind == "number" and float(part.text) != 0
        inner: list[exp.Expr] = divisor.expressions
        if part.kind == "group":
            return len(inner) == 1 and self.never_zero(inner[0])
        return part.text == "nullif" and len(inner) == 2 and self.is_literal(inner[1], "number", "0")

    def condition(self, node: exp.Expr) -> Decoded:
        """Return a comparison or predicate."""
        if isinstance(node, exp.Not):
            return NEGATE, self.grouped(node, node.this)
        if isinstance(node, exp.Is):
            return (lambda operands: apply(lambda a: a.is_null(), *operands)), self.grouped(node, node.this)
        if isinstance(node, exp.Between):
            return logic.between, self.grouped(node, self.known(node.this), node.args["low"], node.args["high"])
        if isinstance(node, exp.In):
            return logic.is_in, [*self.grouped(node, self.known(node.this)), *map(self.known, node.expressions)]
        operands = self.grouped(node, self.known(node.this), self.known(node.expression))
        if not isinstance(node, exp.Like):
            return partial(numbers.compare, COMPARISONS[type(node)]), operands
        if not self.is_literal(node.expression, "text"):
            raise self.error(node.expression, "a text literal is expected after LIKE", "not a pattern from a column")
        return texts.like, operands

    def grouped(self, node: exp.Expr, *operands: exp.Expr) -> list[exp.Expr]:
        """Return the operands; raises ExpressionError unless the operators are grouped as the language groups them."""
        own = LEVEL[type(node)]
        for place, side in enumerate(operands):
            level = LEVEL.get(type(side), len(LEVELS))
            if own == level == CONDITION:
                raise self.error(side, "comparisons cannot be chained", f"join them with AND, or {GROUP}")
            if isinstance(side, exp.Not) and level < own:
                raise self.error(side, "NOT stands at the start of a condition", GROUP)
            if level < own or (level == own and place and level > LEVEL[exp.And]):
                raise self.error(side, "operators that databases group differently", GROUP)
        return list(operands)

    def known(self, side: exp.Expr) -> exp.Expr:
        if self.is_literal(side, "constant", "null"):
            raise self.error(side, "NULL equals nothing", "write x IS NULL")
        return side

    def case(self, node: exp.Case) -> Decoded:
        branches = [side for found in node.args["ifs"] for side in (found.this, found.args["true"])]
        subject = [node.this] if node.args.get("this") else []
        default = [node.args["default"]] if node.args.get("default") else []
        self.makes_nulls = self.makes_nulls or not default
        return partial(logic.case, bool(subject), bool(default)), [*subject, *branches, *default]

    def call(self, node: exp.Expr, part: Part) -> Decoded:
        """Return a function, or brackets."""
        name, arguments = part.text, list(node.expressions)
        if name == "extract":
            unit = self.parts[int(arguments[0].name)].text
            if unit not in dates.PARTS:
                raise self.error(arguments[0], f"unknown date part '{unit}'", nearest(unit, dates.PARTS))
            return partial(dates.part, unit), arguments[1:]
        if name in dates.UNIT_FUNCTIONS:
            return self.by_unit(node, name, arguments)
        least, most, _ = (FUNCTIONS | LITERAL_ARGUMENTS).get(name, (0, -1, None))
        if most < 0:
            known = {*FUNCTIONS, *LITERAL_ARGUMENTS, *dates.UNIT_FUNCTIONS} - {"("}
            raise self.error(node, f"unknown function '{name}'", INSTEAD.get(name) or nearest(name, known))
        if not least <= len(arguments) <= most:
            joined = "or" if most - least == 1 else "to"
            wanted = str(least) if least == most else f"{least} {joined} {most}"
            subject = "a pair of brackets" if part.kind == "group" else name
            raise self.error(node, f"{subject} takes {wanted} argument{'' if wanted == '1' else 's'}")
        if name in FUNCTIONS:
            return FUNCTIONS[name][2], arguments
        make = LITERAL_ARGUMENTS[name][2]
        return make(*(self.literal(name, place, each) for place, each in enumerate(arguments[1:]))), arguments[:1]

    def by_unit(self, node: exp.Expr, name: str, arguments: list[exp.Expr]) -> Decoded:
        """Return a function of dates that is given a unit, as a text literal."""
        wanted, place, make = dates.UNIT_FUNCTIONS[name]
        if len(arguments) != wanted:
            raise self.error(node, f"{name} takes {wanted} arguments")
        side = arguments.pop(place)
        part = self.part(side)
        unit = part.text[1:-1] if part is not None and part.kind == "text" else ""
        if unit not in dates.UNITS:
            shown = part.text if part is not None else "this"
            hint = f"write '{dates.UNITS[5]}', or one of {', '.join(dates.UNITS)}"
            raise self.error(side, f"{name} takes a unit here, as a text, and {shown} is not one", hint)
        return partial(make, unit), arguments

    def literal(self, name: str, place: int, node: exp.Expr) -> int | str | list[PathStep]:
        if name == "json_value":
            return self.of_json(place, node)
        part, pads = self.part(node), name in {"lpad", "rpad"} and place == 1
        if name == "strftime":
            if part is not None and part.kind == "text" and is_date_format(form := _unquoted(part.text)):
                return form
            raise self.error(node, "strftime takes a format, as a text literal", f"its codes: {' '.join(DATE_CODES)}")
        if part is not None and pads and part.kind == "text" and len(fill := _unquoted(part.text)) == 1:
            return fill
        bounds = {"round": (0, 15), "format_number": (0, MOST_DECIMALS)}
        least, most = bounds.get(name) or (1, MAX_PADDED if name in {"lpad", "rpad"} else MAX_SIZE)
        if part is not None and not pads and part.text.isdigit() and least <= int(part.text) <= most:
            return int(part.text)
        wanted = "a text literal of one character" if pads else f"a whole-number literal from {least} to {most}"
        raise self.error(node, f"{name} takes {wanted} here")

    def of_json(self, place: int, node: exp.Expr) -> str | list[PathStep]:
        """Return the path or the type that is given to json_value."""
        part = self.part(node)
        text = _unquoted(part.text) if part is not None and part.kind == "text" else ""
        if place:
            if text in JSON_TYPES:
                return text
            raise self.error(node, "json_value takes a type here, as a text literal", f"one of {', '.join(JSON_TYPES)}")
        steps = path_steps(text)
        if steps is None:
            raise self.error(
                node, "json_value takes a path, as a text literal", "such as '$.address.city' or '$.lines[0]'"
            )
        return steps


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'")

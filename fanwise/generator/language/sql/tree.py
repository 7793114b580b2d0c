"""The tree that Polars' SQL parser made, read node by node against a list of what the language has.

The tree is only read: each node becomes an operation of ours, so nothing that is not in this file can run, whatever
the parser lets through. The result is a program for a stack machine (operands before their operation), because trees of
long expressions are deep.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from fanwise.generator.language.sql import dates, logic, numbers, texts
from fanwise.generator.language.sql.moments import read_moment
from fanwise.generator.language.sql.operands import TIMESTAMP, Operand, Operation, constant, floats
from fanwise.generator.language.sql.tokens import SPLIT, ExpressionError

__all__ = ["MAX_NODES", "Load", "Step", "read_tree"]

MAX_NODES = 2_000
NUMBER = re.compile(r"@[0-9.]+(?:[eE][+-]?[0-9]+)?")  # a number that the grammar hid

Node = Any  # JSON
Decoded = tuple["Operation | Load", list[Node]]


@dataclass(frozen=True, slots=True)
class Load:
    """Puts the frame's column `name` on the stack."""

    name: str


@dataclass(frozen=True, slots=True)
class Step:
    """Takes `takes` operands from the stack and puts back what `operation` makes of them."""

    operation: Operation | Load
    takes: int


def read_tree(text: str) -> tuple[Step, ...]:
    """Return the program of a serialised tree; raises ExpressionError for any node that the language does not have."""
    try:
        pending: list[Node] = [json.loads(text)]
    except RecursionError as error:
        raise ExpressionError("nested too deep", SPLIT) from error
    steps: list[Step] = []
    while pending:
        operation, children = decode(pending.pop())
        steps.append(Step(operation, len(children)))
        pending.extend(children)
        if len(steps) > MAX_NODES:
            raise ExpressionError(f"more than {MAX_NODES} operations", SPLIT)
    return tuple(reversed(steps))


def decode(node: Node) -> Decoded:
    """Return the operation of one node, and the nodes of its operands."""
    match node:
        case {"Column": str(name), **rest} if not rest:
            return (read_hidden(name[1:]) if name.startswith("@") else Load(name)), []
        case {"Literal": value, **rest} if not rest:
            return always(read_literal(value)), []
        case {"BinaryExpr": {"left": left, "op": str(sign), "right": right}, **rest} if not rest:
            return decode_binary(left, sign, right)
        case {"Ternary": {"predicate": condition, "truthy": truthy, "falsy": falsy}, **rest} if not rest:
            return logic.choose, [condition, truthy, falsy]
        case {"Cast": {"expr": inner, "dtype": {"Literal": dtype}, "options": "Strict"}, **rest} if not rest:
            dtype = "Datetime" if dtype == {"Datetime": ["Microseconds", None]} else dtype
            if isinstance(dtype, str) and dtype in logic.CASTS:
                return partial(logic.cast, dtype), [inner]
        case {"Function": {"input": list(inputs), "function": function}, **rest} if not rest:
            return decode_function(function, inputs)
    raise unknown(node)


def unknown(node: Node) -> ExpressionError:
    name = next(iter(node)) if isinstance(node, dict) and node else str(node)
    return ExpressionError(f"the expression language does not have this ({str(name)[:40]})", "see docs/expressions.md")


def always(operand: Operand) -> Operation:
    return lambda _: operand


def read_literal(value: Node) -> Operand:
    match value:
        case {"Scalar": {"String": str(text)}}:  # of LIKE
            return constant(text, pl.String())
        case {"Scalar": {"Null": "Null"}}:
            return constant(None, pl.Null())
        case {"Scalar": {"Int8": int(number)}}:  # of EXTRACT(dow FROM x)
            return constant(number, pl.Int64())
        case {"Scalar": {"Duration": _}}:
            raise ExpressionError("an interval stands after the + or - that uses it", "write x + INTERVAL '3 days'")
    raise unknown({"Literal": value})


def read_hidden(text: str) -> Operation:
    """Return the literal that the grammar hid from the parser as a column "@text"."""
    if text.isdigit():
        number = int(text)
        return always(constant(number, pl.Int32() if number < 2**31 else pl.Int64()))
    if text.startswith("'"):
        return always(constant(text[1:-1].replace("''", "'"), pl.String()))
    if text.startswith(("date ", "timestamp ")):
        word, _, literal = text.partition(" ")
        return always(constant(read_moment(word, literal), TIMESTAMP).cast(pl.Date() if word == "date" else TIMESTAMP))
    if text in {"true", "false"}:
        return always(constant(text == "true", pl.Boolean()))
    return always(constant(float(text), pl.Float64()))


COMPARISONS = frozenset(numbers.COMPARISONS)
ARITHMETIC = {"Plus": "+", "Minus": "-"}
NULL = {"Literal": {"Scalar": {"Null": "Null"}}}
ZERO = {"Literal": {"Dyn": {"Int": 0}}}  # the parser's own, in -x and in positions


def decode_binary(left: Node, sign: str, right: Node) -> Decoded:
    if sign in COMPARISONS:
        return partial(numbers.compare, sign), [left, right]
    if sign in {"And", "Or"}:
        return partial(logic.join, sign), [left, right]
    if sign == "Plus":
        match (left, right):
            case (
                {"Cast": {"expr": first, "dtype": {"Literal": "String"}, "options": "NonStrict"}},
                {"Cast": {"expr": second, "dtype": {"Literal": "String"}, "options": "NonStrict"}},
            ):
                return texts.joined, [first, second]
        if (moment := epoch_of(left, right)) is not None:
            return partial(dates.part, "Epoch"), [moment]
    if sign == "Minus" and left == ZERO:
        return numbers.negative, [right]
    if sign in ARITHMETIC:
        return partial(numbers.binary, ARITHMETIC[sign]), [left, right]
    raise unknown({sign: None})


def epoch_of(left: Node, right: Node) -> Node | None:
    """Return x where the tree is that of EXTRACT(epoch FROM x), whose nanoseconds would overflow, else None."""
    match left:
        case {"BinaryExpr": {"left": {"Function": {"input": [moment], "function": function}}, "op": "RustDivide"}}:
            if function == {"TemporalExpr": {"TimeStamp": "Nanoseconds"}} and '"RustDivide"' in json.dumps(right):
                return moment
    return None


def decode_function(function: Node, inputs: list[Node]) -> Decoded:
    key, arguments = flatten(function)
    if key in {"Sql.Binary.IntDiv", "Sql.Binary.Rem"} and not never_zero(inputs[1]):
        raise ExpressionError("the divisor of // and % may be 0", "write nullif(x, 0), or a number")
    if key in FUNCTIONS:
        return FUNCTIONS[key], inputs
    if key in {f"TemporalExpr.{name}" for name in dates.PARTS}:
        return partial(dates.part, key.partition(".")[2]), inputs
    if key in DECODERS:
        return DECODERS[key](arguments, inputs)
    raise unknown({key: None})


def never_zero(divisor: Node) -> bool:
    """Return whether a divisor is a literal other than 0, or nullif(x, 0): DuckDB stops at a division by 0."""
    match divisor:
        case {"Column": str(name)} if NUMBER.fullmatch(name):
            return float(name[1:]) != 0
        case {"BinaryExpr": {"left": {"Literal": {"Dyn": {"Int": 0}}}, "op": "Minus", "right": positive}}:
            return never_zero(positive)
        case {"Ternary": {"predicate": condition, "truthy": {"Literal": {"Scalar": {"Null": "Null"}}}, "falsy": value}}:
            return bool(condition == {"BinaryExpr": {"left": value, "op": "Eq", "right": {"Column": "@0"}}})
    return False


def flatten(function: Node) -> tuple[str, dict[str, Node]]:
    """Return the dotted name of a function node, e.g. "Sql.Binary.Mul", and its arguments."""
    names: list[str] = []
    while isinstance(function, dict) and len(function) == 1:
        name, inner = next(iter(function.items()))
        if not name[:1].isupper():
            break
        names.append(name)
        function = inner
    if isinstance(function, str):
        return ".".join([*names, function]), {}
    return ".".join(names), function if isinstance(function, dict) else {"value": function}


def whole(node: Node) -> int:
    """Return a whole-number literal from 0 on; raises ExpressionError for anything else."""
    match node:
        case {"Literal": {"Dyn": {"Int": int(number)}}} if number >= 0:
            return number
    raise ExpressionError("positions and lengths are whole-number literals, positions from 1 on")


def decode_slice(_: Node, inputs: list[Node]) -> Decoded:
    text, offset, size = inputs
    match text:
        case {"Function": {"input": [inner, width], "function": {"StringExpr": padding}}} if offset == ZERO:
            for name, at_start in (("PadStart", True), ("PadEnd", False)):
                if isinstance(padding, dict) and name in padding and width == size:
                    return partial(texts.padded, at_start, whole(width), padding[name]["fill_char"]), [inner]
    match offset:
        case {"BinaryExpr": {"left": {"Cast": {"expr": measured}}, "op": "Minus", "right": count}}:
            if measured == {"Function": {"input": [text], "function": {"StringExpr": "LenChars"}}}:
                return partial(texts.last, whole(count)), [text]
    length = None if size == NULL else whole(size)
    return partial(texts.sliced, whole(offset), length), [text]


def decode_round(arguments: Node, inputs: list[Node]) -> Decoded:
    decimals = arguments.get("decimals")
    if not isinstance(decimals, int) or not 0 <= decimals <= 15:
        raise ExpressionError("round takes 0 to 15 decimals")
    return partial(numbers.rounded, decimals), inputs


def decode_log(_: Node, inputs: list[Node]) -> Decoded:
    value, base = inputs
    match base:
        case {"Literal": {"Dyn": {"Float": float(number)}}}:
            return partial(numbers.inexact, "ln", lambda a: a.log(number)), [value]
    raise unknown({"log": None})


def decode_shift(_: Node, inputs: list[Node]) -> Decoded:
    match inputs:
        case [moment, {"Literal": {"Scalar": {"String": str(interval)}}}]:
            return partial(dates.shifted, interval), [moment]
    raise unknown({"interval": None})


def decode_not(_: Node, inputs: list[Node]) -> Decoded:
    match inputs:
        case [{"Cast": {"expr": inner, "dtype": {"Literal": "Boolean"}, "options": "Strict"}}]:
            return logic.negate, [inner]
    return logic.negate, inputs


def decode_contains(arguments: Node, inputs: list[Node]) -> Decoded:
    match inputs:
        case [_, {"Literal": {"Scalar": {"String": str(_)}}}]:
            how = "contains" if arguments.get("literal") else "LIKE"
            return partial(texts.matched, how), inputs
    raise ExpressionError("a text literal is expected after LIKE", "a pattern cannot come from a column")


def decode_trim(side: str, _: Node, inputs: list[Node]) -> Decoded:
    if inputs[1:] != [NULL]:
        raise unknown({"trim": None})
    return partial(texts.trimmed, side), inputs[:1]


def inexact(name: str, make: Callable[..., pl.Expr]) -> Operation:
    return partial(numbers.inexact, name, make)


def floating(name: str, make: Callable[..., pl.Expr]) -> Operation:
    return partial(numbers.floating, name, make)


def as_float(operands: Sequence[Operand]) -> Operand:
    return floats("a function", operands)[0]


FUNCTIONS: dict[str, Operation] = {
    "Sql.Binary.Mul": partial(numbers.binary, "*"),
    "Sql.Binary.Div": partial(numbers.binary, "/"),
    "Sql.Binary.IntDiv": partial(numbers.binary, "//"),
    "Sql.Binary.Rem": partial(numbers.binary, "%"),
    "Sql.ToFloat": as_float,
    "Abs": numbers.absolute,
    "Ceil": floating("ceil", lambda a: a.ceil()),
    "Floor": floating("floor", lambda a: a.floor()),
    "Pow.Sqrt": floating("sqrt", lambda a: a.sqrt()),
    "Exp": inexact("exp", lambda a: a.exp()),
    "Pow.Generic": inexact("power", lambda a, b: a.pow(b)),
    "Trigonometry.Sin": inexact("sin", lambda a: a.sin()),
    "Trigonometry.Cos": inexact("cos", lambda a: a.cos()),
    "Trigonometry.Tan": inexact("tan", lambda a: a.tan()),
    "MaxHorizontal": partial(numbers.extreme, True),
    "MinHorizontal": partial(numbers.extreme, False),
    "Coalesce": logic.first,
    "Boolean.IsNull": partial(logic.is_null, True),
    "Boolean.IsNotNull": partial(logic.is_null, False),
    "StringExpr.Lowercase": partial(texts.cased, False),
    "StringExpr.Uppercase": partial(texts.cased, True),
    "StringExpr.LenChars": texts.length,
    "StringExpr.Replace": texts.replaced,
    "StringExpr.StartsWith": partial(texts.matched, "starts_with"),
    "StringExpr.EndsWith": partial(texts.matched, "ends_with"),
    "StringExpr.ConcatHorizontal": texts.concatenate,
}

DECODERS: dict[str, Callable[[Node, list[Node]], Decoded]] = {
    "Boolean.Not": decode_not,
    "Log": decode_log,
    "Sql.Round": decode_round,
    "StringExpr.Contains": decode_contains,
    "StringExpr.StripChars": partial(decode_trim, "both"),
    "StringExpr.StripCharsEnd": partial(decode_trim, "end"),
    "StringExpr.StripCharsStart": partial(decode_trim, "start"),
    "StringExpr.Slice": decode_slice,
    "TemporalExpr.OffsetBy": decode_shift,
}

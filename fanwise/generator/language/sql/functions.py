"""The functions of the expression language: how many arguments they take, and what they do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import polars as pl

from fanwise.generator.language.sql.documents import json_value
from fanwise.generator.language.sql.formats import format_date, format_number
from fanwise.generator.language.sql.logic import null_if
from fanwise.generator.language.sql.numbers import absolute, extreme, inexact, rounded
from fanwise.generator.language.sql.operands import Operation, apply, operation, unified
from fanwise.generator.language.sql.texts import SPACES, cased, concatenate, replaced

__all__ = ["FUNCTIONS", "LITERAL_ARGUMENTS"]

ANY = 500

# Each function with the least and the greatest number of its arguments.
FUNCTIONS: dict[str, tuple[int, int, Operation]] = {
    "(": (1, 1, lambda operands: operands[0]),
    "abs": (1, 1, absolute),
    "ceil": (1, 1, operation("number", "ceil", lambda a: a.ceil())),
    "coalesce": (1, ANY, lambda operands: apply(lambda *each: pl.coalesce(*each), *unified("coalesce", operands))),
    "concat": (1, ANY, concatenate),
    "cos": (1, 1, inexact("cos", lambda a: a.cos())),
    "ends_with": (2, 2, operation("text", "ends_with", lambda a, b: a.str.ends_with(b))),
    "exp": (1, 1, inexact("exp", lambda a: a.exp())),
    "floor": (1, 1, operation("number", "floor", lambda a: a.floor())),
    "greatest": (1, ANY, partial(extreme, True)),
    "least": (1, ANY, partial(extreme, False)),
    "length": (1, 1, operation("text", "length", lambda a: a.str.len_chars().cast(pl.Int64))),
    "ln": (1, 1, inexact("ln", lambda a: a.log())),
    "log10": (1, 1, inexact("log10", lambda a: a.log(10))),
    "log2": (1, 1, inexact("log2", lambda a: a.log(2))),
    "lower": (1, 1, partial(cased, False)),
    "ltrim": (1, 1, operation("text", "ltrim", lambda a: a.str.strip_chars_start(SPACES))),
    "nullif": (2, 2, null_if),
    "power": (2, 2, inexact("power", lambda a, b: a.pow(b))),
    "replace": (3, 3, replaced),
    "rtrim": (1, 1, operation("text", "rtrim", lambda a: a.str.strip_chars_end(SPACES))),
    "sin": (1, 1, inexact("sin", lambda a: a.sin())),
    "sqrt": (1, 1, operation("number", "sqrt", lambda a: a.sqrt())),
    "starts_with": (2, 2, operation("text", "starts_with", lambda a, b: a.str.starts_with(b))),
    "tan": (1, 1, inexact("tan", lambda a: a.tan())),
    "trim": (1, 1, operation("text", "trim", lambda a: a.str.strip_chars(SPACES))),
    "upper": (1, 1, partial(cased, True)),
}


def _text(name: str, make: Callable[..., Callable[[pl.Expr], pl.Expr]]) -> Callable[..., Operation]:
    return lambda *literals: operation("text", name, make(*literals))


# Functions whose arguments but the first are literals. A text that is padded is cut off at its end.
LITERAL_ARGUMENTS: dict[str, tuple[int, int, Callable[..., Operation]]] = {
    "format_number": (2, 2, lambda decimals: partial(format_number, decimals)),
    "json_value": (2, 3, lambda steps, kind="text": partial(json_value, steps, kind)),
    "left": (2, 2, _text("left", lambda size: lambda a: a.str.slice(0, size))),
    "lpad": (3, 3, _text("lpad", lambda size, fill: lambda a: a.str.pad_start(size, fill).str.slice(0, size))),
    "right": (2, 2, _text("right", lambda size: lambda a: a.str.tail(size))),
    "round": (1, 2, lambda decimals=0: partial(rounded, decimals)),
    "rpad": (3, 3, _text("rpad", lambda size, fill: lambda a: a.str.pad_end(size, fill).str.slice(0, size))),
    "strftime": (2, 2, lambda form: partial(format_date, form)),
    "substr": (2, 3, _text("substr", lambda start, size=None: lambda a: a.str.slice(start - 1, size))),
}

_DRAWS = "an expression draws nothing: give a column of its own a kind, such as uniform, and use its name"
_NOW = "values depend on the seed alone: write window.start, window.end or a literal such as DATE '2025-01-01'"
_ONE_ROW = "an expression sees one row: use a roll-up, or least and greatest"
_JSON = "write json_value(x, '$.key')"
INSTEAD = {
    **dict.fromkeys(("rand", "random", "setseed", "uuid", "gen_random_uuid"), _DRAWS),
    **dict.fromkeys(("now", "today", "current_date", "current_timestamp", "getdate", "sysdate"), _NOW),
    **dict.fromkeys(("count", "sum", "avg", "min", "max"), _ONE_ROW),
    **dict.fromkeys(("json_extract", "json_extract_string", "json_extract_path_text"), _JSON),
    "if": "write CASE WHEN … THEN … ELSE … END",
    "iif": "write CASE WHEN … THEN … ELSE … END",
    "len": "write length(x)",
    "substring": "write substr(x, start, size)",
}
"""What to write in place of functions of databases that the language does not have."""

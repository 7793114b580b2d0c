"""The literal lists of the expression language: functions, types, date parts, and how much of a tree each one copies.

Each entry gives equal results in Polars and DuckDB (tests/language/test_expressions.py compares them on edge values);
docs/expressions.md is the reference.
"""

from __future__ import annotations

__all__ = ["COPIES", "FUNCTIONS", "LITERAL_ARGUMENTS", "TYPES", "UNITS"]

NUMBERS = ("abs", "ceil", "floor", "round", "sqrt", "exp", "ln", "log10", "log2", "power", "sin", "cos", "tan")
TEXTS = ("lower", "upper", "length", "replace", "substr", "left", "right", "lpad", "rpad", "trim", "ltrim", "rtrim")
TEXT_TESTS = ("concat", "starts_with", "ends_with")
CHOICES = ("greatest", "least", "coalesce", "nullif")
FORMS = ("cast", "extract")

FUNCTIONS = frozenset(NUMBERS + TEXTS + TEXT_TESTS + CHOICES + FORMS)

TYPES = frozenset({"text", "varchar", "double", "bigint", "integer", "date", "timestamp"})

UNITS = frozenset(
    {"year", "quarter", "month", "week", "day", "dow", "isodow", "doy", "hour", "minute", "second", "epoch"}
)

# Functions of positions and lengths, where Polars' parser and DuckDB differ for anything but plain literals.
LITERAL_ARGUMENTS = frozenset({"substr", "left", "right", "lpad", "rpad"})

# Polars' parser writes an argument of these several times into its tree, so nesting them makes it grow exponentially.
COPIES = {"nullif": 2, "extract": 2, "substr": 4, "left": 4, "right": 4, "lpad": 4, "rpad": 4}

"""The literal lists of the expression language: functions with their numbers of arguments, types, and date parts.

Each entry gives equal results in Polars and DuckDB (tests/language/test_expressions.py compares them on edge values);
docs/expressions.md is the reference.
"""

from __future__ import annotations

__all__ = ["COPIES", "FUNCTIONS", "LITERAL_ARGUMENTS", "TYPES", "UNITS"]

ANY = 500

# The least and the greatest number of arguments; `cast` and `extract` have words of their own between them.
FUNCTIONS: dict[str, tuple[int, int]] = {
    "abs": (1, 1),
    "cast": (1, 1),
    "ceil": (1, 1),
    "coalesce": (1, ANY),
    "concat": (1, ANY),
    "cos": (1, 1),
    "ends_with": (2, 2),
    "exp": (1, 1),
    "extract": (1, 1),
    "floor": (1, 1),
    "greatest": (1, ANY),
    "least": (1, ANY),
    "left": (2, 2),
    "length": (1, 1),
    "ln": (1, 1),
    "log10": (1, 1),
    "log2": (1, 1),
    "lower": (1, 1),
    "lpad": (3, 3),
    "ltrim": (1, 1),
    "nullif": (2, 2),
    "power": (2, 2),
    "replace": (3, 3),
    "right": (2, 2),
    "round": (1, 2),
    "rpad": (3, 3),
    "rtrim": (1, 1),
    "sin": (1, 1),
    "sqrt": (1, 1),
    "starts_with": (2, 2),
    "substr": (2, 3),
    "tan": (1, 1),
    "trim": (1, 1),
    "upper": (1, 1),
}

TYPES = frozenset({"text", "varchar", "double", "bigint", "integer", "date", "timestamp"})

UNITS = frozenset(
    {"year", "quarter", "month", "week", "day", "dow", "isodow", "doy", "hour", "minute", "second", "epoch"}
)

# Functions of positions and lengths, where Polars' parser and DuckDB differ for anything but plain literals.
LITERAL_ARGUMENTS = frozenset({"substr", "left", "right", "lpad", "rpad", "round"})

# Polars' parser writes an argument of these several times into its tree, so nesting them makes it grow exponentially.
COPIES = {"nullif": 2, "extract": 2, "substr": 4, "left": 4, "right": 4, "lpad": 4, "rpad": 4}

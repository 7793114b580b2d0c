"""The literal lists of the expression language: functions, types and date parts.

Each entry gives equal results in Polars and DuckDB (tested on edge values by tests/language/test_expressions.py);
docs/expressions.md is the reference.
"""

from __future__ import annotations

TYPES = frozenset({"text", "varchar", "double", "bigint", "date", "timestamp", "boolean"})

UNITS = frozenset({"year", "quarter", "month", "day", "hour", "minute", "second", "dow", "isodow", "doy", "week"})

FUNCTIONS = frozenset(
    {
        "abs",
        "ceil",
        "floor",
        "round",
        "sqrt",
        "exp",
        "ln",
        "log10",
        "log2",
        "power",
        "sin",
        "cos",
        "tan",
        "greatest",
        "least",
        "coalesce",
        "nullif",
        "lower",
        "upper",
        "length",
        "replace",
        "substr",
        "left",
        "right",
        "trim",
        "ltrim",
        "rtrim",
        "concat",
        "starts_with",
        "reverse",
        "extract",
        "cast",
    }
)

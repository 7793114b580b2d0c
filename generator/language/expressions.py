"""Expressions: SQL text to a Polars expression, and its evaluation (reference: docs/expressions.md)."""

from __future__ import annotations

import polars as pl

from generator.language.sql_text import ExpressionError, Name, quote, scan

__all__ = ["ExpressionError", "Name", "compile_expression", "evaluate", "quote", "scan"]


def compile_expression(sql: str) -> pl.Expr:
    """Return the Polars expression of `sql`; raises ExpressionError for whatever the language does not have."""
    text = quote(sql, scan(sql))
    try:
        return pl.sql_expr(text)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        raise ExpressionError(f"not an expression: {error}") from error


def evaluate(expr: pl.Expr, frame: pl.DataFrame) -> pl.Series:
    """Return the values of `expr`, one for each row of `frame`, shape (frame.height,)."""
    try:
        out = frame.select(expr.alias("value")).to_series()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        raise ExpressionError(str(error)) from error
    return out if len(out) == frame.height else out.new_from_index(0, frame.height)

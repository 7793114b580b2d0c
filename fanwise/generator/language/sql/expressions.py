"""SQL expressions over the columns of a row: found names, a checked program, and its values.

The text passes two walls before anything runs. The grammar (`sql.grammar`) lets through only quoted names, literals and
listed operators, functions and types. Polars' SQL parser then makes a tree, of which only listed nodes are read
(`sql.tree`). Values come from operations of ours that follow DuckDB's arithmetic, because the validator runs the same
text there. The reference is docs/expressions.md.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import polars as pl

from fanwise.generator.language.sql.grammar import Name, read
from fanwise.generator.language.sql.operands import Operand, column
from fanwise.generator.language.sql.quoting import hide, quote
from fanwise.generator.language.sql.tokens import ExpressionError
from fanwise.generator.language.sql.tree import Load, Step, read_tree

__all__ = ["Compiled", "ExpressionError", "Name", "compile_expression", "evaluate", "quote", "scan"]


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression that passed both walls: its quoted text, the columns it reads, and its program."""

    sql: str
    columns: tuple[str, ...]
    program: tuple[Step, ...]


def scan(text: str) -> tuple[Name, ...]:
    """Return the names in `text` in order; raises ExpressionError for anything that the language does not have."""
    return read(text).names


def compile_expression(sql: str) -> Compiled:
    """Return the program of `sql` (quoted or not); raises ExpressionError for what the language does not have."""
    reading = read(sql)
    try:
        tree = pl.sql_expr(hide(sql, reading)).meta.serialize(format="json")
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the parser is no Exception
        raise ExpressionError(f"not an expression: {_first_line(error)}", "see docs/expressions.md") from error
    program = read_tree(tree)
    _check_names(reading.names, program)
    return Compiled(quote(sql, reading.names), tuple(dict.fromkeys(name.text for name in reading.names)), program)


def evaluate(expression: Compiled, frame: pl.DataFrame) -> pl.Series:
    """Return the values of `expression`, one for each row of `frame`, shape (frame.height,).

    The result is Int64, Float64, String, Boolean, Date, Datetime("us") or Null. Raises ExpressionError for types that
    do not go together (also on a frame without rows, so a plan can ask before the first row) and for overflow.
    """
    stack: list[Operand] = []
    try:
        for step in expression.program:
            if isinstance(step.operation, Load):
                stack.append(_load(step.operation.name, frame))
            else:
                operands = stack[len(stack) - step.takes :]
                del stack[len(stack) - step.takes :]
                stack.append(step.operation(operands))
    except (ExpressionError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of Polars is no Exception
        raise ExpressionError(f"cannot be computed: {_first_line(error)}", "see docs/expressions.md") from error
    return _result(stack[0], frame.height)


def _check_names(names: tuple[Name, ...], program: tuple[Step, ...]) -> None:
    """Raise ExpressionError where the parser left a name out, as it does with `s` in `left(s, 0)`: '' is not null."""
    loaded = Counter(step.operation.name for step in program if isinstance(step.operation, Load))
    for text, count in Counter(name.text for name in names).items():
        if loaded[text] < count:
            offset = next(name.start for name in names if name.text == text)
            raise ExpressionError(f"'{text}' has no influence here", "positions and lengths are from 1 on", offset)


def _load(name: str, frame: pl.DataFrame) -> Operand:
    if name not in frame.columns:
        raise ExpressionError(f"unknown name '{name}'")
    return column(frame[name])


def _result(operand: Operand, rows: int) -> pl.Series:
    data = operand.data
    if data.dtype == pl.Int32():
        data = data.cast(pl.Int64)
    return (data.new_from_index(0, rows) if operand.constant else data).alias("")


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]

"""SQL expressions over the columns of a row: compiled once to a checked program, and computed for a frame.

sqlglot parses the text (`sql.syntax`), one visitor compiles the nodes that the language has (`sql.program`), and values
come from operations of ours (`sql.numbers`, `texts`, `logic`, `dates`). What an expression means is in
docs/expressions.md; the validator compiles the same text to SQL on its own. sqlglot is imported where an expression
stands, and not before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from fanwise.generator.language.sql.operands import ExpressionError, Operand, column

if TYPE_CHECKING:
    from fanwise.generator.language.sql.steps import Step

__all__ = ["Compiled", "ExpressionError", "compile_expression", "evaluate", "type_of"]


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression of the language: its program, the names in it, and whether it makes nulls of values without."""

    program: tuple[Step, ...]
    names: tuple[str, ...]
    makes_nulls: bool

    @property
    def is_name(self) -> bool:
        """Whether the expression is a name and nothing else."""
        return len(self.program) == len(self.names) == 1


@lru_cache(maxsize=1024)
def compile_expression(text: str) -> Compiled:
    """Return the program of an expression; raises ExpressionError for what the language does not have."""
    from fanwise.generator.language.sql.program import compile_text

    return Compiled(*compile_text(text))


def evaluate(expression: Compiled, frame: pl.DataFrame) -> pl.Series:
    """Return the values of `expression`, one for each row of `frame`, shape (frame.height,).

    The result is Int64, Float64, String, Boolean, Date, Datetime("us") or Null. Raises ExpressionError for types that
    do not go together (also on a frame without rows, so a plan can ask before the first row) and for overflow.
    """
    stack: list[Operand] = []
    try:
        for step in expression.program:
            if isinstance(step.operation, str):
                stack.append(_load(step.operation, frame))
            else:
                operands = stack[len(stack) - step.takes :]
                del stack[len(stack) - step.takes :]
                stack.append(step.operation(operands))
    except (ExpressionError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of Polars is not an Exception
        raise ExpressionError(f"cannot be computed: {_first_line(error)}") from error
    return _result(stack[0], frame.height)


@lru_cache(maxsize=2048)
def type_of(expression: Compiled, types: tuple[tuple[str, pl.DataType], ...]) -> pl.DataType:
    """Return the type of the values of `expression`, given those of its names; raises ExpressionError as `evaluate`."""
    return evaluate(expression, pl.DataFrame(schema=dict(types) or {"": pl.Boolean()})).dtype


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

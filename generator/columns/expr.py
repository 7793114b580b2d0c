"""`expr`: an SQL expression over columns of the row and of what it reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import polars as pl

from generator.columns.base import Binding
from generator.context import GenerationContext
from generator.errors import PlanError, Problem
from generator.language.expressions import Compiled, ExpressionError, compile_expression, evaluate
from generator.language.spec import Expression
from generator.values import UNKNOWN, Values


@dataclass(frozen=True, slots=True)
class Expr:
    """The expression, evaluated by Polars over a frame that holds just the names in it."""

    names: ClassVar[tuple[str, ...]] = ("expr",)
    expression: Expression
    compiled: Compiled
    where: Problem
    dtype: pl.DataType = UNKNOWN
    needs_number: bool = False

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        expression: Expression = binding.generator.params["expression"]
        try:
            compiled = compile_expression(expression.sql)
        except ExpressionError as error:
            raise binding.error(error.why, error.hint) from None
        return cls(expression, compiled, binding.error("").problems[0])

    def draw(self, ctx: GenerationContext) -> Values:
        columns = [ctx.value(path).series(name) for name, path in self.expression.names.items()]
        # An expression without names is a constant, which still has to be as long as the rows.
        frame = pl.DataFrame(columns or [pl.repeat(True, len(ctx), eager=True).alias("")])
        try:
            return Values.of(evaluate(self.compiled, frame))
        except ExpressionError as error:
            where = self.where
            raise PlanError(Problem(error.why, error.hint, where.path, mark=where.mark, file=where.file)) from None

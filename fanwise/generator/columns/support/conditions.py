"""Row conditions in a generator: an SQL expression over the rows of a table, true or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from fanwise.generator.context import GenerationContext
from fanwise.generator.errors import PlanError
from fanwise.generator.language.spec import Dataset, Expression
from fanwise.generator.language.sql.expressions import ExpressionError, evaluate, type_of
from fanwise.generator.values import Mask
from fanwise.io.problems import Place

__all__ = ["Condition"]


@dataclass(frozen=True, slots=True)
class Condition:
    """An expression that is true, false or null in each row of a table."""

    dataset: Dataset
    expression: Expression
    place: Place

    @classmethod
    def of(cls, dataset: Dataset, expression: Expression, place: Place, types: Mapping[str, pl.DataType]) -> Self:
        """Return the condition; types: of the names in it. Raises PlanError where it is not true or false."""
        try:
            dtype = type_of(expression.compiled, tuple(types.items()))
        except ExpressionError as error:
            raise PlanError(dataset.problem(error.code, place, error.why, error.hint)) from None
        if dtype not in (pl.Boolean(), pl.Null()):
            why = f"the result is {str(dtype).lower()}, not true or false"
            raise PlanError(dataset.problem("FW-PLAN-ROLLUP", place, why, "compare it: status = 'paid'"))
        return cls(dataset, expression, place)

    def holds(self, ctx: GenerationContext) -> Mask:
        """Return where the condition is true, bool (n,)."""
        columns = [ctx.value(path).series(name) for name, path in self.expression.names.items()]
        frame = pl.DataFrame(columns or [pl.repeat(True, len(ctx), eager=True).alias("")])
        try:
            found = evaluate(self.expression.compiled, frame)
        except ExpressionError as error:
            raise PlanError(self.dataset.problem(error.code, self.place, error.why, error.hint)) from None
        if found.dtype == pl.Null():
            return np.zeros(len(ctx), dtype=np.bool_)
        return found.fill_null(False).to_numpy().astype(np.bool_)

"""`expr`: an SQL expression over columns of the row and of what it reaches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from fanwise.generator.columns.base import Binding, ColumnKind
from fanwise.generator.columns.support.facts import Fact, shown, value_at
from fanwise.generator.columns.support.formulas import Formula, formula_of
from fanwise.generator.columns.support.nulls import Nullability, may_be_undetermined
from fanwise.generator.context import GenerationContext
from fanwise.generator.errors import PlanError
from fanwise.generator.language.spec import Covariate, Dataset, Expression, Generator
from fanwise.generator.language.sql.expressions import ExpressionError, evaluate, type_of
from fanwise.generator.values import INTEGER, TEXT, Values
from fanwise.io.problems import Place

_FEW = 4  # rows of each whole number from which on a text for each number is cheaper than one for each row


@dataclass(frozen=True, slots=True)
class Expr(ColumnKind):
    """The expression, evaluated by Polars over a frame that holds just the names in it."""

    names: ClassVar[tuple[str, ...]] = ("expr",)
    spec: Generator
    dataset: Dataset
    expression: Expression
    place: Place
    dtype: pl.DataType

    @classmethod
    def bind(cls, binding: Binding) -> Self:
        expression: Expression = binding.generator.params["expression"]
        place = binding.place("expression")
        types = {name: binding.known(path).dtype for name, path in expression.names.items()}
        try:
            dtype = _kept_as(type_of(expression.compiled, tuple(types.items())))
        except ExpressionError as error:
            raise binding.error(error.code, place, error.why, error.hint) from None
        return cls(binding.generator, binding.dataset, expression, place, dtype)

    @property
    def formula(self) -> Formula:
        return formula_of(self.expression)

    def draw(self, ctx: GenerationContext) -> Values:
        found = {name: ctx.value(path) for name, path in self.expression.names.items()}
        name, only = next(iter(found.items()), ("", None))
        if len(found) == 1 and only is not None and only.labels is not None and only.dtype == TEXT:
            return _by_label(self._of_pool(ctx, name, only.labels), only)
        if len(found) == 1 and only is not None and only.dtype == INTEGER and only.null is None:
            texts = self._by_number(name, np.asarray(only.data))
            if texts is not None:
                return texts
        columns = [values.series(name) for name, values in found.items()]
        # An expression without names is a constant, which still has to be as long as the rows.
        return self._evaluated(pl.DataFrame(columns or [pl.repeat(True, len(ctx), eager=True).alias("")]))

    @property
    def copies(self) -> Covariate | None:
        """What the expression names, where it is nothing but a name."""
        paths = list(self.expression.names.values())
        return paths[0].covariate if self.expression.compiled.is_name else None

    def may_be_null(self, nulls: Nullability) -> bool:
        return may_be_undetermined(self.expression, nulls) or self.expression.compiled.makes_nulls

    @property
    def summary(self) -> str:
        return f"{self.spec.kind} {self.expression.text}"

    def describe(self, ctx: GenerationContext, row: int) -> Iterator[Fact]:
        yield Fact("expression", self.expression.text)
        for name, path in self.expression.names.items():
            yield Fact("name", f"{name} = {shown(value_at(ctx.value(path), row))}")

    def _of_pool(self, ctx: GenerationContext, name: str, pool: pl.Series) -> Values:
        """Return the result for each pooled text, then for null.

        A function of pooled text alone is one of the pool: computed once a run. In one piece, so that rows share the
        memory of its texts: Polars copies what it gathers from several, and the content hash knows a text by its place.
        """
        kept: list[tuple[pl.Series, Values]] = ctx.references.once(("of a pool", self.place), list)
        for known, computed in kept:
            if known is pool:
                return computed
        computed = self._evaluated(pl.DataFrame(pool.extend_constant(None, 1).rechunk().alias(name)))
        if isinstance(computed.data, pl.Series):
            computed = replace(computed, data=computed.data.fill_null("").rechunk())
        kept[:] = [(pool, computed)]  # one is enough: a column draws from the same pool in all chunks
        return computed

    def _by_number(self, name: str, numbers: npt.NDArray[np.int64]) -> Values | None:
        """Return texts made of few different whole numbers, each made once; None where rows have to be gone through."""
        low, high = (int(numbers.min()), int(numbers.max())) if len(numbers) else (0, 0)
        if _FEW * (high - low + 1) > len(numbers):
            return None
        try:
            made = evaluate(self.expression.compiled, pl.DataFrame({name: np.arange(low, high + 1)}))
        except ExpressionError:  # perhaps of a number that no row has: the rows will tell
            return None
        return Values.of(made.gather(numbers - low)) if made.dtype == pl.String else None

    def _evaluated(self, frame: pl.DataFrame) -> Values:
        try:
            return Values.of(evaluate(self.expression.compiled, frame))
        except ExpressionError as error:
            raise PlanError(self.dataset.problem(error.code, self.place, error.why, error.hint)) from None


@lru_cache(maxsize=256)
def _kept_as(dtype: pl.DataType) -> pl.DataType:
    """Return the type that values of a type are kept as."""
    return Values.of(pl.Series(dtype=dtype)).dtype


def _by_label(computed: Values, pooled: Values) -> Values:
    """Return what was computed for each text of a pool, and at last for null, at the texts of the rows."""
    places = np.asarray(pooled.data)
    if pooled.null is not None:
        places = np.where(pooled.null, len(computed) - 1, places)
    if not isinstance(computed.data, pl.Series):
        return computed.take(places)
    null = None if computed.null is None else computed.null[places]
    return Values(places, computed.dtype, computed.data, null if null is not None and null.any() else None)

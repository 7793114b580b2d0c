"""Columns as the files hold them: type, nulls, decimals, and whether they were drawn from a continuous law."""

from __future__ import annotations

import polars as pl

from fanwise.generator.plan import BoundColumn
from fanwise.generator.plan.schema import ColumnSchema
from fanwise.validator import Column as Promise

__all__ = ["promise_of", "type_name"]

CONTINUOUS = frozenset(
    {"uniform", "normal", "lognormal", "exponential", "gamma", "beta", "weibull", "pareto", "student_t"}
)
COUNTS = frozenset({"poisson", "negbin", "geometric", "binomial", "zipf"})
_WHOLE = COUNTS | {"fixed", "integer", "bernoulli"}
_TIMES = (pl.Date, pl.Datetime)


def promise_of(column: BoundColumn, schema: ColumnSchema) -> Promise:
    """Return what the contract says of a written column."""
    kind = _kind(column, schema.dtype)
    return Promise(type_name(schema.dtype), schema.nullable, schema.unique, kind, schema.decimals)  # type: ignore[arg-type]


def type_name(dtype: pl.DataType) -> str:
    """Return the language's name of a Polars type; a column of nulls only is text."""
    if isinstance(dtype, pl.Decimal):
        return f"decimal({dtype.precision},{dtype.scale})"
    if isinstance(dtype, pl.Datetime):
        return "timestamp"
    simple = {pl.String: "text", pl.Null: "text", pl.Boolean: "bool", pl.Date: "date"}
    return simple.get(type(dtype)) or str(dtype).lower()


def _kind(column: BoundColumn, dtype: pl.DataType) -> str:
    kind, params = column.spec.kind, column.spec.generator.params
    if dtype == pl.String:
        return "text"
    if isinstance(dtype, _TIMES):
        return "time"
    if kind == "mixture":
        kinds = {name.split(".")[1] for name in params if name.count(".") == 2}
        return "continuous" if kinds <= CONTINUOUS | {"histogram"} else "count" if kinds <= _WHOLE else "other"
    if kind in CONTINUOUS or (kind == "histogram" and "edges" in params):
        return "continuous"
    return "count" if kind in COUNTS else "other"

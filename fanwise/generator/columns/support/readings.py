"""Columns that a kind reads: what they hold is looked at, because the language does not know it of every kind."""

from __future__ import annotations

import numpy as np
import polars as pl

from fanwise.generator.context import Floats
from fanwise.generator.errors import PlanError
from fanwise.generator.values import TIMESTAMP, UNKNOWN, Values

__all__ = ["instants", "numbers"]


def instants(values: Values, name: str) -> Values:
    """Return values that are dates or timestamps (raises PlanError for others); nulls alone are instants."""
    if values.dtype in (pl.Date(), TIMESTAMP):
        return values
    if values.null is not None and values.null.all():
        return Values(np.zeros(len(values), dtype=np.int64), TIMESTAMP, null=values.null)
    raise _other(values, name, "timestamps or dates")


def numbers(values: Values, name: str) -> Floats:
    """Return numbers, 0 where they are null, float64 (n,) (raises PlanError for what is not a number)."""
    if values.null is not None and values.null.all():
        return np.zeros(len(values))
    if not values.dtype.is_numeric() or values.labels is not None:
        raise _other(values, name, "numbers")
    data = np.asarray(values.data).astype(np.float64)
    return data if values.null is None else np.where(values.null, 0.0, data)


def _other(values: Values, name: str, wanted: str) -> PlanError:
    held = "nulls" if values.dtype == UNKNOWN else f"values of the type {values.dtype}"
    return PlanError("FW-PLAN-TYPE", f"'{name}' holds {held}, not {wanted}", "use a column of the right type")

"""Numbers and dates as texts for people: 1,234.50 and 31/12/2024."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import polars as pl

from fanwise.generator.language.sql.numbers import rounded
from fanwise.generator.language.sql.operands import (
    DAYS,
    TIMESTAMP,
    ExpressionError,
    Operand,
    accept,
    apply,
    refuse,
)

__all__ = ["DATE_CODES", "MOST_DECIMALS", "format_date", "format_number", "is_date_format"]

DATE_CODES = (
    *("%Y", "%y", "%m", "%-m", "%d", "%-d", "%j", "%b", "%B", "%a", "%A"),
    *("%H", "%-H", "%I", "%-I", "%p", "%M", "%S", "%%"),
)
"""The codes that Polars and DuckDB write alike; names are English."""
MOST_DECIMALS = 12
_DIGITS = 15
_CODE = re.compile("%-?.?", re.DOTALL)


def is_date_format(text: str) -> bool:
    """Return whether a format has codes that are known only, and at least one."""
    codes = _CODE.findall(text)
    return bool(codes) and all(code in DATE_CODES for code in codes) and "\0" not in text


def format_date(form: str, operands: Sequence[Operand]) -> Operand:
    """Return a date or timestamp in a format of strptime."""
    (operand,) = operands
    if operand.kind not in DAYS | {"null"}:
        raise refuse("strftime", operands, "CAST(x AS timestamp)")
    return apply(lambda a: a.dt.to_string(form), operand.cast(TIMESTAMP))


def format_number(decimals: int, operands: Sequence[Operand]) -> Operand:
    """Return a number rounded to so many decimals, which are all written, with a comma between thousands."""
    (operand,) = accept("number", "format_number", [rounded(decimals, accept("number", "format_number", operands))])
    values = operand.data.fill_null(0.0).to_numpy()
    if not (np.abs(values) < 10.0 ** (_DIGITS - decimals)).all():
        why = f"format_number(x, {decimals}) writes numbers of up to {_DIGITS - decimals} digits before the point"
        raise ExpressionError(why, "guard it with CASE WHEN")
    units = np.rint(np.abs(values) * 10.0**decimals).astype(np.int64)
    whole, rest = np.divmod(units, 10**decimals)
    grouped = pl.col("whole").cast(pl.String).str.reverse().str.replace_all(r"(\d{3})", "$1,")
    parts = [
        pl.when(pl.col("minus")).then(pl.lit("-")).otherwise(pl.lit("")),
        grouped.str.strip_suffix(",").str.reverse(),
        *([pl.lit("."), pl.col("rest").cast(pl.String).str.zfill(decimals)] if decimals else []),
    ]
    frame = pl.DataFrame({"whole": whole, "rest": rest, "minus": (values < 0) & (units > 0)})
    text = Operand(frame.select(pl.concat_str(parts)).to_series(), operand.constant)
    return apply(lambda a, known: pl.when(known.is_not_null()).then(a), text, operand)

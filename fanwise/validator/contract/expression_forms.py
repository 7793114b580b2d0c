"""The SQL of rounding, and of numbers and dates as texts: templates with {0} for the value."""

from __future__ import annotations

import re

__all__ = ["DATE_CODES", "date_form", "number_form", "round_form"]

DATE_CODES = (
    *("%Y", "%y", "%m", "%-m", "%d", "%-d", "%j", "%b", "%B", "%a", "%A"),
    *("%H", "%-H", "%I", "%-I", "%p", "%M", "%S", "%%"),
)
# Half away from zero on the shortest decimal that reads back. DuckDB's own round changed between 2.0.0 and 2.0.1. Only
# operations that IEEE 754 rounds exactly are used: the half between two candidates is compared with the value. Where
# that half may not be a double, decimal text decides.
_BELOW = "floor({0} * 1e<n>)"
_HALF = f"({_BELOW} + 0.5e0) / 1e<n>"
_UP = f"CASE WHEN {{0}} < 0 THEN {{0}} > {_HALF} ELSE {{0}} >= {_HALF} END"
_ROUND = (
    f"(CASE WHEN abs({{0}}) < 1e<small> THEN ({_BELOW} + CAST({_UP} AS DOUBLE)) / 1e<n> WHEN abs({{0}}) < 1e<large> "
    "THEN CAST(CAST(CAST(CAST({0} AS VARCHAR) AS DECIMAL(38, <n>)) AS VARCHAR) AS DOUBLE) ELSE {0} END)"
)


def round_form(digits: str) -> str:
    """Return the SQL of a double, rounded to so many decimals."""
    form = _ROUND.replace("<n>", digits).replace("<small>", f"{14 - int(digits)}")
    return form.replace("<large>", f"{16 - int(digits)}")


def number_form(digits: str) -> str:
    """Return the SQL of a rounded number as text: all its decimals, and a comma between thousands."""
    return f"format('{{{{:,.{digits}f}}}}', CAST({{0}} AS DOUBLE) + 0.0e0)"  # adding 0 makes −0 plain


def date_form(text: str) -> str | None:
    """Return the SQL of a date or timestamp in a format, an SQL text; None where it has other codes, or none."""
    codes = re.findall("%-?.?", text[1:-1], re.DOTALL)
    if not codes or not all(code in DATE_CODES for code in codes):
        return None
    shown = text.replace("{", "{{").replace("}", "}}")
    return f"strftime(CAST({{0}} AS TIMESTAMP), {shown})"

"""The SQL of rounding, of units of time, of numbers and dates as texts, and of values in JSON: templates with {0}."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TypeVar

from fanwise.io.quoting import quote_text
from fanwise.io.tables.strict import says_json

__all__ = [
    "BY_UNIT",
    "DATE_CODES",
    "JSON_TYPES",
    "LENGTHS",
    "date_form",
    "joined",
    "json_form",
    "number_form",
    "round_form",
    "unit_form",
]

T = TypeVar("T")

DATE_CODES = (
    *("%Y", "%y", "%m", "%-m", "%d", "%-d", "%j", "%b", "%B", "%a", "%A"),
    *("%H", "%-H", "%I", "%-I", "%p", "%M", "%S", "%%"),
)
# Half away from zero on the shortest decimal that reads back. DuckDB's own round changed between 2.0.0 and 2.0.1. Only
# operations that IEEE 754 rounds exactly are used: the half between two candidates is compared with the value. Where
# that half may not be a double, decimal text decides. PostgreSQL makes a truth value a number only as an integer.
_BELOW = "floor({0} * 1e<n>)"
_HALF = f"({_BELOW} + 0.5e0) / 1e<n>"
_UP = f"CASE WHEN {{0}} < 0 THEN {{0}} > {_HALF} ELSE {{0}} >= {_HALF} END"
_ROUND = (
    f"(CASE WHEN abs({{0}}) < 1e<small> THEN ({_BELOW} + CAST(CAST({_UP} AS INTEGER) AS DOUBLE)) / 1e<n> "
    "WHEN abs({0}) < 1e<large> "
    "THEN CAST(CAST(CAST(CAST({0} AS VARCHAR) AS DECIMAL(38, <n>)) AS VARCHAR) AS DOUBLE) ELSE {0} END)"
)
# Functions of dates: how many arguments they take, which of them is the unit, and the kind of the result.
BY_UNIT = {"date_add": (3, 2, ""), "date_diff": (3, 0, "whole"), "date_trunc": (2, 0, "")}
_UNIT_FORMS = {
    "date_add": "(CAST({0} AS TIMESTAMP) + <length>)",
    "date_diff": "date_diff('<unit>', CAST({0} AS TIMESTAMP), CAST({1} AS TIMESTAMP))",
    "date_trunc": "date_trunc('<unit>', CAST({0} AS TIMESTAMP))",
}
_WEEKS = (
    "(date_diff('day', date_trunc('week', CAST({0} AS TIMESTAMP)), date_trunc('week', CAST({1} AS TIMESTAMP))) // 7)"
)
LENGTHS = {unit: f"INTERVAL '1 {unit}' * {{1}}" for unit in ("day", "week", "month", "year")}
LENGTHS["quarter"] = "INTERVAL '3 months' * {1}"
# An interval takes only factors of 32 bits, and so many seconds are 68 years.
LENGTHS |= {
    unit: f"to_microseconds(CAST({{1}} AS BIGINT) * {seconds}000000)"
    for unit, seconds in (("second", 1), ("minute", 60), ("hour", 3600))
}


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


# Values at a path of JSON, {0}, by the types of DuckDB that they have there. Numbers of another size have the text of
# a double; one that is too large for it is null.
_TEXT, _DOUBLE = "json_extract_string({0}, <path>)", "TRY_CAST(json_extract_string({0}, <path>) AS DOUBLE)"
_FINITE = f"CASE WHEN isfinite({_DOUBLE}) THEN {_DOUBLE} END"
_WHOLE = "TRY_CAST(json_extract_string({0}, <path>) AS BIGINT)"
_WHOLES, _NUMBERS = "('BIGINT', 'UBIGINT')", "('BIGINT', 'UBIGINT', 'DOUBLE')"
JSON_TYPES: dict[str, tuple[str, str]] = {
    "text": (
        f"WHEN <type> IN ('VARCHAR', 'BOOLEAN') THEN {_TEXT} "
        f"WHEN <type> IN {_WHOLES} AND {_WHOLE} IS NOT NULL THEN CAST({_WHOLE} AS VARCHAR) "
        f"WHEN <type> IN {_NUMBERS} THEN CAST({_FINITE} AS VARCHAR)",
        "",
    ),
    "bigint": (f"WHEN <type> IN {_WHOLES} THEN {_WHOLE}", "whole"),
    "double": (f"WHEN <type> IN {_NUMBERS} THEN {_FINITE}", "number"),
    "bool": (f"WHEN <type> = 'BOOLEAN' THEN CAST({_TEXT} AS BOOLEAN)", ""),
}
"""What json_value gives by the name of its type: the branches of a CASE, and the kind of the result."""
_PATH = re.compile(r'\$(?:\.[^\W\d]\w*|\."[^"\\\0]+"|\[[0-9]{1,9}\])*')


def json_form(path: str, kind: str) -> str | None:
    """Return the SQL of the value at a path, an SQL text; None where it is not a path. What is not JSON is null."""
    written = path[1:-1].replace("''", "'")
    if not _PATH.fullmatch(written):
        return None
    sure = "CAST({0} AS JSON)"
    branches = JSON_TYPES[kind][0].replace("<type>", "json_type({0}, <path>)").replace("{0}", sure)
    valid = says_json("<text>").replace("{", "{{").replace("}", "}}").replace("<text>", "{0}")
    shown = quote_text(written).replace("{", "{{").replace("}", "}}")
    return f"(CASE WHEN {valid} THEN CASE {branches.replace('<path>', shown)} END END)"


def unit_form(name: str, unit: str) -> str | None:
    """Return the SQL of a function of BY_UNIT for a unit of time; None for a unit that the language does not have."""
    if unit not in LENGTHS:
        return None
    form = _WEEKS if (name, unit) == ("date_diff", "week") else _UNIT_FORMS[name]
    return form.replace("<unit>", unit).replace("<length>", LENGTHS[unit])


def joined(pieces: Iterable[str | T]) -> Iterator[str | T]:
    """Yield pieces with all texts that follow one another in one."""
    for text_only, run in groupby(pieces, lambda piece: isinstance(piece, str)):
        found = list(run)
        yield from ["".join(map(str, found))] if text_only else found

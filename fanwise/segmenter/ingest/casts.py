"""Cells: the SQL that reads a column as what its field is, and the SQL that says where it cannot.

Money and quantities become whole numbers, so that every sum is exact and no order of rows or threads shows in it.
"""

from __future__ import annotations

from dataclasses import dataclass

from fanwise.io.quoting import quote_ident, quote_text
from fanwise.io.tables.strict import parsed
from fanwise.segmenter.errors import MappingError
from fanwise.segmenter.ingest.fields import Kind

__all__ = ["Cell", "cell", "is_whole", "quantity_units", "seconds", "units"]

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
_REALS = ("DOUBLE", "FLOAT", "DECIMAL")
_TRUE = ("true", "t", "yes", "y", "1")
_FALSE = ("false", "f", "no", "n", "0", "")
_FIRST, _BEYOND = "0001-01-02", "9999-12-31"
QUANTITY_UNITS = 1000
"""Quantities keep three decimals: pieces, grams, minutes."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A column as SQL. value: null where there is none; bad: true where text is not of the kind (empty for no text)."""

    value: str
    bad: str = ""


def cell(column: str, type_: str, kind: Kind, form: str | None, place: str) -> Cell:
    """Return the SQL of a column of DuckDB type `type_`; raises MappingError where the type cannot be of the kind.

    form: how a text says a number or an instant (see `strict.parsed`).
    """
    name = quote_ident(column)
    if kind is Kind.ID or kind is Kind.TEXT:
        return Cell(_text(name, type_))
    if kind is Kind.FLAG:
        return _flag(name, type_)
    if type_.startswith("VARCHAR"):
        kept = f"nullif({name}, '')"
        value = parsed(kept, "DOUBLE" if kind is Kind.NUMBER else "TIMESTAMP", form)
        return Cell(value, f"({kept} IS NOT NULL AND {value} IS NULL)")
    if kind is Kind.NUMBER and type_.startswith((*_INTEGERS, *_REALS)):
        return Cell(f"CAST({name} AS DOUBLE)")
    if kind is Kind.INSTANT and type_.startswith(("TIMESTAMP", "DATE")):
        zoned = type_ == "TIMESTAMP WITH TIME ZONE"
        compared = name if zoned or type_ == "DATE" else f"TRY_CAST({name} AS TIMESTAMP)"
        value = f"make_timestamp(epoch_us({name}))" if zoned else f"CAST({name} AS TIMESTAMP)"
        # Infinite instants, and those outside of the years 1 to 9999, are dates of nothing: they count as missing.
        return Cell(f"CASE WHEN {compared} >= '{_FIRST}' AND {compared} < '{_BEYOND}' THEN {value} END")
    wanted = "a number" if kind is Kind.NUMBER else "a date or timestamp"
    raise MappingError("FW-MAPPING-TYPE", f"the column is {type_}, not {wanted}", path=place)


def is_whole(type_: str | None) -> bool:
    """Return whether a DuckDB type is one of whole numbers that a BIGINT holds."""
    return type_ in _WHOLE


def _text(name: str, type_: str) -> str:
    if type_.startswith("VARCHAR"):
        return f"nullif({name}, '')"
    if type_.startswith(_REALS):
        # Frames with gaps hold whole numbers as floats: 7.0 is customer 7.
        whole = f"CAST(CAST({name} AS HUGEINT) AS VARCHAR)"
        missing = "" if type_.startswith("DECIMAL") else f"WHEN NOT isfinite({name}) THEN NULL "
        is_whole = f"{name} = trunc({name}) AND abs({name}) < 1e18"
        return f"CASE {missing}WHEN {is_whole} THEN {whole} ELSE CAST({name} AS VARCHAR) END"
    return f"CAST({name} AS VARCHAR)"


def _flag(name: str, type_: str) -> Cell:
    if type_.startswith((*_INTEGERS, *_REALS)):
        return Cell(f"({name} <> 0)")
    text = f"lower(CAST({name} AS VARCHAR))"
    bad = f"({text} NOT IN ({', '.join(map(quote_text, (*_TRUE, *_FALSE)))}))"
    return Cell(f"({text} IN ({', '.join(map(quote_text, _TRUE))}))", bad if type_.startswith("VARCHAR") else "")


def units(value: str, decimals: int) -> str:
    """Return the SQL of money in whole units of 10^-decimals."""
    return f"CAST(round({value} * {10.0**decimals!r}) AS BIGINT)"


def quantity_units(value: str) -> str:
    """Return the SQL of a quantity in thousandths."""
    return f"CAST(round({value} * {QUANTITY_UNITS}) AS BIGINT)"


def seconds(value: str) -> str:
    """Return the SQL of the whole seconds from 1970 to an instant, rounded down."""
    return f"CAST(floor(epoch_us({value}) / 1e6) AS BIGINT)"

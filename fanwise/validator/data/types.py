"""Types: the contract's words beside DuckDB's, and which of them are of one family."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fanwise.io.quoting import quote_ident

__all__ = [
    "INSTANTS",
    "contract_type",
    "duckdb_type",
    "is_integer",
    "is_integral",
    "is_kept_as",
    "is_nested",
    "is_number",
    "is_numeric",
    "is_real",
    "opened_as",
    "opened_type",
    "same_family",
]

ZONED = "TIMESTAMP WITH TIME ZONE"
INSTANTS = ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", ZONED)
"""Days and instants, which have infinite values."""
_NANOSECONDS = "TIME_NS"
_NAMES = {
    **{"int8": "TINYINT", "int16": "SMALLINT", "int32": "INTEGER", "int64": "BIGINT"},
    **{"float32": "FLOAT", "float64": "DOUBLE", "text": "VARCHAR", "bool": "BOOLEAN"},
    **{"date": "DATE", "timestamp": "TIMESTAMP", "timestamptz": ZONED, "time": "TIME", "uuid": "UUID", "json": "JSON"},
}
_TEXTS = ("text", "varchar", "char", "uuid", "json")
_SMALL_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
_UNSIGNED = {"UTINYINT": "int16", "USMALLINT": "int32", "UINTEGER": "int64"}
"""The type of a contract that holds the values of a type which contracts have no word for."""
_FAMILIES = {
    "integer": (*_SMALL_INTEGERS, "HUGEINT", "UBIGINT", "UHUGEINT"),
    "real": ("FLOAT", "DOUBLE"),
    "decimal": ("DECIMAL",),
    "text": ("VARCHAR", "ENUM", "UUID", "JSON"),
    "bool": ("BOOLEAN",),
    "timestamp": ("TIMESTAMP",),
    "time": ("TIME",),
    "date": ("DATE",),
}


def duckdb_type(name: str) -> str:
    """Return DuckDB's word for a type of the contract."""
    if name.startswith(("varchar(", "char(")):
        return "VARCHAR"
    if name.startswith("list("):
        return f"{duckdb_type(name[5:-1])}[]"
    if name.startswith("struct("):
        parts = (part.partition(" ") for part in _split(name[7:-1]))
        return f"STRUCT({', '.join(f'{quote_ident(part)} {duckdb_type(kind)}' for part, _, kind in parts)})"
    return _NAMES.get(name) or name.upper()


def _split(text: str) -> Iterator[str]:
    """Yield the parts of a struct, which commas outside of brackets separate."""
    depth, begin = 0, 0
    for at, sign in enumerate(f"{text},"):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and not depth:
            yield text[begin:at].strip()
            begin = at + 1


def is_nested(declared: str) -> bool:
    """Return whether values of a type of the contract have parts."""
    return declared.startswith(("list(", "struct("))


def is_kept_as(declared: str, found: str) -> bool:
    """Return whether a column of a type of the contract may be stored as a type of DuckDB.

    Most sources have no UUID or JSON, and keep them as text; the values are then looked at (`form`).
    """
    if declared == "text":
        return _family(found) == "text"
    if is_nested(declared):  # JSON, where a source has nothing else; UUIDs and times of day as Parquet has them
        return found in ("JSON", "VARCHAR") or _plain(found) == _plain(duckdb_type(declared))
    if _UNSIGNED.get(found) == declared:
        return True
    text = declared.partition("(")[0] in _TEXTS and found.startswith(("VARCHAR", "ENUM"))
    return text or found == duckdb_type(declared) or (declared == "time" and found == _NANOSECONDS)


def _plain(kind: str) -> str:
    """Return a type without what sources write in two ways: quotes around names, UUID and JSON as text."""
    return re.sub(r"\b(UUID|JSON)\b", "VARCHAR", kind.replace('"', "").replace(_NANOSECONDS, "TIME"))


def opened_type(declared: str) -> str:
    """Return the type of DuckDB in which values of a type of the contract are compared (see `opened_as`)."""
    found = duckdb_type(declared)
    return {ZONED: "TIMESTAMP", "UUID": "VARCHAR", "JSON": "VARCHAR"}.get(found, found)


def is_number(declared: str) -> bool:
    """Return whether values of a type of the contract are numbers or booleans."""
    return declared.startswith(("int", "float", "decimal", "bool"))


def opened_as(name: str, kind: str) -> str | None:
    """Return the SQL that brings a column (a quoted name) to the type in which conditions compare it, None where it is.

    Instants with a zone become instants in UTC, whatever the time zone of the session is; times have microseconds.
    """
    if kind == ZONED:
        ends = f"CAST(CAST({name} AS VARCHAR) AS TIMESTAMP)"  # infinity, of which there are no microseconds
        return f"CASE WHEN isfinite({name}) THEN make_timestamp(epoch_us({name})) ELSE {ends} END"
    return f"CAST({name} AS TIME)" if kind == _NANOSECONDS else None


def contract_type(kind: str) -> str | None:
    """Return the contract's word for a type of DuckDB, or for one of the same family; None where it has none."""
    exact = {theirs: name for name, theirs in _NAMES.items()}
    if kind in exact:
        return exact[kind]
    nearest = {"integer": "int64", "real": "float64", "decimal": kind.lower()}
    family = _family(kind)
    return nearest.get(family, family if family in _FAMILIES else None)


def same_family(declared: str, found: str) -> bool:
    """Return whether two types of DuckDB differ in width or storage at most."""
    return _family(declared) == _family(found)


def is_integral(kind: str) -> bool:
    """Return whether values of a type of DuckDB are integers of at most 64 bits, or booleans."""
    return is_integer(kind) or kind == "BOOLEAN"


def is_integer(kind: str) -> bool:
    """Return whether values of a type of DuckDB are integers of at most 64 bits, of which there are ends and gaps."""
    return kind in _SMALL_INTEGERS


def is_real(kind: str) -> bool:
    """Return whether values of a type of DuckDB are numbers that need a scale to become integers."""
    reals = ("FLOAT", "DOUBLE", "DECIMAL", "HUGEINT", "UBIGINT", "UHUGEINT")
    return kind.startswith(reals) and not kind.endswith("]")


def is_numeric(kind: str) -> bool:
    """Return whether values of a type of DuckDB can be averaged."""
    return is_integral(kind) or is_real(kind)


def _family(kind: str) -> str:
    if kind.endswith("]"):
        return kind  # a list of numbers is not a number
    return next((family for family, starts in _FAMILIES.items() if kind.startswith(starts)), kind)

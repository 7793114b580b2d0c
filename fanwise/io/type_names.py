"""Names of types: those of other tools, as they are called here, and those of JSON Schema in plain words."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["json_types", "type_hint"]

_ELSEWHERE = {
    "text": (
        "str",
        "string",
        "character varying",
        "nvarchar",
        "varchar",
        "clob",
        "utf8",
        "large_string",
        "object",
        "enum",
    ),
    "int64": ("int", "integer", "bigint", "long", "number", "serial", "bigserial", "uint32"),
    "int32": ("int4", "mediumint", "uint16"),
    "int16": ("smallint", "int2", "short", "uint8"),
    "int8": ("tinyint", "byte"),
    "float64": ("float", "double", "double precision", "float8"),
    "float32": ("real", "float4"),
    "decimal(15,2)": ("decimal", "numeric", "money", "currency"),
    "bool": ("boolean", "bit"),
    "timestamp": (
        "datetime",
        "datetime64",
        "datetime64[ns]",
        "datetime2",
        "timestamp_ntz",
        "timestamp without time zone",
    ),
    "timestamptz": ("timestamp_tz", "timestamp with time zone", "datetimeoffset"),
    "date": ("date32", "day"),
    "uuid": ("guid", "uniqueidentifier"),
    "json": ("jsonb", "variant", "map"),
}
_HERE = {there: here for here, names in _ELSEWHERE.items() for there in names}


def type_hint(name: str, known: Iterable[str]) -> str:
    """Return the fix for an unknown type: the one that is meant, if it is known, and all that there are."""
    types = list(known)
    plain = name.strip().lower()
    near = difflib.get_close_matches(plain, types, n=1, cutoff=0.6)
    meant = _HERE.get(plain) or (near[0] if near else "")
    return f"{f'did you mean {meant!r}? ' if meant else ''}types: {', '.join(types)}"


_JSON = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "a mapping {name: …}",
    "array": "a list [a, b]",
    "null": "null",
}


def json_types(types: str | Iterable[str]) -> str:
    """Return what a `type` of JSON Schema allows, in words."""
    return " or ".join(_JSON[name] for name in ([types] if isinstance(types, str) else types))

"""Names of tables without the words that say where in a pipeline they are: `raw_orders`, `dim_customer`, `vwSales`."""

from __future__ import annotations

import re

__all__ = ["telling_words"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_OF_PIPELINES = frozenset(
    {
        *("raw", "stg", "staging", "src", "source", "base", "int", "dim", "fct", "fact", "ods", "dwh", "dw"),
        *("tbl", "table", "vw", "view", "dataset", "data", "export", "public", "dbo", "main"),
    }
)


def telling_words(table: str) -> tuple[str, ...]:
    """Return the words of a table's name in lower case, without those of pipelines, unless it has no others."""
    words = tuple(word.lower() for word in _WORD.findall(table))
    return tuple(word for word in words if word not in _OF_PIPELINES) or words

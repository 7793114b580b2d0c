"""Names of tables without the words of pipelines (`raw_orders`, `vwSales`), and names for columns that have none."""

from __future__ import annotations

import re

__all__ = ["all_named", "telling_words"]

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


def all_named(names: list[str]) -> list[str]:
    """Return the names, with `column_N` for the column at place N that has none."""
    taken = {name.lower() for name in names}

    def made(place: int) -> str:
        name = f"column_{place}"
        while name in taken:
            name += "_"
        return name

    return [name if name.strip() else made(place) for place, name in enumerate(names, 1)]

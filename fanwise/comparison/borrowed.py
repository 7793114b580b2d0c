"""Columns that follow from rows that were drawn, such as the price of the product of an order.

Their units are the rows of the table that is referred to: a few popular products decide the mean price of all orders,
however many customers there are. So it is these rows that are halved, and that are the clusters of an interval.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from fanwise.inference.laws.formulas import find_formulas
from fanwise.inference.laws.numbers import digits_of
from fanwise.inference.sources.opening import Opened

__all__ = ["borrowed_columns"]

Place = tuple[str, str]

_COPY = re.compile(r'expr: "(\w+)\.(\w+)"')
_SUM = re.compile(r"rollup: \{sum: (\w+)\.(\w+)\}")


def borrowed_columns(found: Opened) -> Mapping[Place, str]:
    """Return the column of the reference that each such column follows from; empty where it sums rows that do."""
    source = found.source
    formulas = find_formulas(found, {table.name: digits_of(found, table) for table in source.tables.values()})
    out: dict[Place, str] = {}
    for _ in range(len(formulas)):
        before = len(out)
        for place, text in formulas.items():
            if place not in out and (column := _followed(found, place, text, out)) is not None:
                out[place] = column
        if len(out) == before:
            break
    return out


def _followed(found: Opened, place: Place, text: str, known: Mapping[Place, str]) -> str | None:
    table = found.source.tables[place[0]]
    copied, summed = _COPY.fullmatch(text), _SUM.match(text)
    if copied is not None:
        edges = [each for each in table.references if each.target == copied[1] and not each.parent]
        return edges[0].columns[0] if edges else None
    if summed is not None:
        return "" if (summed[1], summed[2]) in known else None
    words = [word for word in re.findall(r"\w+", text.partition(":")[2]) if (table.name, word) in known]
    return known[table.name, words[0]] if words else None

"""Given rows: the values of a table that are listed, in its `values` or in a CSV file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["GivenRows", "scalar_yields", "sort_of"]

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class GivenRows:
    """The columns that are given, each with a value for every row; numbers of a column are all int or all float.

    file, sha256: of the CSV file, "" for values in the schema.
    """

    columns: Mapping[str, tuple[Scalar, ...]]
    file: str = ""
    sha256: str = ""

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def rows(self) -> list[tuple[Scalar, ...]]:
        """Return the rows, each with its values in the order of the columns."""
        return list(zip(*self.columns.values(), strict=True))


def scalar_yields(value: Any) -> str:
    """Return the sort of a literal."""
    if isinstance(value, bool):
        return "bool"
    for sort, name in ((int, "integer"), (float, "number"), (str, "text")):
        if isinstance(value, sort):
            return name
    return "any"


def sort_of(values: Iterable[Scalar]) -> str:
    """Return the sort of values that are all of one, or whole numbers beside fractions."""
    found = {scalar_yields(value) for value in values if value is not None}
    return found.pop() if len(found) == 1 else "number" if found else "any"

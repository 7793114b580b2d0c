"""Given rows: the values of a table that are listed, in its `values` or in a CSV file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fanwise.generator.language.literals import Scalar

__all__ = ["GivenRows"]


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

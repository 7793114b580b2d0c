"""What the user asks for."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """by: TABLE.COLUMN of the segments. model: a file of `gen discover`, which gives them instead.

    least: the fewest units whose value is written. values: False for structure only. dialect: of DDL.
    """

    by: str | None = None
    least: int = 20
    values: bool = True
    name: str = ""
    model: str | None = None
    dialect: str | None = None

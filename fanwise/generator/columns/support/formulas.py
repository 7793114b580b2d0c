"""What a reader of the files can compute again: how a value follows from others, from siblings, or from rows below."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.language.curve import Curve
from fanwise.generator.language.spec import Below, End, Expression, Path

__all__ = [
    "Aggregation",
    "Exposure",
    "Formula",
    "Moves",
    "Numbered",
    "Renewals",
    "Series",
    "Siblings",
    "Stays",
    "formula_of",
]

_INEXACT = re.compile(r"\b(exp|ln|log10|log2|power|sin|cos|tan)\s*\(", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression in the language of `expr`, with its names; or terms that are added up, if `text` is empty.

    digits: the digits that the sum of the terms is rounded to, or None where it is not. is_name: the text is nothing
    but a name. off: why nobody can compute it again, or "".
    """

    text: str = ""
    names: Mapping[str, Path] = field(default_factory=dict)
    terms: tuple[Path, ...] = ()
    digits: int | None = None
    is_name: bool = False
    off: str = ""


def formula_of(expression: Expression) -> Formula:
    """Return the formula of an expression."""
    off = "a function in it is not exact" if _INEXACT.search(expression.text) else ""
    return Formula(expression.text, expression.names, is_name=expression.compiled.is_name, off=off)


@dataclass(frozen=True, slots=True)
class Series:
    """A value that follows from the rows below the same parent, in their order.

    take: `previous` and `next` read `column` in the row one before or after, the others run over the rows so far.
    start: what is read where there is no such row, or where a sum begins; None: nothing. off: why nobody can compute it
    again, or "".
    """

    take: Literal["previous", "next", "sum", "count", "min", "max"]
    column: Path
    start: Path | End | str | float | bool | None = None
    off: str = ""


@dataclass(frozen=True, slots=True)
class Numbered:
    """Whole numbers in the order of the rows, below one parent or of a whole table: `start`, `start` + `step`, …"""

    start: int
    step: int


@dataclass(frozen=True, slots=True)
class Moves:
    """States: the first row has `start`, or what it leads to; each further one what `next` lists for the one before."""

    start: str | Path
    next: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Stays:
    """Instants at which the states of `column` begin, the first at `start`; lasts: the shortest and longest seconds."""

    column: Path
    start: End
    lasts: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Renewals:
    """Instants between `start` and `end` of the parent, each one gap after the one before.

    gaps: of the kind `law`, in seconds of a clock that runs as fast as the curve is high, on average one second a
    second over `span`. factors: cells of what divides the gaps. exposure: a column that divides them as well. limit: a
    column of the greatest number. All paths are those of the parent.
    """

    start: End
    end: End
    law: str
    gaps: Cells
    factors: Cells
    exposure: Path | None
    limit: Path | None
    curve: Curve | None
    span: tuple[int, int]


Siblings = Series | Numbered | Moves | Stays


Exposure = Path | tuple[End, End]
"""What a mean is per unit of: a column, or the seconds of an interval."""


class Aggregation(Protocol):
    """An aggregate over the rows below. where: a condition on them. by: their column that orders `first` and `last`."""

    @property
    def aggregate(self) -> str: ...

    @property
    def below(self) -> Below: ...

    @property
    def condition(self) -> Formula | None: ...

    @property
    def by(self) -> str | None: ...

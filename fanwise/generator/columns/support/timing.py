"""How an instant lies between two ends, for an audit that looks at lags, days of the week and times of day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fanwise.generator.columns.support.cell_law import CellDistribution
from fanwise.generator.columns.support.seasonality import CurveTable
from fanwise.generator.columns.support.segments import Cells
from fanwise.generator.language.spec import End

__all__ = ["LagLaw", "Timing"]

LagLaw = tuple[Cells, Sequence[CellDistribution | None]]
"""The laws of a lag in seconds, one for each cell, before it is cut to whole seconds; None: there is no instant."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The ends between which an instant lies, both known in its row, and what it is drawn by.

    curve: along which all of the interval is drawn; None: it follows the start. lag: the law of the seconds since the
    start, where that and the end alone decide. chained: so it is in the first row below a parent; further ones follow
    the row before. spread: it may be any second of a minute, each as often.
    """

    start: End
    end: End | None
    curve: CurveTable | None = None
    lag: LagLaw | None = None
    chained: bool = False
    spread: bool = True

"""The checks of the audit, in the order in which they are asked and reported."""

from __future__ import annotations

from typing import Any

from validator.checking import AuditCheck
from validator.checks.columns import Columns
from validator.checks.conditions import Conditions
from validator.checks.contradictions import Contradictions
from validator.checks.difference import Difference
from validator.checks.direction import Direction
from validator.checks.dispersion import Dispersion
from validator.checks.expectations import Expectations
from validator.checks.finite import Finite
from validator.checks.floor import PracticalFloor
from validator.checks.keys import Keys
from validator.checks.leaks import Leaks
from validator.checks.magnitude import Magnitude
from validator.checks.nulls import Nulls
from validator.checks.ratio import DeclaredRatio
from validator.checks.references import References
from validator.checks.segments import Segments
from validator.checks.shape import Shape
from validator.checks.shares import Shares
from validator.checks.tables import Tables
from validator.checks.trend import Trend

__all__ = ["BUILTIN"]

BUILTIN: tuple[type[AuditCheck[Any]], ...] = (
    Tables,
    Columns,
    Keys,
    References,
    Nulls,
    Finite,
    Segments,
    Shares,
    Conditions,
    Contradictions,
    Direction,
    DeclaredRatio,
    Magnitude,
    Expectations,
    PracticalFloor,
    Dispersion,
    Leaks,
    Difference,
    Trend,
    Shape,
)

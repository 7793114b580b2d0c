"""The checks of the audit, in the order in which they are asked and reported.

Other packages add checks by the entry point group `fanwise.checks`; they come last.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from fanwise.io.plugins import registered
from fanwise.validator.checks.arrivals import ArrivalProcesses
from fanwise.validator.checks.association import Association
from fanwise.validator.checks.base import AuditCheck
from fanwise.validator.checks.bounds import Bounds
from fanwise.validator.checks.children import Children
from fanwise.validator.checks.columns import Columns
from fanwise.validator.checks.combined import CombinedRatios
from fanwise.validator.checks.conditions import Conditions
from fanwise.validator.checks.contradictions import Contradictions
from fanwise.validator.checks.correlation import Correlations
from fanwise.validator.checks.defects import Defects
from fanwise.validator.checks.difference import Difference
from fanwise.validator.checks.digits import Digits
from fanwise.validator.checks.direction import Direction
from fanwise.validator.checks.dispersion import Dispersion
from fanwise.validator.checks.distinct import DistinctBelow
from fanwise.validator.checks.distribution import Distributions
from fanwise.validator.checks.expectations import Expectations
from fanwise.validator.checks.finite import Finite
from fanwise.validator.checks.floor import PracticalFloor
from fanwise.validator.checks.form import Form
from fanwise.validator.checks.formulas import Formulas
from fanwise.validator.checks.given import Given
from fanwise.validator.checks.instants import Instants
from fanwise.validator.checks.keys import Keys
from fanwise.validator.checks.last_digit import LastDigits
from fanwise.validator.checks.leaks import Leaks
from fanwise.validator.checks.magnitude import Magnitude
from fanwise.validator.checks.manifest import Manifest
from fanwise.validator.checks.mix import Mix
from fanwise.validator.checks.null_shares import NullShares
from fanwise.validator.checks.nulls import Nulls
from fanwise.validator.checks.ratio import DeclaredRatio
from fanwise.validator.checks.references import References
from fanwise.validator.checks.rollups import Rollups
from fanwise.validator.checks.segments import Segments
from fanwise.validator.checks.sequence import Sequences
from fanwise.validator.checks.shape import Shape
from fanwise.validator.checks.shares import Shares
from fanwise.validator.checks.siblings import Siblings
from fanwise.validator.checks.spread import Spreads
from fanwise.validator.checks.tables import Tables
from fanwise.validator.checks.timing import Timings
from fanwise.validator.checks.trend import Trend
from fanwise.validator.checks.values import Values
from fanwise.validator.checks.variety import Varieties

__all__ = ["BUILTIN", "PAIRWISE", "checks"]

BUILTIN: tuple[type[AuditCheck[Any]], ...] = (
    Tables,
    Manifest,
    Defects,
    Columns,
    Keys,
    Sequences,
    References,
    Nulls,
    Finite,
    Given,
    Segments,
    Shares,
    Bounds,
    Values,
    Form,
    Digits,
    Instants,
    Formulas,
    Rollups,
    Siblings,
    Children,
    DistinctBelow,
    Conditions,
    Contradictions,
    Direction,
    DeclaredRatio,
    CombinedRatios,
    Magnitude,
    Expectations,
    PracticalFloor,
    Dispersion,
    Correlations,
    Distributions,
    Timings,
    Spreads,
    Varieties,
    ArrivalProcesses,
    LastDigits,
    Mix,
    NullShares,
    Association,
    Leaks,
    Difference,
    Trend,
    Shape,
)

PAIRWISE: tuple[type[AuditCheck[Any]], ...] = (
    Direction,
    DeclaredRatio,
    Magnitude,
    Expectations,
    PracticalFloor,
    Leaks,
)
"""The checks whose findings are about two segments: the statuses of pairs in a report are theirs."""


@cache
def checks() -> tuple[type[AuditCheck[Any]], ...]:
    """Return every check, those of plug-ins after the built-in ones."""
    members = ("name", "severity", "subjects", "judge")
    return tuple(registered("fanwise.checks", BUILTIN, lambda check: [check.name], members).values())

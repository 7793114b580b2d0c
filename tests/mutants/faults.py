"""Faults of the generator, made by hand: each changes one thing in the real engine. Number 1 is the seed's own bug."""

from __future__ import annotations

from tests.mutants.fault import SEES_NOTHING, Fault
from tests.mutants.file_faults import FILE_FAULTS
from tests.mutants.multiplier_faults import MULTIPLIER_FAULTS
from tests.mutants.row_faults import ROW_FAULTS

__all__ = ["CAUGHT", "FAULTS", "UNSEEN"]

FAULTS: tuple[Fault, ...] = (*MULTIPLIER_FAULTS, *ROW_FAULTS, *FILE_FAULTS)
CAUGHT = tuple(fault for fault in FAULTS if fault.finding != SEES_NOTHING)
UNSEEN = tuple(fault for fault in FAULTS if fault.finding == SEES_NOTHING)

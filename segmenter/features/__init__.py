"""Features: one row of numbers per customer, made by one SQL program. One file an axis."""

from __future__ import annotations

from segmenter.features.building import build_features
from segmenter.features.states import axis_states

__all__ = ["axis_states", "build_features"]

"""Features: one row of numbers per customer, made by one SQL program. One file an axis."""

from __future__ import annotations

from fanwise.segmenter.features.availability import axis_states
from fanwise.segmenter.features.building import build_features

__all__ = ["axis_states", "build_features"]

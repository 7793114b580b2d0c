"""Values lie within their bounds, and instants in their window."""

from __future__ import annotations

from fanwise.validator.checks.rowwise import RowCheck


class Bounds(RowCheck):
    name = "bounds"
    kind = "bounds"
    hint = "look for a clamp that is not applied, or for another unit."

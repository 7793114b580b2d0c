"""UUIDs, JSON and texts with a number of characters have the form of their type."""

from __future__ import annotations

from fanwise.validator.checks.rowwise import RowCheck


class Form(RowCheck):
    name = "form"
    kind = "form"
    hint = "correct the value, or declare another type."

"""Numbers have no more digits after the point than they are rounded to."""

from __future__ import annotations

from fanwise.validator.checks.rowwise import RowCheck


class Digits(RowCheck):
    name = "digits"
    kind = "digits"
    hint = "round the values, or declare more digits."

"""A column with a formula has the value that the formula gives in every row."""

from __future__ import annotations

from fanwise.validator.checks.rowwise import RowCheck


class Formulas(RowCheck):
    name = "formula"
    kind = "formula"
    hint = "compute the column again from the columns that the formula names."

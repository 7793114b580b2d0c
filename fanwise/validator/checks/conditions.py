"""Row conditions of the contract hold in every row; null counts as met."""

from __future__ import annotations

from fanwise.validator.checks.rowwise import RowCheck


class Conditions(RowCheck):
    name = "condition"
    kind = "condition"
    hint = "correct the columns in the condition, or the condition."

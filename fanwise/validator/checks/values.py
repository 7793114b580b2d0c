"""A column with listed values has no other one."""

from __future__ import annotations

from fanwise.validator.checks.rowwise import RowCheck


class Values(RowCheck):
    name = "values"
    kind = "values"
    hint = "correct the value, or list it."

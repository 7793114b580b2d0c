"""Instants lie after, and before, those that they depend on."""

from __future__ import annotations

from fanwise.validator.checks.rowwise import RowCheck


class Instants(RowCheck):
    name = "instants"
    kind = "instants"
    hint = "look at the column that the instant is counted from."

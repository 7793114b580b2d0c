"""The audit by its public name: against a contract, or like reference data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanwise.io.errors import InputError
from fanwise.validator.auditing import audit as audit_by

if TYPE_CHECKING:
    from fanwise.io.tables import Location
    from fanwise.validator.contract.model import Contract
    from fanwise.validator.report.model import Report

__all__ = ["audit"]


def audit(
    source: Location,
    contract: Contract | Mapping[str, Any] | str | Path | None = None,
    *,
    like: Location | None = None,
    by: str | None = None,
    **options: Any,
) -> Report:
    """Judge data by a contract, or by reference data.

    like: reference data, a source as `source` is. The contract is made of them: their keys, references, types and
    nulls, and with `by` (TABLE.COLUMN of the segments) every effect that they show. Everything else is as for
    `fanwise.validator.audit`. Raises InputError where both a contract and `like` are given, or neither.
    """
    if (contract is None) == (like is None):
        hint = "give the contract of the data, or reference data."
        raise InputError("FW-USAGE-CONFLICT", "one of contract and like is needed", hint)
    if by is not None and like is None:
        raise InputError("FW-USAGE-CONFLICT", "by needs like", "a contract states its own axes.")
    if contract is not None:
        return audit_by(source, contract, **options)
    from fanwise.inference.likeness import contract_like

    assert like is not None
    return audit_by(source, contract_like(like, by, threads=options.get("threads"), judged=source), **options)

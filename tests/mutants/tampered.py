"""The battery: every fault that is written into finished files."""

from __future__ import annotations

from tests.mutants.store import STORE, Tampered
from tests.mutants.tampered_laws import LAWS
from tests.mutants.tampered_rules import RULES

__all__ = ["STORE", "TAMPERED", "Tampered"]

TAMPERED = (*RULES, *LAWS)

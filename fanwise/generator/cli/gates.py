"""The option `--gates`."""

from __future__ import annotations

from typing import get_args

from fanwise.generator.errors import UsageError, nearest
from fanwise.generator.language.literals import Gates

__all__ = ["gates_of"]


def gates_of(text: str | None, *, no_audit: bool = False) -> Gates | None:
    """Return what `--gates` and `--no-audit` ask for, None where the schema or contract decides."""
    if no_audit and text not in (None, "none"):
        hint = "remove one of them: --no-audit is the same as --gates none"
        raise UsageError("FW-USAGE-CONFLICT", f"--no-audit and --gates {text} cannot be combined", hint)
    known: tuple[Gates, ...] = get_args(Gates)
    if text is not None and text not in known:
        raise UsageError("FW-USAGE-VALUE", f"--gates {text}: not one of {', '.join(known)}", nearest(text, known))
    return "none" if no_audit else text

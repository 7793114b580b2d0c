"""The one place where a name becomes SQL text; values are always bound."""

from __future__ import annotations

__all__ = ["quote_ident"]


def quote_ident(name: str) -> str:
    """Return `name` as a double-quoted SQL identifier (ValueError for a NUL, which no identifier may hold)."""
    if "\x00" in name:
        raise ValueError("an identifier cannot hold a NUL character")
    return '"' + name.replace('"', '""') + '"'

"""SQL text from names and values that come from outside: quoted, never trusted."""

from __future__ import annotations

__all__ = ["quote_ident", "quote_text"]


def quote_ident(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quote_text(value: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"

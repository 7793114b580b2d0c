"""The one place where a name or a path becomes SQL text; values are always bound."""

from __future__ import annotations

__all__ = ["quote_ident", "quote_text"]


def quote_ident(name: str) -> str:
    """Return `name` as a double-quoted SQL identifier (ValueError for a NUL, which no identifier may hold)."""
    if "\x00" in name:
        raise ValueError("an identifier cannot hold a NUL character")
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """Return `text` as an SQL string, for statements that bind no values (ValueError for a NUL)."""
    if "\x00" in text:
        raise ValueError("text in SQL cannot hold a NUL character")
    return "'" + text.replace("'", "''") + "'"

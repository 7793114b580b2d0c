"""The one place where a name or a text becomes part of an SQL statement. Values are bound wherever they can be."""

from __future__ import annotations

from fanwise.io.errors import InputError
from fanwise.io.problems import shown

__all__ = ["quote_ident", "quote_text"]


def quote_ident(name: str) -> str:
    """Return a name as an SQL identifier (InputError for a NUL character, which databases do not take)."""
    return _quoted(name, '"')


def quote_text(text: str) -> str:
    """Return a text as an SQL literal, for statements that bind no values (InputError for a NUL character)."""
    return _quoted(text, "'")


def _quoted(text: str, quote: str) -> str:
    if "\x00" in text:
        raise InputError(
            "FW-USAGE-VALUE", "holds a NUL character, which SQL cannot take", "use another name", value=shown(text)
        )
    return quote + text.replace(quote, 2 * quote) + quote

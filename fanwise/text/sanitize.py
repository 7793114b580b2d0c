"""Making text safe to show: no name in it can steer a terminal, turn a line around or break a file."""

from __future__ import annotations

import unicodedata

__all__ = ["printable"]

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def printable(text: str) -> str:
    """Return `text` on one line; each character that could steer what shows it is written out, as `\\u001b`.

    These are control and format characters (escape, line breaks, direction marks), line and paragraph separators,
    and what UTF-8 and XML refuse: lone surrogates, private characters, and code points that are no characters.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(sign if _is_plain(sign) else f"\\u{ord(sign):04x}" for sign in text)


def _is_plain(sign: str) -> bool:
    code = ord(sign)
    if code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return False
    return unicodedata.category(sign) not in _HIDDEN

"""Numbers as people write them: with thousands separators, a decimal comma, a currency.

A format is how 1234.56 is written: `1,234.56`, `1.234,56`, `1 234,56`, `1'234.56` or `1234,56`. A sign, a currency
before or after the number, and brackets around a negative one are always allowed.
"""

from __future__ import annotations

import re

from fanwise.io.quoting import quote_text

__all__ = ["is_number_format", "plain_number"]

_BLANKS = "[ \u00a0\u202f]"
_CURRENCY = r"([A-Z]{0,3}\p{Sc}|[A-Z]{3}|kr|zł|Kč|Ft)"
_MINUS = "[-(\u2212]"
_SIGN = "[-+\u2212]"
_EXAMPLE = re.compile("1(?P<group>[,. '\u2019]?)234(?P<point>[.,])56")


def is_number_format(text: str) -> bool:
    """Return whether a text says how 1234.56 is written."""
    found = _EXAMPLE.fullmatch(text)
    return found is not None and found["group"] != found["point"]


def plain_number(text: str, form: str) -> str:
    """Return the SQL of a text (an SQL expression) in a format as digits with a point; null where it is not in it."""
    found = _EXAMPLE.fullmatch(form)
    assert found is not None
    group, point = found["group"], found["point"]
    between = _BLANKS if group == " " else re.escape(group)
    whole = rf"(\d{{1,3}}({between}\d{{3}})+|\d+)" if group else r"\d+"
    number = rf"({whole}([{point}]\d+)?|[{point}]\d+)"
    begin, end = rf"{_CURRENCY}?{_BLANKS}?", rf"{number}{_BLANKS}?{_CURRENCY}?"
    signed = rf"{_SIGN}?{begin}{end}|{begin}{_SIGN}{end}|\({begin}{end}\)"
    pattern = rf"{_BLANKS}*({signed}){_BLANKS}*"
    digits = f"replace(regexp_replace({text}, '[^0-9{point}]', '', 'g'), '{point}', '.')"
    minus = f"CASE WHEN regexp_matches({text}, '{_MINUS}') THEN '-' ELSE '' END"
    return f"CASE WHEN regexp_full_match({text}, {quote_text(pattern)}) THEN {minus} || {digits} END"

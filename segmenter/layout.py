"""Lines of text results: tables, wrapped sentences, numbers; at most 80 columns."""

from __future__ import annotations

import math
import textwrap
import unicodedata
from collections.abc import Sequence

__all__ = ["WIDTH", "Numbers", "cells", "number", "percent", "printable", "table", "wrapped"]

WIDTH = 80

Numbers = float | None
_NONE = "–"


def number(x: Numbers, digits: int = 3) -> str:
    """Return `x` with three significant digits and thousands separators: `0.0123`, `23.3`, `1,690`; – for none."""
    if x is None or not math.isfinite(x):
        return _NONE
    if x == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(x)))
    if magnitude >= 15 or magnitude < -5:
        return f"{x:.{digits - 1}e}"
    return f"{round(x, digits - 1 - magnitude):,.{max(digits - 1 - magnitude, 0)}f}"


def percent(share: Numbers, places: int = 1) -> str:
    """Return a share as `16.4 %`; – for none."""
    if share is None or not math.isfinite(share):
        return _NONE
    return f"{round(100 * share, places) + 0.0:.{places}f} %"  # + 0.0: there is no -0 %


def printable(text: str) -> str:
    """Return `text` with control and direction characters written out, so that no name can steer a terminal."""
    if text.isascii() and text.isprintable():
        return text
    hidden = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    return "".join(f"\\u{ord(sign):04x}" if unicodedata.category(sign) in hidden else sign for sign in text)


def cells(text: str) -> int:
    """Return the width of `text` in terminal cells."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )


def wrapped(text: str, indent: str = "  ", rest: str | None = None) -> list[str]:
    """Return `text` wrapped to the width; a number and its unit stay on one line."""
    glued = printable(text).replace(" %", "\x1f%")
    lines = textwrap.wrap(glued, WIDTH, initial_indent=indent, subsequent_indent=indent if rest is None else rest)
    return [line.replace("\x1f", " ") for line in lines]


def table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1, indent: int = 2) -> list[str]:
    """Return the lines of a table; the first `left` columns are left-aligned, and the first gives way to fit."""
    body = [[printable(cell) for cell in row] for row in (head, *rows)]
    widths = [max(cells(row[index]) for row in body) for index in range(len(head))]
    room = WIDTH - indent - 2 * (len(widths) - 1) - sum(widths[1:])
    widths[0] = max(8, min(widths[0], room))
    return [_line(row, widths, left, indent) for row in body]


def _line(row: Sequence[str], widths: Sequence[int], left: int, indent: int) -> str:
    parts = []
    for index, (cell, width) in enumerate(zip(row, widths, strict=True)):
        text = _cut(cell, width)
        space = " " * (width - cells(text))
        parts.append(text + space if index < left else space + text)
    return (" " * indent + "  ".join(parts)).rstrip()


def _cut(text: str, width: int) -> str:
    if cells(text) <= width:
        return text
    kept = ""
    for sign in text:
        if cells(kept + sign) > width - 1:
            break
        kept += sign
    return f"{kept}…"

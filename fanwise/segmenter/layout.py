"""Lines of text results: tables, wrapped sentences, numbers; at most 80 columns."""

from __future__ import annotations

import math
import textwrap
import unicodedata
from collections.abc import Sequence

__all__ = ["WIDTH", "Numbers", "cells", "instant", "number", "percent", "printable", "table", "wrapped"]

WIDTH = 80

Numbers = float | None
_NONE = "–"
_LEAST = 8  # columns of the column that gives way


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


def instant(as_of: str) -> str:
    """Return an ISO 8601 instant of a model as a person writes it: `2024-12-31 22:14:13`, a midnight as its day."""
    return as_of.removesuffix("+00:00").removesuffix("T00:00:00").replace("T", " ")


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1, indent: int = 2, fold: int = 0
) -> list[str]:
    """Return the lines of a table; the first `left` columns are left-aligned, and column `fold` is wrapped to fit.

    A head may hold line breaks, so that its column stays narrow.
    """
    heads = [cell.split("\n") for cell in head]
    deep = max(map(len, heads))
    above = zip(*([""] * (deep - len(lines)) + lines for lines in heads), strict=True)
    top, body = [[list(map(printable, row)) for row in part] for part in (above, rows)]
    widths = [max(cells(row[index]) for row in (*top, *body)) for index in range(len(head))]
    room = WIDTH - indent - 2 * (len(widths) - 1) - sum(widths) + widths[fold]
    widths[fold] = max(_LEAST, min(widths[fold], room))
    lines = [_line(row, widths, left, indent) for row in top]
    for row in body:
        for line, words in enumerate(_folded(row[fold], widths[fold])):
            own = row if line == 0 else [""] * len(row)
            lines.append(_line([*own[:fold], words, *own[fold + 1 :]], widths, left, indent))
    return lines


def _folded(text: str, width: int) -> list[str]:
    """Return the lines of a cell, broken between words; the second line and those after it are indented."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines[-1].strip() else f"{lines[-1]}{word}"
        if cells(longer) <= width or not lines[-1].strip():
            lines[-1] = longer
        else:
            lines.append(f"  {word}")
    return lines


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

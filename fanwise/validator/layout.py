"""Layout: lines, columns and colours of text reports."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from fanwise.validator.findings import Status

__all__ = ["Style", "Table", "cells", "printable", "style_options", "wrapped"]

_COLOURS = {
    Status.PASS: "32",
    Status.WARN: "33",
    Status.FAIL: "31;1",
    Status.INCONCLUSIVE: "35",
    Status.ERROR: "31;7",
    Status.SKIPPED: "2",
}
_GLUE = "\x1f"
_ASCII = str.maketrans({"×": "x", "–": "-", "−": "-", "…": "~", "→": ">", "±": "+", "·": "-", "≥": ">", "µ": "u"})


@dataclass(frozen=True, slots=True)
class Style:
    """How text may look: its width in cells, whether ANSI colours and anything beyond ASCII are allowed."""

    width: int = 80
    colour: bool = False
    ascii_only: bool = False

    def text(self, line: str) -> str:
        """Return `line` in the characters that are allowed."""
        if not self.ascii_only:
            return line
        return line.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")

    def status(self, status: Status, width: int = 0) -> str:
        """Return the word of a status, padded to `width`, coloured where colours are allowed."""
        word = status.value.ljust(width)
        return f"\x1b[{_COLOURS[status]}m{word}\x1b[0m" if self.colour else word

    def heading(self, text: str) -> str:
        """Return a heading."""
        line = self.text(text)
        return f"\x1b[1m{line}\x1b[0m" if self.colour else line


def style_options(stream: TextIO, environment: dict[str, str]) -> dict[str, bool]:
    """Return `colour` and `ascii_only` for `Report.text`: colours only on a terminal that wants them."""
    terminal = bool(getattr(stream, "isatty", lambda: False)())
    wanted = not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
    encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "")
    return {"colour": terminal and wanted, "ascii_only": not encoding.startswith("utf")}


def printable(text: str) -> str:
    """Return `text` with control and direction characters written out, so that no name can steer what shows it.

    So are lone surrogates and the code points that Unicode gives to nobody, which UTF-8 and XML refuse.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(sign if _shows(sign) else f"\\u{ord(sign):04x}" for sign in text)


def _shows(sign: str) -> bool:
    code = ord(sign)
    if code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return False
    return unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def cells(text: str) -> int:
    """Return the width of `text` in terminal cells."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )


def wrapped(style: Style, text: str, first: str, rest: str) -> list[str]:
    """Return `text` wrapped to the width, its first line after `first` and the others after `rest`."""
    # A number and its unit stay on one line.
    glued = style.text(printable(text).replace(" %", f"{_GLUE}%"))
    lines = _folded(glued.split(" "), max(20, style.width - cells(rest)))
    return [f"{first if index == 0 else rest}{line.replace(_GLUE, ' ')}" for index, line in enumerate(lines)]


def _folded(words: Sequence[str], width: int) -> list[str]:
    """Return lines of at most `width` cells; textwrap would count characters, and some take two cells."""
    lines = [""]
    for word in words:
        candidate = f"{lines[-1]} {word}" if lines[-1] else word
        if cells(candidate) <= width:
            lines[-1] = candidate
            continue
        if lines[-1]:
            lines.append("")
        for sign in word:
            if cells(lines[-1] + sign) > width:
                lines.append("")
            lines[-1] += sign
    return lines


@dataclass(slots=True)
class Table:
    """Rows in columns. `left`: how many columns are left-aligned; the first one gives way where a line is too long."""

    head: Sequence[str]
    rows: list[list[str]]
    left: int = 1
    indent: int = 2

    def lines(self, style: Style) -> list[str]:
        """Return the lines of the table, none wider than the style allows."""
        body = [[style.text(printable(cell)) for cell in row] for row in ([list(self.head), *self.rows])]
        widths = [max(cells(row[index]) for row in body) for index in range(len(self.head))]
        for gap in (2, 1):
            room = style.width - self.indent - gap * (len(widths) - 1) - sum(widths[1:])
            if room >= min(widths[0], 16):
                break
        widths[0] = max(4, min(widths[0], room))
        return [self._line(row, widths, gap) for row in body]

    def _line(self, row: Sequence[str], widths: Sequence[int], gap: int) -> str:
        padded = []
        for index, (cell, width) in enumerate(zip(row, widths, strict=True)):
            text = _cut(cell, width)
            space = " " * (width - cells(text))
            padded.append(text + space if index < self.left else space + text)
        return (" " * self.indent + (" " * gap).join(padded)).rstrip()


def _cut(text: str, width: int) -> str:
    if cells(text) <= width:
        return text
    kept = ""
    for sign in text:
        if cells(kept + sign) > width - 1:
            break
        kept += sign
    return kept + "~"

"""Lines for a terminal: wrapped to its width, in the characters it can show, in tables that keep rows apart."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TextIO

from rich.cells import cell_len as cells
from rich.cells import chop_cells

from fanwise.text.sanitize import printable

__all__ = ["PLAIN", "WIDTH", "Style", "cells", "style_of", "table", "wrapped"]

WIDTH = 80
_LEAST = 16  # cells of a column of words, before columns are moved below the others
_COLOURS = {"PASS": "32", "WARN": "33", "FAIL": "31;1", "INCONCLUSIVE": "35", "ERROR": "31;7", "SKIPPED": "2"}
_JOINTS = "/._-=+>,"
_GLUE = "\u00a0"  # a space that keeps a number and its unit on one line
_ASCII = str.maketrans({"×": "x", "–": "-", "−": "-", "…": "~", "→": ">", "±": "+", "·": "-", "≥": ">", "µ": "u"})


@dataclass(frozen=True, slots=True)
class Style:
    """How text may look: its width in cells, whether ANSI colours and anything beyond ASCII are allowed."""

    width: int = WIDTH
    colour: bool = False
    ascii_only: bool = False

    def text(self, line: str) -> str:
        """Return `line` in the characters that are allowed."""
        shown = printable(line)
        if not self.ascii_only:
            return shown
        return shown.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")

    def status(self, word: str) -> str:
        """Return a status such as `PASS`, coloured where colours are allowed."""
        code = _COLOURS.get(word)
        return f"\x1b[{code}m{word}\x1b[0m" if self.colour and code else word

    def heading(self, text: str) -> str:
        """Return a heading, bold where colours are allowed."""
        line = self.text(text)
        return f"\x1b[1m{line}\x1b[0m" if self.colour else line


PLAIN = Style()


def style_of(stream: TextIO, environment: Mapping[str, str]) -> Style:
    """Return the style for a stream: colours only on a terminal that wants them, ASCII where it is not UTF-8."""
    wanted = "NO_COLOR" not in environment and environment.get("TERM") != "dumb"
    return Style(WIDTH, stream.isatty() and wanted, "utf" not in (stream.encoding or "ascii").lower())


def wrapped(text: str, first: str = "  ", rest: str | None = None, style: Style = PLAIN) -> list[str]:
    """Return the lines of `text`, the first behind `first` and the others behind `rest` (default: `first`).

    A number and its unit stay on one line.
    """
    rest = first if rest is None else rest
    glued = _glued(style.text(text))
    room = max(20, style.width - max(cells(first), cells(rest)))
    lines = _folded(glued, room, room)
    return [f"{rest if index else first}{line.replace(_GLUE, ' ')}" for index, line in enumerate(lines)]


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str] | str],
    style: Style = PLAIN,
    *,
    left: Collection[int] = (0,),
    indent: int = 2,
) -> list[str]:
    """Return the lines of a table; the columns at the places `left` hold words, the others numbers.

    rows: a text in place of a row is a heading for the rows below it.

    Nothing is cut. Where a row is too long, heads are folded first, then words, and at last the columns that do not
    fit continue below, with the first column repeated.
    """
    whole = [style.text(row) if isinstance(row, str) else [_glued(style.text(cell)) for cell in row] for row in rows]
    whole.insert(0, [style.text(cell) for cell in head])
    grid = [row for row in whole if not isinstance(row, str)]
    widths = [max(cells(row[place]) for row in grid) for place in range(len(head))]
    lines: list[str] = []
    for places, gap in _blocks(grid, widths, left, style.width - indent):
        lines += [""] if lines else []
        spans = [(widths[place], place in left, "  " if place == 0 and 0 in left else "") for place in places]
        for index, row in enumerate(whole):
            if isinstance(row, str):
                lines += wrapped(row, " " * indent, style=style)
                continue
            parts = _row([row[place] for place in places], spans, style, is_head=index == 0)
            lines += [(" " * indent + (" " * gap).join(part)).rstrip().replace(_GLUE, " ") for part in parts]
    return lines


def _glued(text: str) -> str:
    """Return a text in which a number keeps its unit, and a sign its number, when lines are folded."""
    return text.replace(" %", f"{_GLUE}%").replace("≤ ", f"≤{_GLUE}").replace("≥ ", f"≥{_GLUE}")


def _blocks(grid: list[list[str]], widths: list[int], left: Collection[int], room: int) -> list[tuple[list[int], int]]:
    """Fit `widths` to the width; return the columns that fit beside one another, with the gap between them."""
    places = list(range(len(widths)))
    for gap in (2, 1):
        free = room - gap * (len(places) - 1)
        if sum(widths) <= free:
            return [(places, gap)]
        for place in places:  # heads are folded between words
            longest = max((cells(word) for word in grid[0][place].split()), default=0)
            widths[place] = max([longest, *(cells(row[place]) for row in grid[1:])])
        while sum(widths) > free:
            widest = max((place for place in places if place in left), key=lambda place: widths[place], default=-1)
            if widest < 0 or widths[widest] <= _LEAST:
                break
            widths[widest] -= 1
        if sum(widths) <= free:
            return [(places, gap)]
    return _cut_up(widths, 0 in left, room)


def _cut_up(widths: Sequence[int], repeated: bool, room: int) -> list[tuple[list[int], int]]:
    """Return groups of columns that fit, each behind the first one where that names the rows."""
    first = [0] if repeated else []
    blocks, used = [list(first)], widths[0] if repeated else 0
    for place in range(len(first), len(widths)):
        if len(blocks[-1]) > len(first) and used + 2 + widths[place] > room:
            blocks.append(list(first))
            used = widths[0] if repeated else 0
        blocks[-1].append(place)
        used += 2 + widths[place]
    return [(block, 2) for block in blocks]


def _row(
    row: Sequence[str], spans: Sequence[tuple[int, bool, str]], style: Style, *, is_head: bool
) -> Iterator[list[str]]:
    """Yield the lines of a row as padded cells. spans: per column its width, whether it holds words, and their hang."""
    columns = []
    for cell, (width, _, hang) in zip(row, spans, strict=True):
        lines = _folded(cell, width if is_head else max(width - len(hang), 1), width)
        columns.append([lines[0], *(line if is_head else hang + line for line in lines[1:])])
    deep = max(map(len, columns))
    if is_head:  # its last line is above the rows
        columns = [[""] * (deep - len(lines)) + lines for lines in columns]
    for parts in zip_longest(*columns, fillvalue=""):
        pairs = zip(parts, spans, strict=True)
        yield [_padded(part, width, words, style) for part, (width, words, _) in pairs]


def _padded(text: str, width: int, words: bool, style: Style) -> str:
    space = " " * (width - cells(text))
    return style.status(text) + space if words else space + text


def _folded(text: str, width: int, first: int) -> list[str]:
    """Return lines of at most `width` cells, the first of at most `first`; only words that are longer are broken.

    Blanks at the beginning stay, and the lines below are indented as much.
    """
    words = text.lstrip(" ")
    indent = text[: len(text) - len(words)]
    lines: list[str] = []
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}" if lines else indent + word
        if cells(longer) <= (width if len(lines) > 1 else first):
            lines[-1:] = [longer]
        else:
            lines += [indent + part for part in _broken(word, max(min(width, first) - len(indent), 1))]
    return lines


def _broken(word: str, width: int) -> list[str]:
    """Return the parts of a long word, broken behind a sign such as `/`, `.` or `_` where one is near enough."""
    parts: list[str] = []
    while cells(word) > width:
        head = chop_cells(word, width)[0]
        joint = max(head.rfind(sign) for sign in _JOINTS) + 1
        head = head[:joint] if 3 * joint > len(head) else head
        parts.append(head)
        word = word[len(head) :]
    return [*parts, word]

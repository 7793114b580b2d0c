"""Tables for people: plain text of at most 80 columns, whatever the data hold."""

from __future__ import annotations

import io
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fanwise.generator.cli.screen import one_line

WIDTH = 80
_CELL = 36  # a longer cell is cut, so that two columns still stand side by side
_GAP = 2

Row = Sequence[str]


def table(headers: Row, rows: Sequence[Row], *, right: frozenset[int] = frozenset()) -> str:
    """Return a table as text; the columns at the places `right` hold numbers, and what is too wide goes on below."""
    cells = [[_shortened(cell) for cell in row] for row in (headers, *rows)]
    widths = [max(cell_len(row[place]) for row in cells) + _GAP for place in range(len(headers))]
    return "\n".join(_block(cells, block, right) for block in _blocks(widths))


def _blocks(widths: Sequence[int]) -> list[list[int]]:
    """Return the places of the columns, grouped so that each group fits the width."""
    out: list[list[int]] = [[]]
    used = 0
    for place, width in enumerate(widths):
        if out[-1] and used + width > WIDTH:
            out.append([])
            used = 0
        out[-1].append(place)
        used += width
    return out


def _block(cells: Sequence[Row], places: Sequence[int], right: frozenset[int]) -> str:
    grid = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="")
    for place in places:
        grid.add_column(Text(cells[0][place]), justify="right" if place in right else "left", no_wrap=True)
    for row in cells[1:]:
        grid.add_row(*(Text(row[place]) for place in places))
    page = io.StringIO()
    console = Console(file=page, width=WIDTH, color_system=None, highlight=False, markup=False, emoji=False)
    console.print(grid)
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines()) + "\n"


def _shortened(cell: str) -> str:
    text = one_line(cell)
    return text if len(text) <= _CELL else f"{text[: _CELL - 1]}…"


def rows_of(number: float) -> str:
    """Return an expected number of rows for a reader: `23,164`."""
    return f"{number:,.0f}"


def bytes_of(number: float) -> str:
    """Return a size for a reader: `1.4 MB` (powers of 1000)."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 999.5:  # three digits, rounded
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:,.3g} TB"

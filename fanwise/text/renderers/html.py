"""A document as one HTML page: no network, no script unless it is served, its style and drawings inside.

Every string passes through two places only, in this order: `printable`, which writes out control and direction
characters, and Jinja's autoescaping. What is not escaped is the page's own style and the drawings.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from fanwise.text import charts
from fanwise.text.blocks import Cell, Column, Document, Intervals, Section, Table, text_of
from fanwise.text.sanitize import printable

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup

__all__ = ["prepare", "render_html"]

_STRONGEST = 65  # percent of a shade's colour; on a stronger one text is hard to read


def render_html(document: Document, script: str = "") -> str:
    """Return the page of `document`, ending in a newline; the same bytes for the same document.

    script: of a page that is served: the page runs it and nothing else, and it may only ask its own server.
    """
    from markupsafe import Markup

    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"; script-src 'sha256-{digest}'; connect-src 'self'" if script else ""
    return _page().render(document=document, script=Markup(script), policy=Markup(policy)) + "\n"


def prepare() -> None:
    """Load what a page needs, so that this can be done while something else keeps the caller waiting."""
    charts.prepare()
    _page()
    _page("section.html")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A section with what makes it equal to another one: all that it says."""

    identity: bytes
    section: Section = field(compare=False)


def _section(section: Section) -> Markup:
    return _laid_out(_Asked(hashlib.blake2b(repr(section).encode(errors="surrogatepass")).digest(), section))


@lru_cache(maxsize=64)
def _laid_out(asked: _Asked) -> Markup:
    """Return a section as elements. A page that is made anew with each step of a check keeps most of its sections."""
    from markupsafe import Markup

    return Markup(_page("section.html").render(section=asked.section))


@cache
def _page(name: str = "page.html") -> Template:
    """Return the template of every page, or that of a section; what it needs is imported by the first call."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(autoescape=True, undefined=StrictUndefined, finalize=_shown, trim_blocks=True)
    environment.globals |= {
        "style": Markup(_file("style.css").strip()),
        "columns_of": lambda table: table.columns[1:] if table.grouped else table.columns,
        "draw": lambda table, name, title: Markup(charts.draw(table.chart, name, title)) if table.chart else "",
        "kind_of": lambda value: type(value).__name__,
        "look_of": lambda cell, column: Markup(_look(cell, column)),
        "rows_of": _rows,
        "section_of": _section,
        "signs_of": _signs,
        "text_of": text_of,
    }
    return environment.from_string(_file(name))


def _shown(value: object) -> object:
    """Return what a template prints: text without characters that steer, markup as it is."""
    return value if hasattr(value, "__html__") else printable(str(value))


def _rows(table: Table) -> Iterator[tuple[str, tuple[str | Cell, ...]]]:
    """Yield each row behind the group that begins with it, which is empty for other rows and other tables."""
    last: str | Cell = ""
    for row in table.rows:
        yield (text_of(row[0]) if row[0] != last else "", row[1:]) if table.grouped else ("", row)
        last = row[0]


def _look(cell: str | Cell, column: Column) -> str:
    """Return the attributes that say how a cell looks; nothing in them comes from its text."""
    classes = ["right"] * (column.kind == "number") + ["detail"] * column.detail
    style = ""
    if column.kind == "status" and cell in charts.STATUS_SHAPES:
        classes.append(str(cell).lower())
    if isinstance(cell, Cell) and cell.bar is not None:
        classes.append("bar")
        style = f"--bar:{cell.bar:.4f}"
    if isinstance(cell, Cell) and cell.shade is not None:
        classes.append("more" if cell.shade >= 0 else "less")
        style = f"--shade:{_STRONGEST * min(abs(cell.shade), 1):.0f}%"
    return f' class="{" ".join(classes)}"' * bool(classes) + f' style="{style}"' * bool(style)


def _signs(chart: Intervals) -> list[tuple[str, str]]:
    """Return the statuses that occur in a drawing, each with the sign of its shape."""
    found = {mark.status for mark in chart.items}
    return [(status, sign) for status, (_, sign) in charts.STATUS_SHAPES.items() if status in found]


def _file(name: str) -> str:
    return resources.files("fanwise.text").joinpath(name).read_text(encoding="utf-8")

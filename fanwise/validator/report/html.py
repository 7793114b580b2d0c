"""The report as one HTML page: no network, no script, its style and drawings inside.

Every string of a report passes through two places only, in this order: `printable`, which writes out control and
direction characters, and Jinja's autoescaping. What is not escaped is the page's own style and the drawings.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from fanwise.text.sanitize import printable
from fanwise.validator.report.blocks import Block, Intervals
from fanwise.validator.report.document import document_of
from fanwise.validator.report.model import Report

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["page_template", "render_html"]


def render_html(report: Report) -> str:
    """Return the page of `report`, ending in a newline; the same bytes for the same report."""
    return page_template().render(document=document_of(report)) + "\n"


@cache
def page_template() -> Template:
    """Return the template of the page; what it needs is imported by the first call."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    from fanwise.validator.report.charts import draw

    environment = Environment(autoescape=True, undefined=StrictUndefined, finalize=_shown)
    environment.globals |= {
        "style": Markup(_text("page.css").strip()),
        "kind_of": lambda block: type(block).__name__,
        "draw": lambda block, name: Markup(draw(block, name)),
        "signs_of": _signs,
    }
    return environment.from_string(_text("page.html"))


def _shown(value: object) -> object:
    """Return what a template prints: text without characters that steer, markup as it is."""
    return value if hasattr(value, "__html__") else printable(str(value))


def _signs(block: Block) -> Iterator[tuple[str, str]]:
    """Yield the statuses that occur in a drawing, each with the sign of its shape."""
    from fanwise.validator.report.charts import STATUS_SHAPES

    assert isinstance(block, Intervals)
    found = {mark.status for mark in block.items}
    yield from ((status.value, sign) for status, (_, sign) in STATUS_SHAPES.items() if status in found)


def _text(name: str) -> str:
    return resources.files("fanwise.validator.report").joinpath(name).read_text(encoding="utf-8")

"""Formats: what a report can become, and the function that makes it, found by name when it is asked for.

A report holds data and knows only this table. A new format is one module here and one line below.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["ENDINGS", "made", "render"]

_MAKERS = {
    ".txt": "document:render_whole",
    ".md": "document:render_markdown",
    ".json": "json:render_json",
    ".html": "document:render_html",
    ".xml": "junit:render_junit",
    "github": "github:render_github",
    "text": "document:render_text",
    "document": "document:document_of",
    "dict": "json:report_dict",
    "against": "baseline:against",
}

ENDINGS = tuple(name for name in _MAKERS if name.startswith("."))
"""The endings that `render` knows: text, Markdown, JSON, HTML, JUnit XML."""


def made(name: str, report: object, *given: object, **options: object) -> Any:
    """Return what the maker of this name makes of `report`; KeyError for an unknown name."""
    module, _, function = _MAKERS[name].partition(":")
    return getattr(import_module(f"fanwise.validator.report.{module}"), function)(report, *given, **options)


def render(report: object, ending: str) -> str:
    """Return `report` in the format of files with this ending; KeyError for one that is not in `ENDINGS`.

    The text can always be written as UTF-8: a lone surrogate is written out or replaced.
    """
    text: str = made(ending, report)
    return text

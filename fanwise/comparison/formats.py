"""Formats: what a comparison can become, and the function that makes it, found by name when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["made"]

_MAKERS = {
    ".txt": "fanwise.comparison.document:render_whole",
    ".md": "fanwise.comparison.document:render_markdown",
    ".json": "fanwise.comparison.document:render_json",
    ".html": "fanwise.comparison.document:render_html",
    ".xml": "fanwise.validator.report.junit:render_junit",
    "github": "fanwise.validator.report.github:render_github",
    "text": "fanwise.comparison.document:render_text",
    "document": "fanwise.comparison.document:document_of",
    "dict": "fanwise.comparison.document:as_dict",
}


def made(name: str, comparison: object, *given: object, **options: object) -> Any:
    """Return what the maker of this name makes of a comparison; KeyError for an unknown name."""
    module, _, function = _MAKERS[name].partition(":")
    return getattr(import_module(module), function)(comparison, *given, **options)

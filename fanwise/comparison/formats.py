"""Formats: what a comparison can become, and the function that makes it."""

from __future__ import annotations

__all__ = ["MAKERS"]

MAKERS = {
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

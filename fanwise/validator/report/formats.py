"""Formats: what a report can become, and the function that makes it.

A report holds data and knows only this table. A new format is one module here and one line below.
"""

from __future__ import annotations

__all__ = ["ENDINGS", "MAKERS"]

_HERE = "fanwise.validator.report"
MAKERS = {
    ".txt": f"{_HERE}.document:render_whole",
    ".md": f"{_HERE}.document:render_markdown",
    ".json": f"{_HERE}.json:render_json",
    ".html": f"{_HERE}.document:render_html",
    ".xml": f"{_HERE}.junit:render_junit",
    "github": f"{_HERE}.github:render_github",
    "text": f"{_HERE}.document:render_text",
    "document": f"{_HERE}.document:document_of",
    "dict": f"{_HERE}.json:report_dict",
    "against": f"{_HERE}.baseline:against",
}

ENDINGS = tuple(name for name in MAKERS if name.startswith("."))
"""The endings that `Report.render` knows: text, Markdown, JSON, HTML, JUnit XML."""

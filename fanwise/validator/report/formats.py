"""Formats: by which ending of a file's name which text is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fanwise.validator.report.model import Report

__all__ = ["ENDINGS", "prepare_page", "render"]


def _html(report: Report) -> str:
    from fanwise.validator.report.html import render_html

    return render_html(report)


def _json(report: Report) -> str:
    from fanwise.validator.report.json import render_json

    return render_json(report)


def _junit(report: Report) -> str:
    from fanwise.validator.report.junit import render_junit

    return render_junit(report)


def _markdown(report: Report) -> str:
    from fanwise.validator.report.markdown import render_markdown

    return render_markdown(report)


def _text(report: Report) -> str:
    return report.text(verbose=True)


_RENDERERS: dict[str, Callable[[Report], str]] = {
    ".txt": _text,
    ".md": _markdown,
    ".json": _json,
    ".html": _html,
    ".xml": _junit,
}

ENDINGS = tuple(_RENDERERS)
"""The endings that `render` knows: text, Markdown, JSON, HTML, JUnit XML."""


def render(report: Report, ending: str) -> str:
    """Return `report` in the format of files with this ending; KeyError for one that is not in `ENDINGS`.

    The text can always be written as UTF-8: a lone surrogate is written out or replaced.
    """
    return _RENDERERS[ending](report)


def prepare_page() -> None:
    """Load what the HTML page needs, so that this can be done while something else keeps the caller waiting."""
    import lets_plot  # noqa: F401

    from fanwise.validator.report.html import page_template

    page_template()

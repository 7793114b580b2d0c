"""The profile of a model as text, JSON, or one HTML page."""

from __future__ import annotations

import json

from fanwise.segmenter.model.model import Model
from fanwise.segmenter.report.document import document_of
from fanwise.segmenter.report.model import Profile
from fanwise.text.renderers.html import render_html
from fanwise.text.renderers.terminal import render_terminal

__all__ = ["ENDINGS", "render"]

ENDINGS = (".txt", ".json", ".html")


def render(model: Model, profile: Profile, ending: str) -> str:
    """Return a profile in the format of a file's ending, one of ENDINGS; the same bytes for the same profile."""
    if ending == ".json":
        return json.dumps(profile.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    document = document_of(profile, model)
    return render_html(document) if ending == ".html" else render_terminal(document, length="whole")

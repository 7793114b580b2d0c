"""The profile of a model as text, JSON, or one HTML page."""

from __future__ import annotations

import json

from fanwise.segmenter.model.model import Model
from fanwise.segmenter.report.html import render_html
from fanwise.segmenter.report.profile import Profile

__all__ = ["ENDINGS", "render"]

ENDINGS = (".txt", ".json", ".html")


def render(model: Model, profile: Profile, ending: str) -> str:
    """Return a profile in the format of a file's ending, one of ENDINGS; the same bytes for the same profile."""
    if ending == ".html":
        return render_html(model, profile)
    if ending == ".json":
        return json.dumps(profile.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return profile.text()

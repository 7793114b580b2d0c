"""A Griffe extension: the interactive examples of docstrings are code blocks on the site, not block quotes."""

from __future__ import annotations

import itertools
from typing import Any

from griffe import Extension, Object

__all__ = ["Doctests"]


class Doctests(Extension):
    """Fences the examples of every docstring."""

    def on_instance(self, *, obj: Object, **_: Any) -> None:
        """Fence the examples of one object's docstring."""
        if obj.docstring is not None:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(text: str) -> str:
    """Return a docstring in which each paragraph that starts with `>>>` is a block of code."""
    lines: list[str] = []
    for blank, paragraph in itertools.groupby(text.splitlines(), key=lambda line: not line.strip()):
        block = [line.removeprefix("    ") for line in paragraph]
        example = not blank and block[0].startswith(">>>")
        lines += ["```pycon", *block, "```"] if example else block
    return "\n".join(lines)

"""Writes docs/llms.txt, the list of pages for language models, out of the pages and the order of mkdocs.yml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

DOCS = Path(__file__).resolve().parent
HEAD = """\
# Fanwise

> Relational test data from a YAML schema, with declared differences between segments, and an audit of the files.

- Install: `pip install fanwise`. The program is `gen`. Agents use `gen mcp` (extra `mcp`), see how-to/agents.md.
- Work in this order: `gen init`, `gen check`, `gen preview`, `gen run`, `gen audit`.
- Only `gen run` and `gen audit` judge data. `gen check` is a forecast.
- `gen schema` prints the JSON Schema of the language, `gen init NAME` a ready dataset.
"""


def text() -> str:
    """Return the text of llms.txt."""
    settings = (DOCS.parent / "mkdocs.yml").read_text(encoding="utf-8")
    nav = yaml.safe_load(settings.partition("\nnav:\n")[2])
    parts = [HEAD]
    loose: list[str] = []
    for entry in nav:
        ((title, inside),) = entry.items()
        if isinstance(inside, list):
            lines = list(_lines(inside))
            if lines:
                parts.append(f"\n## {title}\n\n" + "".join(lines))
        else:
            loose += _lines([entry])
    return "".join([parts[0], "\n## Start\n\n", *loose, *parts[1:]])


def _lines(entries: list[Any]) -> Iterator[str]:
    for entry in entries:
        ((title, page),) = entry.items()
        if (DOCS / page).exists():  # pages of the top folder are part of the site only
            yield f"- [{title}]({page}): {_about(DOCS / page)}\n"


def _about(page: Path) -> str:
    """Return the first sentence of a page."""
    body = re.sub(r"^(#|<!--|```|\|).*$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    first = next((block for block in body.split("\n\n") if block.strip()), "").replace("\n", " ").strip()
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", first)
    return re.split(r"(?<=[.:])\s", plain, maxsplit=1)[0].rstrip(":")


if __name__ == "__main__":
    (DOCS / "llms.txt").write_text(text(), encoding="utf-8", newline="\n")

"""MkDocs hooks: the README and other pages of the top folder are pages of the site, too.

Links between the pages are written for a reader of the repository (`docs/audit.md`, `../README.md`). On the site, those
to a page of the site are made relative to it, and those to other files become plain text.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
# What the files of the top folder are called on the site.
PAGES = {
    "README.md": "index.md",
    **{name: name for name in ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md")},
}
LINK = re.compile(r"(!?)\[([^\]\[]*(?:\[[^\]]*\][^\]\[]*)*)\]\(([^()\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def on_files(files: Files, config: Any) -> Files:
    """Add the pages of the top folder."""
    for source, page in PAGES.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Return the text of a page whose links lead to pages of the site."""
    source = next((name for name, there in PAGES.items() if there == page.file.src_uri), f"docs/{page.file.src_uri}")

    def rewritten(found: re.Match[str]) -> str:
        image, text, target = found.groups()
        if re.match(r"[a-z]+:|#|//", target):
            return found.group()
        path, _, anchor = target.partition("#")
        place = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        there = PAGES.get(place, place.removeprefix("docs/") if place.startswith("docs/") else None)
        if there is None or files.get_file_from_path(there) is None:
            if not (ROOT / place).exists():
                return found.group()  # MkDocs reports it
            return text
        relative = posixpath.relpath(there, posixpath.dirname(page.file.src_uri) or ".")
        return f"{image}[{text}]({relative}{'#' + anchor if anchor else ''})"

    parts, end = [], 0
    for fence in FENCE.finditer(markdown):
        parts += [LINK.sub(rewritten, markdown[end : fence.start()]), fence.group()]
        end = fence.end()
    return "".join([*parts, LINK.sub(rewritten, markdown[end:])])

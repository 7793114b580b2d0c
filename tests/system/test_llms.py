"""docs/llms.txt is what docs/llms.py makes of the pages, and lists each of them once."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_it_is_up_to_date() -> None:
    made = runpy.run_path(str(DOCS / "llms.py"))["text"]()

    assert (DOCS / "llms.txt").read_text(encoding="utf-8") == made, "run: make llms"


def test_it_lists_each_page_once_with_a_sentence() -> None:
    text = (DOCS / "llms.txt").read_text(encoding="utf-8")
    listed = re.findall(r"^- \[[^\]]+\]\(([^)]+)\): (\S.+)$", text, re.MULTILINE)

    assert sorted(page for page, _ in listed) == sorted(
        path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")
    )

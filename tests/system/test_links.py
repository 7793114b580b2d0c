"""Every link of the documents leads to a file, a heading or an anchor of this repository."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\]\((?!https?://)([^()#\s]*)(?:#([^()\s]+))?\)")


@cache
def anchors(page: Path) -> frozenset[str]:
    """Return the anchors of a page: its explicit ones, and its headings as GitHub names them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = (heading.lower() for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE))
    return frozenset(
        [*re.findall(r'<a id="([^"]+)"></a>', text)]
        + [re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in headings]
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        file = (page.parent / target).resolve() if target else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(f"{target}#{anchor}" if anchor else target)

    assert broken == []


def test_a_broken_link_is_found() -> None:
    assert "data-flow" not in anchors(ROOT / "docs" / "glossary.md")
    assert {"audit", "axis", "effect-achieved"} <= anchors(ROOT / "docs" / "glossary.md")


def test_every_page_is_listed_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    assert [page.name for page in PAGES if page.parent != ROOT and f"(docs/{page.name})" not in text] == []


def test_terms_of_the_glossary_are_sorted_and_unique() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    sections = [re.findall(r"</a>\*\*(.+?)\*\*: ", section) for section in text.split("\n## ")[1:]]
    terms = [term for section in sections for term in section]

    assert len(terms) > 60
    assert len(set(terms)) == len(terms)
    assert all(section == sorted(section, key=str.lower) for section in sections)

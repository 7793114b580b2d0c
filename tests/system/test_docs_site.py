"""The documentation as a site: every page is in it, no link leads nowhere, and nothing comes from the network."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.system

ROOT = Path(__file__).resolve().parents[2]
# What a page would fetch: links that a reader may follow are no matter.
FETCHED = re.compile(
    r"<(?:script|img|iframe)[^>]* src=\"?https?:|<link[^>]*rel=\"?(?:stylesheet|preconnect)[^>]*https?:"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_of_the_documentation_is_there(site: Path) -> None:
    pages = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}

    assert [str(page) for page in sorted(pages) if not (site / page).exists()] == []


def test_links_of_the_readme_lead_to_pages(site: Path) -> None:
    home = (site / "index.html").read_text(encoding="utf-8")

    assert 'href="audit.html"' in home
    assert "docs/" not in "".join(re.findall(r'href="([^"]*)"', home))


def test_nothing_is_fetched_from_the_network(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))

    assert len(pages) > 20
    assert [page.name for page in pages if FETCHED.search(page.read_text(encoding="utf-8"))] == []


def test_search_finds_names_of_the_interface(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    titles = {entry["title"] for entry in index["docs"]}

    assert {"assert_distinct", "dataset", "subtree", "Troubleshooting"} <= {re.sub("<.*?>", "", t) for t in titles}


def test_examples_of_docstrings_are_code(site: Path) -> None:
    page = (site / "api.html").read_text(encoding="utf-8")

    assert "&gt;&gt;&gt;" in page
    assert "&gt;&gt;&gt;" not in re.sub(r"<pre.*?</pre>", "", page, flags=re.DOTALL)

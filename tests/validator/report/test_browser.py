"""The page in a real browser: nothing is requested, nothing runs, nothing is in anyone's way."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fanwise.text.sanitize import printable

pytestmark = pytest.mark.system

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE, DESK = 380, 1280


def opened(chromium: Browser, path: Path, *, width: int = DESK, scheme: str = "light", script: bool = True) -> Page:
    context = chromium.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        java_script_enabled=script,
    )
    page = context.new_page()
    page.goto(path.as_uri())
    if script:
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    return page


def test_nothing_is_requested_and_nothing_is_complained_about(chromium: Browser, page_file: Path) -> None:
    page = chromium.new_page()
    requests, complaints = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    page.goto(page_file.as_uri(), wait_until="networkidle")

    assert requests == [page_file.as_uri()]
    assert complaints == []


def test_names_are_seen_as_they_are(chromium: Browser, page_file: Path, names: dict[str, str]) -> None:
    page = opened(chromium, page_file, script=False)
    seen = page.locator("body").inner_text()

    assert all(printable(name) in seen for name in names.values())
    assert page.locator("main img, main script, main a").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(chromium: Browser, scheme: str, page_file: Path) -> None:
    import axe_playwright_python

    page = opened(chromium, page_file, scheme=scheme)
    page.evaluate((Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    # Axe cannot tell the ground of text inside an image; test_html.py computes those contrasts.
    found = page.evaluate("axe.run({exclude: ['.chart g']})")

    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    assert len(found["passes"]) > 20


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_page_never_scrolls_sideways(chromium: Browser, page_file: Path, width: int) -> None:
    page = opened(chromium, page_file, width=width)

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_dark_mode_reaches_into_the_drawings(chromium: Browser, page_file: Path) -> None:
    seen = {}
    for scheme in ("light", "dark"):
        page = opened(chromium, page_file, scheme=scheme)
        seen[scheme] = page.evaluate(
            "[getComputedStyle(document.body).color, getComputedStyle(document.querySelector('.chart text')).fill,"
            " getComputedStyle(document.body).backgroundColor]"
        )

    for ink, drawn, ground in seen.values():
        assert ink == drawn != ground
    assert seen["light"] != seen["dark"]


def test_no_shape_is_left_in_black_by_oversight(chromium: Browser, page_file: Path) -> None:
    """A class without a rule would paint black; in dark mode nothing may."""
    page = opened(chromium, page_file, scheme="dark")
    painted = page.evaluate(
        "[...document.querySelectorAll('.chart path, .chart rect, .chart line, .chart circle, .chart text')]"
        ".filter(e => !e.closest('defs')).map(e => [e.tagName, getComputedStyle(e)])"
        ".flatMap(([tag, s]) => tag == 'line' ? [s.stroke] : [s.fill, s.stroke])"
    )

    assert "rgb(0, 0, 0)" not in painted
    assert len(set(painted)) > 4


def test_paper_is_white_and_nothing_is_cut_off(chromium: Browser, page_file: Path) -> None:
    page = opened(chromium, page_file, width=700, scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("nav").is_visible()
    assert (
        page.evaluate("Math.max(...[...document.querySelectorAll('svg')].map(e => e.getBoundingClientRect().right))")
        <= 700
    )
    assert page.pdf(format="A4").startswith(b"%PDF")

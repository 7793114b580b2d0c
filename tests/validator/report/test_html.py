"""The page without a browser: valid, whole, small, escaped, and with colours that can be told from their ground."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib import resources

import html5lib
import pytest

from fanwise.text.sanitize import printable
from fanwise.validator import Report
from fanwise.validator.report.document import render_html

LARGEST = 300_000


class Outline(HTMLParser):
    """Elements in order, with their attributes, and the text of the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


@pytest.fixture(scope="module")
def outline(hostile: Report) -> Outline:
    return Outline(render_html(hostile))


@pytest.mark.parametrize("name", ["healthy", "hostile", "twenty"])
def test_the_page_has_no_parse_error(name: str, request: pytest.FixtureRequest) -> None:
    page = request.getfixturevalue(name).render(".html")

    html5lib.HTMLParser(strict=True).parse(page)


def test_the_page_is_whole(outline: Outline) -> None:
    assert {tag for tag, _ in outline.elements} & {
        "script",
        "iframe",
        "img",
        "object",
        "embed",
        "form",
        "base",
    } == set()
    targets = [
        value for _, attributes in outline.elements for key, value in attributes.items() if key in ("href", "src")
    ]
    assert all((target or "").startswith(("#", "data:,")) for target in targets)
    assert not any(key.startswith("on") for _, attributes in outline.elements for key in attributes)
    style = resources.files("fanwise.text").joinpath("style.css").read_text(encoding="utf-8")
    assert re.search(r"url\(|@import|</", style) is None


def test_the_page_forbids_what_it_does_not_need(outline: Outline) -> None:
    policy = next(meta["content"] for meta in outline.all("meta") if "http-equiv" in meta)

    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_names_are_text(outline: Outline, names: dict[str, str]) -> None:
    assert all(printable(name) in outline.text for name in names.values())


def test_headings_are_in_order_and_everything_has_its_own_id(outline: Outline) -> None:
    headings = [tag for tag, _ in outline.elements if re.fullmatch("h[1-6]", tag)]
    ids = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
    pointed = [
        name for key in ("aria-labelledby",) for _, found in outline.elements for name in (found.get(key) or "").split()
    ]

    assert headings[0] == "h1"
    assert set(headings[1:]) == {"h2"}
    assert len(ids) == len(set(ids))
    assert set(pointed) <= set(ids)
    assert outline.all("html") == [{"lang": "en"}]


def test_every_drawing_stands_by_a_table_and_every_table_has_a_name_and_scopes(outline: Outline) -> None:
    assert len(outline.all("table")) >= len(outline.all("svg"))
    assert all(attributes.get("aria-labelledby") for attributes in outline.all("table"))
    assert {attributes.get("scope") for attributes in outline.all("th")} == {"col", "row", "rowgroup"}


def test_no_title_stands_twice(hostile: Report) -> None:
    tree = html5lib.parse(render_html(hostile), namespaceHTMLElements=False)
    titles = [
        "".join(each.itertext()).strip() for tag in ("h1", "h2", "caption", "figcaption") for each in tree.iter(tag)
    ]

    assert len(titles) > 20
    assert [title for title in titles if titles.count(title) > 1] == []


def test_twenty_segments_fit(twenty: Report) -> None:
    assert len(twenty.render(".html").encode()) < LARGEST


def test_a_report_without_segments_or_findings_is_a_page_too(healthy: Report) -> None:
    from dataclasses import replace

    bare = replace(healthy, findings=(), tables=(), populations=(), measured=())

    html5lib.HTMLParser(strict=True).parse(bare.render(".html"))


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def colours() -> dict[str, dict[str, str]]:
    style = resources.files("fanwise.text").joinpath("style.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", style, flags=re.DOTALL)[:2]
    found = {"light": light, "dark": dark}
    return {mode: dict(re.findall(r"--(\w+): (#\w{6})", block)) for mode, block in found.items()}


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_and_marks_can_be_told_from_their_ground(mode: str) -> None:
    own = colours()[mode]

    for text in ("ink", "quiet", "link"):
        assert contrast(own[text], own["paper"]) >= 4.5
        assert contrast(own[text], own["soft"]) >= 4.5
    assert contrast(own["ink"], own["band"]) >= 4.5
    for sign in ("pass", "warn", "fail", "inconclusive", "error", "skipped", "mark"):
        assert contrast(own[sign], own["paper"]) >= 3
        assert contrast(own[sign], own["soft"]) >= 3

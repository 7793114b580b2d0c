"""The profile as text, JSON and a page: to scale, the same bytes each time, and no name can steer any of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import html5lib
import pytest

from fanwise.segmenter.assignment.archetypes import find_archetypes
from fanwise.segmenter.model.model import AxisModel, Model
from fanwise.segmenter.report import ENDINGS, render
from fanwise.segmenter.report.model import Profile
from fanwise.segmenter.report.profile import profile
from fanwise.text.sanitize import printable
from tests.segmenter.planted import model_of, planted_axis, tier_axis, write_features

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HOSTILE = (
    "</script><img onerror=alert(1) src=x>",
    "\x1b[2J\u202egnp #12 a%0Ab",
    '{{ 7 * 7 }} <a href="javascript:alert(1)">_a_</a> &amp; "quoted"',
)
PHONE, DESK = 390, 1280


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, Profile]:
    """A model whose names attack whatever shows them, with all kinds of axes, and its profile of 500 customers."""
    model = model_of(
        planted_axis("purchase_value", [[-1.5, 0.5], [0.0, 0.1], [1.5, -1.0]], names=HOSTILE),
        tier_axis("customer_maturity", (-0.5, 0.5)),
        planted_axis("loyalty_trajectory", [[x / 2 - 2, 1.0, -x / 3] for x in range(8)]),
        AxisModel("return_behavior", "off", "none", reason="needs returns <b>of lines</b>"),
    )
    table = write_features(tmp_path_factory.mktemp("told") / "f.parquet", model, 500)
    model = find_archetypes(model, table, ["purchase_value", "customer_maturity"])
    return model, profile(model, table)


@pytest.fixture(scope="module")
def page_file(told: tuple[Model, Profile], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "segments.html"
    path.write_text(render(*told, ".html"), encoding="utf-8")
    return path


def opened(chromium: Browser, path: Path, *, width: int = DESK, scheme: str = "light") -> Page:
    context = chromium.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    page.goto(path.as_uri())
    return page


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_is_the_same_bytes_each_time_and_holds_no_nan(told: tuple[Model, Profile], ending: str) -> None:
    text = render(*told, ending)

    assert render(*told, ending) == text
    assert text.endswith("\n")
    assert not re.search(r"\bNone\b|\b(?i:nan|inf|infinity)\b|0x[0-9a-f]{6}", text)


@pytest.mark.parametrize("ending", [".txt", ".html"])
def test_no_name_can_steer(told: tuple[Model, Profile], ending: str) -> None:
    text = render(*told, ending)

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\u202e" in text


def test_names_are_text_in_the_page(told: tuple[Model, Profile]) -> None:
    tree = html5lib.parse(render(*told, ".html"), namespaceHTMLElements=False)
    seen = " ".join(tree.itertext())

    assert [each.tag for each in tree.iter() if each.tag in ("script", "img", "b", "iframe")] == []
    assert all(each.get("href", "#").startswith(("#", "data:,")) for each in tree.iter())
    assert [name for each in tree.iter() for name in each.attrib if name.startswith("on")] == []
    assert all(printable(name) in seen for name in HOSTILE)
    assert "needs returns <b>of lines</b>" in seen


def test_the_page_asks_for_nothing_by_its_own_word(told: tuple[Model, Profile]) -> None:
    text = render(*told, ".html")

    assert "default-src 'none'; style-src 'unsafe-inline'" in text
    assert not re.search(r"url\((?!#)|@import|https?:", text)


def test_bars_are_to_scale(told: tuple[Model, Profile]) -> None:
    """All bars of a table have one scale: the largest share of customers or of revenue is a whole bar."""
    model, found = told
    tree = html5lib.parse(render(model, found, ".html"), namespaceHTMLElements=False)
    tables = [
        table for table in tree.iter("table") if "bar" in "".join(each.get("class", "") for each in table.iter("td"))
    ]
    rows = [[*axis.segments, *axis.without] for axis in (found.axes[0], found.axes[2], found.axes[1])]
    for table, segments in zip(tables, [*rows, found.archetypes], strict=True):
        shares = [share for each in segments if each.customers != 0 for share in (each.share, each.value_share)]
        lengths = [
            float(each.get("style").removeprefix("--bar:"))
            for each in table.iter("td")
            if "bar" in each.get("class", "")
        ]

        assert max(lengths) == 1
        assert lengths == pytest.approx([share / max(shares) for share in shares], abs=1e-4)


def test_shades_tell_how_far_a_segment_is_from_the_mean(told: tuple[Model, Profile]) -> None:
    model, found = told
    tree = html5lib.parse(render(model, found, ".html"), namespaceHTMLElements=False)
    shades = [each for each in tree.iter("td") if {"more", "less"} & set(each.get("class", "").split())]
    centroids = [z for axis in (model.axes[0], model.axes[2], model.axes[1]) for place in range(len(axis.features))
                 for z in (segment.centroid[place] for segment in axis.segments)]  # fmt: skip

    assert len(shades) == len(centroids)
    for cell, z in zip(shades, centroids, strict=True):
        assert ("more" in cell.get("class", "")) == (z >= 0)
        assert cell.get("style") == f"--shade:{65 * min(abs(z) / 2.5, 1):.0f}%"
        assert f"{round(z, 1) + 0.0:+.1f} sd" in "".join(cell.itertext())


def test_the_overview_comes_first_and_reasons_are_in_it(told: tuple[Model, Profile]) -> None:
    text = told[1].text()

    assert text.startswith(told[1].overview().rstrip())
    assert "segmenter" not in text
    assert re.search(r"purchase_value +3 segments +\d+ % ", told[1].overview())
    assert re.search(r"customer_maturity +3 tiers ", told[1].overview())
    assert re.search(r"return_behavior +off +needs returns", told[1].overview())
    assert "no groups stand out from chance" in told[1].overview()
    assert max(map(len, text.splitlines())) <= 80


def test_names_are_wrapped_and_never_cut(told: tuple[Model, Profile]) -> None:
    text = told[1].text()

    assert "…" not in text
    assert all(word in text for name in HOSTILE for word in printable(name).split())


def test_without_customers_there_are_neither_counts_nor_revenue(told: tuple[Model, Profile]) -> None:
    model, _ = told
    text, page = (render(model, profile(model), ending) for ending in (".txt", ".html"))

    assert "revenue" not in text
    assert "revenue" not in page.partition("</style>")[2]
    assert 'class="right bar"' in page


def test_json_holds_what_the_profile_holds(told: tuple[Model, Profile]) -> None:
    assert json.loads(render(*told, ".json")) == json.loads(json.dumps(told[1].to_dict()))


@pytest.mark.system
@pytest.mark.parametrize(("scheme", "width"), [("light", DESK), ("dark", PHONE)])
def test_axe_finds_no_violation(chromium: Browser, scheme: str, width: int, page_file: Path) -> None:
    import axe_playwright_python

    page = opened(chromium, page_file, scheme=scheme, width=width)
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    page.evaluate((Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")

    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    assert len(found["passes"]) > 15


def test_the_browser_asks_for_nothing_and_scrolls_no_way(chromium: Browser, page_file: Path) -> None:
    page = chromium.new_page(viewport={"width": PHONE, "height": 900})
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    page.goto(page_file.as_uri(), wait_until="networkidle")

    assert asked == [page_file.as_uri()]
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE


def test_paper_is_white_and_nothing_is_hidden_that_scrolls(chromium: Browser, page_file: Path) -> None:
    page = opened(chromium, page_file, width=700, scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    wide = page.evaluate("[...document.querySelectorAll('table')].map(e => e.getBoundingClientRect().right)")

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert max(wide) <= 700
    assert page.pdf(format="A4").startswith(b"%PDF")

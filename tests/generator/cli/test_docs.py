"""`gen docs`: one page that shows a dataset, and needs nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fanwise.generator.cli import main

pytestmark = pytest.mark.system

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Gen = Callable[..., Any]

SCHEMA = """
fanwise: 1
name: small
description: A shop of two tables.
window: {start: 2024-01-01, end: 2025-01-01}
segments:
  tier: {table: customer, share: {"<b>VIP</b>": 0.4, Standard: 0.6}}
tables:
  customer:
    rows: 200
    key: customer_id
    columns:
      customer_id: {sequence: {}}
      tier: {segment: tier}
      secret: {fake: name, hidden: true}
      invited_by: {ref: customer, null: 10%}
  order:
    parent: customer
    fanout: {poisson: {mean: 3}, multiplier: {tier: {"<b>VIP</b>": 2, Standard: 1}}}
    key: order_id
    columns:
      status: {choice: {paid: 8, open: 2}, description: Where the payment is.}
      amount: {gamma: {mean: 50, shape: 4}, round: 2}
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    (folder / "small.yaml").write_text(SCHEMA, encoding="utf-8")
    assert main(["docs", str(folder / "small.yaml"), "--out", str(folder / "out"), "--quiet"]) == 0
    return folder / "out" / "small.html"


def test_the_page_shows_tables_columns_rows_and_effects(page: Path) -> None:
    import html5lib

    root = html5lib.parse(page.read_text(encoding="utf-8"), namespaceHTMLElements=False)
    titles = ["".join(each.itertext()).split("\xa0")[0] for each in root.iter("h2")]
    text = "".join(root.itertext())

    assert [title.split(" ")[0] for title in titles] == [
        "Tables",
        "customer",
        "order",
        "Population",
        "Declared",
        "Fanout",
    ]
    assert page.read_text(encoding="utf-8").count("<svg") >= 3
    assert "customer.customer_id" in text
    assert "secret" not in text
    assert "A shop of two tables." in text
    assert "Where the payment is." in text
    assert "Shares of status" in text
    assert "order per customer" in text


def test_a_second_page_replaces_the_first_with_the_same_bytes(page: Path) -> None:
    before = page.read_bytes()

    assert main(["docs", str(page.parents[1] / "small.yaml"), "--out", str(page.parent), "--quiet"]) == 0
    assert page.read_bytes() == before


def test_a_page_of_somebody_else_is_not_replaced(gen: Gen, shop: Path) -> None:
    Path("shop.html").write_text("<p>mine</p>", encoding="utf-8")
    said = gen("docs", shop)

    assert said.code == 4
    assert "shop.html: was not written by Fanwise, and is not replaced" in said.err
    assert Path("shop.html").read_text(encoding="utf-8") == "<p>mine</p>"


def test_a_folder_that_cannot_be_made_is_an_error(gen: Gen, shop: Path) -> None:
    Path("taken").write_text("a file", encoding="utf-8")

    said = gen("docs", shop, "--out", "taken/below")

    assert said.code == 4
    assert "FW-OUTPUT" in said.err


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_the_page_in_a_browser(chromium: Browser, page: Path, scheme: Any, width: int) -> None:
    import axe_playwright_python

    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab = context.new_page()
    requests: list[str] = []
    tab.on("request", lambda request: requests.append(request.url))
    tab.goto(page.as_uri())
    tab.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")

    assert requests == [page.as_uri()]
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.evaluate((Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    found = tab.evaluate("axe.run({exclude: ['.chart g']})")
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    painted = tab.evaluate("[...document.querySelectorAll('.chart > rect')].map(each => getComputedStyle(each).fill)")
    assert "rgb(0, 0, 0)" not in painted
    context.close()


def test_out_may_name_the_page(gen: Gen, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "shop.html"
    schema = tmp_path / "small.yaml"
    schema.write_text(SCHEMA, encoding="utf-8")

    said = gen("docs", schema, "--out", path, "--rows", "customer=20")

    assert (said.code, said.out.strip()) == (0, f"Wrote {path}")
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert list(path.parent.iterdir()) == [path]

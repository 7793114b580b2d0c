"""One document in three formats: nothing of it is lost in the whole text, and the short text leaves out what explains."""

from __future__ import annotations

import html5lib
import pytest

from fanwise.text.blocks import (
    Cell,
    Code,
    Column,
    Document,
    Entries,
    Entry,
    Fold,
    Items,
    Paragraph,
    Section,
    Table,
    bars,
)
from fanwise.text.renderers.html import render_html
from fanwise.text.renderers.markdown import render_markdown
from fanwise.text.renderers.terminal import render_terminal
from fanwise.text.terminal import Style, cells

ROWS = tuple(
    (group, f"row {at}", cell, "PASS")
    for at, (group, cell) in enumerate(zip("aab", bars([1, 2, 4], "xyz"), strict=True))
)
TABLE = Table(
    "A table",
    (Column("group", "text"), Column("name", "text"), Column("size", detail=True), Column("status", "status")),
    ROWS,
    "A note.",
    grouped=True,
)
DOCUMENT = Document(
    "A title",
    (
        Section("one", "First", (Paragraph("Words."), Paragraph("More words.", detail=True), TABLE), 0, "a remark"),
        Section("two", "Second", (Items(("an item",)), Fold("Folded", (Paragraph("inside"),), "FAIL")), 1),
        Section("three", "Third", (Code("SELECT 1", "sql"), Table("", (Column("k", "text"),), ((Cell("v", "about v"),),)))),
        Section(
            "four", "Fourth",
            (Entries(tuple(Entry("WARN", f"entry {at}.", "do it." if at < 20 else "", f"place {at}") for at in range(20))),), 0,
        ),
    ),
    (Paragraph("A remark on all."),),
    "FAIL",
    "one of two failed.",
)  # fmt: skip
WHOLE = ("one of two failed.", "A remark on all.", "First", "a remark", "Words.", "More words.", "A table", "row 2", "A note.",
         "Second", "an item", "Folded", "inside", "Third", "SELECT 1", "Fourth", "entry 19.", "do it.", "place 19")  # fmt: skip


@pytest.mark.parametrize(
    "render",
    [lambda d: render_terminal(d, length="whole"), render_markdown, render_html],
    ids=["text", "markdown", "html"],
)
def test_nothing_is_lost(render) -> None:
    text = render(DOCUMENT)

    assert [word for word in WHOLE if word not in text] == []
    assert text.endswith("\n")
    assert render(DOCUMENT) == text


def test_the_short_text_leaves_out_what_explains() -> None:
    text = render_terminal(DOCUMENT)

    assert text.splitlines()[:2] == ["FAIL  one of two failed.", "  A remark on all."]
    assert [
        word for word in ("More words.", "A note.", "size", "Folded", "inside", "Third", "place 1") if word in text
    ] == []
    assert [word for word in ("First: a remark", "A table", "row 2", "an item", "entry 11.") if word not in text] == []
    assert "  and 8 more; see the whole report" in text
    assert text.count("do it.") == 1  # entries that follow one another with the same hint


def test_a_group_is_named_once_above_its_rows() -> None:
    lines = render_terminal(DOCUMENT).splitlines()
    first = lines.index("  a")

    assert [line.split()[0] for line in lines[first : first + 5]] == ["a", "row", "row", "b", "row"]
    tree = html5lib.parse(render_html(DOCUMENT), namespaceHTMLElements=False)
    groups = [each for each in tree.iter("th") if each.get("scope") == "rowgroup"]
    assert ["".join(each.itertext()) for each in groups] == ["a", "b"]


def test_bars_are_drawn_in_markdown_and_on_the_page() -> None:
    assert "| z ████████████ |" in render_markdown(DOCUMENT)
    assert "| x ███ |" in render_markdown(DOCUMENT)
    assert 'style="--bar:0.2500"' in render_html(DOCUMENT)


def test_a_document_without_a_verdict_begins_with_its_title() -> None:
    plain = Document("A title", DOCUMENT.sections)

    assert render_terminal(plain).startswith("A title\n\nFirst")
    assert render_markdown(plain).startswith("## A title\n")
    assert '<p class="verdict' not in render_html(plain)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_lines_fit_and_colours_change_no_width(width: int) -> None:
    plain = render_terminal(DOCUMENT, Style(width), length="whole")
    coloured = render_terminal(DOCUMENT, Style(width, colour=True), length="whole")

    assert max(map(cells, plain.splitlines())) <= width
    assert "\x1b[31;1mFAIL\x1b[0m" in coloured
    for code in ("\x1b[31;1m", "\x1b[33m", "\x1b[32m", "\x1b[1m", "\x1b[0m"):
        coloured = coloured.replace(code, "")
    assert coloured == plain


def test_a_section_that_was_laid_out_before_is_laid_out_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page keeps the sections that did not change: the same bytes as of a page that is made from nothing."""
    from dataclasses import replace

    from fanwise.text.renderers import html

    table = Table("", (Column("name", "text"), Column("n")), (("a", "1"), ("b", "2")))
    page = Document("Page", (Section("one", "One", (table,)), Section("two", "Two", (Paragraph("text"),))))
    changed = replace(page, sections=(page.sections[0], Section("two", "Two", (Paragraph("other"),))))
    html.render_html(page)

    again = html.render_html(changed)
    html._laid_out.cache_clear()

    assert html.render_html(changed) == again
    assert "other" in again
    laid_out = html._laid_out.cache_info()
    html.render_html(page)
    assert html._laid_out.cache_info().hits == laid_out.hits + 1

"""Markdown: read by a CommonMark parser with tables, it holds the names as text and nothing else of them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from fanwise.text.renderers.markdown import LIMIT, escaped
from fanwise.text.sanitize import printable
from fanwise.validator import Report
from fanwise.validator.report.document import document_of

PARSER = MarkdownIt("commonmark", {"linkify": False}).enable(["table", "strikethrough"])
MENTION = re.compile(r"@\w|(?<![&\w])#\d|\w://|www\.\w", re.IGNORECASE)


def tokens(text: str) -> list[Token]:
    return [inner for token in PARSER.parse(text) for inner in (token, *(token.children or ()))]


def test_nothing_but_folds_is_html_and_nothing_is_a_link(hostile: Report) -> None:
    found = tokens(hostile.render(".md"))

    assert {token.type for token in found} & {"link_open", "image", "html_inline", "hardbreak"} == set()
    html = {token.content.strip() for token in found if token.type == "html_block"}
    assert {re.sub("<summary>.*</summary>", "", block) for block in html} <= {"<details>", "</details>"}


def test_names_are_shown_as_they_are(hostile: Report, names: dict[str, str]) -> None:
    cells = {
        token.children[0].content if len(token.children) == 1 else "".join(child.content for child in token.children)
        for token in PARSER.parse(hostile.render(".md"))
        if token.type == "inline" and token.children
    }

    shown = {cell.replace("\u200b", "") for cell in cells}
    assert {printable(name) for name in names.values()} <= shown


def test_nobody_is_called(hostile: Report) -> None:
    """Nothing in code is read as a mention, so bars drawn in text may hold any name."""
    text = re.sub(r"^```text\n.*?^```$", "", hostile.render(".md"), flags=re.DOTALL | re.MULTILINE)

    assert "team" in text
    assert MENTION.findall(text) == []


def test_rows_of_a_table_have_as_many_cells_as_its_head(hostile: Report) -> None:
    width = 0
    for token in PARSER.parse(hostile.render(".md")):
        if token.type == "table_open":
            width = 0
        elif token.type == "tr_open":
            count = 0
        elif token.type in ("th_close", "td_close"):
            count += 1
        elif token.type == "tr_close":
            width = width or count
            assert count == width


def test_what_matters_stands_open_and_the_rest_is_folded(hostile: Report) -> None:
    text = hostile.render(".md")
    opened = re.sub("<details>.*?</details>", "", text, flags=re.DOTALL)
    essential = [section.title for section in document_of(hostile).sections if section.depth == 0]

    assert re.findall("^### (.*)", opened, flags=re.MULTILINE) == essential
    assert essential == ["What to do", "Root causes", "Declared against measured"]
    assert "| measured |" in opened
    assert text.count("<details>") > 2


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b`c`*d*_e_~f~[g](h)$i$", "a\\|b\\`c\\`\\*d\\*\\_e\\_\\~f\\~\\[g\\](h)\\$i\\$"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("# head", "\\# head"),
        ("two\nlines", "two\\\\u000alines"),
        ("@team #12 https://x", "@\u200bteam #\u200b12 https:\u200b//x"),
    ],
)
def test_each_sign_is_escaped(text: str, shown: str) -> None:
    assert escaped(text) == shown


def test_a_long_report_is_cut_with_a_pointer_and_closed_folds(hostile: Report) -> None:
    long = replace(hostile, measured=hostile.measured * 40, populations=hostile.populations * 40)

    text = long.render(".md")

    assert len(text.encode()) <= LIMIT
    assert "Cut here" in text.splitlines()[-1]
    assert text.count("<details>") == text.count("</details>")
    assert text.count("```") % 2 == 0

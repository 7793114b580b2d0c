"""All formats: written from one result, the same bytes each time, and no name can act in any of them."""

from __future__ import annotations

import json
import re
import unicodedata

import jsonschema
import pytest

from fanwise.text.sanitize import printable
from fanwise.validator import Report
from fanwise.validator.report.formats import ENDINGS
from fanwise.validator.report.github import quoted_for_github, render_github
from fanwise.validator.report.json import report_schema


def test_every_ending_of_the_command_line_is_known() -> None:
    assert set(ENDINGS) == {".txt", ".md", ".json", ".html", ".xml"}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_report_is_the_same_bytes_each_time_and_ends_in_a_newline(hostile: Report, ending: str) -> None:
    text = hostile.render(ending)

    assert text == hostile.render(ending)
    assert text.endswith("\n")
    assert "\r" not in text


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_tells_the_verdict(hostile: Report, healthy: Report, ending: str) -> None:
    assert "FAIL" in hostile.render(ending)
    assert hostile.verdict.line in hostile.render(ending).replace("\n ", "").replace("  ", " ") or ending == ".xml"
    assert 'failures="0"' in healthy.render(ending) or "PASS" in healthy.render(ending)


@pytest.mark.parametrize("ending", [ending for ending in ENDINGS if ending != ".json"])
def test_no_control_or_direction_character_reaches_a_reader(hostile: Report, ending: str) -> None:
    signs = {sign for sign in hostile.render(ending) if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp")}

    # A space of no width keeps Markdown from reading a mention.
    assert signs <= {"\n", "\u200b"} if ending == ".md" else signs == {"\n"}


def test_json_keeps_every_name_and_follows_its_schema(hostile: Report, names: dict[str, str]) -> None:
    text = hostile.render(".json")
    document = json.loads(text)

    jsonschema.validate(document, report_schema())
    assert [row["segment"] for row in document["populations"][0]["segments"]] == sorted(names.values())
    assert "\x1b" not in text


COMMAND = re.compile(r"::(error|warning|notice) (?:file=[^:,]+,line=\d+,)?title=[^:,]*::[^\r\n]*")


def test_github_gets_one_command_a_line_with_errors_first(hostile: Report) -> None:
    lines = render_github(hostile).splitlines()

    assert [line for line in lines if not COMMAND.fullmatch(line)] == []
    kinds = [line.split(" ", 1)[0] for line in lines]
    assert kinds == sorted(kinds, key=["::error", "::warning", "::notice"].index)
    assert lines[0] == f"::error title=Audit of shop::FAIL: {hostile.verdict.line}"


def test_github_reads_back_what_was_meant(hostile: Report, names: dict[str, str]) -> None:
    line = next(line for line in render_github(hostile).splitlines() if "a%250Ab" in line)
    message = line.split("::", 2)[2].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")

    assert printable(names["Standard"]) in message


def test_github_properties_are_escaped(healthy: Report) -> None:
    from dataclasses import replace

    failed = replace(
        healthy, contract="a:b,c\n::set-output name=x::y%", verdict=replace(healthy.verdict, line="l1\nl2")
    )

    first = render_github(failed).splitlines()[0]

    assert first == "::notice title=Audit of a%3Ab%2Cc\\u000a%3A%3Aset-output name=x%3A%3Ay%25::PASS: l1\\u000al2"


def test_github_stops_at_ten_findings_and_counts_the_rest(hostile: Report) -> None:
    from dataclasses import replace

    many = replace(hostile, findings=hostile.findings * 3)

    lines = render_github(many).splitlines()
    told = [finding for finding in many.findings if finding.status.value in ("FAIL", "WARN")]

    assert len(lines) == 13
    assert lines[-2] == f"::notice title=Audit::{len(told) - 10} findings more; see the whole report."


def test_quoted_text_holds_no_command() -> None:
    text = "harmless\n::error::hostile\n"

    first, *inside, last = quoted_for_github(text).splitlines()

    assert inside == ["harmless", "::error::hostile"]
    assert first == f"::stop-commands::{last.strip(':')}"
    assert last.strip(":") not in text
    assert quoted_for_github(text + "x").splitlines()[0] != first

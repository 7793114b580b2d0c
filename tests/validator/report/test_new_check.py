"""A new check is told in every format, without a line outside its own file and its place in BUILTIN."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from fanwise.text.renderers.html import render_html
from fanwise.validator import Finding, Report, Status
from fanwise.validator import checks as registry
from fanwise.validator.checks.base import Subject
from fanwise.validator.findings import Severity
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.report.document import document_of
from fanwise.validator.report.formats import ENDINGS
from fanwise.validator.report.json import report_schema

FORMATS = ("text", *ENDINGS, "github")


class Trend:
    """Information: it judges nothing."""

    name = "monthly_trend"
    severity = Severity.INFO

    def subjects(self, evidence: Evidence) -> Iterator[Subject[str]]:
        yield Subject("order", "order", (("order", "ordered_at"),))

    def judge(self, evidence: Evidence, subject: Subject[str]) -> Iterator[Finding]:
        message = "orders rise by 3 % a month."
        yield Finding(f"{self.name}.{subject.id}", self.name, Status.PASS, message, self.severity)


class Weekdays:
    """A gate: it fails an audit."""

    name = "weekday_gate"
    severity = Severity.INTEGRITY

    def subjects(self, evidence: Evidence) -> Iterator[Subject[str]]:
        yield from (Subject(name, name) for name in ("order", "item"))

    def judge(self, evidence: Evidence, subject: Subject[str]) -> Iterator[Finding]:
        status, message = (
            (Status.FAIL, "no orders on Sundays.") if subject.item == "order" else (Status.PASS, "all days.")
        )
        hint = "add orders on Sundays." if status is Status.FAIL else ""
        yield Finding(f"{self.name}.{subject.id}", self.name, status, message, self.severity, hint)


@pytest.fixture
def report(shop: Any) -> Iterator[Report]:
    """A report of an audit with two checks more in BUILTIN."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "BUILTIN", (*registry.BUILTIN, Trend, Weekdays))
        registry.checks.cache_clear()
        yield shop.audit()
    registry.checks.cache_clear()


def words(text: str) -> str:
    """Return text without wrapping, tags of a page and escapes, as a person reads it; JUnit is read with its tags."""
    plain = text if text.startswith("<?xml") else re.sub(r"<[^>]*>", " ", text)
    return re.sub(r"\s+", " ", plain.replace("%25", "%").replace("\\_", "_"))


@pytest.mark.parametrize("name", FORMATS)
def test_information_is_told_in_every_format(report: Report, name: str) -> None:
    text = words(report.made(name))

    assert "monthly_trend" in text
    assert "orders rise by 3 % a month." in text


@pytest.mark.parametrize("name", FORMATS)
def test_a_gate_that_fails_is_told_with_its_way_out(report: Report, name: str) -> None:
    text = words(report.made(name))

    assert report.status is Status.FAIL
    assert "no orders on Sundays." in text
    assert "add orders on Sundays." in text
    assert re.search("weekday_gate:? 1 of 2", text) or (
        name in (".json", ".xml") and text.count("weekday_gate.item") == 1
    )


def test_junit_has_a_case_for_each_finding(report: Report) -> None:
    root = ElementTree.fromstring(report.render(".xml"))
    cases = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}

    assert cases["monthly_trend.order"] == ["system-out"]
    assert cases["weekday_gate.order"] == ["failure"]
    assert cases["weekday_gate.item"] == []


def test_json_stays_what_its_schema_says(report: Report) -> None:
    document = json.loads(report.to_json())

    jsonschema.validate(document, report_schema())
    assert {"monthly_trend", "weekday_gate"} <= {check["check"] for check in document["checks"]}


def test_each_has_its_own_part_of_the_page(report: Report) -> None:
    page = render_html(document_of(report))

    for title, message in (
        ("monthly_trend: 1 of 1", "orders rise by 3 % a month."),
        ("weekday_gate: 1 of 2", "all days."),
    ):
        part = page.partition(f"{title}</summary>")[2].partition("</details>")[0]
        assert message in part


@pytest.mark.parametrize("make_it", [lambda report: report.text(), lambda report: report.made("github")])
def test_short_formats_leave_known_statistics_to_their_section(
    report: Report, make_it: Callable[[Report], str]
) -> None:
    text = words(make_it(report))

    assert "difference" in text
    assert "Kruskal" not in text

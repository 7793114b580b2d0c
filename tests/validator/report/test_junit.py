"""JUnit XML: well-formed, one case per finding, counted as the verdict counts."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from fanwise.text.sanitize import printable
from fanwise.validator import Finding, Report, Status

OUTCOMES = {
    Status.PASS: [],
    Status.WARN: ["system-out"],
    Status.FAIL: ["failure"],
    Status.ERROR: ["error"],
    Status.INCONCLUSIVE: ["skipped"],
    Status.SKIPPED: ["skipped"],
}


def test_one_case_per_finding_in_suites_by_kind_of_promise(hostile: Report) -> None:
    root = ElementTree.fromstring(hostile.render(".xml"))

    suites = {suite.get("name"): len(suite.findall("testcase")) for suite in root}
    assert suites == Counter(finding.severity.value for finding in hostile.findings)
    named = {case.get("name") for case in root.iter("testcase")}
    assert named == {printable(finding.id) for finding in hostile.findings}


def test_counts_agree_with_the_verdict(hostile: Report) -> None:
    root = ElementTree.fromstring(hostile.render(".xml"))
    counts = hostile.verdict.counts

    assert root.get("tests") == str(len(hostile.findings))
    assert root.get("failures") == str(counts[Status.FAIL])
    assert root.get("errors") == str(counts[Status.ERROR])
    assert root.get("skipped") == str(counts[Status.INCONCLUSIVE] + counts[Status.SKIPPED])
    for head in ("tests", "failures", "errors", "skipped"):
        assert root.get(head) == str(sum(int(suite.get(head, "0")) for suite in root))


@pytest.mark.parametrize("status", Status)
def test_each_status_has_its_outcome(healthy: Report, status: Status) -> None:
    finding = Finding("a.b", "a", status, "what happened", hint="what to do")

    root = ElementTree.fromstring(replace(healthy, findings=(finding,)).render(".xml"))
    case = next(root.iter("testcase"))

    assert [child.tag for child in case] == OUTCOMES[status]
    assert all("what happened" in (child.text or "") and "→ what to do" in (child.text or "") for child in case)


def test_names_are_text(hostile: Report, names: dict[str, str]) -> None:
    root = ElementTree.fromstring(hostile.render(".xml"))

    assert {element.tag for element in root.iter()} <= {"testsuites", "testsuite", "testcase", "failure", "system-out"}
    shown = " ".join(failure.get("message", "") for failure in root.iter("failure"))
    assert all(printable(name) in shown for name in names.values())


def test_xmllint_agrees(hostile: Report, tmp_path: Path) -> None:
    tool = shutil.which("xmllint")
    if tool is None:
        pytest.skip("no xmllint on this machine")
    path = tmp_path / "report.xml"
    path.write_text(hostile.render(".xml"), encoding="utf-8")

    assert subprocess.run([tool, "--noout", "--nonet", path], check=False).returncode == 0

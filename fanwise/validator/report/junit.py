"""The report as JUnit XML: one test case per finding, one suite per kind of promise.

FAIL is a failure and ERROR an error; INCONCLUSIVE and SKIPPED are skipped cases. Warnings, information and what does
not decide pass and say so in their output. There is no time and no host in it: the same report has the same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from xml.etree import ElementTree

from fanwise.text.sanitize import printable
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.report.judged import Judged
from fanwise.validator.verdict.verdict import is_gate

__all__ = ["render_junit"]

_ELEMENTS = {
    Status.FAIL: "failure",
    Status.ERROR: "error",
    Status.INCONCLUSIVE: "skipped",
    Status.SKIPPED: "skipped",
}
_COUNTS = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def render_junit(report: Judged) -> str:
    """Return the XML document, ending in a newline."""
    root = ElementTree.Element("testsuites", _head(report, report.contract, report.findings))
    for severity in Severity:
        own = [finding for finding in report.findings if finding.severity is severity]
        if own:
            suite = ElementTree.SubElement(root, "testsuite", _head(report, severity.value, own))
            for finding in own:
                _case(suite, finding, _element(report, finding))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _element(report: Judged, finding: Finding) -> str | None:
    return _ELEMENTS.get(finding.status) if report.gates == "all" or is_gate(finding, report.gates) else None


def _head(report: Judged, name: str, findings: Sequence[Finding]) -> dict[str, str]:
    counter = Counter(_element(report, finding) for finding in findings)
    counts = {key: str(counter[element]) for key, element in _COUNTS.items()}
    return {"name": printable(name), "tests": str(len(findings)), **counts}


def _case(suite: ElementTree.Element, finding: Finding, element: str | None) -> None:
    where = {"name": printable(finding.id), "classname": f"{finding.severity}.{printable(finding.check)}"}
    case = ElementTree.SubElement(suite, "testcase", where)
    message = printable(finding.message)
    if element is not None:
        attributes = {"message": message} if element == "skipped" else {"message": message, "type": finding.status}
        ElementTree.SubElement(case, element, attributes).text = _details(finding)
    elif finding.status is not Status.PASS or finding.severity is Severity.INFO:
        ElementTree.SubElement(case, "system-out").text = f"{finding.status}: {_details(finding)}"


def _details(finding: Finding) -> str:
    """Return the message, the fix and the place, one a line."""
    source = str(finding.source)
    parts = [finding.message, finding.hint and f"→ {finding.hint}", source and f"at {source}"]
    return "\n".join(printable(part) for part in parts if part)

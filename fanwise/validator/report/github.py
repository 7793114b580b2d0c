"""The report as workflow commands, which GitHub Actions shows as annotations of the run and of the schema's lines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from fanwise.text.numbers import count
from fanwise.text.sanitize import printable
from fanwise.validator.findings import Finding, Status
from fanwise.validator.report.judged import Judged
from fanwise.validator.report.sections.checks import by_check, passed_of_run, unshown
from fanwise.validator.verdict.verdict import is_gate

__all__ = ["MOST_ANNOTATIONS", "quoted_for_github", "render_github"]

MOST_ANNOTATIONS = 10
"""Findings that are annotated; GitHub shows no more than ten of a kind and step."""

_COMMANDS = {
    Status.ERROR: "error",
    Status.FAIL: "error",
    Status.INCONCLUSIVE: "error",
    Status.WARN: "warning",
}
"""Statuses in the order of the annotations; what gates is an error, since the step fails by it."""


def render_github(report: Judged) -> str:
    """Return one command a line: the verdict, what is wrong, the worst first, how much more there is, every check."""
    findings = [finding for status in _COMMANDS for finding in report.with_status(status)]
    lines = [_verdict(report), *(_finding(report, finding) for finding in findings[:MOST_ANNOTATIONS])]
    lines += [*_rest(len(findings) - MOST_ANNOTATIONS), *_checks(report)]
    return "".join(f"{line}\n" for line in lines)


def quoted_for_github(text: str) -> str:
    """Return `text` so that a runner takes no line of it for a command, whatever names it holds.

    The word that ends the quotation is a hash of the text, so that no text can hold its own.
    """
    word = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
    return f"::stop-commands::{word}\n{text.rstrip()}\n::{word}::\n"


def _verdict(report: Judged) -> str:
    command = _COMMANDS.get(report.status, "notice")
    return _command(command, {"title": report.title}, f"{report.status}: {report.verdict.line}")


def _finding(report: Judged, finding: Finding) -> str:
    source = finding.source
    place = {"file": source.file, "line": str(source.line)} if source.file and source.line else {}
    properties = {**place, "title": f"{finding.status} {finding.check}"}
    message = finding.message + (f" → {finding.hint}" if finding.hint else "")
    decides = report.gates == "all" or is_gate(finding, report.gates)
    return _command(_COMMANDS[finding.status] if decides else "warning", properties, message)


def _rest(number: int) -> Iterator[str]:
    if number > 0:
        yield _command("notice", {"title": "Audit"}, f"{count(number, 'finding')} more; see the whole report.")


def _checks(report: Judged) -> Iterator[str]:
    """Yield one annotation that names every check, and says what is for information."""
    counts = ", ".join(f"{name} {passed_of_run(found)}" for name, found in by_check(report).items())
    news = [finding.message for finding in unshown(report)][:MOST_ANNOTATIONS]
    if counts:
        yield _command("notice", {"title": "Checks (passed / run)"}, f"{counts}.", *news)


def _command(name: str, properties: dict[str, str], *lines: str) -> str:
    given = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {given}::{'%0A'.join(map(_line, lines))}"


def _line(text: str) -> str:
    """Return `text` as the runner reads it back."""
    return printable(text).replace("%", "%25")


def _property(text: str) -> str:
    return _line(text).replace(":", "%3A").replace(",", "%2C")

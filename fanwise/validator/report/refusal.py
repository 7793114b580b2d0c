"""A forecast that stopped a run, as a report in the formats of an audit: a job finds the file that it asked for.

It says nowhere that data were audited.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from fanwise.text.blocks import Block, Column, Document, Entries, Entry, Fold, Paragraph, Section, Table
from fanwise.text.numbers import count
from fanwise.text.rendered import Rendered
from fanwise.text.renderers.html import render_html as page_of
from fanwise.text.renderers.markdown import render_markdown as markdown_of
from fanwise.text.terminal import PLAIN, Style
from fanwise.validator.contract.model import NOWHERE, Gates
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.forecasting.outlook import Forecast, forecast_dict, forecast_text
from fanwise.validator.report.json import json_text, plain_values, tool
from fanwise.validator.verdict.verdict import Verdict

__all__ = ["Refusal", "forecast_blocks"]

_HERE = "fanwise.validator.report.refusal"


@dataclass(frozen=True, slots=True)
class Refusal(Rendered):
    """What a forecast says of a run that was not made."""

    MAKERS: ClassVar[Mapping[str, str]] = {
        ".txt": f"{_HERE}:render_text",
        ".md": f"{_HERE}:render_markdown",
        ".json": f"{_HERE}:render_json",
        ".html": f"{_HERE}:render_html",
        ".xml": "fanwise.validator.report.junit:render_junit",
        "github": "fanwise.validator.report.github:render_github",
        "text": f"{_HERE}:render_text",
        "document": f"{_HERE}:document_of",
        "dict": f"{_HERE}:as_dict",
    }

    forecast: Forecast

    @property
    def title(self) -> str:
        """The title of the report."""
        return f"Forecast of {self.contract}"

    @property
    def contract(self) -> str:
        """The name of the data set."""
        return self.forecast.contract

    @property
    def gates(self) -> Gates:
        """What decides."""
        return self.forecast.gates

    @property
    def exit_code(self) -> int:
        """That of the forecast."""
        return self.forecast.exit_code

    @property
    def status(self) -> Status:
        """FAIL where no data pass, INCONCLUSIVE where too few would."""
        return Status.FAIL if self.exit_code == 1 else Status.INCONCLUSIVE

    @property
    def verdict(self) -> Verdict:
        """The verdict of the forecast."""
        counts = Counter(finding.status for finding in self.findings)
        return Verdict(self.status, self.exit_code, f"no data was made. {self.forecast.verdict}", dict(counts))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """One for each contradiction, and for each gate that needs more data."""
        return tuple(_findings(self.forecast))

    def with_status(self, *statuses: Status) -> tuple[Finding, ...]:
        """Return the findings that have one of these statuses."""
        return tuple(finding for finding in self.findings if finding.status in statuses)


def _findings(forecast: Forecast) -> Iterator[Finding]:
    for at, each in enumerate(forecast.contradictions, 1):
        kind = Severity.INTEGRITY if each.integrity else Severity.EFFECT
        source = next(iter(each.sources), NOWHERE)
        yield Finding(
            f"forecast.{each.metric or at}.{at}", "forecast", Status.FAIL, each.message, kind, each.hint, source=source
        )
    for gate in forecast.weak:
        kind = Severity.INTEGRITY if gate.integrity else Severity.EFFECT
        message = f"{gate.label}, {gate.pair_text}: the chance to pass is {gate.chance}"
        id_ = f"forecast.{gate.gate}.{gate.metric}.{gate.pair}"
        yield Finding(id_, "forecast", Status.INCONCLUSIVE, message, kind, gate.advice, source=gate.source)


def forecast_blocks(forecast: Forecast) -> Iterator[Block]:
    """Yield what a forecast says, for a page."""
    yield Paragraph(f"{forecast.verdict} This is a forecast: no data was audited.")
    wrong = [
        Entry("FAIL", each.message, each.hint, ", ".join(map(str, each.sources))) for each in forecast.contradictions
    ]
    if wrong:
        yield Entries(tuple(wrong))
    for advice in dict.fromkeys(outlook.advice for outlook in forecast.weak):
        yield Paragraph(advice)
    if forecast.outlooks:
        rows = tuple(
            (one.label, one.pair_text, one.declared, one.effective_text, one.chance) for one in forecast.outlooks
        )
        texts = (Column("of", "text"), Column("pair", "text"))
        columns = (*texts, Column("declared"), Column("effective"), Column("chance"))
        table = Table("", columns, rows, grouped=True)
        yield Fold(f"{count(len(rows), 'gate')}, and the chance that each passes", (table,))


def document_of(refusal: Refusal) -> Document:
    """Return the document of a refusal."""
    section = Section("forecast", "Forecast", tuple(forecast_blocks(refusal.forecast)))
    return Document(
        refusal.title, (section,), status=refusal.status, line=f"{refusal.contract}: {refusal.verdict.line}"
    )


def render_text(refusal: Refusal, style: Style = PLAIN, *, verbose: bool = False) -> str:
    """Return the forecast as text."""
    return forecast_text(refusal.forecast, style)


def render_markdown(refusal: Refusal) -> str:
    """Return the forecast as Markdown."""
    return markdown_of(document_of(refusal))


def render_html(refusal: Refusal) -> str:
    """Return the forecast as one page."""
    return page_of(document_of(refusal))


def as_dict(refusal: Refusal) -> dict[str, Any]:
    """Return the forecast as plain JSON values."""
    values: dict[str, Any] = plain_values(
        {
            "tool": tool(),
            "contract": refusal.contract,
            "audited": False,
            "exit_code": refusal.exit_code,
            "forecast": forecast_dict(refusal.forecast),
        }
    )
    return values


def render_json(refusal: Refusal) -> str:
    """Return the forecast as JSON text."""
    return json_text(as_dict(refusal))

"""What every result with a verdict and findings has: an audit's report, a comparison of two data sets."""

from __future__ import annotations

from typing import Protocol

from fanwise.text.blocks import Document
from fanwise.validator.contract.model import Gates
from fanwise.validator.findings import Finding, Status
from fanwise.validator.verdict.verdict import Verdict

__all__ = ["Judged"]


class Judged(Protocol):
    """A result that JUnit XML and annotations can be made of. contract: what was judged, or by what."""

    @property
    def title(self) -> str: ...
    @property
    def contract(self) -> str: ...
    @property
    def verdict(self) -> Verdict: ...
    @property
    def findings(self) -> tuple[Finding, ...]: ...
    @property
    def gates(self) -> Gates: ...
    @property
    def status(self) -> Status: ...
    @property
    def exit_code(self) -> int: ...

    def with_status(self, *statuses: Status) -> tuple[Finding, ...]:
        """Return the findings that have one of these statuses."""
        ...

    def laid_out(self) -> Document:
        """Return the document that texts and pages are made of."""
        ...

    def render(self, ending: str) -> str:
        """Return the result for a file with this ending."""
        ...

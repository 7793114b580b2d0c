"""Segments have their declared shares: exactly where they are balanced, by a G-test where they are drawn."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fanwise.text.numbers import count, percent
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.model import Axis
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.stats.intervals import g_test


class Shares:
    name = "shares"
    severity = Severity.INTEGRITY

    def subjects(self, evidence: Evidence) -> Iterator[Subject[str]]:
        for name, axis in evidence.contract.axes.items():
            if axis.assign != "unknown":
                yield Subject(name, name, ((axis.table, axis.column),))

    def judge(self, evidence: Evidence, subject: Subject[str]) -> Iterator[Finding]:
        axis = evidence.contract.axes[subject.item]
        found = evidence.population(subject.item)
        counts = {name: found.get(name, 0) for name in axis.share}
        total, known = sum(found.values()), sum(counts.values())
        identity = f"{self.name}.{subject.id}"
        if not known:
            message = f"{axis.table} has no rows with a segment of {subject.item}."
            yield Finding(
                identity,
                self.name,
                Status.INCONCLUSIVE,
                message,
                hint=f"generate rows of {axis.table}.",
                source=axis.source,
            )
            return
        if axis.assign == "balanced":
            wrong, p, limit = self._balanced(axis, counts, total)
        else:
            limit = evidence.contract.thresholds.alpha_fail
            p = g_test(list(counts.values()), list(axis.share.values()))[1]
            wrong = self._furthest(axis, counts, known) if p < limit else ""
        shown = {"counts": counts, "rows": total}
        if wrong:
            got, share = counts[wrong], axis.share[wrong]
            within = f" ± {limit:.0f}" if axis.assign == "balanced" else ""
            message = (
                f"{wrong} has {count(got, 'row')} of {axis.table}, {total * share:,.0f}{within} are declared "
                f"({percent(share)} of {total:,})."
            )
            hint = "the shares are wrong: check the shares of the axis, and whether rows are missing."
        else:
            message, hint = f"{subject.item} has its declared shares in {count(total, 'row')} of {axis.table}.", ""
        status = Status.FAIL if wrong else Status.PASS
        yield Finding(
            identity, self.name, status, message, hint=hint, p=p, threshold=limit, source=axis.source, evidence=shown
        )

    def _balanced(self, axis: Axis, counts: dict[str, int], total: int) -> tuple[str, float | None, float]:
        """Balanced assignment keeps every count within log2(n) + 2 of n times its share."""
        bound = math.log2(total) + 2
        name = self._furthest(axis, counts, total)
        return (name if abs(counts[name] - total * axis.share[name]) > bound else ""), None, bound

    def _furthest(self, axis: Axis, counts: dict[str, int], total: int) -> str:
        return max(counts, key=lambda name: abs(counts[name] - total * axis.share[name]))

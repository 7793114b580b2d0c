"""Below one row, the values of some columns are all different."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import count, percent
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.model import Distinct
from fanwise.validator.contract.paths import edges_along, tables_along
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence, Need
from fanwise.validator.measures.families import repeated


class DistinctBelow:
    name = "distinct"
    severity = Severity.INTEGRITY

    def subjects(self, evidence: Evidence) -> Iterator[Subject[tuple[str, Distinct]]]:
        tables = evidence.contract.tables
        for name, table in tables.items():
            for rule in table.distinct:
                needs: list[Need] = [(name, column) for column in rule.columns]
                for near, edge in zip(
                    tables_along(tables, name, rule.path), edges_along(tables, name, rule.path), strict=False
                ):
                    needs += [(near, column) for column in edge.columns]
                    needs += [(edge.table, key) for key in edge.keys]
                top = tables_along(tables, name, rule.path)[-1]
                yield Subject(f"{name}.{'+'.join(rule.columns)}.{top}", (name, rule), tuple(needs))

    def judge(self, evidence: Evidence, subject: Subject[tuple[str, Distinct]]) -> Iterator[Finding]:
        table, rule = subject.item
        top = tables_along(evidence.contract.tables, table, rule.path)[-1]
        label, identity = f"{table}.{' + '.join(rule.columns)}", f"{self.name}.{subject.id}"
        found = repeated(evidence, table, rule)
        part = f" (looked at: {percent(found.looked_at)} of {top})" if found.looked_at < 1 else ""
        if not found.rows:
            message = f"{label} does not repeat below one row of {top}{part}."
            yield Finding(identity, self.name, Status.PASS, message)
            return
        such = f"such as {', '.join(found.sample)}"
        message = f"{label} repeats below one row of {top}: {count(found.rows, 'time')}{part}, {such}."
        hint = f"draw {label} without replacement below {top}."
        shown = {"rows": found.rows, "sample": list(found.sample)}
        yield Finding(identity, self.name, Status.FAIL, message, hint=hint, evidence=shown)

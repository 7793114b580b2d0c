"""A roll-up is what the rows below a row come to: computed again from the files and compared."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import count
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.model import Rollup
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.rollups import broken_rollup, needs_of_rollup


class Rollups:
    name = "rollup"
    severity = Severity.INTEGRITY

    def subjects(self, evidence: Evidence) -> Iterator[Subject[tuple[str, str]]]:
        for table, spec in evidence.contract.tables.items():
            for name, column in spec.columns.items():
                if column.rollup is not None:
                    needs = tuple(needs_of_rollup(evidence, table, name))
                    yield Subject(f"{table}.{name}", (table, name), needs)

    def judge(self, evidence: Evidence, subject: Subject[tuple[str, str]]) -> Iterator[Finding]:
        table, name = subject.item
        spec = evidence.contract.tables[table]
        column, identity = spec.columns[name], f"{self.name}.{subject.id}"
        assert column.rollup is not None
        text = _text(column.rollup)
        found = broken_rollup(evidence, table, name)
        if not found.rows:
            message = f"{table}.{name} is {text} in every row."
            yield Finding(identity, self.name, Status.PASS, message, source=column.source)
            return
        such = f", such as {' + '.join(spec.key)} = {', '.join(found.sample)}" if found.sample else ""
        message = f"{table}.{name} is not {text} in {count(found.rows, 'row')}{such}."
        hint = f"compute {name} again, or look for rows of {column.rollup.table} that were added, lost or changed."
        shown = {"rows": found.rows, "sample": list(found.sample)}
        yield Finding(identity, self.name, Status.FAIL, message, hint=hint, source=column.source, evidence=shown)


def _text(rollup: Rollup) -> str:
    """Return what is rolled up, in words."""
    below = ".".join(part for part in (rollup.table, rollup.column) if part)
    where = f" where {rollup.where}" if rollup.where else ""
    by = f" by {rollup.by}" if rollup.by else ""
    name = "count of different values" if rollup.aggregate == "count_distinct" else rollup.aggregate
    return f"the {name} of {below}{where}{by}"

"""Row conditions of the contract hold in every row; null counts as met."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import count
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.conditions import Condition, parse_condition
from fanwise.validator.contract.model import Check
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence, Need
from fanwise.validator.sql.joins import Scope

SAMPLE = 5


class Conditions:
    name = "condition"
    severity = Severity.INTEGRITY

    def subjects(self, evidence: Evidence) -> Iterator[Subject[tuple[Check, Condition]]]:
        contract = evidence.contract
        for index, check in enumerate(contract.checks):
            condition = parse_condition(contract.tables, contract.axes, check.table, check.text)
            needs: list[Need] = [(check.table, None)]
            for name in condition.references:
                needs.append((name.table, name.column))
                table = check.table
                for step in name.path:
                    edge = contract.tables[table].edge(step)
                    needs += [(table, column) for column in step]
                    needs += [(edge.table, key) for key in edge.keys] if edge else []
                    table = edge.table if edge else table
            yield Subject(f"{check.table}.{index + 1}", (check, condition), tuple(dict.fromkeys(needs)))

    def judge(self, evidence: Evidence, subject: Subject[tuple[Check, Condition]]) -> Iterator[Finding]:
        check, condition = subject.item
        scope = Scope(evidence.contract.tables, check.table)
        sql = condition.sql(scope.alias)
        broken = f"{scope.sql()} WHERE NOT ({sql})"
        found = evidence.warehouse.rows(f"SELECT count(*) {broken}")[0][0]
        identity = f"{self.name}.{subject.id}"
        if not found:
            message = f"{check.table}: {check.text} holds in every row."
            yield Finding(identity, self.name, Status.PASS, message, source=check.source)
            return
        key = evidence.contract.tables[check.table].key
        shown: list[str] = []
        if key and not evidence.blocked((check.table, column) for column in key):
            columns = ", ".join(scope.column((), column) for column in key)
            sample = evidence.warehouse.rows(f"SELECT {columns} {broken} ORDER BY ALL LIMIT {SAMPLE}")
            shown = [" + ".join(map(str, row)) for row in sample]
        such = f", such as {' + '.join(key)} = {', '.join(shown)}" if shown else ""
        message = f"{count(found, 'row')} of {check.table} break {check.text}{such}."
        hint = "correct the columns in the condition, or the condition."
        detail = {"rows": found, "sample": shown}
        yield Finding(identity, self.name, Status.FAIL, message, hint=hint, source=check.source, evidence=detail)

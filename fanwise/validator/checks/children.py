"""Each row has at least, and at most, the rows below it that its fanout allows."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.text.numbers import count
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.conditions import parse_condition
from fanwise.validator.contract.model import Edge
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence, Need
from fanwise.validator.measures.families import Broken, fewest_and_most, outside, within
from fanwise.validator.measures.needs import needs_of


class Children:
    name = "children"
    severity = Severity.INTEGRITY

    def subjects(self, evidence: Evidence) -> Iterator[Subject[tuple[str, Edge]]]:
        for name, table in evidence.contract.tables.items():
            for edge in table.edges:
                if edge.min or edge.max is not None or edge.equals is not None:
                    needs: list[Need] = [(name, column) for column in edge.columns]
                    needs += [(edge.table, key) for key in edge.keys]
                    if edge.equals is not None:
                        contract = evidence.contract
                        condition = parse_condition(contract.tables, contract.axes, edge.table, edge.equals)
                        needs += needs_of(contract, edge.table, [condition])
                    yield Subject(f"{name}.{'+'.join(edge.columns)}", (name, edge), tuple(needs))

    def judge(self, evidence: Evidence, subject: Subject[tuple[str, Edge]]) -> Iterator[Finding]:
        table, edge = subject.item
        identity, wanted = f"{self.name}.{subject.id}", _wanted(edge)
        if within(evidence, table, edge):
            yield Finding(identity, self.name, Status.PASS, f"each row of {edge.table} has {wanted} rows of {table}.")
            return
        ends = fewest_and_most(evidence, table, edge)
        bounded = ends is None or (ends[0] >= (edge.min or 0) and (edge.max is None or ends[1] <= edge.max))
        found = Broken(0) if bounded and edge.equals is None else outside(evidence, table, edge)
        if ends is None or not found.rows:
            yield Finding(identity, self.name, Status.PASS, f"each row of {edge.table} has {wanted} rows of {table}.")
            return
        message = (
            f"{edge.table} does not have {wanted} rows of {table} in {count(found.rows, 'row')} "
            f"(found: {ends[0]:,} to {ends[1]:,}), such as {' + '.join(edge.keys)} = {', '.join(found.sample)}."
        )
        hint = f"look for rows of {table} that were added or lost, or that belong to another row of {edge.table}."
        shown = {"rows": found.rows, "sample": list(found.sample)}
        yield Finding(identity, self.name, Status.FAIL, message, hint=hint, evidence=shown)


def _wanted(edge: Edge) -> str:
    if edge.equals is not None:
        return f"({edge.equals})"
    if edge.min and edge.max is not None:
        return f"{edge.min} to {edge.max}" if edge.min < edge.max else f"{edge.min}"
    return f"at most {edge.max}" if edge.max is not None else f"at least {edge.min}"

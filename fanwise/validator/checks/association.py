"""Association: segments of two axes do not go together, as each axis is assigned on its own; else a warning."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from fanwise.text.numbers import number, p_text
from fanwise.validator.checks.base import Subject
from fanwise.validator.contract.model import Contract, Path
from fanwise.validator.contract.paths import edges_along, paths_to
from fanwise.validator.findings import Finding, Severity, Status
from fanwise.validator.measures.evidence import Evidence, Need
from fanwise.validator.sql.joins import Scope
from fanwise.validator.stats.descriptive import ChiSquare, chi_square

SMALL = 0.03
"""Cramér's V below which nobody would speak of an association."""

Item = tuple[str, str, Path]
"""An axis, another one, and the path by parents from the table of the first to that of the second."""


class Association:
    name = "association"
    severity = Severity.NOTE

    def subjects(self, evidence: Evidence) -> Iterator[Subject[Item]]:
        contract = evidence.contract
        for low, high, path in _pairs(contract):
            near, far = contract.axes[low], contract.axes[high]
            needs: list[Need] = [(near.table, near.column), (far.table, far.column)]
            table = near.table
            for edge in edges_along(contract.tables, near.table, path):
                needs += [(table, column) for column in edge.columns] + [(edge.table, key) for key in edge.keys]
                table = edge.table
            yield Subject(f"{low}.{high}", (low, high, path), tuple(needs))

    def judge(self, evidence: Evidence, subject: Subject[Item]) -> Iterator[Finding]:
        low, high, path = subject.item
        axis, limit = evidence.contract.axes[low], evidence.contract.thresholds.alpha_warn
        found = _tested(evidence, low, high, path)
        if found is None or found.p is None:
            return
        p_adjusted = min(1.0, found.p * sum(1 for _ in _pairs(evidence.contract)))
        wrong = p_adjusted <= limit and found.cramer > SMALL
        if wrong:
            message = (
                f"{low} and {high} go together in {axis.table}: Cramér's V is {number(found.cramer)}, 0 is declared "
                f"(p {p_text(p_adjusted)})."
            )
            hint = f"assign {low} without regard to {high}; the effects of one now show up in the other."
        else:
            message, hint = f"{low} and {high} do not go together in {axis.table}.", ""
        yield Finding(
            f"{self.name}.{subject.id}", self.name, Status.WARN if wrong else Status.PASS, message, self.severity, hint,
            declared=0.0, estimate=found.cramer, p=found.p, p_adjusted=p_adjusted, threshold=limit, source=axis.source,
        )  # fmt: skip


def _pairs(contract: Contract) -> Iterator[Item]:
    """Yield the axes of one table, and those of a table and of one above it, unless they came with the data."""
    known = [name for name, axis in contract.axes.items() if axis.assign != "unknown"]
    for one, other in combinations(known, 2):
        for low, high in ((one, other), (other, one)):
            paths = list(_by_parents(contract, contract.axes[low].table, contract.axes[high].table))
            if len(paths) == 1:
                yield low, high, paths[0]
                break


def _by_parents(contract: Contract, table: str, target: str) -> Iterator[Path]:
    for path in paths_to(contract.tables, table, target):
        if all(edge.kind == "parent" for edge in edges_along(contract.tables, table, path)):
            yield path


def _tested(evidence: Evidence, low: str, high: str, path: Path) -> ChiSquare | None:
    near, far = evidence.contract.axes[low], evidence.contract.axes[high]
    scope = Scope(evidence.contract.tables, near.table)
    columns = [
        f"CAST({scope.column((), near.column)} AS VARCHAR)",
        f"CAST({scope.column(path, far.column)} AS VARCHAR)",
    ]
    sql = f"SELECT {', '.join(columns)}, count(*) {scope.sql()} GROUP BY ALL"
    counts = {(row[0], row[1]): int(row[2]) for row in evidence.warehouse.rows(sql)}
    return chi_square([[counts.get((own, other), 0) for other in far.segments] for own in near.segments])

"""Data quality: completeness of the segments, structure of every table, and the checks of integrity."""

from __future__ import annotations

from collections import Counter

from fanwise.text.numbers import percent
from fanwise.validator.findings import Severity, Status
from fanwise.validator.report.blocks import Block, Column, Section, Table
from fanwise.validator.report.model import Population, Report, Structure

__all__ = ["completeness", "integrity"]

_ORDER = (Status.ERROR, Status.FAIL, Status.INCONCLUSIVE, Status.WARN, Status.SKIPPED, Status.PASS)


def completeness(report: Report) -> Section | None:
    """Return how complete the segments and the references are; None where there are neither."""
    rows = [_complete(each) for each in report.populations]
    keys = [
        (
            f"{each.table}.{' + '.join(reference.columns)} finds {reference.table}",
            f"{each.rows:,}" if each.rows is not None else "–",
            _number(reference.orphans),
            _share(reference.orphans, each.rows),
        )
        for each in report.structures
        for reference in each.references
    ]
    blocks: list[Block] = []
    if rows:
        columns = (Column("segments", "left", "text"), Column("rows"), Column("null"), Column("unknown"))
        blocks.append(Table("Segments", (*columns, Column("complete")), tuple(rows)))
    if keys:
        columns = (Column("reference", "left", "text"), Column("rows"), Column("orphans"), Column("complete"))
        blocks.append(Table("References", columns, tuple(keys), "Orphans refer to a row that is not there."))
    return Section("completeness", "Data completeness", tuple(blocks)) if blocks else None


def integrity(report: Report) -> Section:
    """Return one table per table of the contract, and the checks of integrity with their worst status."""
    found = [finding for finding in report.findings if finding.severity is Severity.INTEGRITY]
    rows = []
    for name in dict.fromkeys(finding.check for finding in found):
        own = Counter(finding.status for finding in found if finding.check == name)
        worst = next(status for status in _ORDER if own[status])
        rows.append((name, str(own[Status.PASS]), str(own.total()), worst.value))
    columns = (Column("check", "left", "text"), Column("passed"), Column("asked"), Column("status", "left", "status"))
    checks = Table("Checks of integrity", columns, tuple(rows))
    return Section("integrity", "Structural validation", (checks, *(_structure(each) for each in report.structures)))


def _complete(found: Population) -> tuple[str, ...]:
    total = sum(found.counts.values())
    null = found.counts.get(None, 0)
    unknown = sum(rows for name, rows in found.counts.items() if name is not None and name not in found.shares)
    declared = ", ".join(found.shares)
    label = f"{found.table}.{found.column} is one of {declared}"
    return (label, f"{total:,}", f"{null:,}", f"{unknown:,}", _share(null + unknown, total))


def _structure(found: Structure) -> Table:
    """Return the columns of a table: type, nulls, and whether they may be null."""
    key = f"key {' + '.join(found.key)}: {_number(found.repeated)} repeated" if found.key else "no key"
    rows = f"{found.rows:,} rows" if found.rows is not None else "not read"
    orphans = [
        f"{' + '.join(each.columns)} → {each.table}: {_number(each.orphans)} orphans" for each in found.references
    ]
    columns = (
        Column("column", "left", "text"),
        Column("declared", "left", "text"),
        Column("found", "left", "text"),
        Column("nulls"),
        Column("may be null", "left", "text"),
        Column("not finite"),
    )
    body = tuple(
        (
            each.name,
            each.type,
            each.found.lower() if each.found else "–",
            _number(each.nulls),
            "yes" if each.nullable else "no",
            _number(each.odd),
        )
        for each in found.columns
    )
    return Table(f"{found.table}: {rows}", columns, body, f"{'; '.join([key, *orphans])}.")


def _number(n: int | None) -> str:
    return f"{n:,}" if n is not None else "–"


def _share(missing: int | None, rows: int | None) -> str:
    return percent((rows - missing) / rows, 2) if rows and missing is not None else "–"

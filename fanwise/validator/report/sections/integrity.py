"""Data quality: completeness of the segments and references, and the structure of every table."""

from __future__ import annotations

from collections.abc import Sequence

from fanwise.text.blocks import Block, Column, Diagram, Entity, Link, Section, Table
from fanwise.text.numbers import percent
from fanwise.validator.report.model import Population, Report, Structure

__all__ = ["completeness", "structure"]


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
        columns = (Column("segments", "text"), Column("rows"), Column("null"), Column("unknown"))
        blocks.append(Table("Segments", (*columns, Column("complete")), tuple(rows)))
    if keys:
        columns = (Column("reference", "text"), Column("rows"), Column("orphans"), Column("complete"))
        blocks.append(Table("References", columns, tuple(keys), "Orphans refer to a row that is not there."))
    return Section("completeness", "Data completeness", tuple(blocks), folded=True) if blocks else None


def structure(report: Report) -> Section | None:
    """Return how the tables hang together, and one table for each: its columns, key and references."""
    formats = {row.name: row.format for row in report.tables}
    tables = tuple(_structure(each, formats.get(each.table, "")) for each in report.structures)
    if not tables:
        return None
    return Section("structure", "Structure of the tables", (_overview(report.structures), *tables), folded=True)


def _overview(structures: Sequence[Structure]) -> Table:
    """Return the tables with their keys, and what refers to what as a diagram."""
    shown = {each.table for each in structures}
    entities, links, rows = [], [], []
    for each in structures:
        references = [(", ".join(ref.columns), ref.table) for ref in each.references if ref.table in shown]
        lines = list(dict.fromkeys([", ".join(each.key), *(columns for columns, _ in references)]))
        lines = [line for line in lines if line]
        links += [Link(each.table, lines.index(columns), table) for columns, table in references]
        entities.append(Entity(each.table, tuple(lines)))
        targets = ", ".join(dict.fromkeys(table for _, table in references))
        rows.append((each.table, _number(each.rows), ", ".join(each.key), targets))
    columns = (Column("table", "text"), Column("rows"), Column("key", "text"), Column("refers to", "text"))
    note = "An arrow leads from a foreign key to the table that it refers to."
    return Table("Tables", columns, tuple(rows), note, Diagram(tuple(entities), tuple(links)))


def _complete(found: Population) -> tuple[str, ...]:
    total = sum(found.counts.values())
    null = found.counts.get(None, 0)
    unknown = sum(rows for name, rows in found.counts.items() if name is not None and name not in found.shares)
    declared = ", ".join(found.shares)
    label = f"{found.table}.{found.column} is one of {declared}"
    return (label, f"{total:,}", f"{null:,}", f"{unknown:,}", _share(null + unknown, total))


def _structure(found: Structure, read_from: str) -> Table:
    """Return the columns of a table: type, nulls, and whether they may be null."""
    key = f"key {' + '.join(found.key)}: {_number(found.repeated)} repeated" if found.key else "no key"
    rows = f"{found.rows:,} rows" if found.rows is not None else "not read"
    source = f", read from {read_from}" if read_from else ""
    orphans = [
        f"{' + '.join(each.columns)} → {each.table}: {_number(each.orphans)} orphans" for each in found.references
    ]
    columns = (
        Column("column", "text"),
        Column("declared", "text"),
        Column("found", "text"),
        Column("nulls"),
        Column("may be null", "text"),
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
    return Table(f"{found.table}: {rows}{source}", columns, body, f"{'; '.join([key, *orphans])}.")


def _number(n: int | None) -> str:
    return f"{n:,}" if n is not None else "–"


def _share(missing: int | None, rows: int | None) -> str:
    return percent((rows - missing) / rows, 2) if rows and missing is not None else "–"

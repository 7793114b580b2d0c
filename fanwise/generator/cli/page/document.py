"""The document of a dataset: diagram, tables with their columns, sample rows and values, and effects by segment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import polars as pl

from fanwise.generator.cli.page.sample import Sample
from fanwise.generator.output.formats.iso import json_texts
from fanwise.generator.plan import BoundColumn, Plan
from fanwise.generator.plan.foreign_keys import ForeignKey
from fanwise.generator.plan.schema import TableSchema
from fanwise.text.blocks import (
    Block,
    Column,
    Diagram,
    Document,
    Entity,
    Fold,
    Link,
    Paragraph,
    Section,
    Table,
    bars,
)
from fanwise.text.numbers import count, decimal, percent
from fanwise.validator.findings import Status
from fanwise.validator.report.sections import effects, population, segments
from fanwise.validator.report.sections.rows import rows_of, rows_table

__all__ = ["document_of", "table_sections"]

_ROWS = 5  # shown of each table
_CELL = 40  # letters of a value
_OPTIONS = 12  # values of a column that is shown as shares
_TEXT: Literal["text"] = "text"
_CODE: Literal["code"] = "code"


def document_of(
    plan: Plan, sample: Sample, expected: Mapping[str, float], tables: Sequence[Section] | None = None
) -> Document:
    """Return the document of a dataset; `sample` has rows of all its tables, `expected` is how many there will be.

    tables: what `table_sections` returns of the plan and the sample, asked for here where it is not given.
    """
    dataset = plan.dataset
    rows = sum(expected[name] for name in plan.schema.tables)
    origin = "all rows" if sample.whole else f"a sample of {sample.rows:,} rows"
    return Document(
        title=f"Dataset {dataset.name}",
        about=(
            *([Paragraph(dataset.description)] if dataset.description else []),
            Paragraph(
                f"{count(len(plan.schema.tables), 'table')}, about {decimal(rows, 0)} rows, "
                f"from the schema {dataset.file} with seed {plan.seed}."
            ),
            Paragraph(f"Values and effects on this page are those of {origin}.{_few(sample)}", detail=True),
        ),
        sections=(
            Section("tables", "Tables", (_overview(plan, expected),)),
            *(table_sections(plan, sample) if tables is None else tables),
            *_measured(sample),
        ),
    )


def _few(sample: Sample) -> str:
    """Return why a sample may leave open what all rows show."""
    pairs = [pair for each in sample.report.measured for pair in each.pairs] if sample.report else []
    inconclusive = any(pair.status is Status.INCONCLUSIVE for pair in pairs)
    return " So few rows leave some effects inconclusive." if inconclusive and not sample.whole else ""


def table_sections(plan: Plan, sample: Sample) -> tuple[Section, ...]:
    """Return the sections of the tables: columns, first rows and values."""
    return tuple(
        _table(plan, name, schema, sample.frames.get(name, schema.written.to_frame()))
        for name, schema in plan.schema.tables.items()
    )


def _measured(sample: Sample) -> Iterator[Section]:
    if sample.report is None:
        return
    for made in (population.population, effects.effects, segments.fanouts, segments.values):
        section = made(sample.report)
        if section is not None:
            yield section


def _overview(plan: Plan, expected: Mapping[str, float]) -> Table:
    rows = tuple(
        (
            name,
            table.comment,
            decimal(expected[name], 0),
            f"{len(table.written)}",
            ", ".join(table.key),
            ", ".join(dict.fromkeys(key.table for key in table.foreign_keys)),
        )
        for name, table in plan.schema.tables.items()
    )
    columns = (
        Column("table", _TEXT),
        Column("role", _TEXT),
        Column("expected rows"),
        Column("columns"),
        Column("key", _TEXT),
        Column("refers to", _TEXT),
    )
    note = "An arrow leads from a foreign key to the table that it refers to."
    return Table("", columns, rows, note, _diagram(plan))


def _diagram(plan: Plan) -> Diagram:
    entities, links = [], []
    for name, table in plan.schema.tables.items():
        references = [(key, ", ".join(key.columns)) for key in table.foreign_keys if not key.detour]
        lines = list(dict.fromkeys([", ".join(table.key), *(text for _, text in references)]))
        lines = [line for line in lines if line]
        more = len(table.written) - len({column for line in lines for column in line.split(", ")})
        links += [Link(name, lines.index(text), key.table) for key, text in references]
        entities.append(Entity(name, (*lines, *([f"+ {more} more"] if more > 0 else []))))
    return Diagram(tuple(entities), tuple(links))


def _table(plan: Plan, name: str, schema: TableSchema, frame: pl.DataFrame) -> Section:
    blocks: list[Block] = [_columns(schema, plan.tables[name].columns)]
    if frame.height:
        blocks.append(_rows(frame))
        values = [*_numbers(frame), *_shares(frame)]
        if values:
            blocks.append(Fold(f"Values of {name}", tuple(values)))
    return Section(f"table-{name}", name, tuple(blocks), about=schema.comment)


def _columns(schema: TableSchema, bound: Mapping[str, BoundColumn]) -> Table:
    refers = {column: _target(key) for key in schema.foreign_keys for column in key.columns}
    rows = []
    for name in schema.written:
        column = schema.columns[name]
        marks = ["key"] * (name in schema.key) + ["unique"] * column.unique
        marks += ["required"] * column.required + ["nullable"] * column.nullable
        made = bound[name].generator.summary if column.description else column.comment
        rows.append((name, column.type, ", ".join(marks), refers.get(name, ""), made, column.description))
    described = any(row[-1] for row in rows)
    columns = (
        Column("column", _CODE),
        Column("type", _TEXT),
        Column("is", _TEXT),
        Column("refers to", _TEXT),
        Column("made by", _TEXT),
        Column("description", _TEXT),
    )
    last = None if described else -1
    return Table("Columns", columns[:last], tuple(row[:last] for row in rows))


def _target(key: ForeignKey) -> str:
    return f"{key.table}.{', '.join(key.keys)}"


def _rows(frame: pl.DataFrame) -> Table:
    numbers = [name for name, dtype in frame.schema.items() if dtype.is_numeric()]
    shown = json_texts(frame.head(_ROWS))
    found = rows_of("", frame.columns, numbers, shown.iter_rows())
    return rows_table(found, f"First {count(shown.height, 'row')}")


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= _CELL else f"{text[: _CELL - 1]}…"


def _numbers(frame: pl.DataFrame) -> Iterator[Table]:
    """Yield the spread of numeric columns that are measures, not keys."""
    rows = []
    for name, dtype in frame.schema.items():
        values = frame[name].drop_nulls()
        if not dtype.is_numeric() or not len(values) or (values.n_unique() == frame.height > 1 and dtype.is_integer()):
            continue
        numbers = values.cast(pl.Float64)
        found = [numbers.quantile(at, "linear") for at in (0, 0.25, 0.5, 0.75, 1)]
        mean = numbers.mean()
        texts = [decimal(value, 2) if isinstance(value, float) else "–" for value in (*found, mean)]
        rows.append((name, *texts, percent(1 - len(values) / frame.height)))
    if rows:
        names = ("min", "P25", "median", "P75", "max", "mean", "null")
        yield Table("Numbers", (Column("column", _CODE), *map(Column, names)), tuple(rows))


def _shares(frame: pl.DataFrame) -> Iterator[Table]:
    """Yield the shares of columns with few different values."""
    for name, dtype in frame.schema.items():
        if dtype.is_nested() or dtype.is_float() or not 1 < frame[name].n_unique() <= min(_OPTIONS, frame.height / 2):
            continue
        found = frame[name].value_counts(sort=True).sort("count", name, descending=[True, False])
        counts = found["count"].to_list()
        cells = bars(counts, [percent(each / frame.height) for each in counts])
        rows = tuple(
            ("null" if value is None else _cell(value), cell) for value, cell in zip(found[name], cells, strict=True)
        )
        yield Table(f"Shares of {name}", (Column("value", _TEXT), Column("share")), rows)

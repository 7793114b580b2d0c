"""What differs between two schemas, as text."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.generator.api.difference import Difference
from fanwise.text.numbers import count, decimal
from fanwise.text.terminal import Style, table

__all__ = ["difference_text"]

_LONGEST = 18  # characters of an example


def difference_text(found: Difference, style: Style) -> str:
    """Return a difference for a reader."""
    rows = [
        [each.name, decimal(each.both, 0), decimal(each.only_a, 0), decimal(each.only_b, 0)] for each in found.tables
    ]
    lines = [f"A and B on the same draws, seed {found.seed}", ""]
    lines += table(["table", "rows in both", "only in A", "only in B"], rows, style, left=(0,))
    cells = [
        [
            f"{each.name}.{column.name}",
            decimal(column.cells, 0),
            *map(_shown, (column.change, column.mean_a, column.mean_b)),
        ]
        for each in found.tables
        for column in each.columns
    ]
    if cells:
        lines += [
            "",
            *table(["column", "cells that differ", "mean change", "mean in A", "mean in B"], cells, style, left=(0,)),
        ]
    elif not any(each.only_a or each.only_b for each in found.tables):
        lines += ["", "No cell differs."]
    examples = [[name, _short(row), _short(a), _short(b)] for name, row, a, b in _examples(found)]
    if examples:
        lines += ["", *table(["for example", "row", "A", "B"], examples, style, left=(0, 1))]
    lines += ["", *alone] if (alone := list(_alone(found))) else []
    if found.segments:
        segments = [[each.what, each.segment, *_pair(each.a, each.b)] for each in found.segments]
        lines += ["", *table([f"by {found.by}", "segment", "A", "B", "B / A"], segments, style, left=(0, 1))]
    return "\n".join(lines)


def _examples(found: Difference) -> Iterator[tuple[str, str, str | None, str | None]]:
    """Yield the first cell of each column that differs, and the first row of each table that is on one side only."""
    for each in found.tables:
        for column in each.columns:
            yield from ((f"{each.name}.{column.name}", cell.row, cell.a, cell.b) for cell in column.examples[:1])
        yield from ((each.name, row, "a row", "no row") for row in each.rows_a[:1])
        yield from ((each.name, row, "no row", "a row") for row in each.rows_b[:1])


def _short(text: str | None) -> str:
    if text is None:
        return "null"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:,.6g}"


def _pair(a: float | None, b: float | None) -> list[str]:
    return [_shown(a), _shown(b), "" if a is None or b is None or a == 0 else f"{b / a:.4g}"]


def _alone(found: Difference) -> Iterator[str]:
    for side, tables in (("A", found.tables_a), ("B", found.tables_b)):
        if tables:
            yield f"Only in {side}: {count(len(tables), 'table')} ({', '.join(tables)})"
    for each in found.tables:
        for side, columns in (("A", each.columns_a), ("B", each.columns_b)):
            if columns:
                yield f"Only in {side}: {count(len(columns), 'column')} of {each.name} ({', '.join(columns)})"

"""The first rows of each table: on the page of whoever made the data, and of nobody who only judges them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from fanwise.text.blocks import Column, Section, Table
from fanwise.text.numbers import count
from fanwise.validator.report.model import FirstRows, Report

__all__ = ["first_rows", "rows_of", "rows_table"]

_LETTERS = 40  # of a value
_PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


def first_rows(report: Report) -> Section | None:
    """Return the first rows of each table; None where the report has none."""
    tables = tuple(rows_table(each, f"{each.table}: first {count(len(each.rows), 'row')}") for each in report.rows)
    return Section("rows", "First rows", tables, folded=True) if tables else None


def rows_of(
    table: str, columns: Sequence[str], numbers: Collection[str], rows: Iterable[Sequence[object]]
) -> FirstRows:
    """Return rows as text, long values shortened. numbers: the columns that hold numbers."""
    cells = zip(*([_cell(value) for value in row] for row in rows), strict=True)
    shown = [_aligned(each) if name in numbers else each for name, each in zip(columns, cells, strict=False)]
    return FirstRows(table, tuple(columns), frozenset(numbers), tuple(zip(*shown, strict=True)))


def rows_table(found: FirstRows, caption: str) -> Table:
    """Return rows as a table."""
    columns = tuple(Column(name, "number" if name in found.numbers else "text") for name in found.columns)
    return Table(caption, columns, found.rows)


def _aligned(cells: Sequence[str]) -> Sequence[str]:
    """Return numbers with as many decimals as the one that has most; all as they are, where one has an exponent."""
    given = [cell for cell in cells if cell]
    if not all(map(_PLAIN.fullmatch, given)):
        return cells
    most = max((len(cell.partition(".")[2]) for cell in given), default=0)
    return [f"{Decimal(cell):.{most}f}" if cell else "" for cell in cells]


def _cell(value: object) -> str:
    if isinstance(value, bool | dict | list):
        text = json.dumps(value, ensure_ascii=False)
    else:
        text = "" if value is None else str(value)
    return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 1]}…"

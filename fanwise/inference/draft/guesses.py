"""Columns without rows to learn from: defaults by type, name, length and what is declared. Each says that it is one."""

from __future__ import annotations

import re

from fanwise.inference.draft.drafts import ColumnDraft
from fanwise.inference.draft.number_columns import typed
from fanwise.inference.findings import Findings
from fanwise.inference.laws.texts import provider_of
from fanwise.inference.model import Column, Table
from fanwise.inference.yaml_text import key_text, text

__all__ = ["guess"]

_DEFAULT = "default"
_START, _END = "2024-01-01", "2025-01-01"
_SIZED = re.compile(r"DECIMAL\((\d+),(\d+)\)")


def guess(findings: Findings, table: Table, column: Column) -> ColumnDraft:
    """Return a draft that the type and the name of a column ask for."""
    if column.values:
        options = ", ".join(f"{key_text(value)}: 1" for value in column.values)
        draft = ColumnDraft(f"choice: {{{options}}}", "the declared values, equally often")
        draft.after = "type: text" if column.sort == "text" else ""
        return draft
    if column.sort == "bool":
        return ColumnDraft("boolean: {p: 0.5}", _DEFAULT)
    if column.sort in ("date", "instant"):
        kind = "date" if column.sort == "date" else "timestamp"
        return ColumnDraft(f"{kind}: {{between: [window.start, window.end]}}", _DEFAULT)
    return _text(table, column) if column.sort == "text" else _number(column)


def _text(table: Table, column: Column) -> ColumnDraft:
    if column.type == "UUID":
        return ColumnDraft("uuid: {}", _DEFAULT)
    provider = provider_of(column.name, table.name)
    size = re.search(r"\((\d+)\)", column.type)
    if provider is not None and not (size and int(size[1]) < 40):
        return ColumnDraft(f"fake: {provider}", f"{_DEFAULT}, by its name")
    if size and int(size[1]) < 40:
        return ColumnDraft(f"pattern: {text('?' * min(int(size[1]), 8))}", f"{_DEFAULT}, at most {size[1]} characters")
    return ColumnDraft("words: {min: 1, max: 4}", _DEFAULT)


def _number(column: Column) -> ColumnDraft:
    low, high = column.bounds
    sized = _SIZED.fullmatch(column.type)
    if column.sort == "int":
        first = int(low) if low is not None else 1 if high is None or high >= 1 else int(high) - 99
        last = int(high) if high is not None else first + 99
        note = "between the declared bounds" if (low, high) != (None, None) else _DEFAULT
        return ColumnDraft(f"integer: {{min: {first}, max: {max(first, last)}}}", note, after=typed(column))
    digits = int(sized[2]) if sized else 2
    most = 10.0 ** (int(sized[1]) - digits) - 1 if sized else 1e9
    if low is not None or high is not None or most < 200:
        bottom = low if low is not None else min(0.0, high - 100 if high is not None else 0.0)
        top = high if high is not None else min(bottom + 100, most)
        draft = ColumnDraft(f"uniform: {{min: {bottom:g}, max: {max(top, bottom + 1e-6):g}}}", _DEFAULT)
    else:
        draft = ColumnDraft(f"lognormal: {{mean: {min(50, most / 20):g}, sd: {min(40, most / 25):g}}}", _DEFAULT)
        draft.after = f"clamp: [0, {most:g}], " if sized and most < 1e6 else ""
    draft.after += f"round: {digits}" + (f", {typed(column)}" if column.sort == "decimal" else "")
    return draft

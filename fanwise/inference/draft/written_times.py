"""Dates and instants that a source has as text: found by their form, and read as what they say.

A form counts only if every value, read and written again by it, is the same text. What is made is text again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fanwise.inference.draft.drafts import ColumnDraft
from fanwise.inference.laws.categories import is_category
from fanwise.inference.model import Column, Sort, Table, data_sql
from fanwise.inference.sources.opening import Opened
from fanwise.inference.yaml_text import name_of
from fanwise.io.quoting import quote_ident, quote_text

__all__ = ["as_written", "read_times"]

_DAYS = (
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d",
    "%-d/%-m/%Y", "%-m/%-d/%Y", "%-d.%-m.%Y", "%d/%m/%y", "%m/%d/%y", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y",
    "%d %B %Y", "%B %d, %Y",
)  # fmt: skip
_CLOCKS = (
    " %H:%M:%S", "T%H:%M:%S", "T%H:%M:%SZ", " %H:%M", "T%H:%M", " %-H:%M", " %-H:%M:%S", " %I:%M %p", " %I:%M:%S %p",
    " %-I:%M %p",
)  # fmt: skip
_FORMS: tuple[tuple[Sort, str], ...] = (
    *(("date", day) for day in _DAYS),
    *(("instant", day + clock) for day in _DAYS for clock in _CLOCKS),
)
_CODES = {
    "%Y": r"\d{4}", "%-d": r"\d\d?", "%-m": r"\d\d?", "%-H": r"\d\d?", "%-I": r"\d\d?", "%b": "[A-Z][a-z]{2}",
    "%B": "[A-Z][a-z]{2,8}", "%p": "[AP]M",
}  # fmt: skip
_SHAPES = {
    form: re.compile(
        re.sub(r"%-?[A-Za-z]", lambda code: _CODES.get(code[0], r"\d\d"), re.escape(form).replace("\\-", "-"))
    )
    for _, form in _FORMS
}
"""What a text of each form looks like: a first look, without a query."""
_LOOKED_AT = 1000
_FEW = 60  # so few different dates, often repeated, are categories such as months


def read_times(found: Opened) -> None:
    """Read columns of texts that are dates or instants as such; keys and references stay text."""
    for table in found.source.tables.values():
        taken = {name.lower() for name in table.columns}
        for column in table.columns.values():
            if not _may_be(table, column):
                continue
            form = _form_of(found, table, column)
            if form is not None:
                _read(found, table, column, *form)
                column.instant = name_of(f"{column.name}_as_{'date' if form[0] == 'date' else 'time'}", taken)


def as_written(column: Column, draft: ColumnDraft) -> ColumnDraft:
    """Return the draft of a column that a source has as text: a hidden instant, and its text."""
    body = ", ".join(filter(None, (draft.body, draft.after)))
    text = f'expr: "strftime({column.instant}, {quote_text(column.form)})"'
    note = "; ".join(filter(None, ("text in the source", draft.comment)))
    return ColumnDraft(text, note, helpers=[*draft.helpers, (column.instant, body)], lost=draft.lost)


def _may_be(table: Table, column: Column) -> bool:
    free = column.name not in {*table.key, *table.moved} and table.reference_of(column.name) is None
    low, high = str(column.low or ""), str(column.high or "")
    likely = any(form.fullmatch(low) and form.fullmatch(high) for form in _SHAPES.values())
    few = column.distinct <= _FEW and is_category(column, table.rows or 0)
    return column.sort == "text" and bool(column.count) and free and likely and not few


def _form_of(found: Opened, table: Table, column: Column) -> tuple[Sort, str] | None:
    """Return the first form that all values have."""
    own, rows = quote_ident(column.name), data_sql(table.name)
    few = f"(SELECT {own} FROM {rows} WHERE {own} IS NOT NULL LIMIT {_LOOKED_AT})"
    ends = str(column.low), str(column.high)
    some = _held(found, few, own, [form for form in _FORMS if all(map(_SHAPES[form[1]].fullmatch, ends))])
    return next((form for form in some if _held(found, rows, own, (form,))), None)


def _held(found: Opened, relation: str, own: str, forms: Sequence[tuple[Sort, str]]) -> list[tuple[Sort, str]]:
    """Return the forms that no value of a relation breaks."""
    if not forms:
        return []
    broken = ", ".join(f"count(*) FILTER ({_broken(own, form)})" for _, form in forms)
    counts = found.rows(f"SELECT {broken} FROM {relation}")[0]
    return [form for form, count in zip(forms, counts, strict=True) if not count]


def _broken(own: str, form: str) -> str:
    said = quote_text(form)
    return f"{own} IS NOT NULL AND strftime(try_strptime({own}, {said}), {said}) IS DISTINCT FROM {own}"


def _read(found: Opened, table: Table, column: Column, sort: Sort, form: str) -> None:
    own, kind = quote_ident(column.name), "DATE" if sort == "date" else "TIMESTAMP"
    found.session.execute(
        f"ALTER TABLE {data_sql(table.name)} ALTER {own} TYPE {kind} "
        f"USING CAST(strptime({own}, {quote_text(form)}) AS {kind})"
    )
    column.sort, column.type, column.form = sort, kind, form
    column.low, column.high = found.rows(f"SELECT min({own}), max({own}) FROM {data_sql(table.name)}")[0]

"""Columns as the language writes them, each with its evidence."""

from __future__ import annotations

from collections.abc import Mapping

from fanwise.inference.draft.drafts import ColumnDraft
from fanwise.inference.draft.guesses import guess
from fanwise.inference.draft.number_columns import draft_number, typed, with_effect
from fanwise.inference.draft.unassigned import with_else, without_segment
from fanwise.inference.draft.written_times import as_written
from fanwise.inference.findings import Findings, role_of
from fanwise.inference.laws.laws import number
from fanwise.inference.laws.popularity import zipf_exponent
from fanwise.inference.laws.texts import FEW_VALUES, draft_text, draft_text_key
from fanwise.inference.laws.times import draft_time
from fanwise.inference.model import Column, Table, data_sql
from fanwise.inference.naming import snake
from fanwise.inference.structure.paths import segment_name
from fanwise.inference.yaml_text import flow, key_text, text
from fanwise.io.quoting import quote_ident

__all__ = ["draft_column"]

_SEVERAL = 20


def draft_column(findings: Findings, table: Table, column: Column) -> ColumnDraft:
    """Return how a column is written."""
    role = role_of(findings, table, column)
    if not findings.options.values and role not in ("segment", "parent", "ref", "key", "part", "moved"):
        draft = guess(findings, table, column)
    elif role == "number" and _numbers_rows(table, column):
        draft = ColumnDraft(f"sequence: {{start: {min(int(column.low), 1)}}}", "numbers the rows")
        draft.after = _odd(column)
    else:
        draft = _DRAFTS[role](findings, table, column)
    if column.note:
        draft.comment = "; ".join(filter(None, (column.note, draft.comment)))
    if role in ("key", "part", "parent", "segment", "nothing", "moved"):
        return draft
    draft = _with_nulls(table, column, draft)
    return as_written(column, draft) if column.form else draft


def _numbers_rows(table: Table, column: Column) -> bool:
    """Return whether a column has a whole number for each row, one after another."""
    rows = table.rows or 0
    whole = column.sort == "int" and column.count == column.distinct == rows >= _SEVERAL
    return whole and column.low >= 0 and column.high - column.low + 1 == rows


def _with_nulls(table: Table, column: Column, draft: ColumnDraft) -> ColumnDraft:
    rows = table.rows or 0
    kept = rows - draft.lost
    share = number(max(0, kept - column.count) / kept, 3) if kept else 0
    own = table.reference_of(column.name)
    if share and not (own is not None and own.target == table.name) and "expr:" not in draft.body:
        draft.after = ", ".join(filter(None, (draft.after, f"null: {share}")))
    return _unique(table, column, draft) if column.unique and "unique" not in draft.after else draft


def _unique(table: Table, column: Column, draft: ColumnDraft) -> ColumnDraft:
    """Return the draft of a column without repeats: texts that could repeat by chance are numbered instead."""
    provider = draft.body.removeprefix("fake: ")
    if draft.body.startswith("words") or (provider != draft.body and provider in FEW_VALUES):
        draft.body, draft.comment = f"pattern: {text(snake(column.name) + '-{seq:06}')}", "numbered, as it is unique"
    draft.after = ", ".join(filter(None, (draft.after, "unique: true")))
    return draft


def _segment(findings: Findings, table: Table, column: Column) -> ColumnDraft:
    assert findings.found.source.axis is not None
    return ColumnDraft(f"segment: {findings.found.source.axis.name}")


def _parent(findings: Findings, table: Table, column: Column) -> ColumnDraft:
    each = table.reference_of(column.name)
    assert each is not None
    key = each.keys[each.columns.index(column.name)]
    return ColumnDraft(f"parent: {key}", f"{each.target}.{key}: {each.note}" if each.columns[0] == column.name else "")


def _ref(findings: Findings, table: Table, column: Column) -> ColumnDraft:
    each = table.reference_of(column.name)
    assert each is not None
    at = each.columns.index(column.name)
    if at:
        first = next(name for name in each.columns)
        return ColumnDraft(f'expr: "{first}.{each.keys[at]}"', f"the same row of {each.target}")
    several = f", column: {each.keys[0]}" if len(each.keys) > 1 else ""
    target = findings.found.source.tables[each.target]
    other = f", column: {each.keys[0]}" if not several and target.key != each.keys else several
    draft = ColumnDraft(f"ref: {each.target}{other}", each.note)
    parent = table.parent
    if parent is not None and column.name in table.key and set(parent.columns) <= set(table.key):
        draft.body += f", distinct_in: {parent.target}"
    effect = findings.effect(table.name, column.name)
    axis = findings.found.source.axis
    if effect is not None and axis is not None and each.target == axis.table:
        with_effect(findings, draft, axis.name, effect)
    elif each.target != table.name and not target.hidden:
        exponent = zipf_exponent(findings.found, table, each, findings.options.least)
        draft.body += f", weight: {{zipf: {number(exponent, 2)}}}" if exponent is not None else ""
    return draft


def _moved(findings: Findings, table: Table, column: Column) -> ColumnDraft:
    target, parent = table.moved[column.name], table.parent
    if parent is not None and parent.target == target:
        return ColumnDraft(f"parent: {column.name}", f"the same in all rows of a {target}")
    return ColumnDraft(f'expr: "{target}.{column.name}"', f"the same in all rows of a {target}")


def _key(findings: Findings, table: Table, column: Column) -> ColumnDraft:
    if column.sort == "int":
        start = 0 if column.low == 0 else 1
        draft = ColumnDraft(f"sequence: {{start: {start}}}", "" if column.low in (0, 1) else f"numbered from {start}")
        draft.after = _odd(column)
        return draft
    if column.sort == "date":
        return ColumnDraft("pattern: '{seq:06}'", "numbered; a key of dates is not made")
    if column.type == "UUID":
        return ColumnDraft("uuid: {}")
    if not column.count:
        return ColumnDraft(f"pattern: {text(table.name + '-{seq:06}')}", "numbered")
    return ColumnDraft(*draft_text_key(findings.found, table, column, findings.options.least))


def _part(findings: Findings, table: Table, column: Column) -> ColumnDraft:
    """Return a part of a key that is not a reference: the number of the row below its parent."""
    if table.parent is None:
        return _key(findings, table, column)
    draft = ColumnDraft("ordinal: {start: 1}", f"counts within {table.parent.target}")
    if column.sort != "int":
        draft.after = "type: text" if column.sort == "text" else ""
        draft.comment += f", in place of {column.sort}s"
    else:
        draft.after = _odd(column)
    return draft


def _odd(column: Column) -> str:
    """Return the type of a column of integers that is not the usual one."""
    kind = typed(column)
    return "" if kind == "type: int64" else kind


def _formula(findings: Findings, table: Table, column: Column) -> ColumnDraft:
    body = findings.formulas[table.name, column.name]
    draft = ColumnDraft(body, f"exact in all {table.rows:,} rows")
    draft.after = typed(column) if column.sort == "decimal" else ""
    return draft


def _nothing(findings: Findings, table: Table, column: Column) -> ColumnDraft:
    return ColumnDraft("constant: null", "all values are null", after=typed(column))


def _constant(findings: Findings, table: Table, column: Column) -> ColumnDraft:
    units = findings.found.session.rows(f"SELECT count({quote_ident(column.name)}) FROM {data_sql(table.name)}")[0][0]
    if units < findings.options.least or column.sort in ("date", "instant"):
        return guess(findings, table, column)
    value = column.low
    shown = flow(value if isinstance(value, bool | int | str) else number(float(value), 12))
    return ColumnDraft(f"constant: {shown}", "the only value", after=typed(column))


def _bool(findings: Findings, table: Table, column: Column) -> ColumnDraft:
    own = quote_ident(column.name)
    share = findings.found.session.rows(f"SELECT avg(CAST({own} AS INT)) FROM {data_sql(table.name)}")[0][0]
    effect, name = findings.effect(table.name, column.name), segment_name(findings.found.source, table.name)
    if effect is None or name is None:
        return ColumnDraft(f"boolean: {{p: {number(float(share))}}}")
    value = f"CAST({own} AS INT)"
    per = with_else(findings, table.name, _segment_means(findings, table, value), value)
    draft = ColumnDraft(f"boolean: {{p: {{{name}: {flow({each: number(mean) for each, mean in per.items()})}}}}}")
    draft.segmented, draft.weak = True, not findings.is_sure(effect)
    return draft


def _segment_means(findings: Findings, table: Table, sql: str) -> Mapping[str, float]:
    from fanwise.inference.laws.effects import means
    from fanwise.inference.model import work_sql

    found = means(findings.found, work_sql(table.name), {"x": sql})["x"]
    axis = findings.found.source.axis
    assert axis is not None
    return {segment: found[segment].mean for segment in axis.units if segment in found}


def _category(findings: Findings, table: Table, column: Column) -> ColumnDraft:
    category = findings.categories[table.name, column.name]
    source, name = findings.found.source, segment_name(findings.found.source, table.name)
    effects = [findings.effect(table.name, f"{column.name} = {value}") for value in category.shares]
    shown = [effect for effect in effects if effect is not None]
    note = f"other: {category.merged} rarer values" if category.merged else ""
    draft = ColumnDraft("", note)
    if shown and name is not None and source.axis is not None and len(category.by_segment) == len(source.axis.units):
        rest = {"else": category.shares} if without_segment(findings, table.name) else {}
        per = {**rest, **{each: category.by_segment[each] for each in source.axis.units}}
        weights = {
            value: f"{{{name}: {flow({each: own[value] for each, own in per.items()})}}}" for value in category.shares
        }
        draft.segmented = True
        draft.weak = len(shown) < len(effects) or not all(map(findings.is_sure, shown))
        draft.comment = "; ".join(filter(None, ("its shares differ by segment", note)))
    else:
        weights = {value: repr(share) for value, share in category.shares.items()}
    draft.body = "choice: {" + ", ".join(f"{key_text(value)}: {weight}" for value, weight in weights.items()) + "}"
    draft.after = "type: text" if all(key_text(value)[0] in "-0123456789tf" for value in category.shares) else ""
    return draft


def _text(findings: Findings, table: Table, column: Column) -> ColumnDraft:
    return ColumnDraft(*draft_text(findings.found, table, column, findings.options.least))


def _time(findings: Findings, table: Table, column: Column) -> ColumnDraft:
    body, note, curve, link = draft_time(findings.found, table, column, findings.window, findings.options.least)
    if curve:
        name = f"{table.name}_{column.name}"[:60]
        findings.curves[name] = curve
        body = body.replace("]}", f"], curve: {name}}}") if body.endswith("]}") else body
    draft = ColumnDraft(body, note)
    if link is not None:
        draft.helpers = [link.helper] if link.helper is not None else []
        draft.lost = link.lost
    return draft


_DRAFTS = {
    "segment": _segment,
    "parent": _parent,
    "ref": _ref,
    "key": _key,
    "moved": _moved,
    "part": _part,
    "formula": _formula,
    "nothing": _nothing,
    "constant": _constant,
    "category": _category,
    "bool": _bool,
    "text": _text,
    "time": _time,
    "number": draft_number,
}

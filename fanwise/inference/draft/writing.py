"""A draft as commented YAML."""

from __future__ import annotations

from collections.abc import Iterator

from fanwise.inference.draft.drafts import ColumnDraft, Draft, TableDraft
from fanwise.inference.yaml_text import comment, flow, text

__all__ = ["written"]

_COLUMN = 88
_WIDE = 148


def written(draft: Draft) -> str:
    """Return the YAML of a draft."""
    lines = [f"# {comment(line)}" if line else "#" for line in draft.header]
    lines += ["", "fanwise: 1", f"name: {draft.name}", "seed: 1"]
    if draft.window:
        lines.append(f"window: {{start: {draft.window[0]}, end: {draft.window[1]}}}")
    if draft.segments:
        lines += ["", "segments:"]
        for name, table, share, note in draft.segments:
            lines += [f"  {name}:", f"    table: {table}", _noted(f"    share: {flow(share)}", note)]
    if draft.curves:
        lines += ["", "curves:", *(f"  {name}: {flow(parts)}" for name, parts in draft.curves.items())]
    lines += ["", "tables:"]
    for at, each in enumerate(draft.tables):
        lines += [*([""] if at else []), *_table(each)]
    if draft.checks:
        lines += ["", "checks:", *(f"  - {text(check)}" for check in draft.checks)]
    if draft.expected or draft.gates:
        lines += ["", "audit:", *([f"  gates: {draft.gates}"] if draft.gates else [])]
    if draft.expected:
        lines.append("  expect:")
        lines += [_noted(f"    {each.name}: {{{each.body}}}", each.comment) for each in draft.expected]
    return "\n".join(lines) + "\n"


def _table(table: TableDraft) -> Iterator[str]:
    yield f"  {table.name}:"
    for note in table.notes:
        yield f"    # {comment(note)}"
    for key, value, note in table.head:
        yield _noted(f"    {key}: {value}", note)
    if table.fanout is not None:
        yield from _entry("    fanout", table.fanout)
    yield "    columns:"
    for name, column in table.columns.items():
        yield from (f"      {helper}: {{{body}, hidden: true}}" for helper, body in column.helpers)
        yield from _entry(f"      {name}", column)


def _entry(name: str, draft: ColumnDraft) -> Iterator[str]:
    parts = [draft.body]
    if draft.multiplier:
        parts.append(f"multiplier: {flow(draft.multiplier)}")
    parts += [f"{word}: {flow(found)}" for word, found in draft.dependence if found]
    parts += [draft.after] if draft.after else []
    parts += ["claim: none"] if draft.weak and draft.promises else []
    line = f"{name}: {{{', '.join(parts)}}}"
    if len(line) > _WIDE and draft.comment:
        indent = " " * (len(name) - len(name.lstrip()))
        yield f"{indent}# {comment(draft.comment)}"
        yield line
    else:
        yield _noted(line, draft.comment)


def _noted(line: str, note: str) -> str:
    said = comment(note)
    return f"{line:<{_COLUMN}}  # {said}" if said else line

"""What a schema may leave out: the column of a key, and the parent's key in a child table."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from fanwise.generator.language.expansion.draft import Draft

__all__ = ["expand_keys"]

_SLIP = 0.85  # of likeness: a key so like a column of the table is a slip of the pen


def expand_keys(draft: Draft) -> None:
    """Give each table the columns of its key and of its parent's key that it leaves out.

    A key without a column is a sequence. A child carries the parent's key. They come where they would be written: first
    the key, then what is carried, then the other columns.
    """
    tables = dict(draft.tables())
    for name, table in tables.items():
        if not isinstance(table.get("columns", {}), dict):
            continue
        own, key = draft.columns(name), _key(table)
        parent = table.get("parent")
        above = tables.get(parent) if isinstance(parent, str) and parent != name else None
        carried = [] if above is None else [one for one in _key(above) if not _is_carried(own, str(parent), one)]
        made: dict[str, Any] = {column: {"parent": column} for column in carried}
        for column in key:
            if column not in own and column not in made and not difflib.get_close_matches(column, own, 1, _SLIP):
                made[column] = {"sequence": {}}
        if not made:
            continue
        for column in made:
            draft.write(("tables", name, "columns", column), ("tables", name, "parent" if column in carried else "key"))
        leading = [column for column in key if column in made]
        for column in own:
            if column not in key:
                break
            leading.append(column)
        order = dict.fromkeys([*leading, *carried, *own])
        draft.set_columns(name, {column: made.get(column, own.get(column)) for column in order})


def _key(table: Mapping[str, Any]) -> list[str]:
    key = table.get("key")
    listed = [key] if isinstance(key, str) else key if isinstance(key, list) else []
    return [name for name in listed if isinstance(name, str)]


def _is_carried(columns: Mapping[str, Any], parent: str, key: str) -> bool:
    """Return whether a child has the parent's key already, or a column of its own of that name."""
    if key in columns:
        return True
    found = (column for column in columns.values() if isinstance(column, dict))
    return any(column.get("parent") == key or column.get("expr") == f"{parent}.{key}" for column in found)

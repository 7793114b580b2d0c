"""`uuid` is unique, and well formed."""

from __future__ import annotations

import uuid
from typing import Any


def test_identifiers_are_version_8_and_differ(tables: Any) -> None:
    found = tables("""
tables:
  a: {rows: 4000, key: id, columns: {id: {uuid: {}}, other: {uuid: {}}}}
  b: {parent: a, fanout: {fixed: 2}, key: id, columns: {id: {uuid: {}}, a: {parent: id}}}
""")
    every = [*found["a"]["id"], *found["a"]["other"], *found["b"]["id"]]

    assert len(set(every)) == len(every) == 16_000
    for text in every[:200]:
        parsed = uuid.UUID(text)
        assert (str(parsed), parsed.version, parsed.variant) == (text, 8, uuid.RFC_4122)


def test_both_halves_depend_on_the_row(tables: Any) -> None:
    found = tables("tables:\n  a: {rows: 3000, columns: {id: {uuid: {}}}}\n")["a"]["id"]

    assert found.str.slice(0, 8).n_unique() > 2990
    assert found.str.slice(24, 12).n_unique() == 3000

"""`ordinal` starts anew below each parent."""

from __future__ import annotations

from typing import Any


def test_ordinals_count_within_the_parent(tables: Any) -> None:
    found = tables("""
tables:
  a: {rows: 500, key: id, columns: {id: {sequence: {}}}}
  b: {parent: a, fanout: {integer: {min: 0, max: 4}}, columns: {id: {parent: id}, n: {ordinal: {start: 3, step: 2}}}}
""")["b"]

    for (_,), group in found.group_by("id", maintain_order=True):
        assert group["n"].to_list() == [3 + 2 * i for i in range(len(group))]
    assert found["id"].is_sorted()

"""`sequence` runs on over chunks and parents."""

from __future__ import annotations

from typing import Any


def test_a_childs_sequence_runs_over_all_parents(tables: Any) -> None:
    found = tables("""
tables:
  a: {rows: 3000, key: id, columns: {id: {sequence: {start: 10, step: 3}}}}
  b: {parent: a, fanout: {poisson: {mean: 3}}, columns: {id: {parent: id}, n: {sequence: {start: 7, step: 2}}}}
""")

    assert found["a"]["id"].to_list() == list(range(10, 10 + 3 * 3000, 3))
    assert found["b"]["n"].to_list() == list(range(7, 7 + 2 * len(found["b"]), 2))

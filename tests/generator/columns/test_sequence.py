"""`sequence` runs on over chunks and parents."""

from __future__ import annotations

from typing import Any

import pytest

from fanwise.generator.errors import PlanError


def test_a_childs_sequence_runs_over_all_parents(tables: Any) -> None:
    found = tables("""
tables:
  a: {rows: 3000, key: id, columns: {id: {sequence: {start: 10, step: 3}}}}
  b: {parent: a, fanout: {poisson: {mean: 3}}, columns: {id: {parent: id}, n: {sequence: {start: 7, step: 2}}}}
""")

    assert found["a"]["id"].to_list() == list(range(10, 10 + 3 * 3000, 3))
    assert found["b"]["n"].to_list() == list(range(7, 7 + 2 * len(found["b"]), 2))


def test_a_fanout_that_needs_a_row_number_is_refused_with_its_place(tables: Any) -> None:
    with pytest.raises(PlanError, match=r"tables\.c\.fanout\.poisson\.mean\.odd: the fanout depends on a row number"):
        tables("""
tables:
  a: {rows: 10, key: id, columns: {id: {sequence: {}}}}
  b: {parent: a, fanout: {fixed: 3}, key: id, columns: {id: {sequence: {}}, a: {parent: id}, odd: {expr: "id % 2"}}}
  c: {parent: b, fanout: {poisson: {mean: {odd: {0: 1, else: 2}}}}, columns: {b: {parent: id}}}
""")

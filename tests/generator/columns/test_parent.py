"""`parent` carries any column of the driving parent down, over several levels."""

from __future__ import annotations

from typing import Any


def test_columns_are_carried_down_two_levels(tables: Any) -> None:
    found = tables("""
tables:
  a: {rows: 300, key: id, columns: {id: {pattern: "A{seq:05}"}, v: {normal: {mean: 0, sd: 1}, null: 20%}}}
  b: {parent: a, fanout: {poisson: {mean: 2}}, key: b, columns: {b: {sequence: {}}, a: {parent: id}, v: {parent: v}}}
  c: {parent: b, fanout: {poisson: {mean: 2}}, columns: {b: {parent: b}, a: {parent: a}, v: {parent: v}}}
""")
    joined = found["c"].join(found["b"], on="b").join(found["a"], left_on="a", right_on="id", suffix="_top")

    assert len(joined) == len(found["c"]) > 500
    assert (joined["a"] == joined["a_right"]).all()
    assert joined["v"].equals(joined["v_top"], null_equal=True)
    assert found["c"]["v"].null_count() > 0

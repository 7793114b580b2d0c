"""Sources that are hard to read give a result or an error, and every format of it."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import fanwise

N = list(range(1, 101))


def table(**columns: Any) -> pl.DataFrame:
    return pl.DataFrame(columns)


SOURCES = {
    "one row": {"only": table(id=[7], name=["Ann"])},
    "a column all null": {"plain": table(x=[1, 1, 2] * 30, y=pl.Series([None] * 90, dtype=pl.Int64))},
    "no rows": {"none": table(a_id=pl.Series([], dtype=pl.Int64), v=pl.Series([], dtype=pl.Float64))},
    "cycles": {
        "a": table(a_id=N, b_id=N[::-1]),
        "b": table(b_id=N, a_id=[*N[1:], None]),
        "staff": table(staff_id=N, manager_id=[None, *[1 + at // 9 for at in range(99)]]),
    },
    "ids as floats": {
        "p": table(p_id=[float(n) for n in N], v=[n * 0.5 for n in N]),
        "q": table(q_id=N, p_id=[float(1 + n // 3) for n in N], w=[n * 1.5 for n in N]),
    },
    "not finite": {"p": table(p_id=N, v=[float("nan")] * 50 + [float("inf")] * 10 + [1.0] * 40)},
    "names": {"or der": table(**{"id": N, "sel ect": [n % 7 for n in N], '"q': [n * 0.1 for n in N]})},
    "constants": {"p": table(p_id=N, v=[5] * 100, w=[n % 2 == 0 for n in N])},
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_hard_source_is_compared_with_itself(name: str) -> None:
    found = fanwise.fidelity(SOURCES[name], SOURCES[name])

    assert not [row for row in found.rows if row.status == "FAIL" and row.measure not in ("copies", "nearest")]
    assert all(found.render(ending) for ending in (".txt", ".md", ".json", ".html", ".xml"))


def test_sources_without_a_table_in_common_fail() -> None:
    found = fanwise.fidelity(SOURCES["one row"], SOURCES["constants"])

    assert found.exit_code == 1
    assert next(row.message for row in found.rows) == "only: SYNTH has no such table"

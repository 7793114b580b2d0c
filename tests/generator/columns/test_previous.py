"""`previous` and `next` read the neighbouring row below the same parent, and nothing of other parents."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from fanwise.generator.errors import PlanError, SchemaError

FRAME = """
tables:
  place: {{rows: 4, key: code, columns: {{code: {{sequence: {{}}}}, size: {{integer: {{min: 1, max: 9}}}}}}}}
  top: {{rows: 300, key: id, columns: {{id: {{sequence: {{}}}}, opening: {{normal: {{mean: 50, sd: 9}}, type: "decimal(9,2)"}}, since: {{date: {{between: [2020-01-01, 2021-01-01]}}}}}}}}
  t:
    parent: top
    fanout: {{poisson: {{mean: 3}}}}
    columns:
      id: {{parent: id}}
      no: {{ordinal: {{}}}}
      opening: {{parent: opening}}
      n: {{integer: {{min: 0, max: 99}}, null: 20%}}
      money: {{normal: {{mean: 0, sd: 9}}, type: "decimal(9,3)"}}
      word: {{choice: {{red: 1, blue: 1}}}}
      note: {{fake: word}}
      day: {{date: {{between: [window.start, window.end]}}}}
      code: {{ref: place}}
      x: {{{kind}: {{column: {column}, else: {other}}}}}
"""


def drawn(tables: Any, column: str, other: str, kind: str = "previous") -> pl.DataFrame:
    return tables(FRAME.format(kind=kind, column=column, other=other))["t"]  # type: ignore[no-any-return]


CASES = {
    "n": ("0", pl.Int64, pl.lit(0)),
    "money": ("top.opening", pl.Decimal(38, 3), pl.col("opening")),
    "word": ("{constant: none}", pl.String, pl.lit("none")),
    "note": ("word", pl.String, pl.col("word")),
    "day": ("window.end", pl.Date, pl.lit(dt.date(2025, 1, 1))),
    "no": ("0.5", pl.Float64, pl.lit(0.5)),
}


@pytest.mark.parametrize(("kind", "offset"), [("previous", 1), ("next", -1)])
@pytest.mark.parametrize("column", CASES)
def test_a_row_reads_its_neighbour(tables: Any, column: str, kind: str, offset: int) -> None:
    other, dtype, expected = CASES[column]
    found = drawn(tables, column, other, kind)
    size = pl.len().over("id")
    alone = pl.col("no") == (1 if offset > 0 else size)
    wanted = found.select(pl.when(alone).then(expected).otherwise(pl.col(column).shift(offset).over("id")).cast(dtype))

    assert found["x"].dtype == dtype
    assert found["x"].equals(wanted.to_series())
    assert found.select((size == 1).sum()).item() > 10


def test_null_without_a_neighbour(tables: Any) -> None:
    found = drawn(tables, "word", "null")

    assert found["x"].is_null().equals(found["no"] == 1)
    assert drawn(tables, "day", "null", "next")["x"].dtype == pl.Date


def test_what_the_neighbour_reaches(tables: Any) -> None:
    """A path is followed from the row before: the size of the place that it refers to."""
    frames = tables(FRAME.format(kind="previous", column="place.size", other="null"))
    sizes = frames["t"].join(frames["place"], on="code", maintain_order="left")

    assert frames["t"]["x"].equals(sizes.select(pl.col("size").shift(1).over("id")).to_series())


@pytest.mark.parametrize(
    ("column", "other", "code", "words"),
    [
        ("word", "0", "FW-PLAN-TYPE", "one type"),
        ("day", "no", "FW-PLAN-TYPE", "'day' holds Date, and this is Int64"),
        ("word", "nobody", "FW-SCHEMA-UNKNOWN-COLUMN", "'nobody' is neither a column"),
        ("x", "0", "FW-SCHEMA-CYCLE", "running: .sum: amount"),
        ("nothing", "0", "FW-SCHEMA-UNKNOWN-COLUMN", "nothing"),
        ("day", "2024-13-01", "FW-SCHEMA-BAD-TIME", "not a date"),
    ],
)
def test_what_does_not_go_together_is_refused(tables: Any, column: str, other: str, code: str, words: str) -> None:
    with pytest.raises((PlanError, SchemaError), match=words) as caught:
        drawn(tables, column, other)

    assert [problem.code for problem in caught.value.problems] == [code]
    assert caught.value.problems[0].mark is not None


def test_a_cycle_through_another_column_names_both(tables: Any) -> None:
    text = FRAME.format(kind="previous", column="after", other="0") + "      after: {expr: x + n}\n"
    with pytest.raises(SchemaError, match="x > after > x") as caught:
        tables(text)

    assert "running" in caught.value.problems[0].hint


def test_a_root_has_no_rows_beside_it(tables: Any) -> None:
    with pytest.raises(SchemaError) as caught:
        tables("tables: {t: {rows: 9, columns: {n: {sequence: {}}, x: {next: {column: n}}}}}")

    assert [problem.code for problem in caught.value.problems] == ["FW-SCHEMA-NEEDS-PARENT"]

"""Columns after their draw: every way to round gives the same number, and the audit agrees."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import polars as pl
import pytest

import fanwise
from fanwise.generator.engine.local import generate
from fanwise.generator.errors import PlanError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan

SCHEMA = """
fanwise: 1
name: tax
tables:
  sale:
    rows: 4000
    key: id
    columns:
      id: {sequence: {start: -2000}}
      modifier: {expr: "id / 200", round: 2}
      decimal: {expr: "id / 200", type: "decimal(12,2)"}
      function: {expr: "round(id / 200, 2)"}
      net: {uniform: {min: 1, max: 100}, round: 2}
      half: {expr: "round(net * 0.5, 2)"}
checks:
  - sale.half = round(sale.net * 0.5, 2)
  - sale.modifier = round(sale.id / 200, 2)
  - sale.decimal = sale.modifier and sale.function = sale.modifier
"""


def test_the_modifier_the_function_and_the_type_round_alike() -> None:
    (frames,) = generate(compile_plan(load(SCHEMA)))
    sale = frames["sale"]
    expected = [
        float(Decimal(repr(number / 200)).quantize(Decimal("0.01"), ROUND_HALF_UP)) + 0.0
        for number in sale["id"].to_list()
    ]

    assert sale["modifier"].to_list() == expected
    assert sale["function"].to_list() == expected
    assert [float(number) + 0.0 for number in sale["decimal"].to_list()] == expected


def test_correct_data_pass_their_audit(tmp_path: Path) -> None:
    """With DuckDB 2.0.1, 436 of 2,000 rows were said to break the first check."""
    schema = tmp_path / "tax.yaml"
    schema.write_text(SCHEMA)

    report = fanwise.dataset(schema).audit()
    assert {finding.status.value for finding in report.findings if finding.check == "condition"} == {"PASS"}


def table(*columns: str, above: str = "") -> pl.DataFrame:
    """Return the only table of a schema with an id, a choice k of x and y, and these columns."""
    lines = ["id: {sequence: {}}", "k: {choice: {x: 1, y: 1}}", *columns]
    text = "fanwise: 1\nname: w\nwindow: {start: 2024-01-01, end: 2025-01-01}\n" + above
    text += "tables:\n  a:\n    rows: 60\n    key: id\n    columns:\n" + "".join(f"      {line}\n" for line in lines)
    (frames,) = generate(compile_plan(load(text)))
    return frames["a"]


MOMENTS = "{between: [window.start, window.end]}"


@pytest.mark.parametrize(
    ("kind", "literal", "dtype"),
    [
        ("date", "2024-01-01", pl.Date()),
        ("date", "2024-01-01 10:00:00", pl.Datetime("us")),
        ("timestamp", "2024-01-01", pl.Datetime("us")),
        ("timestamp", "2024-01-01T10:00:00", pl.Datetime("us")),
    ],
)
def test_a_literal_among_times_is_a_time(kind: str, literal: str, dtype: pl.DataType) -> None:
    """It was text, and so was the column; what stood on it ended in a TypeError."""
    frame = table(
        f'd: {{{kind}: {MOMENTS}, when: {{k: {{x: "{literal}"}}}}}}',
        "later: {after: {column: d, lag: {fixed: 1d}}}",
        "day: {date: {between: [d, window.end]}}",
        'year: {expr: "extract(year from d)"}',
    )
    put = frame.filter(pl.col("k") == "x")

    assert frame["d"].dtype == dtype
    assert put["d"].cast(pl.Datetime("us")).unique().to_list() == pl.Series([literal]).str.to_datetime().to_list()
    assert ((frame["later"] - frame["d"].cast(pl.Datetime("us"))).dt.total_hours() == 24).all()
    assert (frame["day"] >= frame["d"].cast(pl.Date)).all()
    assert set(frame["year"]) == {2024}


@pytest.mark.parametrize(
    "column",
    [
        '{expr: id, when: {k: {x: "txt"}}}',
        "{boolean: {p: 0.5}, when: {k: {x: {expr: id}}}}",
        '{uniform: {min: 1, max: 3}, when: {k: {x: {expr: "k"}}}}',
        f'{{date: {MOMENTS}, when: {{k: {{x: {{expr: "k"}}}}}}}}',
    ],
)
def test_values_of_another_sort_are_refused(column: str) -> None:
    with pytest.raises(PlanError, match="no common type for the replacements of `when`"):
        table(f"d: {column}")
    assert table(f"d: {column[:-1]}, type: text}}")["d"].dtype == pl.String


def test_a_clamp_beyond_all_integers_cuts_nothing() -> None:
    frame = table("d: {poisson: {mean: 3}, clamp: [-1.0e+20, 1.0e+20]}", "e: {poisson: {mean: 3}}")

    assert frame["d"].dtype == pl.Int64
    assert 0 <= frame["d"].min() < frame["d"].max() < 20  # type: ignore[operator]


def test_the_share_of_a_boolean_that_is_a_decimal_has_a_contract() -> None:
    """Polars casts no boolean to a decimal: `gen check` ended in an error of its own."""
    schema = """
fanwise: 1
name: w
segments: {t: {table: a, share: {A: 0.5, B: 0.5}}}
tables:
  a:
    rows: 2000
    key: id
    columns: {id: {sequence: {}}, s: {segment: t}, v: {boolean: {p: {t: {A: 0.1, B: 0.5}}}, type: "decimal(5,2)"}}
"""
    report = fanwise.dataset(schema).audit()
    assert report.exit_code == 0


@pytest.mark.parametrize(
    "step", ["x{} || x{} || x{} || x{}", "concat(x{}, x{}, x{}, x{})", "replace(x{}, 'a', 'aaaa')"]
)
def test_texts_that_grow_without_end_are_refused(step: str) -> None:
    """Fifteen columns, each four times as long as the one before, took all the memory there was."""
    columns = ["x0: {constant: aaaa}"]
    columns += [f'x{n + 1}: {{expr: "{step.replace("{}", str(n))}"}}' for n in range(15)]
    with pytest.raises(PlanError, match=r"x9.expr: .* a text is longer than 1,000,000 bytes"):
        table(*columns)


def test_many_long_texts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fanwise.generator.language.sql.texts._MOST", 1 << 20)
    with pytest.raises(PlanError, match="the texts of one chunk of rows are larger than 1 MB"):
        table("x: {expr: \"lpad(cast(id as text), 9000, '-')\"}", 'y: {expr: "x || x || x"}')


@pytest.mark.parametrize(
    ("columns", "wanted"),
    [
        (["u: {place: latitude}", "v: {after: {column: u, lag: {fixed: 1d}}}"], "not timestamps or dates"),
        (["u: {place: latitude}", "v: {date: {between: [u, window.end]}}"], "not timestamps or dates"),
        (['u: {expr: "k"}', "v: {poisson: {mean: 1}, exposure: u}"], "not numbers"),
        (['u: {expr: "k", clamp: [1, 2]}'], "only numbers can be clamped"),
        (['u: {expr: "id * 2", type: uuid}'], "Int64, and uuid is written as text"),
    ],
)
def test_columns_of_unknown_type_are_looked_at_where_they_are_read(columns: list[str], wanted: str) -> None:
    """The language does not know what `place` and `expr` hold; these ended in a TypeError or ValueError."""
    with pytest.raises(PlanError, match=wanted) as caught:
        table(*columns)
    assert caught.value.problems[0].mark is not None


def test_arrivals_along_a_curve_over_ten_thousand_years_are_refused() -> None:
    """The table of hours took 2 GB."""
    schema = """
fanwise: 1
name: w
window: {start: 0001-01-01, end: 9999-12-31}
curves: {c: {hour: {20: 3}}}
tables:
  a: {rows: 2, key: id, columns: {id: {sequence: {}}}}
  b:
    parent: a
    fanout: {arrivals: {from: window.start, until: window.end, gap: {exponential: {mean: 9000d}}}, curve: c}
    key: n
    columns: {n: {sequence: {}}, at: {arrival: {}}}
"""
    with pytest.raises(PlanError, match="a curve over 10,005 years; it has at most 500"):
        compile_plan(load(schema))


def test_the_variance_between_huge_bounds_is_no_overflow() -> None:
    frame = table('v: {normal: {mean: 10, sd: 1}, clamp: [-1.0e+200, 1.0e+200], type: "decimal(12,2)"}')
    assert 5 < float(frame["v"].mean()) < 15  # type: ignore[arg-type]

"""`rollup`: what the rows below a row come to, the same wherever and however the row is made."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import fanwise
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.engine.local import generate
from fanwise.generator.engine.references import TableReferences
from fanwise.generator.errors import PlanError, SchemaError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan

SCHEMA = """
fanwise: 1
name: rollups
seed: 9
tables:
  shop: {rows: 7, key: s, columns: {s: {sequence: {}}, orders: {rollup: {count: order}}, turnover: {rollup: {sum: order.total}}}}
  order:
    parent: shop
    fanout: {poisson: {mean: 5}}
    key: o
    columns:
      o: {sequence: {}}
      s: {parent: s}
      items: {rollup: {count: item}}
      total: {rollup: {sum: item.amount}, round: 2, type: "decimal(12,2)"}
      pieces: {rollup: {sum: item.pieces}}
      rated: {rollup: {count: item.rating}}
      rating: {rollup: {mean: item.rating}, round: 15}
      least: {rollup: {min: item.pieces}}
      most: {rollup: {max: item.amount}}
      last: {rollup: {max: item.day}}
      first: {rollup: {min: item.at}}
      gifts: {rollup: {sum: item.gift}}
      gift: {rollup: {max: item.gift}}
  item:
    parent: order
    fanout: {poisson: {mean: 2}}
    columns:
      o: {parent: o}
      pieces: {integer: {min: -3, max: 9}}
      amount: {lognormal: {mean: 30, sd: 20}, round: 2, type: "decimal(12,2)"}
      rating: {integer: {min: 1, max: 5}, null: 40%}
      day: {date: {between: [2024-01-01, 2024-07-01]}}
      at: {timestamp: {between: [2024-01-01, 2024-07-01]}}
      gift: {boolean: {p: 0.3}}
  visit: {rows: 60, columns: {o: {ref: order}, paid: {expr: o.total}, of: {expr: shop.turnover}, s: {expr: o.s}}}
"""


def drawn(text: str = SCHEMA, **options: Any) -> dict[str, pl.DataFrame]:
    parts: dict[str, list[pl.DataFrame]] = {}
    for frames in generate(compile_plan(load(text)), **options):
        for name, frame in frames.items():
            parts.setdefault(name, []).append(frame)
    return {name: pl.concat(found) for name, found in parts.items()}


def test_every_aggregate_is_that_of_the_rows_below() -> None:
    found = drawn()
    expected = (
        found["order"].select("o")
        .join(
            found["item"].group_by("o").agg(
                items=pl.len().cast(pl.Int64),
                total=pl.col("amount").sum(),
                pieces=pl.col("pieces").sum(),
                rated=pl.col("rating").count().cast(pl.Int64),
                rating=pl.col("rating").mean(),
                least=pl.col("pieces").min(),
                most=pl.col("amount").max().cast(pl.Float64),
                last=pl.col("day").max(),
                first=pl.col("at").min(),
                gifts=pl.col("gift").sum().cast(pl.Int64),
                gift=pl.col("gift").max().cast(pl.Int64),
            ),
            on="o", how="left", maintain_order="left",
        )
        .with_columns(pl.col("items", "pieces", "rated", "gifts", "total").fill_null(0))
    )  # fmt: skip
    seen = found["order"].drop("s").with_columns(pl.col("most").cast(pl.Float64))

    assert (expected["items"] == 0).any()
    assert ((expected["rated"] == 0) & (expected["items"] > 0)).any()
    assert_frame_equal(seen, expected.cast({"total": pl.Decimal(12, 2)}), rel_tol=1e-15)


def test_a_rollup_of_rollups() -> None:
    found = drawn()
    expected = found["order"].group_by("s").agg(pl.len(), pl.col("total").sum()).sort("s")

    assert found["shop"]["orders"].to_list() == expected["len"].to_list()
    assert found["shop"]["turnover"].to_list() == pytest.approx(expected["total"].cast(pl.Float64).to_list())


@pytest.mark.parametrize("options", [{"chunk_rows": 1}, {"chunk_rows": 30, "threads": 2}, {"threads": 1}])
def test_chunks_and_threads_change_nothing(options: dict[str, int]) -> None:
    for name, frame in drawn(**options).items():
        assert_frame_equal(frame, drawn()[name], check_exact=True)


def test_a_reference_sees_what_is_written() -> None:
    found = drawn()
    seen = found["visit"].join(found["order"], on="o").join(found["shop"], on="s")

    assert seen["paid"].equals(seen["total"].cast(pl.Float64).alias("paid"))
    assert seen["of"].equals(seen["turnover"].alias("of"))


@pytest.mark.parametrize("limit", [1, 10**6])
def test_rows_made_again_for_a_reference_are_the_same(limit: int) -> None:
    """Above the limit only the rows referred to are made, with all that stands below them."""
    plan = compile_plan(load(SCHEMA))
    orders = drawn()["order"]
    numbers = np.array([len(orders) - 1, 0, 5, 5])
    again = TableReferences(plan.tables, limit).gather("order", numbers, (), "total")

    assert again.series().to_list() == orders["total"][numbers].to_list()


def test_a_fanout_may_follow_from_other_children() -> None:
    found = drawn("""
fanwise: 1
name: f
tables:
  top: {rows: 40, key: id, columns: {id: {sequence: {}}, n: {rollup: {count: a}}, some: {expr: n > 1}}}
  a: {parent: top, fanout: {poisson: {mean: 2}}, columns: {id: {parent: id}}}
  b: {parent: top, fanout: {fixed: {top.some: {true: 3, false: 0}}}, columns: {id: {parent: id}}}
""".replace("some: {expr: n > 1}", "some: {choice: {true: 1}, when: {n: {0: false}}}").replace("{true: 3, false: 0}", "{false: 0, else: 3}"))  # fmt: skip
    counts = found["b"]["id"].value_counts()

    assert set(counts["count"]) == {3}
    assert set(counts["id"]) == set(found["top"].filter(pl.col("n") > 0)["id"])


def test_sums_of_whole_numbers_are_exact_beyond_doubles() -> None:
    found = drawn("""
fanwise: 1
name: f
tables:
  top: {rows: 5, columns: {x: {rollup: {sum: a.v}}}}
  a: {parent: top, fanout: {fixed: 3}, columns: {v: {constant: 3000000000000000001}}}
""")["top"]["x"]

    assert found.to_list() == [9_000_000_000_000_000_003] * 5


def test_a_sum_beyond_64_bits_is_an_error() -> None:
    with pytest.raises(PlanError, match=r"tables\.top\.columns\.x: a sum of a\.v does not fit 64 bits"):
        drawn("""
fanwise: 1
name: f
tables:
  top: {rows: 5, columns: {x: {rollup: {sum: a.v}}}}
  a: {parent: top, fanout: {fixed: 4}, columns: {v: {constant: 3000000000000000001}}}
""")


def test_text_that_only_shows_when_it_is_computed() -> None:
    with pytest.raises(PlanError, match="is neither numbers nor times, so it has no sum"):
        drawn("""
fanwise: 1
name: f
tables:
  top: {rows: 5, columns: {x: {rollup: {sum: a.v}}}}
  a: {parent: top, fanout: {fixed: 4}, columns: {w: {choice: {p: 1}}, v: {expr: upper(w)}}}
""")


TURNED = """
fanwise: 1
name: f
tables:
  top: {{rows: 5, key: id, columns: {{id: {{sequence: {{}}}}, {top}}}}}
  a: {{parent: top, fanout: {{{fanout}}}, columns: {{{a}}}}}
  b: {{parent: a, fanout: {{fixed: 2}}, columns: {{{b}}}}}
"""


@pytest.mark.parametrize(
    ("parts", "way"),
    [
        ({"top": "x: {rollup: {sum: a.v}}", "a": "v: {expr: top.x}"}, "top.x > a.v > top.x"),
        ({"top": "x: {rollup: {sum: a.v}}", "a": "v: {parent: x}"}, "top.x > a.v > top.x"),
        ({"top": "x: {rollup: {count: a}}", "fanout": "poisson: {mean: {x: {0: 3, else: 4}}}"}, "top.x > rows of a > top.x"),
        (
            {"top": "x: {rollup: {count: a}}, y: {choice: {p: 1}, when: {x: {0: q}}}", "fanout": "poisson: {mean: {y: {p: 3, q: 4}}}"},
            "top.x > rows of a > top.y > top.x",
        ),
        (
            {"top": "x: {rollup: {sum: a.v}}", "a": "v: {rollup: {sum: b.w}}", "b": "w: {expr: top.x}"},
            "top.x > a.v > b.w > top.x",
        ),
        ({"a": "v: {rollup: {sum: b.w}}, r: {ref: top, weight: x}", "top": "x: {rollup: {count: a.r}}", "b": "w: {fixed: 1}"}, "top.x > a.r > top.x"),
    ],
)  # fmt: skip
def test_what_decides_the_rows_below_cannot_use_the_result(parts: dict[str, str], way: str) -> None:
    given = {"top": "t: {fixed: 1}", "fanout": "fixed: 1", "a": "v: {fixed: 1}", "b": "w: {fixed: 1}", **parts}

    with pytest.raises(SchemaError) as caught:
        load(TURNED.format(**given))

    assert [f"the rollup depends on itself: {way}" in str(problem) for problem in caught.value.problems] == [True]


def test_a_held_cell_below_moves_the_rollups_above() -> None:
    whole = fanwise.dataset(SCHEMA)
    first = whole["item"]["o"][0]
    held = whole.override("item", row=0, amount=999_999.0)
    totals = [each["order"].filter(o=first)["total"].cast(float).item() for each in (whole, held)]

    assert totals[1] - totals[0] == pytest.approx(999_999.0 - float(whole["item"]["amount"][0]), abs=0.01)
    assert held["order"].filter(o=first)["most"].cast(float).item() == 999_999.0


def test_the_files_of_a_run_pass_their_audit() -> None:
    assert fanwise.dataset(SCHEMA).audit().exit_code == 0


def test_only_what_may_be_null_is_promised_as_such() -> None:
    def nullable(fanout: str, **names: str) -> dict[str, bool]:
        columns = ", ".join(f"{name}: {{rollup: {{{of}}}}}" for name, of in names.items())
        text = f"""
fanwise: 1
name: f
tables:
  top: {{rows: 5, columns: {{{columns}}}}}
  a: {{parent: top, fanout: {{{fanout}}}, columns: {{v: {{fixed: 1}}, w: {{fixed: 1, null: 0.5}}}}}}
"""
        contract = compile_contract(compile_plan(load(text)))
        return {name: column.nullable for name, column in contract.tables["top"].columns.items()}

    every = {"n": "count: a", "s": "sum: a.w", "m": "mean: a.v", "w": "max: a.w"}
    assert nullable("poisson: {mean: 3}", **every) == {"n": False, "s": False, "m": True, "w": True}
    for sure in ("poisson: {mean: 3}, min: 1", "fixed: 2", "integer: {min: 1, max: 4}"):
        assert nullable(sure, **every) == {"n": False, "s": False, "m": False, "w": True}
    assert nullable("integer: {min: 0, max: 4}", **every)["m"]
    assert nullable("fixed: 2, max: 0", **every)["m"]


def test_rows_of_a_chunk_without_any_children_have_fractions() -> None:
    """NumPy sums no weights to whole numbers, of which a bound between two of them became the next one."""
    text = """
fanwise: 1
name: totals
tables:
  a:
    rows: 60
    key: id
    columns: {id: {sequence: {}}, total: {rollup: {sum: b.x}, clamp: [0.3, 500]}}
  b: {parent: a, fanout: {poisson: {mean: 0.2}}, columns: {id: {parent: id}, x: {uniform: {min: 5, max: 9}}}}
"""
    plan = compile_plan(load(text))
    whole, parts = (pl.concat([each["a"] for each in generate(plan, chunk_rows=rows)])["total"] for rows in (60, 3))

    assert parts.equals(whole)
    assert whole.min() == 0.3

"""Numbers: parameters by segment and category, multipliers on the mean, ratios that survive bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from fanwise.generator.errors import PlanError
from fanwise.generator.language import load
from fanwise.generator.plan import compile_plan

HEAD = """
segments:
  tier: {table: t, share: {Gold: 0.25, Silver: 0.25, Bronze: 0.5}}
  zone: {table: t, share: {North: 0.5, South: 0.5}}
"""


def by_tier(tables: Any, column: str, rows: int = 40_000) -> dict[str, float]:
    found = tables(
        f"{HEAD}\ntables:\n  t:\n    rows: {rows}\n    columns:\n      s: {{segment: tier}}\n      z: {{segment: zone}}\n      x: {column}\n"
    )["t"]
    return dict(found.group_by("s").agg(pl.col("x").mean()).iter_rows())


@pytest.mark.parametrize(
    "law",
    ["poisson: {mean: 4}", "negbin: {mean: 4, k: 3}", "gamma: {mean: 4, shape: 2}", "lognormal: {mean: 4, sd: 2}", "binomial: {n: 20, p: 0.2}",
     "uniform: {min: 2, max: 6}", "zipf: {s: 1.5, n: 30}", "integer: {min: 1, max: 7}", "beta: {mean: 0.3, n: 9}"],
)  # fmt: skip
def test_a_multiplier_multiplies_the_mean(tables: Any, law: str) -> None:
    found = by_tier(tables, f"{{{law}, multiplier: {{tier: {{Gold: 2, Silver: 1, Bronze: 0.5}}}}}}")

    assert found["Gold"] / found["Silver"] == pytest.approx(2, rel=0.06)
    assert found["Bronze"] / found["Silver"] == pytest.approx(0.5, rel=0.06)


def test_declared_ratios_survive_clamping(tables: Any) -> None:
    found = by_tier(
        tables,
        "{lognormal: {mean: 50, sd: 60}, clamp: [20, 120], multiplier: {tier: {Gold: 1.5, Silver: 1, Bronze: 0.6}}}",
    )

    assert found["Gold"] / found["Silver"] == pytest.approx(1.5, rel=0.02)
    assert found["Bronze"] / found["Silver"] == pytest.approx(0.6, rel=0.02)


@pytest.mark.parametrize(
    "column",
    [
        "gamma: {mean: 0.4, shape: 2}, round: 0",
        "exponential: {mean: 0.5}, type: int64",
        "lognormal: {mean: 0.004, sd: 0.002}, round: 2",
        'lognormal: {mean: 0.004, sd: 0.002}, type: "decimal(8,2)"',
        "normal: {mean: -0.5, sd: 0.4}, round: 0",
        "lognormal: {mean: 4.0e-7, sd: 4.0e-7}",
        "exponential: {mean: 1}, clamp: [0.2, 3.3], round: 0",
        "mixture: {none: {weight: 1, fixed: 0}, some: {weight: 2, gamma: {mean: 0.4, shape: 2}}}, round: 0",
    ],
)  # fmt: skip
def test_declared_ratios_survive_rounding(tables: Any, column: str) -> None:
    found = by_tier(tables, f"{{{column}, multiplier: {{tier: {{Gold: 1.5, Silver: 1, Bronze: 0.8}}}}}}", 200_000)

    assert float(found["Gold"]) / float(found["Silver"]) == pytest.approx(1.5, rel=0.06)
    assert float(found["Bronze"]) / float(found["Silver"]) == pytest.approx(0.8, rel=0.06)


def test_an_unreachable_ratio_names_the_combination_and_the_range(tables: Any) -> None:
    column = "{uniform: {min: 0, max: 10}, clamp: [4, 6], multiplier: {tier: {Gold: 3, else: 1}, zone: {North: 1.1, South: 1}}}"
    with pytest.raises(PlanError, match=r"Gold, North: needs a mean of 16\.\d+, possible are [\d.]+ to 6"):
        by_tier(tables, column)


def test_several_multipliers_compose_by_product(tables: Any) -> None:
    column = "{exponential: {mean: 10}, multiplier: {tier: {Gold: 2, else: 1}, zone: {North: 3, South: 1}}}"
    text = f"{HEAD}\ntables:\n  t:\n    rows: 40000\n    columns:\n      s: {{segment: tier}}\n      z: {{segment: zone}}\n      x: {column}\n"
    means = dict(tables(text)["t"].group_by(pl.concat_str("s", "z", separator=" ")).agg(pl.col("x").mean()).iter_rows())

    assert means["Gold North"] / means["Silver South"] == pytest.approx(6, rel=0.08)


def test_parameters_by_segment_and_by_an_own_column(tables: Any) -> None:
    found = tables("""
tables:
  t:
    rows: 20000
    columns:
      kind: {choice: {book: 1, audio: 1, odd: 1}, null: 10%}
      x: {normal: {mean: {kind: {book: 15, audio: 120, else: 1}}, sd: 2}}
""")["t"]
    means = dict(found.group_by("kind").agg(pl.col("x").mean()).iter_rows())

    assert means == pytest.approx({"book": 15, "audio": 120, "odd": 1, None: 1}, abs=0.2)


def test_numbers_too_large_to_have_digits_are_not_rounded_away(column: Any) -> None:
    found = column("{constant: 1.5e307}", rows=3)

    assert found.to_list() == [1.5e307] * 3


def test_a_boolean_is_true_with_its_chance(column: Any) -> None:
    found = column("{boolean: {p: 0.8}}", rows=10_000)

    assert found.dtype == pl.Boolean
    assert found.mean() == pytest.approx(0.8, abs=0.02)


def test_a_chance_above_1_is_a_plan_error(tables: Any) -> None:
    with pytest.raises(PlanError, match=r"tables\.t\.columns\.x\.multiplier\.tier\.Gold: 2: "):
        by_tier(tables, "{bernoulli: {p: 0.6}, multiplier: {tier: {Gold: 2, else: 1}}}")


def test_modifiers_come_in_their_order(tables: Any) -> None:
    found = tables("""
tables:
  t:
    rows: 5000
    columns:
      status: {choice: {paid: 3, lost: 1, cancelled: 1}}
      x: {normal: {mean: 5, sd: 4}, clamp: [1.26, 8], when: {status: {cancelled: -7.77, lost: null}}, round: 1, null: 10%, type: float32}
""")["t"]
    cancelled = found.filter(pl.col("status") == "cancelled")["x"].drop_nulls()
    paid = found.filter(pl.col("status") == "paid")["x"]

    assert found["x"].dtype == pl.Float32
    assert cancelled.unique().to_list() == [pytest.approx(-7.8)]
    assert found.filter(pl.col("status") == "lost")["x"].null_count() == len(found.filter(pl.col("status") == "lost"))
    assert paid.null_count() == pytest.approx(0.1 * len(paid), rel=0.25)
    assert (paid.min(), paid.max()) == (pytest.approx(1.3), 8)


def test_fanout_means_with_a_floor_keep_their_ratio() -> None:
    plan = compile_plan(
        load("""
fanwise: 1
name: floor
segments: {tier: {table: a, share: {x: 0.5, y: 0.5}}}
tables:
  a: {rows: 100, key: id, columns: {id: {sequence: {}}, s: {segment: tier}}}
  b: {parent: a, fanout: {poisson: {mean: 2.487}, min: 1, multiplier: {tier: {x: 1.5, y: 1}}}, columns: {a: {parent: id}}}
""")
    )
    fanout = plan.tables["b"].fanout
    assert fanout is not None
    means = [law.mean for law in fanout.generator.laws if law is not None]

    assert means[1] == pytest.approx(2.487 + np.exp(-2.487), rel=1e-9)
    assert means[0] / means[1] == pytest.approx(1.5, rel=1e-9)


def test_a_mixture_takes_parameters_and_factors_per_segment(tables: Any) -> None:
    column = "{mixture: {usual: {weight: {zone: {North: 3, South: 1}}, normal: {mean: {tier: {Gold: 30, else: 10}}, sd: 1}}, rare: {fixed: 100}}, multiplier: {tier: {Gold: 1, Silver: 2, Bronze: 0.5}}}"
    found = tables(
        f"{HEAD}\ntables:\n  t:\n    rows: 40000\n    columns:\n      s: {{segment: tier}}\n      z: {{segment: zone}}\n      x: {column}\n"
    )["t"]
    means = dict(found.filter(pl.col("z") == "North").group_by("s").agg(pl.col("x").mean()).iter_rows())

    assert found["x"].dtype == pl.Float64
    assert means["Gold"] == pytest.approx(0.75 * 30 + 25, rel=0.03)
    assert means["Silver"] == pytest.approx(2 * (0.75 * 10 + 25), rel=0.03)
    assert means["Bronze"] == pytest.approx(0.5 * (0.75 * 10 + 25), rel=0.03)
    assert found.filter(z="South")["x"].mean() > found.filter(z="North")["x"].mean()


def test_a_mixture_of_counts_keeps_ratios_after_bounds(tables: Any) -> None:
    found = by_tier(
        tables,
        "{mixture: {none: {weight: 2, fixed: 0}, some: {weight: 5, poisson: {mean: 4}}}, clamp: [0, 8], multiplier: {tier: {Gold: 1.5, Silver: 1, Bronze: 0.5}}}",
    )

    assert found["Gold"] / found["Silver"] == pytest.approx(1.5, rel=0.04)
    assert found["Bronze"] / found["Silver"] == pytest.approx(0.5, rel=0.04)


def test_a_mixture_with_a_law_that_takes_no_factor_says_which() -> None:
    column = "{mixture: {a: {normal: {mean: 5, sd: 1}}, wild: {student_t: {mean: 0, sd: 1, df: 3}}}, multiplier: {tier: {Gold: 2, else: 1}}}"
    text = f"fanwise: 1\nname: n\n{HEAD}\ntables:\n  t:\n    rows: 4\n    columns:\n      s: {{segment: tier}}\n      z: {{segment: zone}}\n      x: {column}\n"

    with pytest.raises(PlanError, match="Gold: wild: student_t has no parameter for a factor"):
        compile_plan(load(text))

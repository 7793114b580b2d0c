"""Forecasts: what is said of the ready datasets, and predicted moments against those of generated frames."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.audit.forecast import forecast, moments_of
from fanwise.generator.engine.local import generate
from fanwise.generator.language import load
from fanwise.generator.moments.laws import power_sum
from fanwise.generator.moments.propagation import Totals, mixed, summed
from fanwise.generator.plan import compile_plan
from fanwise.validator import Contract, Measure, Metric, Moments, metrics_of

# What is said


@pytest.mark.parametrize("name", ["ecommerce", "marketplace"])
def test_the_stories_will_pass(name: str) -> None:
    found = forecast(compile_plan(load(name)))

    assert (found.exit_code, found.contradictions) == (0, ())
    assert found.probability > 0.999
    assert all(outlook.probability is not None for outlook in found.outlooks)


def test_the_flat_dataset_is_refused() -> None:
    found = forecast(compile_plan(load("ecommerce_flat")))

    assert found.exit_code == 1
    assert "nothing makes order per customer differ by tier" in found.verdict


def test_too_few_rows_are_inconclusive_and_the_hint_says_how_many_are_needed() -> None:
    dataset = load("ecommerce")
    found = forecast(compile_plan(dataset, rows={"customer": 12}))
    needed = max(int(o.advice.rpartition("raise customer to ")[2].rstrip(".").replace(",", "")) for o in found.weak)

    assert found.exit_code == 3
    assert 500 < needed < 1000
    assert forecast(compile_plan(dataset, rows={"customer": needed})).exit_code == 0


SMALL = """
fanwise: 1
name: small
seed: 5
segments:
  tier: {table: customer, share: {VIP: 0.5, Casual: 0.5}, rank: VIP > Casual}
tables:
  customer:
    rows: 2000
    key: customer_id
    columns: {customer_id: {sequence: {start: 1}}, tier: {segment: tier}}
  order:
    parent: customer
    fanout: {poisson: {mean: 5}, multiplier: {tier: {VIP: 2, Casual: 1}}}
    key: order_id
    columns:
      order_id: {sequence: {start: 1}}
      customer_id: {parent: customer_id}
      base: {gamma: {mean: 5, shape: 2}}
      paid: {expr: "base * 2"}
      level: {expr: "CASE WHEN base > 5 THEN 'high' ELSE 'low' END"}
      points: {poisson: {mean: 5}, multiplier: {level: {high: 2, else: 1}}}
audit:
  expect:
    e: {CLAIM, by: tier, rank: VIP > Casual}
"""


def test_a_value_without_variance_is_unknown_beside_what_is_known() -> None:
    kind = "{pareto: {min: 1, alpha: 1.5}, multiplier: {tier: {VIP: 2, Casual: 1}}}"
    text = SMALL.replace("base: {", f"e: {kind}\n      base: {{").replace("CLAIM", "mean: order.e")
    found = forecast(compile_plan(load(text)))

    assert (found.exit_code, len(found.outlooks) - len(found.unknown)) == (0, 1)
    assert f"1 of {len(found.outlooks)} gates passes with probability" in found.verdict
    assert "has no finite variance" in found.verdict


def test_a_rollup_rests_on_a_pilot() -> None:
    text = SMALL.replace(
        "tier: {segment: tier}}", "tier: {segment: tier}, total: {rollup: {sum: order.base}}}"
    ).replace("CLAIM", "mean: customer.total")
    found = forecast(compile_plan(load(text)))

    assert found.exit_code == 0
    assert "1 rests on a pilot of 2,000 customers" in found.verdict


@pytest.mark.parametrize("alpha", [1.3, 1.6, 2.0])
def test_a_weight_of_infinite_variance_is_unknown(alpha: float) -> None:
    text = f"""
fanwise: 1
name: heavy
segments: {{tier: {{table: customer, share: {{VIP: 0.5, Std: 0.5}}}}}}
tables:
  customer:
    rows: 60
    key: id
    columns: {{id: {{sequence: {{}}}}, tier: {{segment: tier}}, activity: {{pareto: {{min: 1, alpha: {alpha}}}}}}}
  order:
    rows: 400
    key: oid
    columns:
      oid: {{sequence: {{}}}}
      cid: {{ref: customer, weight: activity, multiplier: {{tier: {{VIP: 1.5, Std: 1}}}}}}
"""
    found = forecast(compile_plan(load(text)))

    assert (found.probability, found.exit_code) == (None, 0)
    assert found.verdict.startswith("No gate can be forecast: order per customer has no finite variance")
    json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.parametrize(
    ("claim", "passes"),
    [("mean: order.paid", False), ("sum: order.paid, per: customer", True), ("mean: order.points", False)],
)
def test_a_metric_without_a_declared_law_rests_on_a_pilot(claim: str, passes: bool) -> None:
    """VIPs order twice as often, and pay what the others pay."""
    found = forecast(compile_plan(load(SMALL.replace("CLAIM", claim))))
    (own,) = [outlook for outlook in found.outlooks if outlook.metric == "expect.e"]

    assert own.pilot is not None
    assert own.probability > 0.999 if passes else own.probability < 0.05
    assert (found.exit_code, found.contradictions) == (0 if passes else 3, ())


def test_an_expectation_that_the_plan_denies_is_refused() -> None:
    found = forecast(compile_plan(load(SMALL.replace("CLAIM", "mean: order.base"))))

    assert found.exit_code == 1
    assert [problem.metric for problem in found.contradictions] == ["expect.e"]


# Predicted and generated


DRIVEN = """
fanwise: 1
name: driven
seed: 1
segments:
  tier: {table: customer, share: {VIP: 0.2, Standard: 0.5, Casual: 0.3}}
  region: {table: customer, share: {North: 0.6, South: 0.4}, assign: random}
  mood: {table: order, share: {calm: 0.7, rush: 0.3}, assign: random}
tables:
  customer:
    rows: 2000
    key: customer_id
    columns:
      customer_id: {sequence: {start: 1}}
      tier: {segment: tier}
      region: {segment: region}
      plan: {choice: {pro: {tier: {VIP: 6, Standard: 2, Casual: 1}}, free: 4}}
      age: {normal: {mean: {tier: {VIP: 50, else: 40}}, sd: 10}, clamp: [18, 90], round: 0}
      active: {boolean: {p: 0.4}, multiplier: {tier: {VIP: 2, Standard: 1, Casual: 0.5}}}
  order:
    parent: customer
    fanout:
      poisson: {mean: {region: {North: 4, South: 3}}}
      multiplier: {tier: {VIP: 2, Standard: 1, Casual: 0.5}, plan: {pro: 1.5, free: 1}}
      min: 1
      max: 30
    key: order_id
    columns:
      order_id: {sequence: {start: 1}}
      customer_id: {parent: customer_id}
      mood: {segment: mood}
      tier_copy: {parent: tier}
      status: {choice: {paid: {region: {North: 8, South: 4}}, cancelled: 1, lost: {customer.plan: {pro: 0.2, free: 1}}}}
      amount:
        lognormal: {mean: 70, sd: 60}
        multiplier:
          tier: {VIP: 1.5, Standard: 1, Casual: 0.7}
          customer.plan: {pro: 2, free: 1}
          mood: {calm: 1, rush: 1.3}
        clamp: [5, 400]
        round: 2
        when: {status: {cancelled: 0, lost: null}}
        null: 5%
  item:
    parent: order
    fanout:
      negbin: {mean: 2, k: 3}
      multiplier: {mood: {calm: 1, rush: 0.5}, tier: {VIP: 1, Standard: 1, Casual: 2}, tier_copy: {VIP: 1.5, else: 1}}
      min: 1
    key: item_id
    columns:
      item_id: {sequence: {start: 1}}
      order_id: {parent: order_id}
      price:
        exponential: {mean: {order.status: {paid: 0.8, else: 0.4}}}
        multiplier: {region: {North: 1.2, South: 1}}
        round: 0
      quantity: {choice: {1: {tier: {VIP: 1, else: 4}}, 2: 2, 5: 1}}
audit:
  expect:
    spend: {sum: order.amount, per: customer, by: tier, rank: VIP > Casual}
    average: {mean: order.amount, by: tier, rank: VIP > Casual}
    items: {count: item, per: customer, by: region, rank: North > South}
    quantity: {mean: item.quantity, by: tier, rank: VIP > Casual}
    quantities: {sum: item.quantity, per: customer, by: tier, rank: VIP > Casual}
    mood: {sum: item.price, per: order, by: mood, rank: calm > rush}
    paid: {share: order.status = paid, by: region, rank: North > South}
    lost: {share: order.status = lost, by: tier, rank: Casual > VIP}
"""

REFERRED = """
fanwise: 1
name: referred
seed: 1
segments:
  tier: {table: customer, share: {VIP: 0.2, Standard: 0.5, Casual: 0.3}}
  kind: {table: product, share: {hot: 0.3, cold: 0.7}}
  size: {table: company, share: {big: 0.3, small: 0.7}}
tables:
  company:
    rows: 400
    key: company_id
    columns: {company_id: {sequence: {start: 1}}, size: {segment: size}}
  customer:
    parent: company
    fanout: {poisson: {mean: {size: {big: 8, small: 3}}}}
    key: customer_id
    columns:
      customer_id: {sequence: {start: 1}}
      company_id: {parent: company_id}
      tier: {segment: tier}
      appetite: {gamma: {mean: {tier: {VIP: 3, else: 1}}, shape: 2}}
  product:
    rows: 800
    key: product_id
    columns:
      product_id: {sequence: {start: 1}}
      kind: {segment: kind}
      group: {choice: {a: {kind: {hot: 3, cold: 1}}, b: 2}}
  order:
    rows: 16000
    key: order_id
    columns:
      order_id: {sequence: {start: 1}}
      customer_id:
        ref: customer
        weight: appetite
        multiplier: {tier: {VIP: 1.5, Standard: 1, Casual: 0.5}, size: {big: 1, small: 2}}
        null: 10%
      product_id: {ref: product, multiplier: {kind: {hot: 3, cold: 1}, group: {a: 2, b: 1}}}
      second: {ref: product, weight: {zipf: 0.4}, multiplier: {kind: {hot: 2, cold: 1}}}
      value:
        gamma: {mean: 50, shape: 1.5}
        multiplier: {tier: {VIP: 3, Standard: 1, Casual: 0.6, else: 1}, product_id.group: {a: 1, b: 2}}
        clamp: [1, 1000]
  line:
    parent: order
    fanout: {geometric: {mean: 1.5}, multiplier: {tier: {VIP: 2, else: 1}, product_id.kind: {hot: 1, cold: 2}}}
    key: [order_id, n]
    columns:
      order_id: {parent: order_id}
      n: {ordinal: {start: 1}}
      amount: {weibull: {mean: 10, shape: 1.2}, multiplier: {size: {big: 2, small: 1, else: 1}}}
audit:
  expect:
    orders: {count: order, per: company, by: size, rank: big > small}
    spend: {sum: line.amount, per: customer, by: tier, rank: VIP > Casual}
    companies: {sum: line.amount, per: company, by: size, rank: big > small}
    amounts: {mean: line.amount, by: tier, rank: VIP > Casual}
    lines: {count: line, per: product, by: product_id.kind, rank: hot > cold}
"""

SEEDS = (11, 12, 13)
FAR = 4.5  # standard errors; 400 comparisons stay within 4 or so


def units(frames: dict[str, pl.DataFrame], contract: Contract, measure: Measure) -> pl.DataFrame:
    """Return segment, X and Y of each carrier, by joins of whole frames along the path."""
    rows, table, axis = frames[measure.table], measure.table, contract.axes[measure.axis]
    x, y = pl.lit(0.0), pl.lit(1.0)
    if measure.column is not None:
        column = pl.col(measure.column)
        counts = column.is_not_null()
        for out in measure.without:
            counts &= ~pl.col(out.name).is_in(list(out.values))
        x = counts.cast(pl.Float64)
        hit = column.cast(pl.Float64) if measure.value is None else (column.cast(pl.String) == measure.value)
        y = pl.when(counts).then(hit.cast(pl.Float64)).otherwise(0.0)
    rows = rows.with_columns(x=x, y=y)
    for columns in measure.path:
        edge = contract.tables[table].edge(columns)
        assert edge is not None
        sums = rows.drop_nulls(list(columns)).group_by(columns).agg(pl.col("x", "y").sum())
        table = edge.table
        rows = frames[table].join(sums, left_on=list(edge.keys), right_on=list(columns), how="left")
        rows = rows.with_columns(pl.col("x", "y").fill_null(0.0))
        if measure.aggregate == "count" and measure.per == table != axis.table:
            rows = rows.with_columns(x=pl.lit(1.0))
    return rows.select(pl.col(axis.column).alias("segment"), "x", "y")


def generated(text: str) -> Iterator[tuple[Metric, str, Moments, np.ndarray, np.ndarray]]:
    """Yield metric, segment, predicted moments, and X and Y of the carriers of all seeds."""
    dataset = load(text)
    plans = [compile_plan(dataset, seed=seed) for seed in SEEDS]
    contract = compile_contract(plans[0])
    runs = []
    for plan in plans:
        chunks = list(generate(plan, threads=1))
        runs.append({name: pl.concat([c[name] for c in chunks if name in c]) for name in plan.tables})
    predicted = moments_of(plans[0], contract)
    for metric in metrics_of(contract):
        if metric.role == "watch":
            continue
        found = pl.concat([units(frames, contract, metric.measure) for frames in runs])
        for segment, moments in predicted[metric.id].items():
            own = found.filter(pl.col("segment") == segment)
            yield metric, segment, moments, own["x"].to_numpy(), own["y"].to_numpy()


def off(sample: np.ndarray, mean: float, variance: float) -> tuple[float, float]:
    """Return how many standard errors the sample's mean and variance are away from the predicted ones."""
    centred = sample - sample.mean()
    found, fourth = float(np.mean(centred**2)), float(np.mean(centred**4))
    of_mean, of_variance = math.sqrt(variance / len(sample)), math.sqrt(max(fourth - found**2, 0.0) / len(sample))
    apart = sample.mean() - mean, found - variance
    return tuple(
        gap / error if error else (0.0 if abs(gap) < 1e-9 else math.inf)
        for gap, error in zip(apart, (of_mean, of_variance), strict=True)
    )  # type: ignore[return-value]


@pytest.mark.parametrize("text", [DRIVEN, REFERRED], ids=["driven", "referred"])
def test_predicted_moments_are_those_of_generated_frames(text: str) -> None:
    far = {}
    for metric, segment, moments, x, y in generated(text):
        place = (metric.id, segment)
        carriers = len(x) / len(SEEDS)
        if abs(carriers - moments.carriers) > 5 * math.sqrt(moments.carriers):
            far[place] = ("carriers", carriers, moments.carriers)
        if moments.value is None:
            scores = off(y, moments.children, moments.children_variance)
        elif metric.measure.aggregate == "sum":
            total = moments.children * moments.value_variance + moments.children_variance * moments.value**2
            scores = off(y, moments.children * moments.value, total)
        else:
            scores = (
                *off(x, moments.children, moments.children_variance),
                *off(y - moments.value * x, 0.0, moments.children * moments.value_variance),
            )
        if max(map(abs, scores)) > FAR:
            far[place] = scores  # type: ignore[assignment]

    assert far == {}


def test_every_judged_metric_of_the_two_schemas_has_moments() -> None:
    for text in (DRIVEN, REFERRED):
        plan = compile_plan(load(text))
        contract = compile_contract(plan)
        judged = {metric.id for metric in metrics_of(contract) if metric.role != "watch"}

        assert set(moments_of(plan, contract)) == judged


def test_equal_means_are_equal_to_the_last_digit() -> None:
    """Means that differ by rounding only would be taken for a difference, or for one that runs against a rank."""
    plan = compile_plan(load(REFERRED))
    found = moments_of(plan, compile_contract(plan))["expect.amounts"]

    assert len({moments.value for moments in found.values()}) == 1


# The two identities


numbers = st.floats(-9, 9, allow_subnormal=False)
points = st.lists(st.tuples(st.floats(0.05, 1), numbers, numbers), min_size=1, max_size=5)


def totals_of(points: list[tuple[float, float, float]]) -> Totals:
    weights = np.array([p for p, _, _ in points]) / sum(p for p, _, _ in points)
    both = np.array([[x, y] for _, x, y in points])
    mean = weights @ both
    cov = (both - mean).T @ np.diag(weights) @ (both - mean)
    return Totals(mean[0], mean[1], cov[0, 0], cov[0, 1], cov[1, 1])


def close(found: Totals, wanted: Totals) -> bool:
    fields = ("x", "y", "xx", "xy", "yy")
    return all(math.isclose(getattr(found, f), getattr(wanted, f), rel_tol=1e-9, abs_tol=1e-7) for f in fields)


@given(points, points, st.floats(0.1, 0.9))
def test_a_mixture_has_the_moments_of_all_its_points(
    first: list[tuple[float, float, float]], second: list[tuple[float, float, float]], share: float
) -> None:
    def scaled(points: list[tuple[float, float, float]], weight: float) -> list[tuple[float, float, float]]:
        total = sum(p for p, _, _ in points)
        return [(weight * p / total, x, y) for p, x, y in points]

    together = totals_of([*scaled(first, share), *scaled(second, 1 - share)])

    assert close(mixed([(share, totals_of(first)), (1 - share, totals_of(second)), (0.0, Totals(99, 99))]), together)


@given(points, st.tuples(*[st.floats(0.05, 1)] * 3))
def test_a_random_number_of_rows_has_the_moments_of_all_cases(
    each: list[tuple[float, float, float]], chances: tuple[float, float, float]
) -> None:
    """Zero, one or two rows, every case written out."""
    none, one, two = np.array(chances) / sum(chances)
    total = sum(p for p, _, _ in each)
    cases = [(none, 0.0, 0.0)]
    cases += [(one * p / total, x, y) for p, x, y in each]
    cases += [(two * p * q / total**2, x + v, y + w) for p, x, y in each for q, v, w in each]
    mean = one + 2 * two

    assert close(summed((mean, one + 4 * two - mean**2), totals_of(each)), totals_of(cases))


@pytest.mark.parametrize("s", [0.4, 1.0, 1.1, 2.2])
def test_a_long_zipf_is_summed_as_well_as_a_short_one(s: float) -> None:
    n = (1 << 20) + 300_000
    exact = math.fsum((np.arange(1, n + 1, dtype=np.float64) ** -s).tolist())

    assert power_sum(s, n) == pytest.approx(exact, rel=1e-10)


def test_a_segment_without_rows_to_average_is_the_one_that_is_named() -> None:
    """The factor 0 leaves B no orders, so no ratio of their values can be shown."""
    plan = compile_plan(
        load("""
fanwise: 1
name: nothing
segments: {tier: {table: t, share: {A: 0.3, B: 0.3, C: 0.4}}}
tables:
  t: {rows: 900, key: id, columns: {id: {sequence: {}}, tier: {segment: tier}}}
  o:
    parent: t
    fanout: {poisson: {mean: 3}, multiplier: {tier: {A: 2, B: 0, C: 1}}}
    key: oid
    columns:
      oid: {sequence: {}}
      id: {parent: id}
      v: {gamma: {mean: 10, shape: 3}, multiplier: {tier: {A: 2, B: 1.5, C: 1}}}
""")
    )
    advice = [outlook.advice for outlook in forecast(plan).outlooks if outlook.advice]

    assert len(advice) == 2
    assert all(text.startswith("B has 270 rows of t, and none has a value in o.v: ") for text in advice)
    assert "1.33× in mean o.v cannot be shown" in advice[0]

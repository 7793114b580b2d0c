"""`correlate` and `alike` give normal scores the declared correlations, and leave distributions alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from fanwise.generator.columns import kinds
from fanwise.generator.context import SCORE, GenerationContext
from fanwise.generator.engine.executor import Chunk, count
from fanwise.generator.engine.references import TableReferences
from fanwise.generator.errors import PlanError
from fanwise.generator.language import load
from fanwise.generator.language.shape.definitions import definitions, kinds_in, language_schema
from fanwise.generator.plan import compile_plan

Floats = npt.NDArray[np.float64]
Scores = Callable[[str, str], Floats]
PLAIN = "normal: {mean: 0, sd: 1}"
SCHEMA = """
fanwise: 1
name: correlated
window: {start: 2024-01-01, end: 2025-01-01}
segments:
  tier: {table: customer, share: {VIP: 0.4, Basic: 0.6}}
tables:
  region: {rows: 3000, key: id, columns: {id: {sequence: {}}, wealth: {lognormal: {mean: 10, sd: 5}}}}
  customer:
    rows: 12000
    key: id
    columns:
      id: {sequence: {}}
      tier: {segment: tier}
      region_id: {ref: region, null: 30%}
      bmi: {normal: {mean: 27, sd: 4}, null: 5%}
      pressure: {gamma: {mean: 120, shape: 30}, correlate: {bmi: {tier: {VIP: 0.8, Basic: -0.3}}, region_id.wealth: 0.4}}
      smoker: {boolean: {p: 0.3}, correlate: {bmi: 0.5, pressure: 0.2}}
      grade: {choice: {low: 3, mid: 2, high: 1}, correlate: {pressure: -0.6}}
      born: {date: {between: [1940-01-01, 2000-01-01]}, correlate: {grade: 0.7}}
  order:
    parent: customer
    fanout: {poisson: {mean: 3}, multiplier: {tier: {VIP: 2, Basic: 1}}, correlate: {bmi: 0.7}}
    key: id
    columns:
      id: {sequence: {}}
      customer_id: {parent: id}
      amount: {lognormal: {mean: 70, sd: 50}, correlate: {customer.grade: 0.3}, alike: {customer: 0.4}, round: 2}
      at: {timestamp: {between: [window.start, window.end]}, correlate: {amount: -0.5}}
  item:
    parent: order
    fanout: {poisson: {mean: 2}, alike: {customer: 0.3}, correlate: {amount: 0.4}}
    columns:
      n: {poisson: {mean: 2}, alike: {customer: 0.2, order: 0.5}, correlate: {order.amount: 0.3}}
"""


def contexts(text: str, **options: int) -> dict[str, GenerationContext]:
    plan = compile_plan(load(text), **options)
    references = TableReferences(plan.tables)
    found: dict[str, GenerationContext] = {}
    for root in plan.roots:
        found |= count(plan, Chunk(root.name, 0, plan.rows[root.name]), references)
    for ctx in found.values():
        if ctx.parent is not None:
            ctx.rows.number_from(0)
    return found


@cache
def made() -> dict[str, GenerationContext]:
    return contexts(SCHEMA)


def score(table: str, column: str) -> Floats:
    return np.asarray(made()[table].column(column + SCORE).data)


def value(table: str, column: str) -> npt.NDArray[np.generic]:
    return made()[table].column(column).series().to_numpy()


def correlation(a: Floats, b: Floats) -> float:
    return float(np.corrcoef(a, b)[0, 1])


def shared(z: Floats, groups: npt.NDArray[np.int64], inner: npt.NDArray[np.int64] | None = None) -> float:
    """Return the mean product of two rows of one group that are not of the same inner group."""
    inner = np.arange(len(z)) if inner is None else inner
    counts, within = np.bincount(groups), np.bincount(inner)
    sums, of_inner = np.bincount(groups, z), np.bincount(inner, z)
    return float((np.sum(sums**2) - np.sum(of_inner**2)) / (np.sum(counts**2) - np.sum(within**2)))


def test_scores_have_the_declared_correlations() -> None:
    vip = made()["customer"].codes(_tier(), ("VIP",)) == 0
    has_region = value("customer", "region_id") == value("customer", "region_id")

    for rows, expected in ((vip, 0.8), (~vip, -0.3)):
        for more in (has_region, ~has_region):
            found = correlation(score("customer", "bmi")[rows & more], score("customer", "pressure")[rows & more])
            assert found == pytest.approx(expected, abs=0.06)
    region = _followed("customer", "pressure", 1)
    assert correlation(region[has_region], score("customer", "pressure")[has_region]) == pytest.approx(0.4, abs=0.05)
    assert correlation(score("customer", "bmi"), score("customer", "smoker")) == pytest.approx(0.5, abs=0.03)
    assert correlation(score("customer", "pressure"), score("customer", "smoker")) == pytest.approx(0.2, abs=0.04)
    assert correlation(score("customer", "pressure"), score("customer", "grade")) == pytest.approx(-0.6, abs=0.03)
    assert correlation(score("order", "amount"), score("order", "at")) == pytest.approx(-0.5, abs=0.02)


def test_rows_below_one_row_are_alike() -> None:
    of_customer = np.asarray(made()["order"].rows.parents)
    of_order = np.asarray(made()["item"].rows.parents)
    n = score("item", "n")

    assert shared(score("order", "amount"), of_customer) == pytest.approx(0.4, abs=0.03)
    assert shared(n, of_order) == pytest.approx(0.5, abs=0.03)
    assert shared(n, of_customer[of_order], of_order) == pytest.approx(0.2, abs=0.03)
    assert correlation(score("order", "amount")[of_order], n) == pytest.approx(0.3, abs=0.03)


def test_a_fanout_follows_the_parent_and_keeps_its_law() -> None:
    ctx = made()["customer"]
    vip = ctx.codes(_tier(), ("VIP",)) == 0
    orders = np.bincount(np.asarray(made()["order"].rows.parents), minlength=len(ctx))

    for rows, mean in ((vip, 6.0), (~vip, 3.0)):
        seen = np.bincount(orders[rows], minlength=60)[:60]
        expected = stats.poisson(mean).pmf(np.arange(60)) * rows.sum()
        large = expected > 8
        assert stats.chisquare(seen[large], expected[large] / expected[large].sum() * seen[large].sum()).pvalue > 1e-4
    assert stats.spearmanr(orders[vip], score("customer", "bmi")[vip]).statistic == pytest.approx(0.67, abs=0.04)


@pytest.mark.parametrize(
    ("column", "law"),
    [
        ("pressure", lambda x: stats.kstest(x, stats.gamma(30, scale=4).cdf)),
        ("smoker", lambda x: stats.binomtest(int(x.sum()), len(x), 0.3)),
        ("grade", lambda x: stats.binomtest(int((x == "high").sum()), len(x), 1 / 6)),
    ],
)
def test_distributions_are_the_declared_ones(column: str, law: Callable[[Floats], object]) -> None:
    assert law(value("customer", column)).pvalue > 1e-4  # type: ignore[arg-type, attr-defined]


def test_scores_are_standard_normal_where_a_reference_is_null() -> None:
    null = value("customer", "region_id") != value("customer", "region_id")

    for rows in (null, ~null):
        uniform = stats.norm.cdf(score("customer", "pressure")[rows])
        assert stats.kstest(uniform, "uniform").pvalue > (1e-4 if rows is null else 1e-9)


def test_a_value_rises_with_its_score() -> None:
    for table, column in (("customer", "pressure"), ("customer", "born"), ("item", "n")):
        order = np.argsort(score(table, column))
        assert (np.diff(value(table, column)[order].astype(np.float64)) >= 0).all()


def one(x: str, *, below: str = PLAIN, fanout: str = "fixed: 2") -> str:
    return f"""
fanwise: 1
name: one
window: {{start: 2024-01-01, end: 2025-01-01}}
segments: {{tier: {{table: t, share: {{VIP: 0.5, Basic: 0.5}}}}}}
tables:
  t:
    rows: 60
    key: id
    columns:
      id: {{sequence: {{}}}}
      tier: {{segment: tier}}
      a: {{{PLAIN}}}
      b: {{{PLAIN}, correlate: {{a: 0.8}}}}
      flag: {{boolean: {{p: 0.4}}, correlate: {{a: 0.5}}}}
      band: {{expr: "case when a > 0 then 'high' else 'low' end"}}
      down: {{choice: {{3: 1, 1: 2}}}}
      never: {{boolean: {{p: 0}}}}
      either: {{mixture: {{x: {{{PLAIN}}}, y: {{normal: {{mean: 9, sd: 1}}}}}}}}
      x: {{{x}}}
  below: {{parent: t, fanout: {{{fanout}}}, columns: {{id: {{parent: id}}, y: {{{below}}}}}}}
"""


REFUSED = {
    f"{PLAIN}, correlate: {{a: 0.9, b: -0.5}}": ("correlate.a", "lower it to 0.11"),
    f"{PLAIN}, correlate: {{a: {{tier: {{VIP: 0.9, else: 0.2}}}}, b: 0.2}}": ("correlate.a.tier.VIP", "for VIP"),
    f"{PLAIN}, correlate: {{down: 0.5}}": ("correlate.down", "ascending order"),
    f"{PLAIN}, correlate: {{never: 0.5}}": ("correlate.never", "it is a constant"),
    "choice: {b: 1}, correlate: {a: 0.5}": ("correlate.a", "it is a constant"),
    "choice: {2: 1, 1: 1}, correlate: {a: 0.5}": ("correlate.a", "ascending order"),
    "date: {between: [window.start, window.end]}, unique: true, correlate: {a: 0.1}": ("correlate.a", "unique"),
    "integer: {min: 1, max: 900}, unique: true, correlate: {a: 0.1}": ("correlate.a", "no inverse"),
    f"{PLAIN}, multiplier: {{flag: {{true: 2, else: 1}}}}, correlate: {{b: 0.1}}": ("multiplier.flag", "decides on"),
    f"{PLAIN}, multiplier: {{band: {{high: 2, else: 1}}}}, correlate: {{b: 0.1}}": ("multiplier.band", "decides on"),
    f"{PLAIN}, correlate: {{a: {{flag: {{true: 0.1, else: 0.2}}}}}}": ("correlate.a.flag", "decides on"),
}


@pytest.mark.parametrize("x", REFUSED)
def test_what_no_data_can_have_is_refused(x: str) -> None:
    with pytest.raises(PlanError) as refused:
        compile_plan(load(one(x)))

    path, words = REFUSED[x]
    assert refused.value.problems[0].path == f"tables.t.columns.x.{path}"
    assert words in str(refused.value)


def test_shares_that_a_correlation_exceeds_are_refused() -> None:
    for below, path, words in (
        (f"{PLAIN}, correlate: {{t.a: 0.7}}, alike: {{t: 0.3}}", "alike.t", "write at least 0.49"),
        (f"{PLAIN}, correlate: {{t.a: 0.7}}, alike: {{t: 0.9999999}}", "alike.t", "lower it to 0.99"),
    ):
        with pytest.raises(PlanError) as refused:
            compile_plan(load(one(PLAIN, below=below)))
        assert words in str(refused.value)
        assert refused.value.problems[0].path == f"tables.below.columns.y.{path}"


def test_the_hint_is_the_limit() -> None:
    compile_plan(load(one(f"{PLAIN}, correlate: {{a: 0.11, b: -0.5}}")))
    with pytest.raises(PlanError, match="not positive definite"):
        compile_plan(load(one(f"{PLAIN}, correlate: {{a: 0.125, b: -0.5}}")))


def test_a_new_correlation_changes_only_its_column() -> None:
    before, after = (contexts(one(f"{PLAIN}{more}"))["t"] for more in ("", ", correlate: {b: 0.5}"))

    assert (before.column("b").series() == after.column("b").series()).all()
    assert (before.column("x").series() != after.column("x").series()).all()


def test_the_kinds_of_the_language_are_those_that_have_scores() -> None:
    able = {
        kind
        for place in ("column", "fanout")
        for kind, entry in kinds_in(language_schema(), place).items()
        if "score" in definitions(language_schema())[entry]["x-kind"]
    }
    have = {name for name, kind in kinds().items() if "quantile_of" in vars(kind)}

    assert able == have - {"fixed", "mixture"}


def _tier() -> object:
    plan = compile_plan(load(SCHEMA))
    return plan.dataset.tables["customer"].columns["pressure"].generator.correlate[0].value.path  # type: ignore[union-attr]


def _followed(table: str, column: str, place: int) -> Floats:
    plan = compile_plan(load(SCHEMA))
    path = plan.dataset.tables[table].columns[column].generator.correlate[place].path
    return np.asarray(made()[table].follow(path.steps, path.column + SCORE).data)

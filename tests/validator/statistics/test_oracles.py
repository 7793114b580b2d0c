"""Estimates of a thousand random data sets, from rows to interval, beside statsmodels: 1e-9 relative.

Each data set is one segment of a single axis, so that one audit query measures all of them. The formulas of inference
have their own oracles in tests/validator; this is the way from rows to the numbers that they are fed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from scipy import stats

from fanwise.validator import load_contract
from fanwise.validator.contract.metrics import Measure
from fanwise.validator.data.warehouse import Warehouse
from fanwise.validator.measures.estimates import Estimate, Scale, estimate
from fanwise.validator.stats.intervals import compare

pytestmark = pytest.mark.system

DATA_SETS = 1_000
PATH = (("customer_id",),)
COUNT = Measure("count", "order", None, None, "customer", "tier", PATH)
MEAN = Measure("mean", "order", "amount", None, None, "tier", PATH)
SUM = Measure("sum", "order", "amount", None, "customer", "tier", PATH)

CONTRACT: dict[str, Any] = {
    "contract": 1,
    "name": "many",
    "tables": {
        "customer": {"key": "customer_id", "columns": {"customer_id": "int64", "tier": "text"}},
        "order": {
            "parent": {"table": "customer", "columns": "customer_id"},
            "columns": {"customer_id": "int64", "amount": "float64"},
        },
    },
    "axes": {"tier": {"table": "customer", "column": "tier", "share": {"0": 0.5, "1": 0.5}, "assign": "unknown"}},
}


@dataclass(frozen=True)
class Sample:
    """One data set: the number of orders of each customer, the customer of each order, and its amount."""

    orders: np.ndarray
    owner: np.ndarray
    amount: np.ndarray


def make_sample(generator: np.random.Generator) -> Sample:
    """Return customers with counts, tastes and amounts of a random size, spread and clustering; some have no orders."""
    customers = int(generator.integers(3, 40))
    orders = generator.negative_binomial(generator.uniform(0.5, 5), generator.uniform(0.1, 0.6), customers)
    orders[:2] += 1
    taste = generator.lognormal(0, generator.uniform(0, 1), customers)
    owner = np.repeat(np.arange(customers), orders)
    amount = taste[owner] * generator.lognormal(4, generator.uniform(0.1, 1.2), owner.size)
    return Sample(orders, owner, amount)


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    generator = np.random.default_rng(21)
    return [make_sample(generator) for _ in range(DATA_SETS)]


@pytest.fixture(scope="module")
def found(samples: list[Sample]) -> dict[Measure, dict[str | None, Estimate]]:
    """What the validator measures, all data sets in one go."""
    sizes = [sample.orders.size for sample in samples]
    starts = np.cumsum(sizes) - sizes
    frames = {
        "customer": pl.DataFrame(
            {"customer_id": np.arange(sum(sizes)), "tier": np.repeat(np.arange(DATA_SETS), sizes).astype(str)}
        ),
        "order": pl.DataFrame(
            {
                "customer_id": np.concatenate([s.owner + start for s, start in zip(samples, starts, strict=True)]),
                "amount": np.concatenate([sample.amount for sample in samples]),
            }
        ),
    }
    contract = load_contract(CONTRACT)
    largest = float(frames["order"]["amount"].max())  # type: ignore[arg-type]
    with Warehouse.open(frames, contract, threads=1) as warehouse:
        return {
            measure: estimate(warehouse, contract, measure, Scale(largest, measure is COUNT))
            for measure in (COUNT, MEAN, SUM)
        }


def close(value: float, step: float = 0.0) -> Any:
    """Within 1e-9 of `value`, and the step to which squares are exact."""
    return pytest.approx(value, rel=1e-9, abs=step)


@pytest.fixture(scope="module")
def step(samples: list[Sample]) -> float:
    """Squares of totals keep 40 bits of the largest total of all data sets; an error in one grows no further."""
    return max(float(np.bincount(sample.owner, sample.amount).max()) for sample in samples) * 2.0**-40


def test_counts_have_mean_and_standard_error(samples: list[Sample], found: dict[Measure, Any]) -> None:
    for number, sample in enumerate(samples):
        ours = found[COUNT][str(number)]

        assert ours.carriers == ours.units == sample.orders.size
        assert ours.mean == close(sample.orders.mean())
        assert ours.variance == close(stats.sem(sample.orders) ** 2)


def test_values_have_the_cluster_robust_variance_of_statsmodels(
    samples: list[Sample], found: dict[Measure, Any], step: float
) -> None:
    for number, sample in enumerate(samples):
        ours = found[MEAN][str(number)]
        fit = sm.OLS(sample.amount, np.ones(sample.amount.size)).fit(
            cov_type="cluster", cov_kwds={"groups": sample.owner}
        )

        assert ours.units == (sample.orders > 0).sum()
        assert ours.mean == close(float(fit.params[0]), step)
        assert math.sqrt(ours.variance) == close(float(fit.bse[0]), step)


def test_sums_are_those_per_customer(samples: list[Sample], found: dict[Measure, Any], step: float) -> None:
    for number, sample in enumerate(samples):
        totals = np.bincount(sample.owner, sample.amount, sample.orders.size)
        ours = found[SUM][str(number)]

        assert ours.mean == close(totals.mean(), step)
        assert math.sqrt(ours.variance) == close(stats.sem(totals), step)


def test_ratios_of_neighbours_have_welchs_interval(samples: list[Sample], found: dict[Measure, Any]) -> None:
    """On the log scale the comparison is Welch's t-test of two samples with these means and standard deviations."""
    for number in range(DATA_SETS - 1):
        a, b = (found[COUNT][str(n)].as_mean() for n in (number, number + 1))
        logs = [(math.log(m.value), math.sqrt(m.variance * m.n) / m.value, m.n) for m in (a, b)]
        expected = stats.ttest_ind_from_stats(*logs[0], *logs[1], equal_var=False)
        ours = compare(a, b)

        assert ours.p_value(1.0) == pytest.approx(float(expected.pvalue), rel=1e-9, abs=1e-300)
        df = (logs[0][1] ** 2 / a.n + logs[1][1] ** 2 / b.n) ** 2 / sum((sd**2 / n) ** 2 / (n - 1) for _, sd, n in logs)
        half = stats.t.ppf(0.975, df) * math.hypot(*(sd / math.sqrt(n) for _, sd, n in logs))
        low, high = ours.interval(0.95) or (0.0, 0.0)
        assert (low, high) == (close(a.value / b.value * math.exp(-half)), close(a.value / b.value * math.exp(half)))

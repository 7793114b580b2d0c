"""Rank statistics beside scipy.stats on a thousand random data sets, and the SQL that counts wins beside both."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest
from scipy import stats

from fanwise.validator.contract.load import load_contract
from fanwise.validator.contract.metrics import Measure
from fanwise.validator.data.warehouse import Warehouse
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.rank_counts import MOST_SEGMENTS
from fanwise.validator.stats.ranks import Ranks

DATA_SETS = 200
PARENT = (("customer_id",),)
ORDER = ("VIP", "Standard", "Casual")


def groups(seed: int) -> dict[str, np.ndarray]:
    """Return a few groups, with many ties or few."""
    generator = np.random.default_rng(seed)
    k, levels = int(generator.integers(2, 6)), int(generator.integers(2, 200))
    return {f"s{i}": generator.integers(0, levels, int(generator.integers(3, 40))) for i in range(k)}


def ranks_of(data: dict[str, np.ndarray]) -> Ranks:
    wins: dict[str, dict[str, int]] = {name: {} for name in data}
    for a, b in itertools.permutations(data, 2):
        gap = data[a][:, None] - data[b][None, :]
        wins[a][b] = int(2 * (gap > 0).sum() + (gap == 0).sum())
    ties = np.unique(np.concatenate(list(data.values())), return_counts=True)[1].astype(object)
    return Ranks({name: x.size for name, x in data.items()}, wins, int((ties**2).sum()), int((ties**3).sum()))


def test_kruskal_wallis_is_scipys() -> None:
    for seed in range(DATA_SETS):
        data = groups(seed)
        ours, expected = ranks_of(data).kruskal(), stats.kruskal(*data.values())

        assert ours.h == pytest.approx(expected.statistic, rel=1e-9, abs=1e-12)
        assert ours.p == pytest.approx(expected.pvalue, rel=1e-9)


def test_trend_is_kendalls_tau() -> None:
    for seed in range(DATA_SETS):
        data = groups(seed)
        place = np.repeat(np.arange(len(data))[::-1], [x.size for x in data.values()])
        values = np.concatenate(list(data.values()))
        ours = ranks_of(data).trend(tuple(data))
        expected = stats.kendalltau(place, values, method="asymptotic", alternative="greater")

        assert ours.p == pytest.approx(expected.pvalue, rel=1e-9)


@pytest.mark.system
def test_superiority_is_mann_whitneys_u() -> None:
    for seed in range(DATA_SETS):
        data = groups(seed)
        u = stats.mannwhitneyu(data["s0"], data["s1"]).statistic

        assert ranks_of(data).superiority("s0", "s1") == pytest.approx(u / data["s0"].size / data["s1"].size, rel=1e-12)


def test_nothing_varies() -> None:
    ranks = ranks_of({"a": np.ones(5), "b": np.ones(7)})

    assert ranks.kruskal() is None
    assert ranks.trend(("a", "b")) is None
    assert ranks.superiority("a", "b") == 0.5
    assert ranks_of({"a": np.arange(5)}).kruskal() is None


def carriers_of(shop, measure: Measure, **options):
    contract = load_contract(shop.contract)
    with Warehouse.open(shop.frames, contract, **options) as warehouse:
        return Evidence(warehouse, contract).carriers(measure)


def values_of(shop, aggregate: str) -> dict[str, np.ndarray]:
    """Return one value per customer: number, mean or sum of amounts; without orders there is no mean."""
    cents = (pl.col("amount") * 100).round().cast(pl.Int64)
    own = (
        shop.frames["order"]
        .group_by("customer_id")
        .agg(count=pl.len().cast(pl.Int64), sum=cents.sum(), mean=cents.mean().round(6))
    )
    rows = shop.frames["customer"].join(own, on="customer_id", how="left")
    if aggregate != "mean":
        rows = rows.with_columns(pl.col("count", "sum").fill_null(0))
    rows = rows.drop_nulls(aggregate)
    return {name: rows.filter(pl.col("tier") == name)[aggregate].to_numpy() for name in ORDER}


@pytest.mark.parametrize("aggregate", ["count", "mean", "sum"])
@pytest.mark.parametrize("seed", [3, 4])
def test_sql_counts_the_same_wins(make, aggregate: str, seed: int) -> None:
    shop = make(seed=seed, customers=200, orders=2.0)
    column, per = (None if aggregate == "count" else "amount"), (None if aggregate == "mean" else "customer")
    found = carriers_of(shop, Measure(aggregate, "order", column, None, per, "tier", PARENT))

    assert found.ranks == ranks_of(values_of(shop, aggregate))


def test_deciles_are_numpys(make) -> None:
    shop = make(seed=5, customers=500)
    found = carriers_of(shop, Measure("sum", "order", "amount", None, "customer", "tier", PARENT)).deciles
    data = values_of(shop, "sum")
    edges = np.quantile(np.concatenate(list(data.values())) / 100, np.arange(1, 10) / 10)

    assert found.edges == pytest.approx(edges, rel=1e-8)
    for name, values in data.items():
        bins = np.searchsorted(edges, values / 100 - 1e-9)
        assert found.counts[name] == tuple(np.bincount(bins, minlength=10))


def test_threads_change_nothing(make) -> None:
    shop = make(seed=6)
    measure = Measure("mean", "order", "amount", None, None, "tier", PARENT)

    assert carriers_of(shop, measure, threads=1) == carriers_of(shop, measure, threads=4)


def test_too_many_segments_are_not_ranked(make) -> None:
    shop = make(customers=400)
    names = [f"s{index}" for index in range(MOST_SEGMENTS + 1)]
    shop.contract["axes"]["tier"]["share"] = dict.fromkeys(names, 1 / len(names))
    del shop.contract["axes"]["tier"]["rank"]
    shop.contract["effects"], shop.contract["expect"] = {}, {}

    assert carriers_of(shop, Measure("count", "order", None, None, "customer", "tier", PARENT)) is None

"""Six sums in SQL beside numpy: counts, means, shares and sums, at any depth, with zeros, nulls and rows left out."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from fanwise.validator.contract.load import load_contract
from fanwise.validator.contract.metrics import Measure
from fanwise.validator.contract.model import Except
from fanwise.validator.data.warehouse import Warehouse
from fanwise.validator.measures.estimates import Scale, estimate, spread

PARENT, ITEM, REVIEW = (("customer_id",),), (("order_id",), ("customer_id",)), (("customer_id",),)


def ask(shop, measure: Measure, largest: float = 1e4, *, integral: bool = False, **options):
    contract = load_contract(shop.contract)
    with Warehouse.open(shop.frames, contract, **options) as warehouse:
        return estimate(warehouse, contract, measure, Scale(largest, integral))


def oracle(shop, x: pl.DataFrame, segment: str) -> tuple[float, float, int]:
    """Ratio of totals and its cluster variance from frames with customer_id, x, y (one row per measured row)."""
    totals = x.group_by("customer_id").agg(pl.sum("x"), pl.sum("y"))
    per = shop.frames["customer"].filter(pl.col("tier") == segment).join(totals, on="customer_id", how="left")
    x_, y_ = per["x"].fill_null(0).to_numpy(), per["y"].fill_null(0).to_numpy()
    n, ratio = (x_ > 0).sum(), y_.sum() / x_.sum()
    return ratio, n / (n - 1) * ((y_ - ratio * x_) ** 2).sum() / x_.sum() ** 2, int(n)


@pytest.mark.parametrize("segment", ["VIP", "Standard", "Casual"])
def test_fanout_counts_parents_without_children(shop, segment: str) -> None:
    found = ask(shop, Measure("count", "order", None, None, "customer", "tier", PARENT))[segment]
    counts = shop.frames["order"].group_by("customer_id").len()
    own = shop.frames["customer"].filter(pl.col("tier") == segment).join(counts, on="customer_id", how="left")
    numbers = own["len"].fill_null(0).to_numpy()

    assert found.total == numbers.sum()
    assert found.carriers == found.units == found.rows == numbers.size
    assert found.mean == pytest.approx(numbers.mean(), rel=1e-12)
    assert found.variance == pytest.approx(numbers.var(ddof=1) / numbers.size, rel=1e-12)


@pytest.mark.parametrize("segment", ["VIP", "Casual"])
def test_mean_at_the_second_level_is_clustered_by_customer(shop, segment: str) -> None:
    found = ask(shop, Measure("mean", "item", "price", None, None, "tier", ITEM))[segment]
    rows = shop.frames["item"].join(shop.frames["order"], on="order_id")
    mean, variance, n = oracle(shop, rows.select("customer_id", x=1, y="price"), segment)

    assert found.mean == pytest.approx(mean, rel=1e-12)
    assert found.variance == pytest.approx(variance, rel=1e-9)
    assert found.units == n


def test_children_per_row_of_the_table_between(shop) -> None:
    """Items per order by the customer's segment: orders without items count, customers are the units."""
    shop.frames["item"] = shop.frames["item"].filter(pl.col("order_id") % 5 > 0)
    found = ask(shop, Measure("count", "item", None, None, "order", "tier", ITEM))["VIP"]
    lines = shop.frames["item"].group_by("order_id").len()
    rows = shop.frames["order"].join(lines, on="order_id", how="left").with_columns(pl.col("len").fill_null(0))
    mean, variance, _ = oracle(shop, rows.select("customer_id", x=1, y="len"), "VIP")

    assert found.mean == pytest.approx(mean, rel=1e-12)
    assert found.variance == pytest.approx(variance, rel=1e-9)


def test_null_references_belong_to_nobody(shop) -> None:
    found = ask(shop, Measure("count", "review", None, None, "customer", "tier", REVIEW))

    assert sum(each.total for each in found.values()) == shop.frames["review"]["customer_id"].is_not_null().sum()


def test_share_of_a_value_and_sum_per_parent(shop) -> None:
    share = ask(shop, Measure("share", "review", "kind", "photo", None, "tier", REVIEW))["VIP"]
    rows = shop.frames["review"].select("customer_id", x=1, y=(pl.col("kind") == "photo").cast(pl.Int64))
    total = ask(shop, Measure("sum", "order", "amount", None, "customer", "tier", PARENT))["VIP"]
    vip = shop.frames["order"].join(shop.frames["customer"].filter(pl.col("tier") == "VIP"), on="customer_id")

    assert (share.mean, share.variance) == pytest.approx(oracle(shop, rows, "VIP")[:2], rel=1e-9)
    assert total.total == pytest.approx(vip["amount"].sum(), rel=1e-14)
    assert total.mean == pytest.approx(vip["amount"].sum() / 120, rel=1e-14)


def test_rows_left_out_are_left_out_of_both_sums(shop) -> None:
    kept = Except("customer.tier", ("Casual",)), Except("kind", ("photo", "it's"))
    found = ask(shop, Measure("mean", "review", "stars", None, None, "tier", REVIEW, kept), integral=True)
    rows = shop.frames["review"].filter(pl.col("kind") != "photo").select("customer_id", x=1, y="stars")

    assert found["Casual"].rows == 0
    assert found["VIP"].mean == pytest.approx(oracle(shop, rows, "VIP")[0], rel=1e-12)


def test_a_column_of_the_axis_own_table(shop) -> None:
    shop.contract["tables"]["customer"]["columns"]["age"] = {"type": "float64", "nullable": True}
    ages = np.random.default_rng(3).normal(40, 9, 600)
    shop.frames["customer"] = shop.frames["customer"].with_columns(
        age=pl.when(pl.col("customer_id") % 9 == 0).then(None).otherwise(pl.Series(ages))
    )
    found = ask(shop, Measure("mean", "customer", "age", None, None, "tier", ()))["VIP"]
    own = shop.frames["customer"].filter(pl.col("tier") == "VIP")["age"]

    assert found.carriers == own.len()
    assert found.rows == found.units == own.drop_nulls().len()
    assert found.mean == pytest.approx(own.mean(), rel=1e-12)
    assert found.variance == pytest.approx(own.var() / own.drop_nulls().len(), rel=1e-9)


@pytest.mark.parametrize("factor", [1e15, 1e40, 1e-15])
def test_a_segment_of_huge_values_takes_no_bits_from_the_others(shop, factor: float) -> None:
    """Each segment is summed on a scale of its own where the common one has too few bits for its values."""
    measure = Measure("mean", "order", "amount", None, None, "tier", PARENT)
    before = ask(shop, measure)
    vip = shop.frames["customer"].filter(pl.col("tier") == "VIP")["customer_id"]
    amount = pl.col("amount") * pl.when(pl.col("customer_id").is_in(vip.implode())).then(factor).otherwise(1.0)
    shop.frames["order"] = shop.frames["order"].with_columns(amount=amount)
    after = ask(shop, measure, shop.frames["order"]["amount"].abs().max())

    for segment, times in (("VIP", factor), ("Standard", 1.0), ("Casual", 1.0)):
        assert after[segment].mean == pytest.approx(before[segment].mean * times, rel=1e-5)
        assert after[segment].variance == pytest.approx(before[segment].variance * times**2, rel=1e-3)


@pytest.mark.parametrize("factor", [1e-140, 1e-9, 1.0, 1e12, 1e140])
def test_the_scale_of_values_does_not_matter(shop, factor: float) -> None:
    """Nothing overflows and nothing cancels: a mean of a million times its spread keeps its variance."""
    shop.frames["order"] = shop.frames["order"].with_columns(amount=(pl.col("amount") + 1e6) * factor)
    largest = shop.frames["order"]["amount"].max()
    found = ask(shop, Measure("mean", "order", "amount", None, None, "tier", PARENT), largest)["VIP"]
    rows = shop.frames["order"].select("customer_id", x=1, y=pl.col("amount") / factor - 1e6)
    mean, variance, _ = oracle(shop, rows, "VIP")

    assert found.mean / factor - 1e6 == pytest.approx(mean, rel=1e-6)
    assert found.variance / factor / factor == pytest.approx(variance, rel=1e-3)


@pytest.mark.parametrize("factor", [1e-300, 1e300])
def test_values_that_cannot_be_squared_are_inconclusive(shop, factor: float) -> None:
    shop.frames["order"] = shop.frames["order"].with_columns(amount=pl.col("amount") * factor)
    shop.contract["tables"]["order"]["columns"]["amount"] = "float64"
    report = shop.only_effects("amount").audit()
    found = {finding.id: finding for finding in report.findings}

    assert "to be squared" in found["direction.amount.VIP-vs-Standard"].message
    assert report.exit_code == 3
    assert report.text()
    assert report.to_json()


def test_threads_and_repeats_never_change_a_bit(make) -> None:
    shop = make(seed=3, customers=4000)
    measure = Measure("mean", "item", "price", None, None, "tier", ITEM)
    first = ask(shop, measure, threads=1)

    assert all(ask(shop, measure, threads=threads) == first for threads in (2, 3, 4, 1, 2))


def test_spread_beside_numpy(shop) -> None:
    contract = load_contract(shop.contract)
    with Warehouse.open(shop.frames, contract) as warehouse:
        values = spread(warehouse, contract, Measure("mean", "item", "price", None, None, "tier", ITEM), Scale(1e3))
        counts = spread(warehouse, contract, Measure("count", "order", None, None, "customer", "tier", PARENT), Scale())
    rows = shop.frames["item"].join(shop.frames["order"], on="order_id").join(shop.frames["customer"], on="customer_id")
    prices = rows.filter(pl.col("tier") == "VIP")["price"].to_numpy()
    found = values["VIP"]

    assert (found.low, found.p25, found.median, found.p75, found.high) == pytest.approx(
        np.quantile(prices, [0, 0.25, 0.5, 0.75, 1]).tolist(), rel=1e-9
    )
    assert found.sd == pytest.approx(prices.std(ddof=1), rel=1e-6)
    assert (
        counts["Casual"].zeros
        == 180
        - shop.frames["order"]
        .join(shop.frames["customer"].filter(pl.col("tier") == "Casual"), on="customer_id")["customer_id"]
        .n_unique()
    )

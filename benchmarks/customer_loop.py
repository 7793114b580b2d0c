"""The features of customers the usual way: pandas, one customer after another; the other side of discovery.py.

    python benchmarks/customer_loop.py FOLDER [--customers 400] [--record]

Written anew after the formulas of a system that takes hours: 66 features on 13 axes, each from the small frames of one
customer's orders and lines. It is kinder than such systems in that the tables are read and grouped once, so that no
customer is looked for; only the loop is timed, and what it would take for all customers is extrapolated by the script
that calls it. Features are made and thrown away: nothing is clustered.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from measuring import options

MONTH = 30.44
NOW = pd.Timestamp("2025-01-01")


def customers_of(folder: Path, count: int) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    """Return the orders and the lines (with category and refund of the order) of evenly chosen customers."""
    orders, lines, returns, products = (_table(folder, name) for name in ("order", "order_item", "return", "product"))
    refunds = returns.groupby("order_id")["refund"].sum()
    orders["refund"] = orders["order_id"].map(refunds).fillna(0.0)
    lines = lines.merge(products, on="product_id")
    lines = lines.merge(orders[["order_id", "customer_id", "refund"]], on="order_id")
    known = orders["customer_id"].unique()
    chosen = known[np.linspace(0, len(known) - 1, min(count, len(known))).astype(int)]
    by_order = dict(iter(orders[orders["customer_id"].isin(chosen)].groupby("customer_id")))
    by_line = dict(iter(lines[lines["customer_id"].isin(chosen)].groupby("customer_id")))
    return [(by_order[customer].sort_values("ordered_at"), by_line[customer]) for customer in chosen]


def _table(folder: Path, name: str) -> pd.DataFrame:
    """Return a table that is one file, or a folder of parts."""
    one = folder / f"{name}.parquet"
    return pd.read_parquet(one if one.exists() else folder / name)


def features_of(orders: pd.DataFrame, lines: pd.DataFrame) -> list[float]:
    """Return the 66 features of one customer with at least one order and one line."""
    shared = _history(orders)
    found = list(_frequency(orders, shared))
    found += _value(orders)
    found += _exploration(lines)
    found += _discounts(orders)
    found += _cadence(orders)
    found += _maturity(orders, shared)
    found += _repurchase(lines)
    found += _returns(orders, lines)
    found += _channels(orders)
    found += _problems(orders, lines)
    found += _trajectory(orders, shared)
    found += _knowledge(lines)
    found += _sophistication(orders, lines)
    return found


def _history(orders: pd.DataFrame) -> dict[str, Any]:
    gaps = orders["ordered_at"].diff().dt.days.dropna()
    tenure = (NOW - orders["ordered_at"].min()).days / MONTH
    recent = int((orders["ordered_at"] > NOW - pd.Timedelta(days=90)).sum())
    before = int((orders["ordered_at"] > NOW - pd.Timedelta(days=180)).sum()) - recent
    return {"gaps": gaps, "tenure": tenure, "recent": recent, "before": before}


def _slope(values: pd.Series) -> float:
    return float(np.polyfit(range(len(values)), values, 1)[0]) if len(values) >= 3 else 0.0


def _evenness(values: pd.Series) -> float:
    mean = values.mean()
    return float(1 / (1 + values.std() / mean)) if mean else 0.0


def _frequency(orders: pd.DataFrame, shared: dict[str, Any]) -> Iterator[float]:
    yield len(orders) / shared["tenure"] if shared["tenure"] else 0.0
    yield shared["gaps"].mean() if len(shared["gaps"]) else shared["tenure"] * MONTH
    yield _evenness(shared["gaps"])
    yield shared["recent"]
    yield (NOW - orders["ordered_at"].max()).days
    yield len(orders)


def _value(orders: pd.DataFrame) -> Iterator[float]:
    total = orders["total"]
    yield from (total.sum(), total.mean(), total.median(), total.max(), _slope(total), _evenness(total))


def _exploration(lines: pd.DataFrame) -> Iterator[float]:
    categories = lines["category"].value_counts(normalize=True)
    yield lines["category"].nunique()
    yield lines["product_id"].nunique()
    yield float(-(categories * np.log(categories)).sum() / np.log(len(categories))) if len(categories) > 1 else 0.0
    yield 1 - _herfindahl(lines, "product_id")
    yield lines.groupby("category")["quantity"].sum().max() / lines["quantity"].sum()
    yield lines["product_id"].nunique() / len(lines)


def _herfindahl(lines: pd.DataFrame, column: str) -> float:
    shares = lines.groupby(column)["quantity"].sum() / lines["quantity"].sum()
    return float((shares**2).sum())


def _discounts(orders: pd.DataFrame) -> Iterator[float]:
    taken = orders[orders["discount"] > 0]
    share = len(taken) / len(orders)
    yield share
    yield taken["discount"].mean() if len(taken) else 0.0
    yield (taken["discount"] / taken["total"]).mean() if len(taken) else 0.0
    yield from (1 - share, share)


def _cadence(orders: pd.DataFrame) -> Iterator[float]:
    weekend = orders["ordered_at"].dt.day_of_week >= 5
    hour = orders["ordered_at"].dt.hour
    yield weekend.sum() / max(int((~weekend).sum()), 1)
    yield hour.between(9, 17).mean()
    yield weekend.mean()
    yield pd.cut(hour, [-1, 11, 16, 24], labels=False).mode().iloc[0]


def _maturity(orders: pd.DataFrame, shared: dict[str, Any]) -> Iterator[float]:
    tenure, rate = shared["tenure"], len(orders) / shared["tenure"] if shared["tenure"] else 0.0
    yield tenure
    yield sum(tenure >= cut for cut in (12, 24)) + sum(len(orders) >= cut for cut in (5, 10, 20))
    yield sum(tenure >= cut for cut in (3, 12, 24))
    yield rate
    yield (shared["recent"] / 3 - rate) / rate if tenure >= 6 and rate else 0.0


def _repurchase(lines: pd.DataFrame) -> Iterator[float]:
    counts = lines["product_id"].value_counts()
    quantity = lines.groupby("product_id")["quantity"].sum().sort_values(ascending=False)
    top = quantity.head(max(len(quantity) // 5, 1)).sum() / quantity.sum()
    yield (counts > 1).mean()
    yield counts[counts > 1].mean() if (counts > 1).any() else 0.0
    yield from (top, 1 - top)


def _returns(orders: pd.DataFrame, lines: pd.DataFrame) -> Iterator[float]:
    refunded = orders["refund"].sum()
    yield from (refunded / orders["total"].sum(), (lines["refund"] > 0).mean(), refunded, float(refunded > 0))


def _channels(orders: pd.DataFrame) -> Iterator[float]:
    weekend = orders["ordered_at"].dt.day_of_week >= 5
    first = orders["channel"].mode().iloc[0]
    yield {"web": 0, "store": 1, "app": 2}.get(first, -1)
    yield orders["channel"].nunique()
    yield (orders["channel"] != orders["channel"].shift()).iloc[1:].sum() / len(orders)
    yield weekend.sum() / max(int((~weekend).sum()), 1)


def _problems(orders: pd.DataFrame, lines: pd.DataFrame) -> Iterator[float]:
    yield orders["refund"].sum() / orders["total"].sum()
    yield (lines["refund"] > 0).mean()
    yield lines["product_id"].nunique() / len(orders)
    yield lines["category"].nunique()
    yield (orders["discount"] > 0).mean()


def _trajectory(orders: pd.DataFrame, shared: dict[str, Any]) -> Iterator[float]:
    monthly = orders.groupby(orders["ordered_at"].dt.to_period("M")).size()
    gaps, recent, before = shared["gaps"], shared["recent"], shared["before"]
    yield from (_slope(monthly), _slope(orders["total"]), -_slope(gaps))
    yield from (float(recent > 1.5 * before), float(recent < 0.5 * before))
    recency = (NOW - orders["ordered_at"].max()).days
    yield min(1.0, recency / (2 * gaps.mean())) if len(gaps) and gaps.mean() else 1.0


def _knowledge(lines: pd.DataFrame) -> Iterator[float]:
    concentration = _herfindahl(lines, "product_id")
    yield concentration
    yield (lines["product_id"].value_counts() > 1).mean()
    yield (lines["category"].value_counts() >= 3).sum()
    yield lines.groupby("category")["quantity"].sum().max() / lines["quantity"].sum()
    yield 1 - concentration


def _sophistication(orders: pd.DataFrame, lines: pd.DataFrame) -> Iterator[float]:
    price = lines["unit_price"]
    share = (orders["discount"] > 0).mean()
    yield from (price.mean(), price.std() / price.mean(), share, 1 - share, _evenness(orders["total"]))
    yield (orders["total"] > 2 * orders["total"].mean()).mean()


def seconds_per_customer(folder: Path, count: int) -> float:
    """Return the processor seconds that the features of one customer take, by `count` of them."""
    customers = customers_of(folder, count)
    features_of(*customers[0])
    begun = time.process_time()
    rows = [features_of(*customer) for customer in customers]
    taken = time.process_time() - begun
    assert {len(row) for row in rows} == {66}
    return taken / len(rows)


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("folder", type=Path, help="a folder of Parquet that benchmarks/orders.yaml made")
    parser.add_argument("--customers", type=int, default=400, help="customers of the sample")
    given = parser.parse_args()
    print(f"{1 / seconds_per_customer(given.folder, given.customers):,.0f} customers a second")


if __name__ == "__main__":
    main()

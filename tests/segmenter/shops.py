"""A small shop with everything that a feature may need, made of a seed."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

AS_OF = dt.datetime(2024, 7, 1, 12, 0, 0)
START = dt.datetime(2023, 1, 1)


def shop(seed: int, customers: int = 40) -> dict[str, pl.DataFrame]:
    """Return the tables of a shop: customers of 0, 1, 2 and many orders, some after AS_OF, none of them damaged."""
    rng = np.random.default_rng(seed)
    per_customer = rng.choice([0, 1, 1, 2, 3, 4, 8, 20], customers)
    owner = np.repeat(np.arange(customers), per_customer)
    orders = len(owner)
    ordered = [START + dt.timedelta(seconds=int(second)) for second in rng.integers(0, 560 * 86400, orders)]
    channel = rng.choice(["web", "web", "shop", "app", "phone", None], orders)
    order = pl.DataFrame(
        {
            "order_id": [f"o{number}" for number in range(orders)],
            "customer_id": owner + 100,
            "ordered_at": pl.Series(ordered, dtype=pl.Datetime("us")),
            "total": rng.lognormal(3.5, 0.8, orders).round(2),
            "discount": np.where(rng.random(orders) < 0.3, rng.lognormal(1, 1, orders).round(2), 0.0),
            "channel": pl.Series(channel.tolist(), dtype=pl.String),
            "status": rng.choice(["paid", "paid", "paid", "cancelled"], orders),
        }
    )
    line_of = np.repeat(np.arange(orders), rng.integers(0, 5, orders))
    lines = len(line_of)
    item = pl.DataFrame(
        {
            "order_id": [f"o{number}" for number in line_of],
            "product_id": [f"p{number}" for number in rng.zipf(1.7, lines) % 30],
            "quantity": rng.integers(1, 6, lines),
            "unit_price": rng.lognormal(2, 1, lines).round(2),
        }
    )
    product = pl.DataFrame(
        {"product_id": [f"p{number}" for number in range(30)], "category": [f"c{number % 4}" for number in range(30)]}
    )
    back = rng.choice(orders, orders // 4, replace=False)
    returned = pl.DataFrame(
        {
            "order_id": [f"o{number}" for number in back],
            "returned_at": pl.Series(
                [ordered[number] + dt.timedelta(days=9) for number in back], dtype=pl.Datetime("us")
            ),
            "refund_amount": rng.lognormal(2, 1, len(back)).round(2),
            "reason": rng.choice(["late", "broken", "size"], len(back)),
        }
    )
    asked = rng.choice(customers, customers)
    ticket = pl.DataFrame(
        {
            "customer_id": asked + 100,
            "opened_at": pl.Series(
                [START + dt.timedelta(days=int(day)) for day in rng.integers(0, 600, customers)],
                dtype=pl.Datetime("us"),
            ),
            "kind": rng.choice(["bill", "parcel", "other"], customers),
            "reopened": rng.random(customers) < 0.3,
        }
    )
    customer = pl.DataFrame(
        {
            "customer_id": np.arange(customers) + 100,
            "signed_up": pl.Series(
                [START + dt.timedelta(days=int(day)) for day in rng.integers(0, 300, customers)],
                dtype=pl.Datetime("us"),
            ),
        }
    )
    return {
        "customer": customer,
        "order": order,
        "order_item": item,
        "product": product,
        "return": returned,
        "ticket": ticket,
    }

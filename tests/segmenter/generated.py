"""Shops from our own generator: with segments that were planted, and with none at all."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import polars as pl

import fanwise

COUNTS = (
    "poisson: {{mean: {mean}}}",
    "negbin: {{mean: {mean}, k: 1.5}}",
    "geometric: {{mean: {mean}}}",
    "zipf: {{s: 1.6, n: 60}}",
    "integer: {{min: 1, max: {mean}}}",
)
MONEY = (
    "lognormal: {median: 40, sigma: 0.6}",
    "gamma: {mean: 60, shape: 2}",
    "pareto: {min: 10, alpha: 2.5}",
    "weibull: {mean: 50, shape: 1.4}",
    "lognormal: {median: 500, sigma: 1.1}",
    "exponential: {mean: 35}",
)
BUSY = (
    "  busy: {hour: {0: 0.1, 1: 0.1, 2: 0.1, 3: 0.1, 4: 0.1, 5: 0.1, 12: 3, 20: 5, 21: 5}, weekday: {Sat: 2, Sun: 1.5}}"
)

TWO_SEGMENTS = """
fanwise: 1
name: two
seed: {seed}
window: {{start: 2023-01-01, end: 2025-01-01}}
segments:
  kind: {{table: customer, share: {{Small: 0.7, Large: 0.3}}}}
tables:
  customer:
    rows: {rows}
    key: customer_id
    columns:
      customer_id: {{sequence: {{start: 1}}}}
      kind: {{segment: kind}}
      signed_up: {{timestamp: {{between: [window.start, 2024-01-01]}}}}
  order:
    parent: customer
    fanout: {{poisson: {{mean: 8}}, multiplier: {{kind: {{Small: 1, Large: 6}}}}, min: 3}}
    key: order_id
    columns:
      order_id: {{sequence: {{start: 1}}}}
      customer_id: {{parent: customer_id}}
      ordered_at: {{timestamp: {{between: [customer.signed_up, window.end]}}}}
      channel: {{choice: {{web: 5, store: 3, app: 2}}}}
      total: {{lognormal: {{median: 30, sigma: 0.5}}, multiplier: {{kind: {{Small: 1, Large: 5}}}}, round: 2}}
"""

NO_SEGMENTS = """
fanwise: 1
name: noise
seed: {number}
window: {{start: 2023-01-01, end: 2025-01-01}}
curves:
{busy}
tables:
  product:
    rows: {products}
    key: product_id
    columns:
      product_id: {{pattern: "P-{{seq:05}}"}}
      category: {{choice: {{{categories}}}}}
  customer:
    rows: {rows}
    key: customer_id
    columns:
      customer_id: {{sequence: {{start: 1}}}}
      signed_up: {{timestamp: {{between: [window.start, {joined}]}}}}
  order:
    parent: customer
    fanout: {{{orders}}}
    key: order_id
    columns:
      order_id: {{sequence: {{start: 1}}}}
      customer_id: {{parent: customer_id}}
      ordered_at: {{timestamp: {{between: [customer.signed_up, window.end]{curve}}}}}
      channel: {{choice: {{{channels}}}}}
      on_offer: {{boolean: {{p: {offers}}}}}
      discount: {{lognormal: {{mean: 9, sd: 4}}, round: 2, when: {{on_offer: {{false: 0}}}}}}
      total: {{{money}, round: 2}}
  order_item:
    parent: order
    fanout: {{poisson: {{mean: {lines}}}, min: 1}}
    key: [order_id, line_no]
    columns:
      order_id: {{parent: order_id}}
      line_no: {{ordinal: {{start: 1}}}}
      product_id: {{ref: product, weight: {{zipf: {popular}}}}}
      quantity: {{integer: {{min: 1, max: 3}}}}
      unit_price: {{lognormal: {{median: 20, sigma: {spread}}}, round: 2}}
  return:
    parent: order
    fanout: {{bernoulli: {{p: {returns}}}}}
    key: return_id
    columns:
      return_id: {{sequence: {{start: 1}}}}
      order_id: {{parent: order_id}}
      returned_at: {{timestamp: {{between: [order.ordered_at, window.end]}}}}
      refund: {{expr: "round(order.total * 0.5, 2)"}}
      reason: {{choice: {{size: 3, damaged: 1, other: 1}}}}
  ticket:
    parent: customer
    fanout: {{{ask}: {{mean: {tickets}}}}}
    key: ticket_id
    columns:
      ticket_id: {{sequence: {{start: 1}}}}
      customer_id: {{parent: customer_id}}
      opened_at: {{timestamp: {{between: [customer.signed_up, window.end]}}}}
      kind: {{choice: {{delivery: 5, invoice: 2, product: 3}}}}
      reopened: {{boolean: {{p: 0.2}}}}
"""


def without_segments(number: int, rows: int) -> str:
    """Return the YAML of a shop without segments: each number another one, few orders or many, all sorts of laws."""
    draw = random.Random(number)
    categories, channels = draw.choice([3, 8, 25]), draw.choice([2, 3, 5])
    return NO_SEGMENTS.format(
        number=number,
        rows=rows,
        busy=BUSY,
        products=draw.choice([50, 400, 2000]),
        categories=", ".join(f"k{place}: {place % 4 + 1}" for place in range(categories)),
        joined=draw.choice(["2024-02-01", "2024-06-01", "2024-12-01"]),
        orders=COUNTS[number % len(COUNTS)].format(mean=draw.choice([2, 4, 8, 15, 30])),
        curve=", curve: busy" if number % 2 else "",
        channels=", ".join(f"c{place}: {draw.choice([1, 2, 5, 9])}" for place in range(channels)),
        offers=round(draw.uniform(0.05, 0.6), 3),
        money=MONEY[number % len(MONEY)],
        lines=draw.choice([0.7, 2, 5]),
        popular=draw.choice([0.6, 1.0, 1.3]),
        spread=draw.choice([0.2, 0.6, 1.0]),
        returns=round(draw.uniform(0.02, 0.5), 3),
        ask=draw.choice(["poisson", "geometric"]),
        tickets=draw.choice([0.3, 1.5, 6]),
    )


def written(folder: Path, frames: Mapping[str, pl.DataFrame], form: str = "parquet") -> Path:
    """Write tables to a folder, a file each, and return it."""
    folder.mkdir(parents=True)
    for name, frame in frames.items():
        if form == "csv":
            frame.write_csv(folder / f"{name}.csv", datetime_format="%Y-%m-%d %H:%M:%S")
        else:
            frame.write_parquet(folder / f"{name}.parquet")
    return folder


def frames_of(schema: str, **options: object) -> dict[str, pl.DataFrame]:
    """Return the tables of a data set."""
    return dict(fanwise.dataset(schema, **options).items())  # type: ignore[arg-type]

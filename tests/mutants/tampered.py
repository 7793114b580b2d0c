"""Finished data, tampered with after the run: what the files hold besides ratios of means, each with what must be said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

__all__ = ["STORE", "TAMPERED", "Tampered"]

Frames = dict[str, pl.DataFrame]

STORE = """
fanwise: 1
name: store
seed: 11
window: {start: 2024-01-01, end: 2025-01-01}
segments:
  tier: {table: customer, share: {VIP: 0.3, Std: 0.7}}
  region: {table: customer, share: {North: 0.5, South: 0.5}, assign: random}
tables:
  product:
    rows: 60
    key: sku
    columns:
      sku: {sequence: {}}
      kind: {choice: {book: 5, toy: 3, audio: 2}}
      price: {uniform: {min: 5, max: 50}, round: 2}
  customer:
    rows: 2000
    key: cid
    columns:
      cid: {sequence: {}}
      tier: {segment: tier}
      region: {segment: region}
      age: {normal: {mean: 40, sd: 10}, round: 1}
      newsletter: {boolean: {p: 0.4}}
      joined: {timestamp: {between: [window.start, 2024-07-01]}}
      born: {date: {between: [1950-01-01, 2006-01-01]}}
      phone: {choice: {home: 1, mobile: 3}, null: 0.05}
      orders: {rollup: {count: order}}
      spent: {rollup: {sum: order.amount}, round: 2, type: "decimal(15,2)"}
  order:
    parent: customer
    fanout: {poisson: {mean: 6}, max: 30, multiplier: {tier: {VIP: 1.5, Std: 1}, region: {North: 1.2, South: 1}}}
    key: oid
    columns:
      oid: {sequence: {}}
      cid: {parent: cid}
      home: {parent: region}
      at: {timestamp: {between: [customer.joined, window.end]}}
      shipped: {after: {column: at, lag: {exponential: {mean: 2d}}}}
      status: {choice: {paid: 8, open: 1, lost: 1}}
      stars: {normal: {mean: 3.5, sd: 1}, clamp: [1, 5], round: 0}
      discount: {integer: {min: 0, max: 9}, null: 0.05}
      amount: {lognormal: {mean: 60, sd: 45}, multiplier: {tier: {VIP: 1.5, Std: 1}}, round: 2}
      gross: {expr: "round(amount * 1.19, 2)"}
  item:
    parent: order
    fanout: {poisson: {mean: 1.5}, min: 1, max: 8}
    key: [oid, line]
    columns:
      oid: {parent: oid}
      line: {ordinal: {start: 1}}
      sku: {ref: product, distinct_in: order}
      quantity: {poisson: {mean: 2}, clamp: [1, 12]}
      price: {expr: product.price}
"""


@dataclass(frozen=True)
class Tampered:
    """name, story: in a word and in a line. change: returns the changed tables. finding: the start of the finding's id."""

    name: str
    story: str
    change: Callable[[Frames], Frames]
    finding: str
    status: str = "FAIL"


def column(table: str, **values: pl.Expr) -> Callable[[Frames], Frames]:
    """Replace columns of a table; `vip` is whether the row belongs to a VIP."""

    def change(frames: Frames) -> Frames:
        frame = frames[table]
        tiers = frames["customer"].select("cid", vip=pl.col("tier") == "VIP")
        keyed = frame
        if "cid" not in frame.columns and "oid" in frame.columns:
            keyed = frame.join(frames["order"].select("oid", "cid"), on="oid", how="left", maintain_order="left")
        if "cid" in keyed.columns:
            keyed = keyed.join(tiers, on="cid", how="left", maintain_order="left")
        changed = keyed.with_columns(**{name: value.cast(frame.schema[name]) for name, value in values.items()})
        return {**frames, table: changed.select(frame.columns)}

    return change


def rows(table: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Callable[[Frames], Frames]:
    return lambda frames: {**frames, table: change(frames[table])}


def one(key: str, value: int, then: pl.Expr, name: str) -> pl.Expr:
    """Change one row of a column."""
    return pl.when(pl.col(key) == value).then(then).otherwise(pl.col(name))


vip, amount = pl.col("vip"), pl.col("amount")
mean = amount.mean().over("vip")
tail = amount > amount.quantile(0.9).over("vip")
late = pl.col("at") >= dt.datetime(2024, 9, 1)


def spread_over(frames: Frames) -> Frames:
    """Give each customer of a cell the same number of orders, by moving orders."""
    customers = frames["customer"].sort("tier", "region", "cid").select("cid", "tier", "region")
    orders = frames["order"].join(customers, on="cid").sort("tier", "region", "oid")
    sizes = customers.group_by("tier", "region", maintain_order=True).agg(pl.col("cid"))
    joined = orders.join(sizes, on=["tier", "region"], suffix="_of")
    place = pl.int_range(pl.len()).over("tier", "region") % pl.col("cid_of").list.len()
    moved = joined.with_columns(cid=pl.col("cid_of").list.get(place))
    return {**frames, "order": moved.select(frames["order"].columns).sort("oid")}


def doubled(frames: Frames) -> Frames:
    """Double the orders of every second customer of a cell and take those of the others: the same mean, more scatter."""
    customers = frames["customer"].select("cid", odd=pl.int_range(pl.len()).over("tier", "region") % 2 == 0)
    kept = frames["order"].join(customers, on="cid", how="left", maintain_order="left").filter(pl.col("odd"))
    again = kept.with_columns(pl.col("oid") + 1_000_000)
    return {**frames, "order": pl.concat([kept, again]).select(frames["order"].columns)}


TAMPERED = (
    Tampered("level", "All amounts times 10: the ratios are right.", column("order", amount=amount * 10),
             "distribution.order.amount", "WARN"),
    Tampered("level_of_a_column", "All prices in cents.", column("customer", age=pl.col("age") * 12),
             "distribution.customer.age", "WARN"),
    Tampered("all_equal", "All amounts of a segment are its mean.", column("order", amount=mean.round(2)),
             "distribution.order.amount", "WARN"),
    Tampered("spread_doubled", "Amounts lie twice as far from their mean.",
             column("order", amount=(mean + 2 * (amount - mean)).round(2)), "distribution.order.amount", "WARN"),
    Tampered("spread_of_one_segment", "The same for VIPs only.",
             column("order", amount=pl.when(vip).then((mean + 2 * (amount - mean)).round(2)).otherwise(amount)),
             "distribution.order.amount.VIP", "WARN"),
    Tampered("effect_in_the_tail", "VIPs spend more in their largest tenth of orders only.",
             column("order", amount=pl.when(vip).then(pl.when(tail).then(amount * 1.66).otherwise(amount / 1.5))
                    .otherwise(amount).round(2)), "distribution.order.amount.VIP", "WARN"),
    Tampered("effect_late", "VIPs spend more in the last months only, at double size.",
             column("order", amount=pl.when(vip).then(pl.when(late).then(amount * 1.5).otherwise(amount / 1.5))
                    .otherwise(amount).round(2)), "distribution.order.amount.VIP", "WARN"),
    Tampered("older_vips", "VIPs are ten years older: nothing declares it.",
             column("customer", age=pl.col("age") + 10 * vip.cast(pl.Float64)), "distribution.customer.age.VIP", "WARN"),
    Tampered("older_north", "Customers in the north are older.",
             column("customer", age=pl.col("age") + 5 * (pl.col("region") == "North").cast(pl.Float64)),
             "distribution.customer.age", "WARN"),
    Tampered("more_pieces", "VIPs buy one piece more of each.",
             column("item", quantity=(pl.col("quantity") + vip.cast(pl.Int64)).clip(1, 12)),
             "distribution.item.quantity.VIP", "WARN"),
    Tampered("no_scatter", "All customers of a cell have the same number of orders.", spread_over,
             "distribution.order.per.customer", "WARN"),
    Tampered("more_scatter", "Half of the customers have all orders.", doubled, "distribution.order.per.customer", "WARN"),
    Tampered("mix", "Fewer orders are paid.",
             column("order", status=pl.when(pl.col("oid") % 5 == 0).then(pl.lit("open")).otherwise("status")),
             "mix.order.status", "WARN"),
    Tampered("mix_of_one_segment", "VIPs have mobile phones only.",
             column("customer", phone=pl.when(vip & pl.col("phone").is_not_null()).then(pl.lit("mobile")).otherwise("phone")),
             "mix.customer.phone.VIP", "WARN"),
    Tampered("true_too_often", "The newsletter goes to more customers.",
             column("customer", newsletter=pl.col("newsletter") | (pl.col("cid") % 8 == 0)), "mix.customer.newsletter", "WARN"),
    Tampered("nulls", "60 % are missing where 5 % are declared.",
             column("order", discount=pl.when(pl.col("oid") % 10 < 6).then(None).otherwise("discount")),
             "null_share.order.discount", "WARN"),
    Tampered("nulls_of_one_segment", "Only VIPs lack values.",
             column("order", discount=pl.when(vip & (pl.col("oid") % 8 == 0)).then(None).otherwise(pl.col("discount").fill_null(4))),
             "null_share.order.discount.VIP", "WARN"),
    Tampered("no_nulls", "Missing values were filled in.",
             column("order", discount=pl.col("discount").fill_null(0)), "null_share.order.discount", "WARN"),
    Tampered("axes_tied", "Most VIPs live in the north.",
             column("customer", region=pl.when(vip & (pl.col("cid") % 3 > 0)).then(pl.lit("North")).otherwise("region")),
             "association.tier.region", "WARN"),
    Tampered("rating_too_high", "A rating of 11.", column("order", stars=one("oid", 70, pl.lit(11.0), "stars")),
             "bounds.order.stars"),
    Tampered("rating_too_low", "A rating of -3.", column("order", stars=one("oid", 71, pl.lit(-3.0), "stars")),
             "bounds.order.stars"),
    Tampered("outside_uniform", "A price outside its range.", column("product", price=one("sku", 5, pl.lit(50.01), "price")),
             "bounds.product.price"),
    Tampered("outside_integer", "A discount of 10.", column("order", discount=one("oid", 9, pl.lit(10), "discount")),
             "bounds.order.discount"),
    Tampered("a_year_late", "Customers who joined a year after the window.",
             column("customer", joined=one("cid", 4, pl.col("joined") + dt.timedelta(days=366), "joined")),
             "bounds.customer.joined"),
    Tampered("not_born", "A birthday in 2024.", column("customer", born=one("cid", 4, pl.lit(dt.date(2024, 1, 1)), "born")),
             "bounds.customer.born"),
    Tampered("order_after_the_window", "An order a year after the end.",
             column("order", at=one("oid", 12, pl.lit(dt.datetime(2026, 1, 1)), "at")), "instants.order.at.2"),
    Tampered("order_before_joining", "An order before its customer joined.",
             column("order", at=one("oid", 12, pl.lit(dt.datetime(2023, 12, 31)), "at")), "instants.order.at.1"),
    Tampered("shipped_first", "Shipped before it was ordered.",
             column("order", shipped=one("oid", 12, pl.col("at") - dt.timedelta(seconds=1), "shipped")),
             "instants.order.shipped"),
    Tampered("unknown_status", "A status that no choice has.",
             column("order", status=one("oid", 33, pl.lit("refunded"), "status")), "values.order.status"),
    Tampered("without_items", "An order without items.", rows("item", lambda frame: frame.filter(pl.col("oid") != 21)),
             "children.item.oid"),
    Tampered("too_many_items", "An order with nine more items.", rows("item", lambda frame: pl.concat(
        [frame, *[frame.filter(pl.col("oid") == 21).head(1).with_columns(line=pl.lit(20 + at, frame.schema["line"]))
                  for at in range(9)]])), "children.item.oid"),
    Tampered("product_twice", "A product twice in one order.",
             column("item", sku=pl.col("sku").first().over("oid")), "distinct.item.sku.order"),
    Tampered("sum_off_by_a_cent", "A total that is a cent too high.",
             column("customer", spent=one("cid", 8, pl.col("spent") + pl.lit("0.01").cast(pl.Decimal(15, 2)), "spent")),
             "rollup.customer.spent"),
    Tampered("count_off", "A count that is one too high.",
             column("customer", orders=one("cid", 8, pl.col("orders") + 1, "orders")), "rollup.customer.orders"),
    Tampered("order_lost", "An order that a total still counts.",
             rows("order", lambda frame: frame.filter(pl.col("oid") != 50)), "rollup.customer.orders"),
    Tampered("amount_edited", "One amount was edited, its formula was not.",
             column("order", amount=one("oid", 60, amount + 0.5, "amount")), "formula.order.gross"),
    Tampered("formula_off", "A gross amount that is a cent too high.",
             column("order", gross=one("oid", 60, pl.col("gross") + 0.01, "gross")), "formula.order.gross"),
    Tampered("copy_off", "An order in another region than its customer.",
             column("order", home=one("oid", 60, pl.lit("West"), "home")), "formula.order.home"),
    Tampered("price_off", "An item at another price than its product.",
             column("item", price=one("oid", 60, pl.col("price") + 1, "price")), "formula.item.price"),
)  # fmt: skip

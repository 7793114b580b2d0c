"""Faults that break a rule: each is a FAIL that names it."""

from __future__ import annotations

import datetime as dt

import polars as pl

from tests.mutants.store import Frames, Tampered, column, one, rows, some, together

__all__ = ["RULES"]

amount, oid, cid = pl.col("amount"), pl.col("oid"), pl.col("cid")
cent = pl.lit("0.01").cast(pl.Decimal(15, 2))
many = oid % 500 == 7


def cast(table: str, name: str, dtype: pl.DataType) -> Tampered:
    change = rows(table, lambda frame: frame.with_columns(pl.col(name).cast(dtype, strict=False)))
    return Tampered(f"{name}_as_{dtype.base_type().__name__.lower()}", f"{name} is written as {dtype}.",
                    (f"{table}.{name}",), change, f"columns.{table}.{name}")  # fmt: skip


def extra_items(frames: Frames) -> Frames:
    """Give one order nine more items."""
    item = frames["item"]
    first = item.filter(oid == 21).head(1)
    more = [first.with_columns(line=pl.lit(20 + at, item.schema["line"])) for at in range(9)]
    return {**frames, "item": pl.concat([item, *more])}


def many_orders(frames: Frames) -> Frames:
    """Give one customer the orders of thirty others."""
    return column("order", cid=some(cid.is_between(100, 130), 100, "cid"))(frames)


def fault(name: str, story: str, touches: str, change: object, finding: str) -> Tampered:
    return Tampered(name, story, tuple(touches.split()), change, finding)  # type: ignore[arg-type]


def edit(name: str, place: str, story: str, value: pl.Expr, finding: str) -> Tampered:
    """Change one column."""
    table, _, own = place.partition(".")
    return fault(name, story, place, column(table, **{own: value}), finding)


STRUCTURE = (
    edit("key_twice", "customer.cid", "Two customers have one key.", one("cid", 9, pl.lit(8), "cid"), "key.customer.cid"),
    fault("row_twice", "A tenth of the orders are there twice.", "order",
          rows("order", lambda f: pl.concat([f, f.filter(oid % 10 == 0)])), "key.order.oid"),
    fault("items_twice", "An order's items are there twice.", "item",
          rows("item", lambda f: pl.concat([f, f.filter(oid == 12)])), "key.item.oid+line"),
    edit("line_twice", "item.line", "Two items of an order have one number.",
         some(many, 1, "line"), "key.item.oid+line"),
    edit("unique_text_twice", "product.code", "Two products have one code.", one("sku", 9, pl.lit("P-0008"), "code"),
         "key.product.code"),
    fault("visits_twice", "The last visits are delivered twice.", "visit",
          rows("visit", lambda f: pl.concat([f, f.tail(50)])), "key.visit.vid"),
    edit("key_missing", "visit.vid", "A visit without a key.", one("vid", 9, pl.lit(None), "vid"), "nulls.visit.vid"),
    edit("orphan_order", "order.cid", "An order of nobody.", one("oid", 9, pl.lit(999_999), "cid"), "reference.order.cid"),
    edit("orphan_item", "item.oid", "Items of no order.", some(oid == 9, 999_999, "oid"), "reference.item.oid"),
    edit("orphan_product", "item.sku", "An item of no product.", some(oid == 9, 0, "sku"), "reference.item.sku"),
    edit("orphan_visit", "visit.cid", "A visit of nobody.", one("vid", 9, pl.lit(-1), "cid"), "reference.visit.cid"),
    edit("reference_missing", "visit.cid", "A visit without a customer.", one("vid", 9, pl.lit(None), "cid"),
         "nulls.visit.cid"),
    edit("country_in_lower_case", "customer.land", "Codes in lower case.", some(cid == 5, "de", "land"),
         "reference.customer.land"),
    edit("keys_shifted", "order.cid", "Orders hang at the next customer.", cid + 1, "reference.order.cid"),
    fault("customer_lost", "A customer was deleted, the orders stay.", "customer",
          rows("customer", lambda f: f.filter(cid != 77)), "reference.order.cid"),
    fault("last_customers_lost", "A file was cut after 95 % of the customers, with all that belongs to them.",
          "customer order item visit",
          together(rows("customer", lambda f: f.filter(cid <= 1900)), rows("order", lambda f: f.filter(cid <= 1900)),
                   rows("visit", lambda f: f.filter(cid <= 1900)),
                   lambda f: {**f, "item": f["item"].join(f["order"], on="oid", how="semi")}), "table.customer"),
    fault("rows_added", "Somebody added a product.", "product",
          rows("product", lambda f: pl.concat([f, f.tail(1).with_columns(sku=pl.lit(61, f.schema["sku"]), code=pl.lit("P-9"))])),
          "table.product"),
    fault("visits_lost", "The last tenth of the visits is not there.", "visit", rows("visit", lambda f: f.head(5400)),
          "table.visit"),
    fault("table_empty", "A table has a header only.", "visit", rows("visit", lambda f: f.head(0)), "table.visit"),
    fault("table_lost", "A table has no file.", "visit", lambda f: {k: v for k, v in f.items() if k != "visit"}, "table.visit"),
    fault("column_lost", "A column was not delivered.", "order.weight", rows("order", lambda f: f.drop("weight")),
          "columns.order.weight"),
    fault("column_renamed", "A column has another name.", "order.fee", rows("order", lambda f: f.rename({"fee": "Fees"})),
          "columns.order.fee"),
    fault("columns_exchanged", "Two columns stand under each other's name.", "customer.kids customer.phone",
          rows("customer", lambda f: f.rename({"kids": "phone", "phone": "kids"})), "columns.customer.kids"),
    cast("order", "discount", pl.String()), cast("order", "stars", pl.Int64()), cast("order", "paid", pl.Date()),
    cast("customer", "newsletter", pl.Int8()), cast("customer", "born", pl.String()), cast("customer", "age", pl.Decimal(9, 1)),
    cast("item", "quantity", pl.Float64()), cast("order", "fee", pl.Float64()), cast("visit", "device", pl.Binary()),
    edit("value_missing", "order.weight", "One weight is missing.", one("oid", 9, pl.lit(None), "weight"), "nulls.order.weight"),
    edit("category_missing", "visit.device", "A hundred devices are missing.", some(pl.col("vid") < 100, None, "device"),
         "nulls.visit.device"),
    edit("not_a_number", "visit.minutes", "One value is NaN.", one("vid", 8, pl.lit(float("nan")), "minutes"),
         "finite.visit.minutes"),
    edit("infinite", "item.rebate", "A division by zero.", some(oid == 10, float("inf"), "rebate"), "finite.item.rebate"),
    edit("minus_infinite", "customer.age", "A logarithm of zero.", one("cid", 6, pl.lit(float("-inf")), "age"),
         "finite.customer.age"),
    edit("given_changed", "country.vat", "A row of a lookup table was edited.", some(pl.col("code") == "FR", 0.21, "vat"),
         "given.country"),
    fault("given_added", "A lookup table has another row.", "country",
          rows("country", lambda f: pl.concat([f, f.head(1).with_columns(code=pl.lit("GB"))])), "given.country"),
    edit("condition", "order.gross", "Gross is below net.", one("oid", 61, amount / 2, "gross"), "condition.order.1"),
)  # fmt: skip

LABELS = (
    edit("unknown_label", "customer.tier", "A segment that nobody declared.", one("cid", 4, pl.lit("Gold"), "tier"),
         "segments.tier.unknown"),
    edit("label_missing", "customer.tier", "A customer without a segment.", one("cid", 4, pl.lit(None), "tier"),
         "segments.tier.null"),
    edit("label_empty", "customer.region", "An empty segment.", one("cid", 4, pl.lit(""), "region"), "segments.region.unknown"),
    edit("label_in_lower_case", "customer.tier", "Some labels in lower case.", some(cid % 100 == 0, pl.col("tier").str.to_lowercase(), "tier"),
         "segments.tier.unknown"),
    edit("label_with_a_space", "customer.region", "A trailing space.", some(cid % 100 == 0, pl.col("region") + " ", "region"),
         "segments.region.unknown"),
    edit("shares_drifted", "customer.tier", "3 % more VIPs than declared.", some(cid % 30 == 0, "VIP", "tier"), "shares.tier"),
    edit("random_shares_drifted", "customer.region", "58 % in the north.", some(cid % 6 == 0, "North", "region"),
         "shares.region"),
    edit("segment_gone", "customer.tier", "All VIPs became Std.", pl.lit("Std"), "shares.tier"),
)  # fmt: skip

BOUNDS = (
    edit("rating_too_high", "order.stars", "A rating of 11.", one("oid", 70, pl.lit(11.0), "stars"), "bounds.order.stars"),
    edit("rating_too_low", "order.stars", "A rating of -3.", one("oid", 71, pl.lit(-3.0), "stars"), "bounds.order.stars"),
    edit("outside_uniform", "product.price", "A price a cent above its range.", one("sku", 5, pl.lit(50.01), "price"),
         "bounds.product.price"),
    edit("outside_integer", "order.discount", "A discount of 10.", one("oid", 9, pl.lit(10), "discount"), "bounds.order.discount"),
    edit("outside_decimal", "order.fee", "A fee below its range.", one("oid", 9, pl.lit(0.99), "fee"), "bounds.order.fee"),
    edit("negative_weight", "order.weight", "A weight below zero.", one("oid", 9, pl.lit(-0.001), "weight"), "bounds.order.weight"),
    edit("refunds", "order.amount", "A refund among the amounts.", one("oid", 9, -amount, "amount"), "bounds.order.amount"),
    edit("share_above_one", "item.rebate", "A rebate of 130 %.", some(many, 1.3, "rebate"), "bounds.item.rebate"),
    edit("nothing_bought", "item.quantity", "No pieces of an item.", some(oid == 44, 0, "quantity"), "bounds.item.quantity"),
    edit("sentinel", "item.quantity", "999 stands for unknown.", some(oid == 45, 999, "quantity"), "bounds.item.quantity"),
    edit("minus_one_child", "customer.kids", "-1 stands for unknown.", some(cid % 400 == 0, -1, "kids"), "bounds.customer.kids"),
    edit("a_year_late", "customer.joined", "A customer joined a year after the window.",
         one("cid", 4, pl.col("joined") + dt.timedelta(days=366), "joined"), "bounds.customer.joined"),
    edit("epoch", "customer.joined", "1970 stands for unknown.", some(cid % 700 == 0, dt.datetime(1970, 1, 1), "joined"),
         "bounds.customer.joined"),
    edit("not_born", "customer.born", "A birthday in 2024.", one("cid", 4, pl.lit(dt.date(2024, 1, 1)), "born"),
         "bounds.customer.born"),
    edit("day_and_month_exchanged", "customer.born", "A birthday with another century.",
         some(cid % 300 == 0, pl.col("born").dt.offset_by("-100y"), "born"), "bounds.customer.born"),
    edit("paid_at_the_end", "order.paid", "An instant at the open end of the window.",
         one("oid", 4, pl.lit(dt.datetime(2025, 1, 1)), "paid"), "bounds.order.paid"),
    edit("clock_shifted", "order.paid", "A server writes another time zone.",
         pl.col("paid") + dt.timedelta(hours=5), "bounds.order.paid"),
    edit("unknown_status", "order.status", "A status that no choice has.", one("oid", 33, pl.lit("refunded"), "status"),
         "values.order.status"),
    edit("status_in_capitals", "order.status", "A status in capitals.", some(many, "PAID", "status"), "values.order.status"),
    edit("status_with_a_space", "order.status", "A status with a space.", some(many, "paid ", "status"), "values.order.status"),
    edit("null_as_text", "customer.phone", "The text NULL for a missing value.", some(cid % 100 == 0, "NULL", "phone"),
         "values.customer.phone"),
    edit("empty_text", "visit.device", "An empty text for a missing value.", some(pl.col("vid") % 900 == 0, "", "device"),
         "values.visit.device"),
    edit("more_digits", "order.weight", "Weights with more digits than declared.", some(many, pl.col("weight") + 0.0004, "weight"),
         "digits.order.weight"),
    edit("money_in_binary", "visit.minutes", "Minutes computed from seconds.", pl.col("minutes") * 61 / 60, "digits.visit.minutes"),
    edit("half_a_star", "order.stars", "Ratings of half a star.", some(many & (pl.col("stars") < 5), pl.col("stars") + 0.5, "stars"),
         "digits.order.stars"),
)  # fmt: skip

ORDER = (
    edit("order_after_the_window", "order.at", "An order a year after the end.", one("oid", 12, pl.lit(dt.datetime(2026, 1, 1)), "at"),
         "instants.order.at.2"),
    edit("order_before_joining", "order.at", "An order before its customer joined.", one("oid", 13, pl.lit(dt.datetime(2023, 12, 31)), "at"),
         "instants.order.at.1"),
    edit("shipped_first", "order.shipped", "Shipped before it was ordered.", one("oid", 14, pl.col("at") - dt.timedelta(seconds=1), "shipped"),
         "instants.order.shipped"),
    fault("instants_exchanged", "Ordered and shipped are exchanged.", "order.at order.shipped",
          rows("order", lambda f: f.with_columns(at=pl.col("shipped"), shipped=pl.col("at"))), "instants.order.shipped"),
    edit("one_clock_shifted", "order.shipped", "The warehouse is two days behind.", pl.col("shipped") - dt.timedelta(days=2),
         "instants.order.shipped"),
)  # fmt: skip

FAMILIES = (
    fault("without_items", "An order without items.", "item", rows("item", lambda f: f.filter(oid != 21)), "children.item.oid"),
    fault("too_many_items", "An order with nine more items.", "item", extra_items, "children.item.oid"),
    fault("whale_of_orders", "A customer has the orders of thirty.", "order.cid", many_orders, "children.order.cid"),
    edit("product_twice", "item.sku", "A product twice in one order.", pl.col("sku").first().over("oid"), "distinct.item.sku.order"),
    edit("product_twice_once", "item.sku", "A product twice in each hundredth order.",
         some(oid % 100 == 0, pl.col("sku").first().over("oid"), "sku"), "distinct.item.sku.order"),
    edit("sum_off_by_a_cent", "customer.spent", "A total that is a cent too high.", one("cid", 8, pl.col("spent") + cent, "spent"),
         "rollup.customer.spent"),
    edit("sums_rounded", "customer.spent", "Totals in whole units.", pl.col("spent").cast(pl.Float64).round(0), "rollup.customer.spent"),
    edit("sums_shifted", "customer.spent", "Totals stand one row lower.", pl.col("spent").shift(1, fill_value=0), "rollup.customer.spent"),
    edit("count_off", "customer.orders", "A count that is one too high.", one("cid", 8, pl.col("orders") + 1, "orders"),
         "rollup.customer.orders"),
    edit("count_of_last_month", "customer.orders", "Counts before the last orders came.", pl.col("orders") - (cid % 7 == 0).cast(pl.Int64),
         "rollup.customer.orders"),
    edit("largest_off", "customer.largest", "A maximum that no row has.", one("cid", 8, pl.col("largest") + 0.01, "largest"),
         "rollup.customer.largest"),
    fault("order_lost", "An order that a total still counts.", "order", rows("order", lambda f: f.filter(oid != 50)),
          "rollup.customer.orders"),
    edit("order_moved", "order.cid", "An order hangs at another customer.", one("oid", 50, pl.lit(1900), "cid"), "rollup.customer.spent"),
    edit("amount_edited", "order.amount", "One amount was edited, its formula was not.", one("oid", 60, amount + 0.5, "amount"),
         "formula.order.gross"),
    edit("formula_off", "order.gross", "A gross amount that is a cent too high.", one("oid", 60, pl.col("gross") + 0.01, "gross"),
         "formula.order.gross"),
    edit("formula_of_old_rate", "order.gross", "The old tax rate for some.", some(many, (amount * 1.16).round(2), "gross"), "formula.order.gross"),
    edit("formula_not_rounded", "order.gross", "The formula without its rounding.", amount * 1.19, "formula.order.gross"),
    edit("copy_off", "order.home", "An order in another region than its customer.", one("oid", 60, pl.lit("West"), "home"),
         "formula.order.home"),
    edit("copy_stale", "order.home", "Customers moved, the copies did not follow.", some(many, "North", "home"), "formula.order.home"),
    edit("lines_from_zero", "item.line", "The lines of an order are numbered from 0.", some(oid == 60, pl.col("line") - 1, "line"),
         "siblings.item.line"),
    edit("line_skipped", "item.line", "The numbers of the lines have a gap.", some(many & (pl.col("line") > 1), pl.col("line") + 1, "line"),
         "siblings.item.line"),
    edit("price_off", "item.price", "An item at another price than its product.", some(oid == 60, pl.col("price") + 1, "price"),
         "formula.item.price"),
    edit("price_of_the_next", "item.price", "Prices stand one row lower.", pl.col("price").shift(1, fill_value=9), "formula.item.price"),
)  # fmt: skip

RULES = (*STRUCTURE, *LABELS, *BOUNDS, *ORDER, *FAMILIES)

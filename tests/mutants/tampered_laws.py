"""Faults that break no rule, but an expectation: levels, spreads, shares, nulls, counts, effects and labels."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from tests.mutants.store import Change, Frames, Tampered, column, one, rows, some

__all__ = ["LAWS"]

vip, north, amount, cid, oid = pl.col("vip"), pl.col("north"), pl.col("amount"), pl.col("cid"), pl.col("oid")
mean = amount.mean().over("vip")
tail = amount > amount.quantile(0.9).over("vip")
late = pl.col("at") >= dt.datetime(2024, 9, 1)
half = dt.datetime(2024, 4, 1)


def fault(name: str, story: str, touches: str, change: Change, finding: str, status: str = "WARN") -> Tampered:
    return Tampered(name, story, tuple(touches.split()), change, finding, status)


def look(name: str, place: str, story: str, value: pl.Expr, finding: str, status: str = "WARN") -> Tampered:
    """Change one column: a warning at least."""
    table, _, own = place.partition(".")
    return fault(name, story, place, column(table, **{own: value}), finding, status)


def lost(name: str, place: str, story: str, value: pl.Expr, finding: str) -> Tampered:
    """Change one column so that a declared effect is wrong."""
    return look(name, place, story, value, finding, "FAIL")


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


def kept(table: str, where: pl.Expr) -> Change:
    """Keep the rows of a table, which may depend on the customer's segments, for which something is true."""

    def change(frames: Frames) -> Frames:
        known = frames["customer"].select("cid", vip=pl.col("tier") == "VIP", north=pl.col("region") == "North")
        frame = frames[table].join(known, on="cid", how="left", maintain_order="left").filter(where)
        return {**frames, table: frame.select(frames[table].columns)}

    return change


def labels(share: float, name: str = "tier") -> Change:
    """Permute the labels of a share of the customers among them."""

    def change(frames: Frames) -> Frames:
        generator, customers = np.random.default_rng(3), frames["customer"]
        found = customers[name].to_numpy().copy()
        chosen = generator.choice(len(found), round(share * len(found)), replace=False)
        found[chosen] = generator.permutation(found[chosen])
        return {**frames, "customer": customers.with_columns(pl.Series(name, found))}

    return change


def wider(name: str, factor: float) -> pl.Expr:
    """Move values away from, or towards, their mean."""
    return pl.col(name).mean() + factor * (pl.col(name) - pl.col(name).mean())


income, weight, kids = pl.col("income"), pl.col("weight"), pl.col("kids")
VALUES = (
    look("level", "order.amount", "All amounts times 10: the ratios are right.", amount * 10, "distribution.order.amount"),
    look("level_of_a_column", "customer.age", "All ages in months.", pl.col("age") * 12, "distribution.customer.age"),
    look("a_little_higher", "order.weight", "All weights 10 % higher.", (weight * 1.1).round(3), "distribution.order.weight"),
    look("other_unit_for_some", "order.weight", "A third of the weights in pounds.",
         some(oid % 3 == 0, (weight * 2.2).round(3), "weight"), "distribution.order.weight"),
    look("constant_added", "customer.income", "All incomes with a bonus.", (income + 8).round(2), "distribution.customer.income"),
    look("all_equal", "order.amount", "All amounts of a segment are its mean.", mean.round(2), "distribution.order.amount"),
    look("spread_doubled", "order.amount", "Amounts lie twice as far from their mean.",
         (mean + 2 * (amount - mean)).round(2), "distribution.order.amount"),
    look("spread_halved", "customer.age", "Ages were smoothed.", wider("age", 0.5).round(1), "distribution.customer.age"),
    look("spread_of_one_segment", "order.amount", "The same for VIPs only.",
         some(vip, (mean + 2 * (amount - mean)).round(2), "amount"), "distribution.order.amount.VIP"),
    look("tail_cut", "order.amount", "The largest amounts were capped.", amount.clip(0, amount.quantile(0.9)),
         "distribution.order.amount"),
    look("tail_cut_off_low", "order.weight", "Scales do not show light parcels.", weight.clip(1.0, None), "distribution.order.weight"),
    look("outliers_replaced", "visit.minutes", "Long visits count as one minute.",
         some(pl.col("minutes") > 25, 1.0, "minutes"), "distribution.visit.minutes"),
    look("zeros_for_missing", "order.weight", "Missing weights became zero.", some(oid % 12 == 0, 0.0, "weight"),
         "distribution.order.weight"),
    look("means_for_missing", "customer.age", "A third of the ages are the mean.", some(cid % 3 == 0, 40.0, "age"),
         "distribution.customer.age"),
    look("heaped", "item.rebate", "Rebates in tenths.", pl.col("rebate").round(1), "distribution.item.rebate"),
    look("whole_numbers", "order.weight", "The decimals were cut off.", weight.floor(), "distribution.order.weight"),
    look("cents_cut", "customer.income", "Cents were cut off.", income.floor(), "last_digit.customer.income"),
    look("tenths_only", "order.fee", "Fees with one digit.", pl.col("fee").cast(pl.Float64).round(1), "last_digit.order.fee"),
    look("two_laws", "customer.age", "Half of the customers are ten years older.", pl.col("age") + 10 * (cid % 2),
         "distribution.customer.age"),
    look("older_vips", "customer.age", "VIPs are ten years older: nothing declares it.",
         pl.col("age") + 10 * vip.cast(pl.Float64), "distribution.customer.age.VIP"),
    look("older_north", "customer.age", "Customers in the north are older.",
         pl.col("age") + 5 * north.cast(pl.Float64), "distribution.customer.age"),
    look("richer_north", "customer.income", "An effect of the other axis.",
         some(north, (income * 1.4).round(2), "income"), "distribution.customer.income"),
    look("more_pieces", "item.quantity", "VIPs buy one piece more of each.",
         (pl.col("quantity") + vip.cast(pl.Int64)).clip(1, 12), "distribution.item.quantity.VIP"),
    look("fewer_pieces", "item.quantity", "Nobody buys more than two.", pl.col("quantity").clip(1, 2), "distribution.item.quantity"),
    look("kids_of_north", "customer.kids", "More children in the north.", kids + (north & (cid % 2 == 0)).cast(pl.Int64),
         "distribution.customer.kids"),
    look("twins", "customer.kids", "Each child was counted twice.", kids * 2, "distribution.customer.kids"),
    look("better_stars", "order.stars", "The worst ratings were deleted.", pl.col("stars").clip(3, 5), "distribution.order.stars"),
    look("heavy_parcels_of_vips", "order.weight", "Parcels of VIPs are heavier.",
         some(vip, (weight * 1.2).round(3), "weight"), "leak.watch.tier.order.cid.weight"),
    look("simpson", "order.amount", "VIPs of the north spend more, those of the south less; Std the other way.",
         some(vip == north, (amount * 1.3).round(2), "amount"), "distribution.order.amount"),
    look("simpson_of_weights", "order.weight", "The same for weights, whose margins stay alike.",
         pl.when(vip == north).then(weight * 1.25).otherwise(weight * 0.75).round(3), "distribution.order.weight"),
    look("whale", "order.amount", "One amount of a million.", one("oid", 300, pl.lit(1_000_000.0), "amount"),
         "distribution.order.amount"),
    look("small_whale", "order.weight", "One weight of 60.", one("oid", 300, pl.lit(60.0), "weight"), "distribution.order.weight"),
    look("very_old", "customer.age", "A customer of 130 years.", one("cid", 30, pl.lit(130.0), "age"), "distribution.customer.age"),
    look("many_kids", "customer.kids", "A customer with 40 children.", one("cid", 30, pl.lit(40), "kids"), "distribution.customer.kids"),
    look("month_missing", "customer.joined", "Nobody joined in March.",
         some(pl.col("joined").dt.month() == 3, pl.col("joined") + dt.timedelta(days=31), "joined"), "distribution.customer.joined"),
    look("all_at_midnight", "customer.joined", "Instants lost their hours.", pl.col("joined").dt.truncate("1mo"),
         "distribution.customer.joined"),
    look("paid_early", "order.paid", "Payments of the first half of the year.",
         pl.col("paid") - pl.duration(seconds=(pl.col("paid") - dt.datetime(2024, 1, 1)).dt.total_seconds() // 2),
         "distribution.order.paid"),
    look("ordered_at_midnight", "order.at", "Orders have a day, but no time of it.",
         pl.max_horizontal(pl.col("at").dt.truncate("1d"), pl.col("at").dt.truncate("1m")), "timing.order.at.second"),
    look("shipped_an_hour_later", "order.shipped", "The clock of the warehouse is an hour ahead.",
         pl.col("shipped") + dt.timedelta(hours=1), "timing.order.shipped.lag"),
    look("shipped_after_lunch", "order.shipped", "The instants of shipping are cut to hours, and moved by one.",
         pl.col("shipped").dt.truncate("1h") + dt.timedelta(hours=1), "timing.order.shipped.second"),
    look("shipped_long_after", "order.shipped", "One parcel waited for three years.",
         one("oid", 15, pl.col("shipped") + dt.timedelta(days=1100), "shipped"), "timing.order.shipped.lag.above"),
    look("joined_in_the_morning", "customer.joined", "All customers join before noon.",
         pl.col("joined") - pl.duration(seconds=(pl.col("joined").dt.hour() // 12) * 43_200), "timing.customer.joined.hour"),
    look("born_on_mondays", "customer.born", "Birthdays are cut to weeks.", pl.col("born").dt.truncate("1w"),
         "timing.customer.born.weekday"),
    look("paid_to_the_minute", "order.paid", "The bank knows no seconds.", pl.col("paid").dt.truncate("1m"),
         "timing.order.paid.second"),
    look("orders_at_once", "order.at", "Customers order in the first half of their time.",
         pl.col("at") - pl.duration(seconds=(pl.col("at") - pl.col("at").min().over("cid")).dt.total_seconds() // 2),
         "timing.order.at.place"),
    look("younger", "customer.born", "Everybody is ten years younger, but for the last ones.",
         some(pl.col("born") < dt.date(1996, 1, 1), pl.col("born").dt.offset_by("10y"), "born"), "distribution.customer.born"),
    look("vips_joined_first", "customer.joined", "VIPs joined in the first months.",
         some(vip & (pl.col("joined") > half), pl.col("joined") - dt.timedelta(days=90), "joined"),
         "distribution.customer.joined.VIP"),
)  # fmt: skip

SHARES = (
    look("mix", "order.status", "Fewer orders are paid.", some(oid % 5 == 0, "open", "status"), "mix.order.status"),
    look("categories_merged", "order.status", "Lost orders count as open.", some(pl.col("status") == "lost", "open", "status"),
         "mix.order.status"),
    look("category_gone", "visit.device", "Tablets are called phones.", some(pl.col("device") == "tablet", "phone", "device"),
         "mix.visit.device"),
    look("categories_exchanged", "visit.device", "Tablet and desktop are exchanged.",
         pl.col("device").replace({"tablet": "desktop", "desktop": "tablet"}), "mix.visit.device"),
    look("mix_of_one_segment", "customer.phone", "VIPs have mobile phones only.",
         some(vip & pl.col("phone").is_not_null(), "mobile", "phone"), "mix.customer.phone.VIP"),
    look("land_of_north", "customer.land", "The north is German.", some(north & (cid % 2 == 0), "DE", "land"), "mix.customer.land"),
    look("true_too_often", "customer.newsletter", "The newsletter goes to more customers.",
         pl.col("newsletter") | (cid % 8 == 0), "mix.customer.newsletter"),
    look("flag_inverted", "customer.newsletter", "A flag was inverted.", ~pl.col("newsletter"), "mix.customer.newsletter"),
    look("flag_never", "order.gift", "No gifts at all.", pl.lit(False), "mix.order.gift"),
    look("default_filled_in", "customer.phone", "Missing phones became home.", pl.col("phone").fill_null("home"),
         "null_share.customer.phone"),
    look("nulls", "order.discount", "60 % are missing where 5 % are declared.", some(oid % 10 < 6, None, "discount"),
         "null_share.order.discount"),
    look("nulls_of_one_segment", "order.discount", "Only VIPs lack values.",
         pl.when(vip & (oid % 8 == 0)).then(None).otherwise(pl.col("discount").fill_null(4)), "null_share.order.discount.VIP"),
    look("no_nulls", "order.discount", "Missing values were filled in.", pl.col("discount").fill_null(0),
         "null_share.order.discount"),
    look("nulls_of_late_months", "order.paid", "Payments of December did not arrive.",
         some(pl.col("paid") >= dt.datetime(2024, 12, 1), None, "paid"), "null_share.order.paid"),
    look("nulls_of_north", "customer.phone", "Phones of the north are missing.", some(north & (cid % 3 == 0), None, "phone"),
         "null_share.customer.phone"),
    fault("axes_tied", "Most VIPs live in the north.", "customer.region",
          column("customer", region=some(vip & (cid % 3 > 0), "North", "region")), "association.tier.region"),
    fault("no_scatter", "All customers of a cell have the same number of orders.", "order.cid", spread_over,
          "distribution.order.per.customer"),
    fault("more_scatter", "Half of the customers have all orders.", "order", doubled, "distribution.order.per.customer"),
    fault("a_tenth_without_orders", "The orders of a tenth of the customers are gone.", "order", kept("order", cid % 10 > 0),
          "distribution.order.per.customer"),
    fault("orders_thinned", "10 % of the orders are gone.", "order", kept("order", oid % 10 > 0), "distribution.order.per.customer"),
    fault("month_of_orders_missing", "The orders of June are gone.", "order", kept("order", pl.col("at").dt.month() != 6),
          "distribution.order.per.customer"),
    fault("items_thinned", "Further items are gone.", "item", rows("item", lambda f: f.filter(pl.col("line") <= 2)),
          "distribution.item.per.order"),
)  # fmt: skip

EFFECTS = (
    lost("value_lost", "order.amount", "The effect on amounts is not there.", some(vip, (amount / 1.5).round(2), "amount"),
         "ratio.value.order.amount.tier"),
    lost("value_twice", "customer.income", "The effect acts twice.", some(vip, (income * 1.6).round(2), "income"),
         "ratio.value.customer.income.tier"),
    lost("value_inverted", "customer.income", "The effect is inverted.", some(vip, (income / 2.56).round(2), "income"),
         "direction.value.customer.income.tier"),
    lost("value_at_half", "order.amount", "Half of the effect.", some(vip, (amount / 1.5**0.5).round(2), "amount"),
         "ratio.value.order.amount.tier"),
    lost("value_for_even_customers", "order.amount", "Only even customers show the effect.",
         some(vip & (cid % 2 == 1), (amount / 1.5).round(2), "amount"), "ratio.value.order.amount.tier"),
    lost("value_in_large_orders", "order.amount", "Only large orders show the effect.",
         some(vip & (amount < 100), (amount / 1.5).round(2), "amount"), "ratio.value.order.amount.tier"),
    lost("value_ten_percent_off", "order.amount", "VIPs spend 10 % less than declared.", some(vip, (amount * 0.9).round(2), "amount"),
         "ratio.value.order.amount.tier"),
    look("value_by_a_constant", "order.amount", "The effect is added, not multiplied: the means are right.",
         some(vip, (amount / 1.5 + 30).round(2), "amount"), "distribution.order.amount.VIP"),
    look("effect_in_the_tail", "order.amount", "VIPs spend more in their largest tenth of orders only.",
         some(vip, pl.when(tail).then(amount * 1.66).otherwise(amount / 1.5).round(2), "amount"), "distribution.order.amount.VIP"),
    look("effect_late", "order.amount", "VIPs spend more in the last months only, at double size.",
         some(vip, pl.when(late).then(amount * 1.5).otherwise(amount / 1.5).round(2), "amount"), "distribution.order.amount.VIP"),
    lost("region_lost", "visit.minutes", "The effect of the region is not there.",
         some(north, (pl.col("minutes") / 1.3).round(1), "minutes"), "ratio.value.visit.minutes.customer.region"),
    lost("share_lost", "order.gift", "VIPs give no more than others.", pl.col("gift") & (~vip | (oid % 2 == 0)),
         "ratio.share.order.gift"),
    lost("share_of_a_card_lost", "customer.card", "VIPs have no more gold cards.",
         some(vip & (cid % 2 == 0), "plain", "card"), "ratio.share.customer.card"),
    lost("share_inverted", "customer.card", "Gold and plain are exchanged.",
         pl.col("card").replace({"gold": "plain", "plain": "gold"}), "ratio.share.customer.card"),
    fault("fanout_lost", "VIPs have no more orders.", "order", kept("order", ~vip | (oid % 3 < 2)), "ratio.fanout.order.tier", "FAIL"),
    fault("fanout_of_region_lost", "The north has no more orders.", "order", kept("order", ~north | (oid % 6 < 5)),
          "ratio.fanout.order.region", "FAIL"),
    fault("fanout_for_even_customers", "Odd VIPs have no more orders.", "order", kept("order", ~vip | (cid % 2 == 0) | (oid % 3 < 2)),
          "ratio.fanout.order.tier", "FAIL"),
    fault("reference_lost", "VIPs visit no more often.", "visit.cid",
          column("visit", cid=some(vip & (pl.col("vid") % 2 == 0), pl.col("vid") % 2000 + 1, "cid")), "ratio.ref.visit.cid.tier", "FAIL"),
    fault("labels_permuted", "All labels permuted.", "customer.tier", labels(1.0), "combined.tier", "FAIL"),
    fault("labels_half_permuted", "Half of the labels permuted.", "customer.tier", labels(0.5), "combined.tier", "FAIL"),
    fault("labels_partly_permuted", "20 % of the labels permuted.", "customer.tier", labels(0.2), "combined.tier", "FAIL"),
    fault("regions_permuted", "All regions permuted.", "customer.region", labels(1.0, "region"), "combined.region", "FAIL"),
    fault("labels_shifted", "Labels stand one row lower.", "customer.tier",
          column("customer", tier=pl.col("tier").shift(1, fill_value="Std")), "combined.tier", "FAIL"),
    fault("labels_exchanged", "VIP and Std are exchanged.", "customer.tier",
          column("customer", tier=pl.col("tier").replace({"VIP": "Std", "Std": "VIP"})), "shares.tier", "FAIL"),
)  # fmt: skip

UNSEEN = (
    fault("rows_in_another_order", "Rows stand in another order: that is no promise.", "visit",
          rows("visit", lambda f: f.reverse()), ""),
    look("one_value_edited", "visit.minutes", "One value, within all bounds.", one("vid", 8, pl.lit(12.3), "minutes"), ""),
)  # fmt: skip

LAWS = (*VALUES, *SHARES, *EFFECTS, *UNSEEN)

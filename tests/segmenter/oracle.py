"""Features a second time, from their definitions: one customer after another, one order after another, in plain Python.

Nothing is shared with the program that is tested, and nothing is fast.
"""

from __future__ import annotations

import datetime as dt
import math
import statistics as st
from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import polars as pl

DAY = 86400
MONTH = 30.4375 * DAY
Row = dict[str, Any]


def second(instant: dt.datetime) -> int:
    return math.floor((instant - dt.datetime(1970, 1, 1)).total_seconds())


def customers_of(shop: Mapping[str, pl.DataFrame], as_of: dt.datetime, cancelled: str = "cancelled") -> dict[str, Row]:
    """Return what is known of each customer at `as_of`."""
    people: dict[str, Row] = defaultdict(
        lambda: {"orders": [], "lines": [], "returns": [], "tickets": [], "created": None}
    )
    for row in shop["customer"].iter_rows(named=True):
        if row["signed_up"] <= as_of:
            people[str(row["customer_id"])]["created"] = second(row["signed_up"])
    owner: dict[str, str] = {}
    for row in shop["order"].iter_rows(named=True):
        if row["ordered_at"] <= as_of and row["status"] != cancelled:
            owner[row["order_id"]] = str(row["customer_id"])
            people[str(row["customer_id"])]["orders"].append({**row, "s": second(row["ordered_at"])})
    categories = dict(shop["product"].iter_rows())
    for row in shop["order_item"].iter_rows(named=True):
        if row["order_id"] in owner:
            people[owner[row["order_id"]]]["lines"].append({**row, "category": categories[row["product_id"]]})
    for row in shop["return"].iter_rows(named=True):
        if row["order_id"] in owner and row["returned_at"] <= as_of:
            people[owner[row["order_id"]]]["returns"].append(row)
    for row in shop["ticket"].iter_rows(named=True):
        if str(row["customer_id"]) in people and row["opened_at"] <= as_of:
            people[str(row["customer_id"])]["tickets"].append(row)
    for person in people.values():
        person["orders"].sort(key=lambda order: (order["s"], order["total"], order["channel"] or "~"))
    return dict(people)


def _share(part: float, whole: float, prior: float) -> float:
    return (part + 5 * prior) / (whole + 5)


def _entropy(counts: Counter[Any]) -> float:
    total = sum(counts.values())
    return -sum(count / total * math.log(count / total) for count in counts.values())


def _cv(values: list[float]) -> float:
    return st.stdev(values) / st.mean(values)


def _slope(values: list[float]) -> float:
    """Return the least squares slope over 1, 2, …, relative to the mean."""
    return st.linear_regression(range(len(values)), values).slope / st.mean(values)


def population(people: Mapping[str, Row], now: int) -> Row:
    """Return what features take from all customers together."""
    buyers = [person for person in people.values() if person["orders"]]
    orders = [order for person in buyers for order in person["orders"]]
    n = [len(person["orders"]) for person in buyers]
    exposure = [max(now - person["orders"][0]["s"], 30 * DAY) for person in buyers]
    mean = sum(n) / sum(exposure)
    excess = sum((a - mean * b) ** 2 for a, b in zip(n, exposure, strict=True)) - sum(n)
    alpha = min(max(mean**2 * sum(b * b for b in exposure) / excess, 0.5), 50) if excess > 0 else 50
    products = [Counter(line["product_id"] for line in person["lines"]) for person in buyers]
    channels = Counter(order["channel"] for order in orders if order["channel"] is not None)
    ranked = sorted(channels, key=lambda name: (-channels[name], name))[:3]
    steps = [
        (one["channel"], two["channel"])
        for person in buyers
        for one, two in pairwise(person["orders"])
        if one["channel"] is not None and two["channel"] is not None
    ]
    tickets = [ticket for person in buyers for ticket in person["tickets"]]
    returns = [row for person in buyers for row in person["returns"]]
    revenue = sum(order["total"] for order in orders)
    return {
        "alpha": alpha,
        "rate": mean * MONTH,
        "breadth": sum(map(len, products)) / sum(counts.total() for counts in products),
        "discounted": sum(order["discount"] > 0 for order in orders) / len(orders),
        "weekend": sum(order["ordered_at"].weekday() >= 5 for order in orders) / len(orders),
        "office": sum(9 <= order["ordered_at"].hour < 17 for order in orders) / len(orders),
        "repeated": sum(m > 1 for counts in products for m in counts.values()) / sum(map(len, products)),
        "returns": len(returns) / len(orders),
        "refunded": sum(row["refund_amount"] for row in returns) / revenue,
        "mean_order": revenue / len(orders),
        "channels": ranked,
        "by": {name: channels[name] / channels.total() for name in ranked},
        "switches": sum(a != b for a, b in steps) / len(steps),
        "tickets": len(tickets) / len(orders),
        "reopened": sum(ticket["reopened"] for ticket in tickets) / len(tickets),
        "gap": sum(person["orders"][-1]["s"] - person["orders"][0]["s"] for person in buyers)
        / (len(orders) - len(buyers)),
        "splurges": sum(_splurges([order["total"] for order in person["orders"]]) for person in buyers) / len(orders),
    }


def _splurges(totals: list[float]) -> int:
    return sum(total > 2 * st.mean(totals) + 1e-9 for total in totals)


def features_of(person: Row, everyone: Row, now: int) -> dict[str, float | None]:
    """Return the features of one customer; without orders there are none."""
    if not person["orders"]:
        return {}
    found = _by_orders(person, everyone, now) | _by_lines(person, everyone) | _by_service(person, everyone)
    return found | (_by_history(person, everyone, now) if len(person["orders"]) >= 3 else {})


def _by_orders(person: Row, everyone: Row, now: int) -> dict[str, float | None]:
    orders = person["orders"]
    n, first, last = len(orders), orders[0]["s"], orders[-1]["s"]
    totals = [order["total"] for order in orders]
    off = [order for order in orders if order["discount"] > 0]
    recent = sum(order["s"] > now - 90 * DAY for order in orders)
    exposure = max(now - first, 30 * DAY)
    prior = everyone["alpha"], everyone["alpha"] / everyone["rate"]
    rate = (n + prior[0]) / (exposure / MONTH + prior[1])
    recent_rate = (recent + prior[0]) / (min(exposure, 90 * DAY) / MONTH + prior[1])
    week = [2 * math.pi * order["ordered_at"].weekday() / 7 for order in orders]
    day = [2 * math.pi * (order["s"] % DAY) / DAY for order in orders]
    created = person["created"]
    start = first if created is None else min(first, created)
    return {
        "purchase_frequency.rate": rate,
        "purchase_frequency.orders": n,
        "purchase_frequency.recency_days": (now - last) / DAY,
        "purchase_frequency.recent_orders": recent,
        "purchase_value.mean": st.mean(totals),
        "purchase_value.total": sum(totals),
        "purchase_value.median": st.median(totals),
        "purchase_value.largest": max(totals),
        "price_sensitivity.share": _share(len(off), n, everyone["discounted"]),
        "price_sensitivity.ever": float(bool(off)),
        "price_sensitivity.depth": sum(o["discount"] for o in off) / sum(o["discount"] + o["total"] for o in off)
        if off
        else 0,
        "price_sensitivity.amount": st.mean(o["discount"] for o in off) if off else 0,
        "purchase_cadence.weekend": _share(sum(o["ordered_at"].weekday() >= 5 for o in orders), n, everyone["weekend"]),
        "purchase_cadence.weekday_sin": sum(map(math.sin, week)) / (n + 5),
        "purchase_cadence.weekday_cos": sum(map(math.cos, week)) / (n + 5),
        "purchase_cadence.office_hours": _share(
            sum(9 <= o["ordered_at"].hour < 17 for o in orders), n, everyone["office"]
        ),
        "purchase_cadence.hour_sin": sum(map(math.sin, day)) / (n + 5),
        "purchase_cadence.hour_cos": sum(map(math.cos, day)) / (n + 5),
        "customer_maturity.tenure_months": max(now - start, 30 * DAY) / MONTH,
        "customer_maturity.span_days": (last - first) / DAY,
        "customer_maturity.acceleration": recent_rate / rate - 1,
        "customer_maturity.delay_days": None if created is None else max(first - created, 0) / DAY,
    }


def _by_lines(person: Row, everyone: Row) -> dict[str, float | None]:
    lines, n = person["lines"], len(person["orders"])
    found: dict[str, float | None] = {"problem_complexity_profile.lines_per_order": len(lines) / n}
    if not lines:
        return found
    m = Counter(line["product_id"] for line in lines)
    q: Counter[str] = Counter()
    category_q: Counter[str] = Counter()
    for line in lines:
        q[line["product_id"]] += line["quantity"]
        category_q[line["category"]] += line["quantity"]
    categories = Counter(line["category"] for line in lines)
    repeated = [count for count in m.values() if count > 1]
    total = q.total()
    return found | {
        "category_exploration.products": len(m),
        "category_exploration.breadth": _share(len(m), len(lines), everyone["breadth"]),
        "category_exploration.categories": len(categories),
        "category_exploration.evenness": _entropy(categories) / math.log(len(categories)) if len(categories) > 1 else 0,
        "repurchase_behavior.repeated": _share(len(repeated), len(m), everyone["repeated"]),
        "repurchase_behavior.repeats": st.mean(repeated) if repeated else 0,
        "repurchase_behavior.top_share": sum(sorted(q.values())[-max(len(m) // 5, 1) :]) / total,
        "product_knowledge.concentration": sum((count / total) ** 2 for count in q.values()),
        "product_knowledge.top_product": max(q.values()) / total,
        "product_knowledge.top_category": max(category_q.values()) / total,
        "product_knowledge.deep_categories": sum(count >= 3 for count in categories.values()),
    }


def _by_service(person: Row, everyone: Row) -> dict[str, float | None]:
    orders, returns, tickets = person["orders"], person["returns"], person["tickets"]
    n, refunds = len(orders), sum(row["refund_amount"] for row in returns)
    extra = 5 * everyone["mean_order"]
    used = Counter(order["channel"] for order in orders if order["channel"] is not None)
    steps = [(a["channel"], b["channel"]) for a, b in pairwise(orders)]
    known = [(a, b) for a, b in steps if a is not None and b is not None]
    found: dict[str, float | None] = {
        "return_behavior.rate": _share(len(returns), n, everyone["returns"]),
        "return_behavior.ever": float(bool(returns)),
        "return_behavior.refunded": min(
            (refunds + everyone["refunded"] * extra) / (sum(order["total"] for order in orders) + extra), 1
        ),
        "return_behavior.amount": refunds,
        "problem_complexity_profile.return_reasons": len({row["reason"] for row in returns}),
        "problem_complexity_profile.ticketed": float(bool(tickets)),
        "problem_complexity_profile.tickets_per_order": _share(len(tickets), n, everyone["tickets"]),
        "problem_complexity_profile.ticket_kinds": len({row["kind"] for row in tickets}),
        "problem_complexity_profile.reopened": _share(
            sum(row["reopened"] for row in tickets), len(tickets), everyone["reopened"]
        ),
    }
    if used:
        names = dict(zip(("first", "second", "third"), everyone["channels"], strict=True))
        found |= {
            f"communication_preference.{place}_share": _share(used[name], used.total(), everyone["by"][name])
            for place, name in names.items()
        }
        found["communication_preference.variety"] = math.exp(_entropy(used))
        found["communication_preference.switches"] = _share(
            sum(a != b for a, b in known), len(known), everyone["switches"]
        )
    return found


def _by_history(person: Row, everyone: Row, now: int) -> dict[str, float | None]:
    orders = person["orders"]
    n, first, last = len(orders), orders[0]["s"], orders[-1]["s"]
    totals = [order["total"] for order in orders]
    gaps = [b["s"] - a["s"] for a, b in pairwise(orders)]
    recent = sum(order["s"] > now - 90 * DAY for order in orders)
    before = sum(now - 180 * DAY < order["s"] <= now - 90 * DAY for order in orders)
    prices = [line["unit_price"] for line in person["lines"]]
    later = [order["s"] - first for order in orders[1:]]
    return {
        "loyalty_trajectory.order_trend": (st.mean(later) / (now - first) - 0.5) * math.sqrt(12 * len(later)),
        "loyalty_trajectory.value_trend": _slope(totals),
        "loyalty_trajectory.gap_trend": -_slope([float(gap) for gap in gaps]),
        "loyalty_trajectory.momentum": (recent - before) / (recent + before + 1),
        "loyalty_trajectory.overdue": (now - last) / ((last - first + everyone["gap"]) / n),
        "loyalty_trajectory.gap_days": st.mean(gaps) / DAY,
        "loyalty_trajectory.regularity": 1 / (1 + _cv([float(gap) for gap in gaps])),
        "value_sophistication.price": st.mean(prices) if prices else None,
        "value_sophistication.price_spread": _cv(prices) if len(prices) >= 3 else None,
        "value_sophistication.splurges": _share(_splurges(totals), n, everyone["splurges"]),
        "value_sophistication.steadiness": 1 / (1 + _cv(totals)),
    }

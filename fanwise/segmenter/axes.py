"""What an axis is: a set of features of a customer, what they need, and how they are brought to one scale."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

__all__ = ["AXES", "FEATURES", "AxisState", "Feature", "FeatureTable", "Scale"]


class Scale(StrEnum):
    """How the values of a feature are transformed before they are clipped and standardised.

    LOG: log1p(x / unit), for counts and money, from 0; the unit is the weighted 10 % quantile of the positive values,
    so that another currency or unit changes nothing (log1p alone would). SHARE: 2 arcsin √x, for shares in [0, 1].
    SIGNED: asinh(x / unit) for trends, the unit being the weighted 90 % quantile of |x| (of the values that are not 0,
    if that is 0). PLAIN: as it is (flags, sines, cosines). Units are learned from the sample; 1 where there is none to
    learn.
    """

    LOG = "log"
    SHARE = "share"
    SIGNED = "signed"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Feature:
    """One number per customer. A feature belongs to one axis.

    name: its column in the feature table, `AXIS.FEATURE`. needs: the inputs without which it cannot be computed
    (`product`, `category`, `discount`, `channel`, `time`, `return`, `ticket`, …). min_orders: customers with fewer have
    null there (too little history), never a filled-in value.
    """

    name: str
    axis: str
    scale: Scale
    about: str
    needs: frozenset[str] = frozenset()
    min_orders: int = 1


@dataclass(frozen=True, slots=True)
class AxisState:
    """What a source allows of an axis: `full`, `partial` (features in `missing` are left out), or `off` (`reason`)."""

    status: Literal["full", "partial", "off"]
    features: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """The features of every customer, in a Parquet file sorted by `customer_id` as text.

    Columns: `customer_id` (String), `orders` Int64, `value` Float64 (lifetime value: the sum of order totals, or the
    number of orders where there are no amounts), and one
    Float64 column per feature of the axes that are not off, named `AXIS.FEATURE`; null where a customer has too little
    history or no value (then the customer is not eligible for that axis); never NaN or infinite.
    as_of: the instant that features look back from. fingerprint: what the features were made from (rows per table,
    first and last instant, hash of the mapping), strings and numbers only. constants: what features take from the
    population (priors, the mean order, the channels); a model keeps them, and `build_features` takes them back, so that
    a customer who is assigned later gets the same features. notes: what was left out or assumed, one sentence each.
    mapping: that of the source, as the model keeps it.
    """

    path: Path
    states: Mapping[str, AxisState]
    as_of: dt.datetime
    customers: int
    orders: int
    fingerprint: Mapping[str, str | int]
    constants: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    mapping: str = ""


AXES: tuple[str, ...] = (
    "purchase_frequency",
    "purchase_value",
    "category_exploration",
    "price_sensitivity",
    "purchase_cadence",
    "customer_maturity",
    "repurchase_behavior",
    "return_behavior",
    "communication_preference",
    "problem_complexity_profile",
    "loyalty_trajectory",
    "product_knowledge",
    "value_sophistication",
)
"""The axes, in the order in which they are shown."""


def _features(axis: str, *rows: tuple[str, Scale, str, str, int]) -> tuple[Feature, ...]:
    """Return the features of one axis from rows of (name, scale, about, needs, min_orders)."""
    return tuple(
        Feature(f"{axis}.{name}", axis, scale, about, frozenset(needs.split()), min_orders)
        for name, scale, about, needs, min_orders in rows
    )


_LOG, _SHARE, _SIGNED, _PLAIN = Scale.LOG, Scale.SHARE, Scale.SIGNED, Scale.PLAIN

FEATURES: tuple[Feature, ...] = (
    *_features(
        "purchase_frequency",
        ("rate", _LOG, "orders per month since the first order, shrunk towards the population", "", 1),
        ("orders", _LOG, "number of orders", "", 1),
        ("recency_days", _LOG, "days since the last order", "", 1),
        ("recent_orders", _LOG, "orders of the last 90 days", "", 1),
    ),
    *_features(
        "purchase_value",
        ("mean", _LOG, "mean order total", "amount", 1),
        ("total", _LOG, "sum of order totals", "amount", 1),
        ("median", _LOG, "median order total", "amount", 1),
        ("largest", _LOG, "largest order total", "amount", 1),
    ),
    *_features(
        "category_exploration",
        ("products", _LOG, "number of distinct products", "product", 1),
        ("breadth", _SHARE, "distinct products per line, shrunk", "product", 1),
        ("categories", _LOG, "number of distinct categories", "category", 1),
        ("evenness", _SHARE, "entropy of categories over lines / ln of their number; 0 for one", "category", 1),
    ),
    *_features(
        "price_sensitivity",
        ("share", _SHARE, "share of orders with a discount, shrunk", "discount", 1),
        ("ever", _PLAIN, "1 if any order had a discount", "discount", 1),
        (
            "depth",
            _SHARE,
            "discounts / (discounts + totals) of discounted orders; 0 if there are none",
            "discount amount",
            1,
        ),
        ("amount", _LOG, "mean discount of discounted orders; 0 if there are none", "discount", 1),
    ),
    *_features(
        "purchase_cadence",
        ("weekend", _SHARE, "share of orders on Saturday and Sunday, shrunk", "", 1),
        ("weekday_sin", _PLAIN, "sine of the weekday, mean over orders, shrunk to 0", "", 1),
        ("weekday_cos", _PLAIN, "cosine of the weekday, mean over orders, shrunk to 0", "", 1),
        ("office_hours", _SHARE, "share of orders from 9:00 to 16:59, shrunk", "time", 1),
        ("hour_sin", _PLAIN, "sine of the time of day, mean over orders, shrunk to 0", "time", 1),
        ("hour_cos", _PLAIN, "cosine of the time of day, mean over orders, shrunk to 0", "time", 1),
    ),
    *_features(
        "customer_maturity",
        ("tenure_months", _LOG, "months since the account was created or the first order, at least 30 days", "", 1),
        ("span_days", _LOG, "days from the first order to the last", "", 1),
        ("acceleration", _SIGNED, "shrunk rate of the last 90 days / shrunk rate of all time − 1", "", 1),
        ("delay_days", _LOG, "days from the creation of the account to the first order", "created", 1),
    ),
    *_features(
        "repurchase_behavior",
        ("repeated", _SHARE, "share of products that are on more than one line, shrunk", "product", 1),
        ("repeats", _LOG, "lines per repeated product; 0 if there is none", "product", 1),
        ("top_share", _SHARE, "share of quantity of the top fifth of products, at least one", "product", 1),
    ),
    *_features(
        "return_behavior",
        ("rate", _LOG, "returns per order, shrunk", "return", 1),
        ("ever", _PLAIN, "1 if anything was returned", "return", 1),
        ("refunded", _SHARE, "refunds / order totals, shrunk, at most 1", "return_amount amount", 1),
        ("amount", _LOG, "sum of refunds; 0 if there are none", "return_amount", 1),
    ),
    *_features(
        "communication_preference",
        ("first_share", _SHARE, "share of orders by the population's most used channel, shrunk", "channel", 1),
        ("second_share", _SHARE, "the same for its second channel", "channel", 1),
        ("third_share", _SHARE, "the same for its third channel", "channel", 1),
        ("variety", _LOG, "effective number of channels: e to the entropy", "channel", 1),
        ("switches", _SHARE, "changes of channel per step from order to order, shrunk", "channel", 1),
    ),
    *_features(
        "problem_complexity_profile",
        ("lines_per_order", _LOG, "lines per order", "product", 1),
        ("return_reasons", _LOG, "number of distinct return reasons", "return_reason", 1),
        ("ticketed", _PLAIN, "1 if there was any ticket", "ticket", 1),
        ("tickets_per_order", _LOG, "tickets per order, shrunk", "ticket", 1),
        ("ticket_kinds", _LOG, "number of distinct kinds of tickets", "ticket_kind", 1),
        ("reopened", _SHARE, "share of reopened tickets, shrunk", "ticket_reopened", 1),
    ),
    *_features(
        "loyalty_trajectory",
        ("order_trend", _SIGNED, "Laplace's trend statistic of the orders after the first", "", 3),
        ("value_trend", _SIGNED, "slope of order totals over their number, per mean total", "amount", 3),
        ("gap_trend", _SIGNED, "−slope of the gaps between orders over their number, per mean gap", "", 3),
        ("momentum", _PLAIN, "(a − b) / (a + b + 1): orders of the last 90 days a, of the 90 before b", "", 3),
        ("overdue", _LOG, "days since the last order / mean gap, shrunk", "", 3),
        ("gap_days", _LOG, "mean days between orders", "", 3),
        ("regularity", _SHARE, "1 / (1 + coefficient of variation of the gaps)", "", 3),
    ),
    *_features(
        "product_knowledge",
        ("concentration", _SHARE, "Herfindahl index of products by quantity", "product", 1),
        ("top_product", _SHARE, "share of quantity of the product bought most", "product", 1),
        ("top_category", _SHARE, "share of quantity of the category bought most", "category", 1),
        ("deep_categories", _LOG, "categories with three lines or more", "category", 1),
    ),
    *_features(
        "value_sophistication",
        ("price", _LOG, "mean price of a line", "price", 3),
        ("price_spread", _LOG, "coefficient of variation of line prices; three lines or more", "price", 3),
        ("splurges", _SHARE, "share of orders above twice the customer's mean, shrunk", "amount", 3),
        ("steadiness", _SHARE, "1 / (1 + coefficient of variation of order totals)", "amount", 3),
    ),
)
"""Every feature, axis by axis; the first of an axis orders its segments. Formulas are in `features/AXIS.py`."""

"""The words of segment names: what a customer low or high on a feature is called, and the people of each axis.

The one place to change them. A feature that is not here is called by its own words: "low X", "high X".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["PEOPLE", "PHRASES", "Phrase"]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Adjectives for one feature. lowest, highest: for the extreme one of several segments that are low or high (else
    "very …"). floor: a raw value at or below which a low centroid is called `floored`."""

    low: str
    high: str
    lowest: str = ""
    highest: str = ""
    floor: float | None = None
    floored: str = ""


PEOPLE: Mapping[str, str] = {
    "purchase_frequency": "buyers",
    "purchase_value": "spenders",
    "category_exploration": "shoppers",
    "price_sensitivity": "buyers",
    "purchase_cadence": "shoppers",
    "customer_maturity": "customers",
    "repurchase_behavior": "buyers",
    "return_behavior": "buyers",
    "communication_preference": "customers",
    "problem_complexity_profile": "customers",
    "loyalty_trajectory": "customers",
    "product_knowledge": "shoppers",
    "value_sophistication": "buyers",
}

PHRASES: Mapping[str, Phrase] = {
    "purchase_frequency.rate": Phrase("infrequent", "frequent", "rare", "very frequent"),
    "purchase_frequency.orders": Phrase("few-order", "many-order", floor=1.25, floored="one-time"),
    "purchase_frequency.recency_days": Phrase("recent", "lapsed", "very recent", "long-lapsed"),
    "purchase_frequency.recent_orders": Phrase("dormant", "active", "dormant", "very active"),
    "purchase_value.mean": Phrase("small-basket", "large-basket", "smallest-basket", "largest-basket"),
    "purchase_value.total": Phrase("low", "high", "lowest", "top"),
    "purchase_value.median": Phrase("small-order", "large-order", "smallest-order", "largest-order"),
    "purchase_value.largest": Phrase("modest", "big-ticket"),
    "category_exploration.products": Phrase("few-product", "many-product"),
    "category_exploration.breadth": Phrase("repeating", "exploring"),
    "category_exploration.categories": Phrase("narrow", "wide-ranging", floor=1.25, floored="single-category"),
    "category_exploration.evenness": Phrase("focused", "balanced"),
    "price_sensitivity.share": Phrase("full-price", "discount-driven"),
    "price_sensitivity.ever": Phrase("full-price", "discount-driven"),
    "price_sensitivity.depth": Phrase("small-discount", "deep-discount"),
    "price_sensitivity.amount": Phrase("small-saving", "large-saving"),
    "purchase_cadence.weekend": Phrase("weekday", "weekend"),
    "purchase_cadence.weekday_sin": Phrase("late-week", "early-week"),
    "purchase_cadence.weekday_cos": Phrase("midweek", "turn-of-the-week"),
    "purchase_cadence.office_hours": Phrase("off-hours", "office-hours"),
    "purchase_cadence.hour_sin": Phrase("evening", "morning"),
    "purchase_cadence.hour_cos": Phrase("midday", "night-time"),
    "customer_maturity.tenure_months": Phrase("new", "established", "newest", "oldest"),
    "customer_maturity.span_days": Phrase("short-lived", "long-standing"),
    "customer_maturity.acceleration": Phrase("slowing", "accelerating"),
    "customer_maturity.delay_days": Phrase("quick-starting", "late-starting"),
    "repurchase_behavior.repeated": Phrase("one-off", "repeat"),
    "repurchase_behavior.repeats": Phrase("seldom repeating", "often repeating"),
    "repurchase_behavior.top_share": Phrase("spread-out", "favourite-product"),
    "return_behavior.rate": Phrase("keeping", "returning", "keeping", "often returning"),
    "return_behavior.ever": Phrase("keeping", "returning"),
    "return_behavior.refunded": Phrase("little-refunded", "much-refunded"),
    "return_behavior.amount": Phrase("small-refund", "large-refund"),
    "communication_preference.first_share": Phrase("side-channel", "main-channel"),
    "communication_preference.second_share": Phrase("not-second-channel", "second-channel"),
    "communication_preference.third_share": Phrase("not-third-channel", "third-channel"),
    "communication_preference.variety": Phrase("single-channel", "multi-channel"),
    "communication_preference.switches": Phrase("channel-loyal", "channel-switching"),
    "problem_complexity_profile.lines_per_order": Phrase("simple-order", "complex-order"),
    "problem_complexity_profile.return_reasons": Phrase("few-reason", "many-reason"),
    "problem_complexity_profile.ticketed": Phrase("trouble-free", "ticketed"),
    "problem_complexity_profile.tickets_per_order": Phrase("trouble-free", "much-supported"),
    "problem_complexity_profile.ticket_kinds": Phrase("single-issue", "many-issue"),
    "problem_complexity_profile.reopened": Phrase("first-time-solved", "reopening"),
    "loyalty_trajectory.order_trend": Phrase("fading", "growing"),
    "loyalty_trajectory.value_trend": Phrase("spending-less", "spending-more"),
    "loyalty_trajectory.gap_trend": Phrase("slowing", "quickening"),
    "loyalty_trajectory.momentum": Phrase("losing-pace", "gaining-pace"),
    "loyalty_trajectory.overdue": Phrase("on-schedule", "overdue", "on-schedule", "long-overdue"),
    "loyalty_trajectory.gap_days": Phrase("short-cycle", "long-cycle"),
    "loyalty_trajectory.regularity": Phrase("irregular", "regular"),
    "product_knowledge.concentration": Phrase("varied", "specialised"),
    "product_knowledge.top_product": Phrase("many-product", "one-product"),
    "product_knowledge.top_category": Phrase("cross-category", "one-category"),
    "product_knowledge.deep_categories": Phrase("shallow", "deep-range"),
    "value_sophistication.price": Phrase("budget", "premium", "lowest-price", "top-price"),
    "value_sophistication.price_spread": Phrase("one-price", "mixed-price"),
    "value_sophistication.splurges": Phrase("even-spending", "splurging"),
    "value_sophistication.steadiness": Phrase("unsteady", "steady"),
}

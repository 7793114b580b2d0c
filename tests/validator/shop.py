"""A small shop whose segments differ as its contract declares, made without the generator, and ways to break it."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
import pytest

from fanwise import validator
from fanwise.validator import Finding, Report, Status, auditing
from fanwise.validator.checks import checks
from fanwise.validator.report.collect import Shown

SHARE = {"VIP": 0.2, "Standard": 0.5, "Casual": 0.3}
FANOUT = {"VIP": 1.6, "Standard": 1.0, "Casual": 0.6}
VALUE = {"VIP": 1.5, "Standard": 1.0, "Casual": 0.7}
REVIEW = {"VIP": 3.0, "Standard": 1.0, "Casual": 0.4}
START = dt.datetime(2024, 1, 1)

CONTRACT: dict[str, Any] = {
    "contract": 1,
    "name": "shop",
    "tables": {
        "customer": {
            "key": "customer_id",
            "columns": {"customer_id": "int64", "tier": "text", "signed_up": "timestamp"},
        },
        "order": {
            "key": "order_id",
            "parent": {"table": "customer", "columns": "customer_id"},
            "columns": {
                "order_id": "int64",
                "customer_id": "int64",
                "ordered_at": "timestamp",
                "amount": {"type": "float64", "kind": "continuous", "decimals": 2},
            },
        },
        "item": {
            "key": ["order_id", "line_no"],
            "parent": {"table": "order", "columns": "order_id"},
            "columns": {
                "order_id": "int64",
                "line_no": "int64",
                "price": {"type": "float64", "kind": "continuous", "decimals": 2},
            },
        },
        "review": {
            "key": "review_id",
            "refs": [{"table": "customer", "columns": "customer_id", "nullable": True}],
            "columns": {
                "review_id": "int64",
                "customer_id": "int64",
                "stars": "int64",
                "kind": "text",
            },
        },
    },
    "axes": {"tier": {"table": "customer", "column": "tier", "share": SHARE, "rank": "VIP > Standard > Casual"}},
    "effects": {
        "orders": {"kind": "fanout", "table": "order", "axis": "tier", "declared": FANOUT, "dispersion": 1},
        "amount": {"kind": "value", "table": "order", "column": "amount", "axis": "tier", "declared": VALUE},
        "price": {"kind": "value", "table": "item", "column": "price", "axis": "tier", "declared": VALUE},
        "reviews": {"kind": "fanout", "table": "review", "axis": "tier", "declared": REVIEW},
    },
    "expect": {
        "orders_per_customer": {
            "count": "order",
            "per": "customer",
            "by": "tier",
            "rank": ["VIP", "Standard", "Casual"],
            "ratio": {"VIP/Standard": [1.3, 1.9]},
        },
    },
    "checks": ["order.ordered_at >= customer.signed_up"],
}


@dataclass
class Shop:
    """Frames and the contract that they keep; both may be changed before `audit`."""

    frames: dict[str, pl.DataFrame]
    contract: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(CONTRACT))

    def audit(self, **options: Any) -> Report:
        return validator.audit(self.frames, self.contract, **options)

    def findings(self, check: str) -> dict[str, Finding]:
        """Return the findings of one check, by id without the check's name. Nothing else is asked, not even for a report."""
        asked = [kind for kind in checks() if kind.name == check]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(auditing, "checks", lambda: asked)
            patch.setattr(auditing, "ask_for_report", lambda evidence: (Shown({}, (), {}), []))
            found = self.audit().findings
        return {finding.id.removeprefix(f"{check}."): finding for finding in found if finding.check == check}

    def statuses(self, check: str) -> dict[str, Status]:
        return {identity: finding.status for identity, finding in self.findings(check).items()}

    def only_effects(self, *names: str) -> Shop:
        """Keep only these effects and no expectation, so that a test sees what it is about."""
        self.contract["effects"] = {name: self.contract["effects"][name] for name in names}
        self.contract["expect"] = {}
        return self


def balanced_segments(generator: np.random.Generator, customers: int, share: Mapping[str, float]) -> np.ndarray:
    counts = [round(customers * part) for part in share.values()]
    counts[-1] += customers - sum(counts)
    return generator.permutation(np.repeat(list(share), counts))


def per_segment(factors: Mapping[str, float], segments: np.ndarray) -> np.ndarray:
    names, at = np.unique(segments, return_inverse=True)
    return np.array([factors[name] for name in names.tolist()])[at]


def make_shop(
    seed: int = 1,
    customers: int = 600,
    *,
    fanout: Mapping[str, float] = FANOUT,
    value: Mapping[str, float] = VALUE,
    price: Mapping[str, float] | None = None,
    review: Mapping[str, float] = REVIEW,
    orders: float = 6.0,
    sigma: float = 0.5,
) -> Shop:
    """Return a healthy shop: Poisson orders, lognormal amounts, reviews that refer to customers, two levels below."""
    generator = np.random.default_rng(seed)
    tier = balanced_segments(generator, customers, SHARE)
    count = generator.poisson(orders * per_segment(fanout, tier))
    owner = np.repeat(np.arange(customers), count)
    amount = np.round(generator.lognormal(4, sigma, owner.size) * per_segment(value, tier[owner]), 2)
    lines = 1 + generator.poisson(1.0, owner.size)
    order_of = np.repeat(np.arange(owner.size), lines)
    first = np.repeat(np.cumsum(lines) - lines, lines)
    prices = generator.lognormal(2, sigma, order_of.size) * per_segment(price or value, tier[owner[order_of]])
    weight = per_segment(review, tier)
    reviewer = generator.choice(customers, 6 * customers, p=weight / weight.sum())
    days = pl.duration(days=pl.col("order_id") % 300 + 1)
    return Shop(
        {
            "customer": pl.DataFrame({"customer_id": np.arange(customers), "tier": tier}).with_columns(
                signed_up=pl.lit(START)
            ),
            "order": pl.DataFrame(
                {"order_id": np.arange(owner.size), "customer_id": owner, "amount": amount}
            ).with_columns(ordered_at=START + days),
            "item": pl.DataFrame(
                {
                    "order_id": order_of,
                    "line_no": np.arange(order_of.size) - first + 1,
                    "price": np.round(prices, 2),
                }
            ),
            "review": pl.DataFrame(
                {
                    "review_id": np.arange(reviewer.size),
                    "customer_id": reviewer,
                    "stars": generator.integers(1, 6, reviewer.size),
                    "kind": generator.choice(["text", "photo"], reviewer.size),
                }
            ).with_columns(customer_id=pl.when(pl.col("review_id") % 50 == 7).then(None).otherwise("customer_id")),
        }
    )

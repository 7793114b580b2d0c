"""The words that the formulas of all axes are written in.

A program of an axis has three layers. Statistics are exact aggregates per customer (counts, and sums of whole numbers),
by the grain that they are taken over:

    sale      orders in time: c, o, s, x, d, ch; i (number, from 1), gap (seconds since the one before), own (the sum
              of the customer's x), several (the number of its orders), switched (1 where the channel changed)
    line      lines: c, product, category, q, p
    product   products of a customer: m lines, q quantity
    category  categories of a customer: m lines, q quantity
    channel   channels of a customer: m orders
    refund, ticket

Priors are aggregates of statistics over all customers, and become constants of the model. Features are expressions of
both, per customer: `n`, `sx`, `first`, `last` and `start` (seconds) are there for every axis; `{now}` is the as-of
second, `{money}` the units of money in one, `{NAME}` a constant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["DAY", "GRAINS", "MONTH", "STRENGTH", "AxisProgram", "entropy", "fixed", "ratio", "shrunk", "unfixed"]

DAY = 86_400
MONTH = 2_629_800
"""Seconds of 30.4375 days, a twelfth of a year."""

STRENGTH = 5
"""A share is shrunk towards the population's as if 5 more orders had it: n / (n + 5) of it is the customer's own."""

GRAINS = ("sale", "line", "product", "category", "channel", "refund", "ticket")

_FIXED = 1_000_000_000


@dataclass(frozen=True, slots=True)
class AxisProgram:
    """How the features of one axis are made.

    statistics: SQL aggregates by grain and name. priors: SQL aggregates over the statistics of all customers, by the
    name of the constant. features: SQL expressions by the name of the feature without its axis.
    """

    features: Mapping[str, str]
    statistics: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    priors: Mapping[str, str] = field(default_factory=dict)


def ratio(over: str, under: str) -> str:
    """Return the SQL of a ratio of exact numbers; null over 0."""
    return f"(CAST({over} AS DOUBLE) / nullif({under}, 0))"


def shrunk(count: str, of: str, prior: str) -> str:
    """Return the SQL of count / of, with STRENGTH more of the share `prior`: the posterior mean of a beta prior."""
    return f"((coalesce({count}, 0) + {STRENGTH} * {prior}) / (coalesce({of}, 0) + {STRENGTH}))"


def fixed(value: str) -> str:
    """Return the SQL of a real number in whole billionths, so that its sum is exact."""
    return f"CAST(round({value} * {_FIXED}) AS BIGINT)"


def unfixed(total: str) -> str:
    """Return the SQL of a sum of billionths as a real number."""
    return f"(CAST({total} AS DOUBLE) / {_FIXED})"


def entropy(weighted: str, total: str) -> str:
    """Return the SQL of the entropy in nats from Σ m ln m (in billionths) and Σ m, at least 0; null for nothing."""
    # `greatest` and `least` pass over nulls.
    return f"CASE WHEN {total} > 0 THEN greatest(ln({total}) - {unfixed(weighted)} / {total}, 0) END"

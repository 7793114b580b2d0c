"""purchase_frequency: how often a customer buys, and how lately.

The rate is the posterior mean (n + α) / (T + β) of a Poisson rate under the gamma prior of the population, by moments:
m = Σn / ΣT, α = m² ΣT² / (Σ(n − mT)² − Σn) within [0.5, 50], β = α / m; T is at least 30 days. A customer of one day
does not buy thirty times a month.
"""

from __future__ import annotations

from fanwise.segmenter.features.formula import DAY, MONTH, AxisProgram

__all__ = ["ALPHA", "EXPOSURE", "PROGRAM", "RATE", "RECENT"]

EXPOSURE = f"greatest({{now}} - first, {30 * DAY})"
"""Seconds over which the orders of a customer are counted."""

RECENT = {"n90": f"count(*) FILTER (s > {{now}} - {90 * DAY})"}

_T, _N = f"CAST({EXPOSURE} AS HUGEINT)", "CAST(n AS HUGEINT)"
_MEAN = f"(CAST(sum({_N}) AS DOUBLE) / sum({_T}))"
_SPREAD = f"(sum({_N} * n) - 2 * {_MEAN} * sum({_N} * {_T}) + {_MEAN} * {_MEAN} * sum({_T} * {_T}) - sum({_N}))"
_MOMENTS = f"{_MEAN} * {_MEAN} * sum({_T} * {_T}) / {_SPREAD}"
ALPHA = {
    "rate.alpha": f"CASE WHEN {_SPREAD} > 0 THEN least(greatest({_MOMENTS}, 0.5), 50) ELSE 50 END",
    "rate.mean": f"{_MEAN} * {MONTH}",
}
"""The prior of the rate: α, and the mean rate per month (β = α / mean)."""

RATE = f"((n + {{rate.alpha}}) / ({EXPOSURE} / {MONTH}.0 + {{rate.alpha}} / {{rate.mean}}))"

PROGRAM = AxisProgram(
    statistics={"sale": RECENT},
    priors=ALPHA,
    features={
        "rate": RATE,
        "orders": "n",
        "recency_days": f"({{now}} - last) / {DAY}.0",
        "recent_orders": "n90",
    },
)

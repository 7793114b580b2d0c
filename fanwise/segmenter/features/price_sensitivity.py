"""price_sensitivity: how often and how deeply a customer buys at a discount. Totals are taken to be after discounts."""

from __future__ import annotations

from fanwise.segmenter.features.formula import AxisProgram, ratio, shrunk

__all__ = ["PROGRAM"]

PROGRAM = AxisProgram(
    statistics={
        "sale": {
            "discounted": "count(*) FILTER (d > 0)",
            "taken_off": "coalesce(sum(d) FILTER (d > 0), 0)",
            "discounted_x": "coalesce(sum(x) FILTER (d > 0), 0)",
        }
    },
    priors={"discounted": ratio("sum(discounted)", "sum(n)")},
    features={
        "share": shrunk("discounted", "n", "{discounted}"),
        "ever": "CASE WHEN discounted > 0 THEN 1 ELSE 0 END",
        "depth": f"coalesce({ratio('taken_off', '(taken_off + discounted_x)')}, 0)",
        "amount": f"coalesce({ratio('taken_off', 'discounted')} / {{money}}, 0)",
    },
)

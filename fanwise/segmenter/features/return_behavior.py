"""return_behavior: how often and how much a customer sends back.

Refunds are shrunk as if five mean orders with the population's share of refunds had been bought besides.
"""

from __future__ import annotations

from fanwise.segmenter.features.formula import STRENGTH, AxisProgram, ratio, shrunk

__all__ = ["PROGRAM"]

_EXTRA = f"{STRENGTH} * {{mean_order}} * {{money}}"

PROGRAM = AxisProgram(
    statistics={"refund": {"refunds": "count(*)", "refund_x": "sum(x)"}},
    priors={
        "returns": ratio("sum(refunds)", "sum(n)"),
        "refunded": ratio("sum(refund_x)", "sum(sx)"),
        "mean_order": f"{ratio('sum(sx)', 'sum(n)')} / {{money}}",
    },
    features={
        "rate": shrunk("refunds", "n", "{returns}"),
        "ever": "CASE WHEN refunds > 0 THEN 1 ELSE 0 END",
        "refunded": (
            f"CASE WHEN sx + {_EXTRA} > 0 "
            f"THEN least((coalesce(refund_x, 0) + {{refunded}} * {_EXTRA}) / (sx + {_EXTRA}), 1) END"
        ),
        "amount": "coalesce(refund_x, 0) / {money}",
    },
)

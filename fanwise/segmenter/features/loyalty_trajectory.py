"""loyalty_trajectory: where a customer is heading. Three orders or more; fewer have no direction.

Laplace's statistic of m events at times t in [0, H] is (mean(t) / H − ½) √(12 m): about standard normal where the rate
is constant, above 0 where it grows (Cox and Lewis, The Statistical Analysis of Series of Events, 1966, ch. 3). Slopes
are least squares over the number of the order, in closed form: 6 (2 Σ i·x − (n + 1) Σ x) / (n (n² − 1)).
"""

from __future__ import annotations

from fanwise.segmenter.features.formula import DAY, AxisProgram, ratio
from fanwise.segmenter.features.purchase_frequency import RECENT

__all__ = ["PROGRAM"]

_GAPS = "(n - 1)"
_VARIANCE = f"{ratio(f'({_GAPS} * gap2 - CAST(last - first AS HUGEINT) * (last - first))', f'({_GAPS} * (n - 2))')}"

PROGRAM = AxisProgram(
    statistics={
        "sale": {
            **RECENT,
            "before90": f"count(*) FILTER (s > {{now}} - {180 * DAY} AND s <= {{now}} - {90 * DAY})",
            "since_first": "sum(s) - count(*) * min(s)",
            "ix": "sum(CAST(i AS HUGEINT) * x)",
            "gap2": "sum(CAST(gap AS HUGEINT) * gap)",
            "jgap": "sum(CAST(i - 1 AS HUGEINT) * gap)",
        }
    },
    priors={"gap": f"{ratio('sum(last - first)', 'sum(n - 1)')} / {DAY}"},
    features={
        "order_trend": f"({ratio('since_first', f'({_GAPS} * ({{now}} - first))')} - 0.5) * sqrt(12 * {_GAPS})",
        "value_trend": ratio("6 * (2 * ix - (n + 1) * sx)", "((CAST(n AS HUGEINT) * n - 1) * sx)"),
        "gap_trend": ratio(
            "-6 * (2 * jgap - n * (last - first))", f"((CAST({_GAPS} AS HUGEINT) * {_GAPS} - 1) * (last - first))"
        ),
        "momentum": ratio("(n90 - before90)", "(n90 + before90 + 1)"),
        "overdue": f"({{now}} - last) / nullif(((last - first) + {{gap}} * {DAY}) / n, 0)",
        "gap_days": f"{ratio('(last - first)', _GAPS)} / {DAY}",
        "regularity": f"1 / (1 + sqrt({_VARIANCE}) / nullif({ratio('(last - first)', _GAPS)}, 0))",
    },
)

"""repurchase_behavior: whether a customer comes back to the same products."""

from __future__ import annotations

from fanwise.segmenter.features.formula import AxisProgram, ratio, shrunk

__all__ = ["PROGRAM"]

# A list is sorted in half the time of a window over all products of all customers.
_MOST_BOUGHT = "list_sort(list(q), 'DESC', 'NULLS LAST')"

PROGRAM = AxisProgram(
    statistics={
        "product": {
            "products": "count(*)",
            "repeated": "count(*) FILTER (m > 1)",
            "repeated_lines": "coalesce(sum(m) FILTER (m > 1), 0)",
            "product_q": "sum(q)",
            "top_fifth_q": f"list_sum({_MOST_BOUGHT}[:greatest(count(*) // 5, 1)])",
        }
    },
    priors={"repeated": ratio("sum(repeated)", "sum(products)")},
    features={
        "repeated": f"CASE WHEN products > 0 THEN {shrunk('repeated', 'products', '{repeated}')} END",
        "repeats": f"CASE WHEN products > 0 THEN coalesce({ratio('repeated_lines', 'repeated')}, 0) END",
        "top_share": ratio("top_fifth_q", "product_q"),
    },
)

"""product_knowledge: how well a customer knows what it wants. Shares are of quantity."""

from __future__ import annotations

from fanwise.segmenter.features.formula import AxisProgram, ratio

__all__ = ["PROGRAM"]

PROGRAM = AxisProgram(
    statistics={
        "product": {"product_q": "sum(q)", "product_q2": "sum(CAST(q AS HUGEINT) * q)", "product_top": "max(q)"},
        "category": {
            "category_q": "sum(q)",
            "category_top": "max(q)",
            "deep": "count(*) FILTER (m >= 3)",
        },
    },
    features={
        "concentration": ratio("product_q2", "(product_q * product_q)"),
        "top_product": ratio("product_top", "product_q"),
        "top_category": ratio("category_top", "category_q"),
        "deep_categories": "deep",
    },
)

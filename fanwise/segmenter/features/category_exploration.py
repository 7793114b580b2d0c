"""category_exploration: how widely a customer looks around. Shares are of lines; categories need a category."""

from __future__ import annotations

from fanwise.segmenter.features.formula import AxisProgram, entropy, fixed, ratio, shrunk

__all__ = ["PROGRAM"]

PROGRAM = AxisProgram(
    statistics={
        "product": {"products": "count(*)", "product_lines": "sum(m)"},
        "category": {
            "categories": "count(*)",
            "category_lines": "sum(m)",
            "category_mlnm": f"sum({fixed('m * ln(m)')})",
        },
    },
    priors={"breadth": ratio("sum(products)", "sum(product_lines)")},
    features={
        "products": "products",
        "breadth": f"CASE WHEN products > 0 THEN {shrunk('products', 'product_lines', '{breadth}')} END",
        "categories": "categories",
        "evenness": (
            f"CASE WHEN categories > 1 THEN least({entropy('category_mlnm', 'category_lines')} / ln(categories), 1) "
            "WHEN categories = 1 THEN 0 END"
        ),
    },
)

"""problem_complexity_profile: how involved the orders of a customer are, and how often they need help.

On only where at least two of products, reasons of returns and tickets are known: one of them alone is another axis.
"""

from __future__ import annotations

from fanwise.segmenter.features.formula import AxisProgram, ratio, shrunk

__all__ = ["PROGRAM"]

PROGRAM = AxisProgram(
    statistics={
        "product": {"product_lines": "sum(m)"},
        "refund": {"reasons": "count(DISTINCT reason)"},
        "ticket": {
            "tickets": "count(*)",
            "ticket_kinds": "count(DISTINCT kind)",
            "reopened": "count(*) FILTER (reopened)",
        },
    },
    priors={
        "tickets": f"coalesce({ratio('sum(tickets)', 'sum(n)')}, 0)",
        "reopened": f"coalesce({ratio('sum(reopened)', 'sum(tickets)')}, 0)",
    },
    features={
        "lines_per_order": ratio("coalesce(product_lines, 0)", "n"),
        "return_reasons": "coalesce(reasons, 0)",
        "ticketed": "CASE WHEN tickets > 0 THEN 1 ELSE 0 END",
        "tickets_per_order": shrunk("tickets", "n", "{tickets}"),
        "ticket_kinds": "coalesce(ticket_kinds, 0)",
        "reopened": shrunk("reopened", "tickets", "{reopened}"),
    },
)

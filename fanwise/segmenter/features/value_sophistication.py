"""value_sophistication: whether a customer buys expensive or cheap things, and how evenly. Three orders or more."""

from __future__ import annotations

from fanwise.segmenter.features.formula import AxisProgram, ratio, shrunk

__all__ = ["PROGRAM"]


def _variation(n: str, total: str, squares: str) -> str:
    """Return the SQL of std / mean: √((n Σx² − (Σx)²) / (n (n − 1))) · n / Σx; null where Σx is 0."""
    spread = f"sqrt({ratio(f'({n} * {squares} - {total} * {total})', f'({n} * ({n} - 1))')})"
    return f"({spread} * {n} / nullif({total}, 0))"


PROGRAM = AxisProgram(
    statistics={
        "sale": {"x2": "sum(CAST(x AS HUGEINT) * x)", "splurges": "count(*) FILTER (several * x > 2 * own)"},
        "line": {"prices": "count(p)", "price": "sum(p)", "price2": "sum(CAST(p AS HUGEINT) * p)"},
    },
    priors={"splurges": ratio("sum(splurges)", "sum(n)")},
    features={
        "price": f"{ratio('price', 'prices')} / {{money}}",
        "price_spread": f"CASE WHEN prices >= 3 THEN {_variation('prices', 'price', 'price2')} END",
        "splurges": shrunk("splurges", "n", "{splurges}"),
        "steadiness": f"1 / (1 + {_variation('n', 'sx', 'x2')})",
    },
)

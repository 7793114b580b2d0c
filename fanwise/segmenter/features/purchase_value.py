"""purchase_value: what a customer spends, in the source's money."""

from __future__ import annotations

from fanwise.segmenter.features.formula import AxisProgram, ratio

__all__ = ["PROGRAM"]

PROGRAM = AxisProgram(
    statistics={"sale": {"x_middle": "median(x)", "x_largest": "max(x)"}},
    features={
        "mean": f"{ratio('sx', 'n')} / {{money}}",
        "total": "sx / {money}",
        "median": "x_middle / {money}",
        "largest": "x_largest / {money}",
    },
)

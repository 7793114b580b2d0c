"""Normal scores of ranks, as SQL."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["ONE", "normal_score", "rank_share", "whole_score"]

ONE = 1 << 28
"""What stands for 1 in a whole score: its steps are as fine as the quantile is right, and products fit 64 bits."""

# Acklam 2003, "An algorithm for computing the inverse normal cumulative distribution function": relative error below
# 1.2e-9. Falling powers.
_A = (
    -3.969683028665376e1,
    2.209460984245205e2,
    -2.759285104469687e2,
    1.383577518672690e2,
    -3.066479806614716e1,
    2.506628277459239,
)
_B = (-5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1, 1.0)
_C = (
    -7.784894002430293e-3,
    -3.223964580411365e-1,
    -2.400758277161838,
    -2.549732539343734,
    4.374664141464968,
    2.938163982698783,
)
_D = (7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1.0)
_TAIL = 0.02425


def normal_score(share: str) -> str:
    """Return the SQL of the standard normal quantile of a share in (0, 1), an SQL name."""
    low, high = f"sqrt(-2 * ln({share}))", f"sqrt(-2 * ln(1 - {share}))"
    middle, square = f"({share} - 0.5)", f"(({share} - 0.5) * ({share} - 0.5))"
    return (
        f"CASE WHEN {share} < {_TAIL} THEN {_polynomial(_C, low)} / {_polynomial(_D, low)} "
        f"WHEN {share} > {1 - _TAIL} THEN -{_polynomial(_C, high)} / {_polynomial(_D, high)} "
        f"ELSE {_polynomial(_A, square)} * {middle} / {_polynomial(_B, square)} END"
    )


def whole_score(share: str) -> str:
    """Return the SQL of a normal score in steps of 1 / ONE: sums of whole numbers do not depend on their order."""
    return f"CAST(round(({normal_score(share)}) * {ONE}) AS BIGINT)"


def rank_share(value: str, group: str) -> str:
    """Return the SQL of the share of values of the same group that are below a value, and half of those equal to it."""
    ties = f"count(*) OVER (PARTITION BY {group}, {value})"
    below = f"rank() OVER (PARTITION BY {group} ORDER BY {value}) - 1"
    return f"({below} + {ties} / 2.0) / count(*) OVER (PARTITION BY {group})"


def _polynomial(coefficients: Sequence[float], x: str) -> str:
    text = repr(coefficients[0])
    for coefficient in coefficients[1:]:
        text = f"({text} * {x} + {coefficient!r})"
    return text

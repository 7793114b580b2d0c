"""What parameters must be before a family looks at them, in words for the user."""

from __future__ import annotations

import math
from typing import Any

from fanwise.generator.distributions.base import Params


def unfit(params: Params, *names: str, also: str = "") -> str | None:
    """Return why `params` are not exactly these finite numbers, or None; `also` names another accepted set."""
    if set(params) != set(names):
        wanted = f"{' and '.join(names)}{f', or {also}' if also else ''}"
        return f"needs {wanted}, not {', '.join(params) or 'nothing'}; write exactly these"
    for name in names:
        value = params[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return f"{name} is {value!r}; give a finite number"
        if not reasonable(value):
            return f"{name} is {value:g}; give 0 or a number whose size is between 1e-50 and 1e50"
    return None


def reasonable(value: float) -> bool:
    """Return whether squares and ratios of such numbers are far from the ends of the float64 range."""
    return value == 0 or 1e-50 <= abs(value) <= 1e50


def broken(*rules: tuple[bool, str]) -> str | None:
    """Return the message of the first rule that does not hold, or None; a rule is (holds, message)."""
    return next((message for holds, message in rules if not holds), None)


def whole(value: Any) -> bool:
    """Return whether a finite number has no fraction and is exact as a float."""
    return float(value).is_integer() and abs(value) <= 2**53


def factor_of(factor: float) -> float:
    """Return a factor on a mean, or raise ValueError: it must be finite and not negative."""
    if not (math.isfinite(factor) and factor >= 0):
        raise ValueError(f"a factor of {factor:g} is not possible; give a finite number of 0 or more")
    return float(factor)


def scaled(params: Params, factor: float, *names: str) -> Params:
    """Return the parameters with those in `names` multiplied by the factor."""
    by = factor_of(factor)
    return {name: value * by if name in names else value for name, value in params.items()}


def scaled_probability(params: Params, factor: float) -> Params:
    """Return the parameters with p · factor, or raise ValueError with the factors that are possible."""
    p = params["p"]
    out = p * factor_of(factor)
    if out > 1:
        raise ValueError(f"p is {p:g}, and {factor:g} times that is above 1; possible are 0 to {1 / p:.6g}")
    return {**params, "p": out}


def unscalable(name: str, params: Params, factor: float) -> Params:
    """Return the parameters for a factor of 1; other factors act on the drawn integer, never on the parameters."""
    if factor != 1:
        raise ValueError(f"{name} has no parameter for a factor; it acts on the drawn integer")
    return params

"""Gaps between arrivals: the share of them that is longer than a time, by the textbook formula of each law."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

__all__ = ["longer"]

Floats = npt.NDArray[np.float64]
Parameters = Mapping[str, float]


def longer(law: str, params: Parameters, x: Floats) -> Floats:
    """Return the share of gaps that are longer than `x`, float64 of its shape; parameters and times have one unit."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        return np.where(x > 0, _LAWS[law](params, np.maximum(x, 1e-300)), 1.0)


def _exponential(params: Parameters, x: Floats) -> Floats:
    found: Floats = np.exp(-x / params["mean"])
    return found


def _gamma(params: Parameters, x: Floats) -> Floats:
    from fanwise.io.special import gammaincc

    found: Floats = gammaincc(params["shape"], x * (params["shape"] / params["mean"]))
    return found


def _weibull(params: Parameters, x: Floats) -> Floats:
    scale = params["mean"] / math.gamma(1 + 1 / params["shape"])
    found: Floats = np.exp(-((x / scale) ** params["shape"]))
    return found


def _lognormal(params: Parameters, x: Floats) -> Floats:
    from fanwise.io.special import ndtr

    if "median" in params:
        mu, sigma = math.log(params["median"]), params["sigma"]
    else:
        variance = math.log1p((params["sd"] / params["mean"]) ** 2)
        mu, sigma = math.log(params["mean"]) - variance / 2, math.sqrt(variance)
    found: Floats = ndtr((mu - np.log(x)) / sigma)
    return found


def _normal(params: Parameters, x: Floats) -> Floats:
    from fanwise.io.special import ndtr

    found: Floats = ndtr((params["mean"] - x) / params["sd"])
    return found


def _uniform(params: Parameters, x: Floats) -> Floats:
    return np.clip((params["max"] - x) / (params["max"] - params["min"]), 0.0, 1.0)


def _pareto(params: Parameters, x: Floats) -> Floats:
    return np.minimum(params["min"] / x, 1.0) ** params["alpha"]


_LAWS: Mapping[str, Callable[[Parameters, Floats], Floats]] = {
    "exponential": _exponential,
    "gamma": _gamma,
    "weibull": _weibull,
    "lognormal": _lognormal,
    "normal": _normal,
    "uniform": _uniform,
    "pareto": _pareto,
}

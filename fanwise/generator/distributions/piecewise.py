"""Quantiles at given probabilities, with straight lines between them: what lies at or below a point."""

from __future__ import annotations

import math

import numpy as np

from fanwise.generator.distributions.base import Floats, Params
from fanwise.generator.distributions.bounds import Below
from fanwise.generator.distributions.requirements import broken, reasonable

KNOT, COUNT_KNOT = "knot ", "count knot "
"""What begins the names of the parameters, which are flat so that each may differ by segment: `knot 0.5`."""

_NARROW = 1e-6  # of a value; the mean of a narrower piece on a logarithmic scale is that of a straight one


def wrong_knots(params: Params) -> str | None:
    """Return why knots are impossible, or None."""
    shares, values = knots_of(params)
    finite = bool(np.isfinite(values).all()) and all(map(reasonable, values.tolist()))
    if len(values) < 2 or shares[0] != 0 or shares[-1] != 1:
        return "needs knots with values at 0 and at 1, such as {0: 1, 0.5: 9, 1: 217}"
    return broken(
        (finite, "a value of the knots is not a finite number up to 1e50"),
        (bool(np.all(np.diff(values) >= 0)), "the values of the knots fall; sort them"),
        (not params.get("log") or bool(values[0] > 0), "log needs values above 0; leave it out"),
    )


def below(params: Params, x: float, mean: float) -> Below:
    """Return what lies at or below x; the centre is the mean."""
    mass, deviation, square = inside(params, x, mean)
    return Below(mass, _rest(params, x), deviation + mean * mass, deviation, square)


def inside(params: Params, x: float, centre: float) -> tuple[float, float, float]:
    """Return P(X ≤ x), E[X − centre; X ≤ x] and E[(X − centre)²; X ≤ x]."""
    shares, values = knots_of(params)
    low, high, width = values[:-1], values[1:], np.diff(shares)
    part = _part_below(low, high, x, log=bool(params.get("log")))
    end = np.where(part < 1, x, high) if math.isfinite(x) else high
    first, second = _moments(low, np.where(part > 0, end, low), centre, log=bool(params.get("log")))
    mass = width * part
    return math.fsum(mass), math.fsum(mass * first), math.fsum(mass * second)


def _rest(params: Params, x: float) -> float:
    shares, values = knots_of(params)
    part = _part_below(values[:-1], values[1:], x, log=bool(params.get("log")))
    return math.fsum(np.diff(shares) * (1 - part))


def knots_of(params: Params) -> tuple[Floats, Floats]:
    """Return the probabilities of the knots, ascending, and their values."""
    pairs = sorted((float(name.rpartition(" ")[2]), value) for name, value in params.items() if "knot " in name)
    return np.array([share for share, _ in pairs]), np.array([float(value) for _, value in pairs])


def _part_below(low: Floats, high: Floats, x: float, *, log: bool) -> Floats:
    """Return which part of each piece is not above x."""
    flat = low == high
    safe = np.where(flat, low + 1, high)
    if log:
        held = np.clip(x, low, safe)
        part = np.log(held / low) / np.log(safe / low)
    else:
        part = (np.clip(x, low, safe) - low) / (safe - low)
    return np.where(flat, low <= x, part)


def _moments(low: Floats, high: Floats, centre: float, *, log: bool) -> tuple[Floats, Floats]:
    """Return means of X − centre and of (X − centre)² of pieces that are evenly spread, or whose logarithms are."""
    width, middle = high - low, (low + high) / 2 - centre
    first, second = middle, middle**2 + width**2 / 12
    if log:
        wide = width > _NARROW * low
        span = np.log(np.where(wide, high / low, math.e))
        mean = np.where(wide, width / span, (low + high) / 2)
        square = np.where(wide, width * (high + low) / (2 * span), mean**2)
        first = np.where(wide, mean - centre, first)
        second = np.where(wide, square - centre * (2 * mean - centre), second)
    return first, second

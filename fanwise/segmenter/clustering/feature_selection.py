"""Which features of an axis say anything, and which customers have them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fanwise.segmenter.axes import Scale
from fanwise.segmenter.model.model import FittedFeature
from fanwise.segmenter.model.scaling import FloatArray, apply, fit_feature

__all__ = ["Usable", "usable_features"]

MOST_AT_ONE_VALUE = 0.98
MOST_CORRELATED = 0.98
FEWEST_FEATURES = 2

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Usable:
    """The features that are kept, fitted; the customers who have them all (n,); dropped features with the reason.

    reason: why the axis is off; then there are no features.
    """

    features: tuple[FittedFeature, ...]
    rows: Mask
    dropped: tuple[str, ...]
    reason: str = ""


def usable_features(names: Sequence[str], scales: Sequence[Scale], raw: FloatArray, weights: FloatArray) -> Usable:
    """Return the features of one axis that are of use.

    raw: float64 (n, p), NaN where there is no value. weights: float64 (n,). A feature is dropped if nobody has it, if
    nearly everybody has the same value, or if it is the copy of one declared before it. What is dropped makes nobody
    ineligible, so all is looked at again until nothing more falls away. An axis needs two features that differ between
    customers; that they all differ alike (segments far apart make copies of total and mean) does not turn it off.
    """
    there = ~np.isnan(raw)
    dropped, copies = dict(_alone(names, scales, raw, there, weights)), 0
    while True:
        kept = [index for index, name in enumerate(names) if name not in dropped]
        rows = np.asarray(there[:, kept].all(axis=1))
        if len(kept) + copies < FEWEST_FEATURES or not rows.any():
            return _off(names, dropped, len(raw), bool(rows.any()))
        features = [fit_feature(names[index], scales[index], raw[rows, index], weights[rows]) for index in kept]
        constant = _all_constant(features, raw[rows][:, kept], weights[rows])
        copy = {} if constant else _first_copy(features, raw[rows][:, kept], weights[rows])
        if not constant and not copy:
            return Usable(tuple(features), rows, _listed(names, dropped))
        dropped |= constant | copy
        copies += len(copy)


def _alone(
    names: Sequence[str], scales: Sequence[Scale], raw: FloatArray, there: Mask, weights: FloatArray
) -> list[tuple[str, str]]:
    """Return features that say nothing whoever else is looked at."""
    found = []
    for index, (name, scale) in enumerate(zip(names, scales, strict=True)):
        rows = there[:, index]
        if not rows.any():
            found.append((name, "no customer has a value"))
            continue
        fitted = fit_feature(name, scale, raw[rows, index], weights[rows])
        if why := _constant(raw[rows, index], weights[rows], fitted):
            found.append((name, why))
    return found


def _constant(raw: FloatArray, weights: FloatArray, fitted: FittedFeature) -> str:
    values, places = np.unique(raw, return_inverse=True)
    shares = np.bincount(places, weights=weights) / weights.sum()
    if len(values) == 1:
        return "the same for all"
    if shares.max() >= MOST_AT_ONE_VALUE:
        return f"{shares.max():.1%} of customers have the same value"
    return "the same for all customers except for rounding" if fitted.std == 0 else ""


def _all_constant(features: Sequence[FittedFeature], raw: FloatArray, weights: FloatArray) -> dict[str, str]:
    """Return the features that say nothing among the eligible customers."""
    return {
        feature.name: f"{why} among customers with enough history"
        for index, feature in enumerate(features)
        if (why := _constant(raw[:, index], weights, feature))
    }


def _first_copy(features: Sequence[FittedFeature], raw: FloatArray, weights: FloatArray) -> dict[str, str]:
    """Return the first feature that is the copy of an earlier one, if there is any.

    One at a time: a copy of a copy is dropped only if the first of them is kept.
    """
    points = apply(raw, features)
    correlation = (points * weights[:, None]).T @ points / weights.sum()
    for later in range(1, len(features)):
        for earlier in range(later):
            if abs(correlation[earlier, later]) > MOST_CORRELATED:
                return {features[later].name: f"a copy of {features[earlier].name}"}
    return {}


def _listed(names: Sequence[str], dropped: dict[str, str]) -> tuple[str, ...]:
    return tuple(f"{name}: {dropped[name]}" for name in names if name in dropped)


def _off(names: Sequence[str], dropped: dict[str, str], customers: int, anybody: bool) -> Usable:
    listed = _listed(names, dropped)
    if not anybody and len(names) - len(dropped) >= FEWEST_FEATURES:
        reason = "no customer has a value in every feature"
    else:
        reason = f"fewer than {FEWEST_FEATURES} features differ between customers"
        reason += f" ({'; '.join(listed)})" if listed else ""
    return Usable((), np.zeros(customers, dtype=np.bool_), listed, reason)

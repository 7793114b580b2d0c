"""Which features of an axis say anything, and which customers have them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

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
Looked = Callable[[int, bytes], tuple[FittedFeature, str]]


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

    @cache
    def looked(index: int, rows: bytes) -> tuple[FittedFeature, str]:
        """Return a feature as fitted to some of the customers, and why it says nothing of them, if so."""
        some = np.frombuffer(rows, dtype=np.bool_)
        values, own = raw[some, index], weights[some]
        fitted = fit_feature(names[index], scales[index], values, own)
        return fitted, _constant(values, own, fitted)

    dropped, copies = _alone(names, there, looked), 0
    while True:
        kept = [index for index, name in enumerate(names) if name not in dropped]
        rows = np.asarray(there[:, kept].all(axis=1))
        if len(kept) + copies < FEWEST_FEATURES or not rows.any():
            return _off(names, dropped, len(raw), bool(rows.any()))
        found = [looked(index, rows.tobytes()) for index in kept]
        features = [fitted for fitted, _ in found]
        constant = {each.name: f"{why} among customers with enough history" for each, why in found if why}
        copy = {} if constant else _first_copy(features, raw[rows][:, kept], weights[rows])
        if not constant and not copy:
            return Usable(tuple(features), rows, _listed(names, dropped))
        dropped |= constant | copy
        copies += len(copy)


def _alone(names: Sequence[str], there: Mask, looked: Looked) -> dict[str, str]:
    """Return features that say nothing whoever else is looked at."""
    rows = [column.tobytes() if column.any() else None for column in there.T]
    found = {
        name: "no customer has a value" if own is None else looked(index, own)[1]
        for index, (name, own) in enumerate(zip(names, rows, strict=True))
    }
    return {name: why for name, why in found.items() if why}


def _constant(raw: FloatArray, weights: FloatArray, fitted: FittedFeature) -> str:
    values, places = np.unique(raw, return_inverse=True)
    shares = np.bincount(places, weights=weights) / weights.sum()
    if len(values) == 1:
        return "the same for all"
    if shares.max() >= MOST_AT_ONE_VALUE:
        return f"{shares.max():.1%} of customers have the same value"
    return "the same for all customers except for rounding" if fitted.std == 0 else ""


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

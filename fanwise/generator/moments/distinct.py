"""How `distinct_in` bends the ratio of weights: the rows of a group draw different rows, so heavy ones run out.

A row of weight w is among the m rows that a group draws one after the other, without replacement, with a chance of
about 1 − e^(−w·t), where t makes the chances sum to m (Rosén 1972, "Asymptotic theory for successive sampling with
varying probabilities without replacement"). Groups differ in size; E[m²]/E[m] stands for m, as the bend grows with m.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from fanwise.generator.columns.bound import BoundTable
from fanwise.generator.columns.support.laws import Declared
from fanwise.generator.columns.support.reference_kind import ReferenceKind
from fanwise.generator.language.spec import Profile
from fanwise.generator.moments.profiles import Profiles

__all__ = ["chance_to_be_drawn"]

_LISTED = 1 << 20


def chance_to_be_drawn(
    profiles: Profiles, tables: Mapping[str, BoundTable], table: str, ref: ReferenceKind
) -> Declared | None:
    """Return the chance that a group draws a row with a profile; None where no formula gives it.

    table: where the reference stands; ref: a reference with `distinct_in` to rows of a whole table.
    """
    size = _group_size(profiles, tables, table, ref)
    needed = profiles.weight_covariates(ref)
    rows = int(profiles.rows(ref.table))
    known = all(profiles.knows(ref.table, one) for one in needed)
    if size is None or ref.weight is not None or ref.within is not None or not known or not 0 < rows <= _LISTED:
        return None
    ranks = np.arange(1, rows + 1, dtype=np.float64) ** -(ref.zipf or 0.0) if ref.zipf else np.ones(1)
    ranks /= ranks.mean()
    found = [(mass, ref.factor(profile)) for profile, mass in profiles.of(ref.table, needed)]
    if not size < math.fsum(mass for mass, factor in found if factor > 0):
        return None

    def chance(factor: float, t: float) -> float:
        return float(-np.expm1(-factor * t * ranks).mean())

    low, high = 0.0, 1.0
    while math.fsum(mass * chance(factor, high) for mass, factor in found) < size:
        low, high = high, 2 * high
        if high > 1e15:
            return None
    for _ in range(60):
        middle = (low + high) / 2
        enough = math.fsum(mass * chance(factor, middle) for mass, factor in found) >= size
        low, high = (low, middle) if enough else (middle, high)

    def drawn(profile: Profile) -> float:
        return chance(ref.factor(profile), high)

    return Declared(drawn, needed)


def _group_size(profiles: Profiles, tables: Mapping[str, BoundTable], table: str, ref: ReferenceKind) -> float | None:
    """Return E[m²]/E[m] of the m rows that refer below one row of the `distinct_in` table (Wald's identities)."""
    column = tables[table].columns[ref.name]
    if column.when is not None:
        return None
    mean, variance = 1.0 - column.spec.null, column.spec.null * (1.0 - column.spec.null)
    while table != ref.distinct_in:
        bound = tables[table]
        if bound.fanout is None or bound.parent is None:
            return None
        laws = [(mass, bound.fanout.moments(p)) for p, mass in profiles.of(bound.parent, bound.fanout.covariates)]
        known = [(mass, law) for mass, law in laws if law is not None and math.isfinite(law.variance)]
        total = math.fsum(mass for mass, _ in known)
        if len(known) < len(laws) or not total > 0:
            return None
        count = math.fsum(mass * law.mean for mass, law in known) / total
        square = math.fsum(mass * (law.variance + law.mean**2) for mass, law in known) / total
        mean, variance = count * mean, count * variance + (square - count**2) * mean**2
        table = bound.parent
    return variance / mean + mean if mean > 0 else None

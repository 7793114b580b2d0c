"""Can a key be unique? Counted: the values that there are against the rows, and how many pairs of rows are alike.

Rows whose columns are drawn independently are alike with the chance Σp² (at least 1 over the number of values), so P
pairs of rows make P·Σp² pairs alike, and none at all with the chance exp(−P·Σp²): the birthday problem.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fanwise.generator.columns.bound import BoundColumn, BoundTable
from fanwise.generator.columns.support.laws import Variety
from fanwise.generator.columns.support.reference_kind import ReferenceKind
from fanwise.generator.language.spec import Dataset, Step
from fanwise.generator.moments.laws import power_sum
from fanwise.generator.moments.profiles import Profiles

__all__ = ["Uniqueness", "must_be_unique", "uniqueness"]

_COARSE = ("float32", "date", "time")
"""Types that make some different values alike."""


@dataclass(frozen=True, slots=True)
class Uniqueness:
    """rows: that are expected; values: different combinations at most; alike: expected pairs of rows
    with the same combination, None where it is not known."""

    rows: float
    values: float
    alike: float | None

    @property
    def chance(self) -> float | None:
        """The chance that no two rows are alike."""
        if self.values < self.rows:
            return 0.0
        return None if self.alike is None else math.exp(-self.alike)

    @property
    def repeats(self) -> float:
        """The expected number of rows that repeat an earlier one."""
        pairs = self.rows * (self.rows - 1) / 2
        if not self.alike or not pairs:
            return 0.0
        each = self.alike / pairs  # as if it were 1 over the number of values
        return self.rows - -math.expm1(self.rows * math.log1p(-min(each, 1 - 1e-12))) / each


def must_be_unique(dataset: Dataset, table: str) -> list[tuple[str, ...]]:
    """Return the column sets of a table that must be unique: its key, and the columns declared so."""
    spec = dataset.tables[table]
    alone = [(name,) for name, column in spec.columns.items() if column.unique and (name,) != spec.key]
    return [*([spec.key] if spec.key else []), *alone, *spec.together]


def uniqueness(
    profiles: Profiles, dataset: Dataset, tables: Mapping[str, BoundTable], table: str, columns: Sequence[str]
) -> Uniqueness:
    """Return how many combinations of the columns there are, and how many pairs of rows are expected to be alike."""
    counting = _Counting(profiles, dataset, tables)
    null = max(tables[table].columns[name].spec.null for name in columns)
    rows = profiles.rows(table) * (1.0 - null)
    pairs, each = counting.pairs(table, columns), counting.alike(table, columns)
    alike = 0.0 if each == 0.0 else None if pairs is None or each is None else pairs * (1.0 - null) ** 2 * each
    return Uniqueness(rows, counting.values(table, columns), alike)


@dataclass(frozen=True, slots=True)
class _Counting:
    profiles: Profiles
    dataset: Dataset
    tables: Mapping[str, BoundTable]

    def values(self, table: str, columns: Sequence[str]) -> float:
        """Return how many combinations the columns have at most."""
        bound, above = self.tables[table], self._above(table, columns)
        own = math.prod(self._variety(table, name).values for name in columns if name not in above)
        if not above or bound.parent is None:
            return own
        return own * min(self.profiles.rows(bound.parent), self.values(bound.parent, list(above.values())))

    def pairs(self, table: str, columns: Sequence[str]) -> float | None:
        """Return the expected pairs of rows that may be alike: all, or those below one parent."""
        bound, above = self.tables[table], self._above(table, columns)
        rows = self.profiles.rows(table)
        if not above:
            return rows * (rows - 1) / 2
        if bound.parent is None or bound.fanout is None or not self._names_a_row(bound.parent, list(above.values())):
            return None
        total = 0.0
        for profile, mass in self.profiles.of(bound.parent, bound.fanout.covariates):
            law = bound.fanout.moments(profile)
            if law is None or not math.isfinite(law.variance):
                return None
            total += mass * max(law.variance + law.mean**2 - law.mean, 0.0) / 2
        return total

    def alike(self, table: str, columns: Sequence[str]) -> float | None:
        """Return the chance that two such rows are alike, None where a column's is not known."""
        above = self._above(table, columns)
        found = [self._alike(table, name, below=bool(above)) for name in columns if name not in above]
        if 0.0 in found:
            return 0.0
        return None if None in found else math.prod(each for each in found if each is not None)

    def _above(self, table: str, columns: Sequence[str]) -> dict[str, str]:
        """Return the columns that repeat one of the parent's, and which."""
        parent, found = self.tables[table].parent, {}
        for name in columns:
            column = self.tables[table].columns[name]
            source = column.generator.copies
            if column.when is None and source is not None and source[0] == (Step(parent or ""),):
                found[name] = source[1]
        return found

    def _names_a_row(self, table: str, columns: Sequence[str]) -> bool:
        return any(set(names) <= set(columns) for names in must_be_unique(self.dataset, table))

    def _alike(self, table: str, name: str, *, below: bool) -> float | None:
        column = self.tables[table].columns[name]
        ref = column.generator.reference
        differs = column.generator.differs_below or (ref is not None and ref.distinct_in is not None)
        if below and differs and column.spec.type not in _COARSE:
            return 0.0  # siblings differ
        return self._variety(table, name).alike

    def _variety(self, table: str, name: str) -> Variety:
        column = self.tables[table].columns[name]
        if column.when is not None or column.spec.type in _COARSE:
            return Variety()
        ref = column.generator.reference
        if ref is not None:
            return self._referred(ref)
        found = column.generator.variety()
        listed = self._listed(table, column) if column.generator.independent else Variety()
        alike = listed.alike if listed.alike is not None else found.alike
        return Variety(min(found.values, listed.values), alike)

    def _listed(self, table: str, column: BoundColumn) -> Variety:
        """Return the variety of values that can be listed with their chances."""
        shares: dict[str | None, float] = {}
        whole = 0.0
        for profile, mass in self.profiles.of(table, column.generator.covariates):
            domain = column.generator.domain(profile)
            if domain is None:
                return Variety()
            whole += mass
            for value, chance in domain:
                shares[value] = shares.get(value, 0.0) + mass * chance
        if not whole:
            return Variety()
        return Variety(len(shares), math.fsum((share / whole) ** 2 for share in shares.values()))

    def _referred(self, ref: ReferenceKind) -> Variety:
        """Return the variety of the rows that a reference draws from the whole of another table."""
        rows = self.profiles.rows(ref.table)
        if ref.table == ref.own:
            return Variety(rows)
        if not self._names_a_row(ref.table, [ref.column]):
            return Variety(min(rows, self._variety(ref.table, ref.column).values))
        unweighted = ref.weight is None or self.profiles.weight(ref) is not None
        if ref.conditional or not unweighted or not rows >= 1:
            return Variety(rows)
        wanted = self.profiles.weight_covariates(ref)
        weights = [
            (mass, self.profiles.weight_at(ref, profile)) for profile, mass in self.profiles.of(ref.table, wanted)
        ]
        total = math.fsum(mass * weight for mass, weight in weights)
        if not total > 0:
            return Variety(rows)
        alike = math.fsum(mass * (weight / total) ** 2 for mass, weight in weights)
        if ref.zipf is not None:
            alike *= rows * power_sum(2 * ref.zipf, int(rows)) / power_sum(ref.zipf, int(rows)) ** 2
        return Variety(rows, max(alike, 1.0 / rows))

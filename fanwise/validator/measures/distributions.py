"""Distributions: how many values lie where, in each cell of each of them, and how likely that is where they are right.

Those of one table with the same covariates share a scan. Given its covariates each value is a draw of its own, so
counts are multinomial; a G-test compares them. All tests of one sort are one family (Holm), and what differs by less
than anybody would notice is not a deviation, however many rows show it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from fanwise.validator.contract.model import Cell, Distribution
from fanwise.validator.measures.cell_counts import Counted, counted_cells
from fanwise.validator.measures.clusters import independent_share
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.samples import looked_at
from fanwise.validator.stats.intervals import g_test, holm

__all__ = ["Deviation", "LastDigit", "Outlier", "Tested", "last_digit", "nulls_of", "outliers", "tests_of"]

FEWEST = 100
"""Rows of a cell below which nothing is tested."""
LEAST_EXPECTED = 10.0
"""Rows that are expected in a class; smaller classes are joined with their neighbour, or left out of the test."""
NOTICEABLE = 0.02
"""Difference of a share from the declared one below which it is not a deviation; of small shares, a quarter of them."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """A share of values that is another than declared. point: at most this value; value: this very one."""

    found: float
    declared: float
    point: float | None = None
    value: str = ""

    @property
    def noticeable(self) -> bool:
        """Whether the difference would matter to somebody."""
        gap = abs(self.found - self.declared)
        rest = min(self.declared, 1 - self.declared)
        return gap > min(NOTICEABLE, rest / 4)


@dataclass(frozen=True, slots=True)
class Tested:
    """One cell of a distribution. p: of a G-test; p_adjusted: over all cells. deviations: at each point or value."""

    law: Distribution
    cell: Cell
    n: int
    p: float
    p_adjusted: float
    deviations: tuple[Deviation, ...]

    @property
    def worst(self) -> Deviation | None:
        """The largest deviation that would be noticed, None where there is none."""
        seen = [each for each in self.deviations if each.noticeable]
        return max(seen, key=lambda each: abs(each.found - each.declared), default=None)


def tests_of(evidence: Evidence, sort: str) -> dict[Distribution, list[Tested]]:
    """Return the tests of a sort, `points` or `shares`, of each distribution whose query does not fail."""
    return evidence.kept(("laws", sort), lambda: _tests(evidence, sort))


def _tests(evidence: Evidence, sort: str) -> dict[Distribution, list[Tested]]:
    made: list[tuple[Distribution, Counted, float, tuple[Deviation, ...]]] = []
    for law in evidence.contract.distributions:
        cells = counted_cells(evidence, law)
        worth = independent_share(evidence, law.home) if cells else 1.0
        for counted in cells:
            found = _points(counted, worth) if sort == "points" else _shares(counted, worth)
            if found is not None:
                made.append((law, counted, *found))
    adjusted = holm([p for _, _, p, _ in made])
    out: dict[Distribution, list[Tested]] = {}
    for (law, counted, p, deviations), p_adjusted in zip(made, adjusted, strict=True):
        out.setdefault(law, []).append(Tested(law, counted.cell, counted.n, p, p_adjusted, deviations))
    return out


def _points(found: Counted, worth: float) -> tuple[float, tuple[Deviation, ...]] | None:
    """Return p and the deviations at the points of a cell, None where there are too few rows.

    worth: how many independent rows a row stands for.
    """
    if found.n * worth < FEWEST or not found.cell.at_most:
        return None
    shares = [0.0, *(share for _, share in found.cell.at_most), 1.0]
    counts = [0, *found.at_most, found.n]
    p = _fit([b - a for a, b in pairwise(counts)], [b - a for a, b in pairwise(shares)], found.n, worth)
    deviations = tuple(
        Deviation(count / found.n, share, point)
        for (point, share), count in zip(found.cell.at_most, found.at_most, strict=True)
    )
    return None if p is None else (p, deviations)


def _shares(found: Counted, worth: float) -> tuple[float, tuple[Deviation, ...]] | None:
    """Return p and the deviations of the shares of a cell, None where there are too few rows."""
    if found.n * worth < FEWEST or not found.cell.shares:
        return None
    counts, shares = list(found.hits.values()), [share for _, share in found.cell.shares]
    rest = 1 - sum(shares)
    if rest > 1e-9:
        counts, shares = [*counts, found.n - sum(counts)], [*shares, rest]
    p = _fit(counts, shares, found.n, worth)
    deviations = tuple(Deviation(found.hits[value] / found.n, share, value=value) for value, share in found.cell.shares)
    return None if p is None else (p, deviations)


def _fit(counts: Sequence[int], shares: Sequence[float], n: float, worth: float) -> float | None:
    """Return p of a G-test; classes of which few rows are expected are joined with the one before them."""
    joined: list[tuple[float, float]] = []
    n *= worth
    for count, share in zip([count * worth for count in counts], shares, strict=True):
        if joined and (share * n < LEAST_EXPECTED or joined[-1][1] * n < LEAST_EXPECTED):
            joined[-1] = joined[-1][0] + count, joined[-1][1] + share
        else:
            joined.append((count, share))
    if len(joined) < 2:
        return None
    total = sum(share for _, share in joined)
    return g_test([count for count, _ in joined], [share / total for _, share in joined])[1]


def nulls_of(evidence: Evidence, table: str, column: str) -> Iterator[tuple[Cell, int, int, str]]:
    """Yield each cell of the distributions of a column with its rows, how many lack a value, and the part looked at."""
    for law in evidence.contract.distributions:
        if (law.table, law.column, law.view) == (table, column, None) and law.by and not law.without:
            part = looked_at(evidence, law)
            yield from ((found.cell, found.rows, found.rows - found.n, part) for found in counted_cells(evidence, law))


@dataclass(frozen=True, slots=True)
class Outlier:
    """A value that hardly any data set of this distribution has: the smallest or the largest of its cell."""

    cell: Cell
    n: int
    value: float
    end: float


def outliers(evidence: Evidence, law: Distribution) -> Iterator[Outlier]:
    """Yield the smallest and the largest values of cells that lie outside the ends."""
    for found in counted_cells(evidence, law):
        if found.range is None or found.cell.ends is None:
            continue
        for sign, value, end in zip((-1, 1), found.range, found.cell.ends, strict=True):
            if sign * value > sign * end:
                yield Outlier(found.cell, found.n, value, end)


@dataclass(frozen=True, slots=True)
class LastDigit:
    """Values of a column, the share of them whose last digit is 0, and p that it is a tenth."""

    n: int
    share: Deviation
    p: float


def last_digit(evidence: Evidence, law: Distribution) -> LastDigit | None:
    """Return how often the last digit is 0; None where it says nothing, or there are too few values."""
    cells = counted_cells(evidence, law)
    n, fine = sum(found.inside for found in cells), sum(found.fine for found in cells)
    if n < FEWEST:
        return None
    return LastDigit(n, Deviation((n - fine) / n, 0.1), g_test([fine, n - fine], [0.9, 0.1])[1])

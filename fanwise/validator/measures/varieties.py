"""Varieties: how often two rows have the same text, for texts out of so many that none has a share of its own.

K of the n (n − 1) / 2 pairs of rows are alike. Where two rows are alike with the chance c, λ = c n (n − 1) / 2 are
expected, with a variance of at most λ + n³ Σ p³ ≤ λ + n³ c^1.5 (Hoeffding 1948, "A class of statistics with
asymptotically normal distribution"; the norms of p fall). More than that, by eight errors, is found: as c is only known
to be at most so large, fewer pairs say nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from fanwise.io.quoting import quote_ident
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.samples import sampled, variety_parts

__all__ = ["MeasuredVariety", "varied_columns", "variety_of"]

FEWEST = 100
"""Rows below which nothing is judged."""
_ERRORS = 8.0
_PAIRS = 5.0
"""Errors, and further pairs, by which more pairs are alike than expected where chance does not explain it."""


@dataclass(frozen=True, slots=True)
class MeasuredVariety:
    """Rows with a value, how many different ones they have, the share of the most frequent one, and of alike pairs."""

    rows: int
    distinct: int
    largest: float
    alike: float
    expected: float

    @property
    def too_alike(self) -> bool:
        """Whether more pairs are alike than chance makes."""
        pairs = self.rows * (self.rows - 1) / 2
        error = math.sqrt(self.expected * pairs + self.rows**3 * self.expected**1.5)
        return self.alike * pairs > self.expected * pairs + _ERRORS * error + _PAIRS


def varied_columns(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Yield the columns whose texts repeat at most as often as a contract says."""
    for table, spec in evidence.contract.tables.items():
        yield from ((table, name) for name, column in spec.columns.items() if column.repeats is not None)


def variety_of(evidence: Evidence, table: str, name: str) -> MeasuredVariety | None:
    """Return how varied the values of a column are; None where there are too few."""
    expected, key = evidence.contract.tables[table].columns[name].repeats, evidence.contract.tables[table].key
    assert expected is not None
    rows = sampled(evidence, table, key[0] if key else "", variety_parts(evidence, table))
    own = quote_ident(name)
    counts = f"SELECT count(*)::HUGEINT AS n FROM {rows} WHERE {own} IS NOT NULL GROUP BY {own}"
    n, distinct, largest, pairs = evidence.warehouse.rows(
        f"SELECT coalesce(sum(n), 0), count(*), max(n), sum(n * (n - 1)) FROM ({counts})"
    )[0]
    if n < FEWEST:
        return None
    total = int(n)
    return MeasuredVariety(total, int(distinct), int(largest) / total, int(pairs) / (total * (total - 1)), expected)

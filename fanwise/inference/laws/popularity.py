"""How unevenly rows refer to the rows of a table: the exponent of Zipf's law with the same concentration.

Two rows that refer at random meet in the same row with the chance Q = Σ pᵢ². The share of pairs that meet is an
unbiased estimate of it, whatever the noise of the counts (Simpson 1949, "Measurement of diversity"). The counts in
their order are not: they look uneven where nothing is.
"""

from __future__ import annotations

import math

import numpy as np

from fanwise.inference.model import Reference, Table, work_sql
from fanwise.inference.sources.opening import Opened
from fanwise.io.quoting import quote_ident

__all__ = ["zipf_exponent"]

_LEAST, _MOST = 0.1, 4.0  # exponents: below the first, references are as good as even
_ERRORS = 5.0
_ROWS = 1_000_000


def zipf_exponent(found: Opened, table: Table, each: Reference, least: int) -> float | None:
    """Return the exponent by which the rows referred to are popular; None where they are even, or hardly known.

    least: the fewest references that say anything.
    """
    rows = found.source.tables[each.target].rows or 0
    key = ", ".join(quote_ident(name) for name in each.columns)
    there = " AND ".join(f"{quote_ident(name)} IS NOT NULL" for name in each.columns)
    sql = f"SELECT count(*) AS c FROM {work_sql(table.name)} WHERE {there} GROUP BY {key}"
    total, pairs = found.session.rows(f"SELECT coalesce(sum(c), 0), coalesce(sum(c * (c - 1)), 0) FROM ({sql})")[0]
    if not (2 <= rows <= _ROWS and total >= least):
        return None
    meeting = float(pairs) / (float(total) * (float(total) - 1))
    # Were they even, about Poisson many of the N(N−1)/2 pairs would meet, 1/n of them.
    error = math.sqrt(2 / rows / (float(total) * (float(total) - 1)))
    if meeting < 1 / rows + _ERRORS * error:
        return None
    exponent = _solved(meeting, rows)
    return exponent if exponent >= _LEAST else None


def _solved(meeting: float, rows: int) -> float:
    """Return the exponent with which two references to `rows` rows meet with a chance, at most `_MOST`."""
    logs = np.log(np.arange(1, rows + 1, dtype=np.float64))
    low, high = 0.0, _MOST
    for _ in range(40):
        middle = (low + high) / 2
        once, twice = float(np.exp(-middle * logs).sum()), float(np.exp(-2 * middle * logs).sum())
        low, high = (middle, high) if twice / once**2 < meeting else (low, middle)
    return (low + high) / 2

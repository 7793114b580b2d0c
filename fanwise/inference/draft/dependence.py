"""Dependence: correlations of the normal scores of a row, and what rows below one parent have in common.

Scores are those of ranks within a segment, as draws are. Equal values have the score of their middle, so a covariance
of scores is less than the correlation of the draws. It is a power series of it, by Mehler's formula: the coefficients
are products of the Hermite coefficients of both scores.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
from numpy.polynomial.hermite_e import hermeval

from fanwise.inference.draft.drafts import ColumnDraft
from fanwise.inference.findings import Findings
from fanwise.inference.model import SEGMENT, UNIT, Table, work_sql
from fanwise.io.quoting import quote_ident
from fanwise.validator.sql.normal_score import normal_score, rank_share

__all__ = ["add_dependence"]

Floats = npt.NDArray[np.float64]

_SCORED = (
    "exponential", "gamma", "geometric", "integer", "lognormal", "negbin", "normal", "poisson", "quantile", "uniform",
    "weibull",
)  # fmt: skip
_TIMES = ("date: {between: [window.start, window.end]", "timestamp: {between: [window.start, window.end]")
_MOST_COLUMNS, _MOST_PAIRS, _MOST_ROWS = 12, 8, 100_000
_LEAST, _LEAST_SHARE, _LARGEST, _SURE = 0.1, 0.03, 0.97, 4.0
_OWN = 0.02
_ORDERS = range(1, 11)
_GRID = (np.arange(500) + 0.5) / 500


@dataclass(frozen=True, slots=True)
class _Scores:
    """Of columns, in their order: rows, correlations of the draws, shares of a parent."""

    rows: int
    correlations: Floats
    shares: Floats


def add_dependence(findings: Findings, table: Table, drafts: Mapping[str, ColumnDraft]) -> None:
    """Write correlations above 0.1, at most 8, and shares that rows of one parent have in common, into the drafts."""
    times = [name for name, draft in drafts.items() if draft.body.startswith(_TIMES)]
    numbers = [name for name, draft in drafts.items() if draft.body.partition(":")[0] in _SCORED]
    names = [*numbers[:_MOST_COLUMNS], *times[:1]]
    if not findings.options.values or not names or (table.rows or 0) < 5 * findings.options.least:
        return
    scores = _measured(findings, table, names)
    pairs = _pairs(scores, len(names) - len(times[:1]))
    terms: list[Floats] = []
    for at, name in enumerate(names):
        sources = [a for a, b in pairs if b == at]
        r = scores.correlations[sources, at]
        own, r, share = _made(terms, sources, r, float(scores.shares[at]), at, len(names))
        terms.append(own)
        drafts[name].correlate = {names[a]: round(float(each), 2) for a, each in zip(sources, r, strict=True)}
        if share and table.parent is not None:
            drafts[name].alike = {table.parent.target: share}


def _pairs(scores: _Scores, numbers: int) -> set[tuple[int, int]]:
    """Return the pairs of columns of numbers that are most correlated."""
    least = max(_LEAST, _SURE / math.sqrt(max(scores.rows, 1)))
    found = [
        (abs(float(scores.correlations[a, b])), a, b)
        for a, b in combinations(range(numbers), 2)
        if abs(float(scores.correlations[a, b])) >= least
    ]
    return {(a, b) for _, a, b in sorted(found, reverse=True)[:_MOST_PAIRS]}


def _made(
    terms: Sequence[Floats], sources: Sequence[int], r: Floats, share: float, at: int, size: int
) -> tuple[Floats, Floats, float]:
    """Return the weights of a score on independent draws, its correlations and its share, lowered until possible.

    Draws are those of the parents of each column, then those of its rows. A share that the sources bring is not said.
    """
    r = np.clip(r, -_LARGEST, _LARGEST)
    while True:
        out = np.zeros(2 * size)
        if sources:
            known = np.array([terms[a] for a in sources])
            out = np.linalg.lstsq(known @ known.T, r, rcond=None)[0] @ known
        left = 1 - float(out @ out)
        if left >= _OWN:
            break
        r = r * 0.97
    brought = float(out[:size] @ out[:size])
    said = math.floor(100 * min(share, brought + left - _OWN)) / 100
    if said < max(brought + 0.01, _LEAST_SHARE):
        said = 0.0
    out[at] = math.sqrt(max(0.0, said - brought))
    out[size + at] = math.sqrt(1 - float(out @ out))
    return out, r, said


def _measured(findings: Findings, table: Table, names: Sequence[str]) -> _Scores:
    found, view, parent = findings.found, work_sql(table.name), table.parent
    every = -(-(table.rows or 0) // _MOST_ROWS)
    unit = ", ".join(map(quote_ident, parent.columns)) if parent is not None else quote_ident(UNIT)
    values = ", ".join(f"{_number(table, name)} AS c{at}" for at, name in enumerate(names))
    sample = f"WHERE hash({unit}) % 1000003 % {every} = 0" if every > 1 else ""
    base = found.session.load(
        f"SELECT coalesce({quote_ident(SEGMENT)}, '') AS s, hash({unit}) AS u, {values} FROM {view} {sample}"
    )
    shares = ", ".join(
        f"CASE WHEN c{at} IS NOT NULL THEN {rank_share(f'c{at}', f'(s, c{at} IS NULL)')} END AS r{at}"
        for at in range(len(names))
    )
    scores = ", ".join(f"{normal_score(f'r{at}')} AS z{at}" for at in range(len(names)))
    scored = found.session.load(f"SELECT u, {scores} FROM (SELECT s, u, {shares} FROM {base})")
    pairs = list(combinations(range(len(names)), 2))
    grid = ", ".join(f"{share:.5f}" for share in _GRID)
    asked = [f"quantile_disc(z{at}, [{grid}])" for at in range(len(names))]
    asked += [f"covar_pop(z{a}, z{b})" for a, b in pairs]
    rows, *numbers = found.session.rows(f"SELECT count(*), {', '.join(asked)} FROM {scored}")[0]
    hermite = [_hermite(each) for each in numbers[: len(names)]]
    correlations = np.eye(len(names))
    for (a, b), each in zip(pairs, numbers[len(names) :], strict=True):
        correlations[a, b] = correlations[b, a] = _drawn(float(each or 0), hermite[a] * hermite[b])
    found_shares = np.zeros(len(names))
    if parent is not None:
        found_shares = np.array([_share(findings, scored, at, each**2) for at, each in enumerate(hermite)])
    return _Scores(int(rows), correlations, found_shares)


def _hermite(scores: Sequence[float] | None) -> Floats:
    """Return the Hermite coefficients of a score as a function of its draw, over the roots of the factorials."""
    from scipy import stats

    draws, known = stats.norm.ppf(_GRID), np.zeros(len(_GRID)) if scores is None else np.array(scores)
    return np.array(
        [float(np.mean(known * hermeval(draws, [0.0] * k + [1.0]))) / math.sqrt(math.factorial(k)) for k in _ORDERS]
    )


def _drawn(covariance: float, coefficients: Floats) -> float:
    """Return the correlation of draws whose scores have this covariance."""

    def apart(r: float) -> float:
        return float(np.sum(coefficients * r ** np.array(_ORDERS))) - covariance

    low, high = -_LARGEST, _LARGEST
    if coefficients[0] < 0.04 or apart(low) >= 0 or apart(high) <= 0:
        return 0.0 if coefficients[0] < 0.04 else math.copysign(_LARGEST, covariance)
    from scipy import optimize

    return float(optimize.brentq(apart, low, high))


def _share(findings: Findings, scored: str, at: int, coefficients: Floats) -> float:
    """Return the correlation of the draws of two rows of one parent; 0 where chance explains it."""
    sql = (
        "SELECT sum((t * t - q) / (n - 1)), sum(n), sum(2.0 * n / (n - 1)) FROM (SELECT count(z{0}) AS n, "
        "sum(z{0}) AS t, sum(z{0} * z{0}) AS q FROM {1} GROUP BY u HAVING count(z{0}) > 1)"
    )
    products, rows, noise = findings.found.session.rows(sql.format(at, scored))[0]
    if not rows:
        return 0.0
    share = _drawn(float(products) / float(rows), coefficients)
    chance = math.sqrt(float(noise)) / float(rows)
    return min(share, 0.95) if share > max(_LEAST_SHARE, _SURE * chance) else 0.0


def _number(table: Table, name: str) -> str:
    own = quote_ident(name)
    return f"epoch({own})" if table.columns[name].sort in ("date", "instant") else f"CAST({own} AS DOUBLE)"

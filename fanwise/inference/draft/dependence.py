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
from fanwise.inference.structure.paths import unit_way
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
    """Of columns, in their order: rows, correlations of the draws, shares of each level (levels, columns)."""

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
    levels = _levels(findings, table)
    scores = _measured(findings, table, names, levels)
    pairs = _pairs(scores, len(names) - len(times[:1]))
    terms: list[Floats] = []
    for at, name in enumerate(names):
        sources = [a for a, b in pairs if b == at]
        r = scores.correlations[sources, at]
        own, r, shares = _made(terms, sources, r, scores.shares[:, at], at, len(names))
        terms.append(own)
        drafts[name].correlate = {names[a]: round(float(each), 2) for a, each in zip(sources, r, strict=True)}
        drafts[name].alike = {level: share for level, share in zip(levels, shares, strict=True) if share}


def _levels(findings: Findings, table: Table) -> dict[str, str]:
    """Return the tables below whose rows others may be alike, and the column of each: the units', then the parent."""
    parent = table.parent
    if parent is None:
        return {}
    way, _ = unit_way(findings.found.source, table.name)
    above = len(way) > 1 and all(each.parent for each in way)
    foreign = ", ".join(map(quote_ident, parent.columns))
    return {**({way[-1].target: quote_ident(UNIT)} if above else {}), parent.target: foreign}


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
    terms: Sequence[Floats], sources: Sequence[int], r: Floats, shares: Floats, at: int, size: int
) -> tuple[Floats, Floats, list[float]]:
    """Return the weights of a score on independent draws, its correlations and its shares, lowered until possible.

    Draws are those of each level for each column, the uppermost level first, then those of its rows. A share is that of
    its level and of those above. One that the sources bring is left out.
    """
    r, levels = np.clip(r, -_LARGEST, _LARGEST), len(shares)
    while True:
        out = np.zeros((levels + 1) * size)
        if sources:
            known = np.array([terms[a] for a in sources])
            out = np.linalg.lstsq(known @ known.T, r, rcond=None)[0] @ known
        left = 1 - float(out @ out)
        if left >= _OWN:
            break
        r = r * 0.97
    kept, own, brought = [], 0.0, np.cumsum([float(part @ part) for part in out.reshape(levels + 1, size)])
    for level, share in enumerate(shares.tolist()):
        said = math.floor(100 * min(share, brought[level] + left - _OWN)) / 100
        more = said - brought[level] - own
        kept.append(said if said >= _LEAST_SHARE and more >= 0.01 else 0.0)
        if kept[-1]:
            out[level * size + at] = math.sqrt(more)
            own += more
    out[levels * size + at] = math.sqrt(1 - float(out @ out))
    return out, r, kept


def _measured(findings: Findings, table: Table, names: Sequence[str], levels: Mapping[str, str]) -> _Scores:
    found, view = findings.found, work_sql(table.name)
    every = -(-(table.rows or 0) // _MOST_ROWS)
    units = [*levels.values()] or [quote_ident(UNIT)]
    values = ", ".join(f"{_number(table, name)} AS c{at}" for at, name in enumerate(names))
    sample = f"WHERE hash({units[0]}) % 1000003 % {every} = 0" if every > 1 else ""
    base = found.session.load(
        f"SELECT coalesce({quote_ident(SEGMENT)}, '') AS s, hash({units[0]}) AS above, hash({units[-1]}) AS u, "
        f"{values} FROM {view} {sample}"
    )
    shares = ", ".join(
        f"CASE WHEN c{at} IS NOT NULL THEN {rank_share(f'c{at}', f'(s, c{at} IS NULL)')} END AS r{at}"
        for at in range(len(names))
    )
    scores = ", ".join(f"{normal_score(f'r{at}')} AS z{at}" for at in range(len(names)))
    scored = found.session.load(f"SELECT above, u, {scores} FROM (SELECT above, u, {shares} FROM {base})")
    pairs = list(combinations(range(len(names)), 2))
    grid = ", ".join(f"{share:.5f}" for share in _GRID)
    asked = [f"quantile_disc(z{at}, [{grid}])" for at in range(len(names))]
    asked += [f"covar_pop(z{a}, z{b})" for a, b in pairs]
    rows, *numbers = found.session.rows(f"SELECT count(*), {', '.join(asked)} FROM {scored}")[0]
    hermite = [_hermite(each) for each in numbers[: len(names)]]
    correlations = np.eye(len(names))
    for (a, b), each in zip(pairs, numbers[len(names) :], strict=True):
        correlations[a, b] = correlations[b, a] = _drawn(float(each or 0), hermite[a] * hermite[b])
    shares_of = [_share_above, _share][-len(levels) :] if levels else []
    found_shares = [[share(findings, scored, at, each**2) for at, each in enumerate(hermite)] for share in shares_of]
    return _Scores(int(rows), correlations, np.array(found_shares).reshape(len(levels), len(names)))


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
        "SELECT fsum((t * t - q) / (n - 1)), sum(n), fsum(2.0 * n / (n - 1)) FROM (SELECT count(z{0}) AS n, "
        "fsum(z{0}) AS t, fsum(z{0} * z{0}) AS q FROM {1} GROUP BY u HAVING count(z{0}) > 1)"
    )
    return _sure(findings, sql.format(at, scored), coefficients)


def _share_above(findings: Findings, scored: str, at: int, coefficients: Floats) -> float:
    """Return the correlation of the draws of two rows of one unit that have other parents."""
    inner = (
        "SELECT any_value(above) AS above, count(z{0}) AS n, fsum(z{0}) AS t FROM {1} GROUP BY u HAVING count(z{0}) > 0"
    )
    sql = (
        "SELECT fsum((t * t - q) / (n - 1)), fsum((n * n - m) / (n - 1)), "
        "fsum(2.0 * (n * n - m) / ((n - 1) * (n - 1))) "
        "FROM (SELECT CAST(sum(n) AS DOUBLE) AS n, sum(CAST(n AS DOUBLE) * n) AS m, fsum(t) AS t, fsum(t * t) AS q "
        f"FROM ({inner}) GROUP BY above HAVING count(*) > 1)"
    )
    return _sure(findings, sql.format(at, scored), coefficients)


def _sure(findings: Findings, sql: str, coefficients: Floats) -> float:
    """Return the share of a query of products of scores, pairs and noise; 0 where chance explains it."""
    products, rows, noise = findings.found.session.rows(sql)[0]
    if not rows:
        return 0.0
    share = _drawn(float(products) / float(rows), coefficients)
    chance = math.sqrt(float(noise)) / float(rows)
    return min(share, 0.95) if share > max(_LEAST_SHARE, _SURE * chance) else 0.0


def _number(table: Table, name: str) -> str:
    own = quote_ident(name)
    return f"epoch({own})" if table.columns[name].sort in ("date", "instant") else f"CAST({own} AS DOUBLE)"

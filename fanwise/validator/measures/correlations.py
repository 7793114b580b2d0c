"""Correlations of normal scores of ranks, with the error that rows with common draws leave.

Scores are those of van der Waerden, ties having that of their middle rank, within the rows of one cell. The error of a
correlation r is that of the mean of its influence function a·b − r (a² + b²) / 2 over independent clusters; where rows
belong to several sorts of clusters, the variances are added, which is too large rather than too small. For a Gaussian
copula of independent rows it is (1 − r²)² / n (Klaassen and Wellner 1997, "Efficient estimation in the bivariate normal
copula model").

That of rows below one parent is Σ ab / Σ (a² + b²) / 2 over all pairs of them, so it is at most 1 however unequal the
numbers of rows are, and its error is that of the same ratio.

Scores and influences are whole numbers of small steps, so that sums do not depend on the order of rows or on threads.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from fanwise.io.quoting import quote_ident, quote_text
from fanwise.validator.contract.conditions import resolve_name
from fanwise.validator.contract.model import Correlated, Correlation, Edge, Path
from fanwise.validator.contract.paths import edges_along
from fanwise.validator.data.warehouse import table_sql
from fanwise.validator.measures.evidence import Evidence, Need
from fanwise.validator.sql.joins import Scope, equal_columns
from fanwise.validator.sql.normal_score import ONE, rank_share, whole_score
from fanwise.validator.sql.sampling import chosen, parts
from fanwise.validator.stats.intervals import holm

__all__ = ["Constant", "MeasuredCorrelation", "constants_of", "correlation_needs", "correlations_of"]

_FEWEST_OF_CELL = 30
_SHARE_ONE = 2.0**50
"""What stands for 1 in the part that a row, or a pair of rows, has in the correlation of all."""
_HUGE, _REAL = "CAST({} AS HUGEINT)", "CAST({} AS DOUBLE)"


@dataclass(frozen=True, slots=True)
class MeasuredCorrelation:
    """What the rows of one declared number show. n: rows or pairs of rows; clusters: the fewest independent ones, and
    alike: as how many of equal weight they count.

    p: of a correlation as far from the expected one, p_adjusted: over all correlations (Holm). Both are 1 where there
    are too few clusters. opposed: one-sided p of a sign that is not the declared one.
    """

    label: str
    declared: float
    expected: float
    found: float
    error: float
    n: int
    clusters: int
    alike: float
    p: float = 1.0
    p_adjusted: float = 1.0
    opposed: float = 1.0

    @property
    def judged(self) -> bool:
        """Whether there is enough to judge."""
        return self.clusters >= Correlation.fewest


@dataclass(frozen=True, slots=True)
class Constant:
    """Rows of one declared number in which a column has one value only, so that it goes together with nothing.

    own: it is the column whose correlation is declared, not the other one.
    """

    label: str
    declared: float
    n: int
    own: bool


def constants_of(evidence: Evidence, asked: Correlation) -> list[Constant]:
    """Return the cells of a correlation without any scatter."""
    found = evidence.kept(("correlated", asked), lambda: _asked(evidence, asked))
    groups = _groups(asked)
    rows = [(groups[row[0]], -int(row[1]), bool(row[2])) for row in found if row[1] is not None and row[1] < 0]
    return [Constant(label, declared, n, own) for (label, declared), n, own in rows]


def correlations_of(evidence: Evidence) -> dict[Correlation, list[MeasuredCorrelation]]:
    """Return what the data show of each correlation of the contract that can be asked."""
    return evidence.kept(("correlations",), lambda: _all(evidence))


def _all(evidence: Evidence) -> dict[Correlation, list[MeasuredCorrelation]]:
    from fanwise.io.special import stdtr

    asked = [each for each in evidence.contract.correlations if not evidence.blocked(correlation_needs(evidence, each))]
    made: list[tuple[Correlation, MeasuredCorrelation]] = []
    for each in asked:
        for found in _measured(evidence, each):
            if not found.judged:
                made.append((each, found))
                continue
            df, z = max(found.alike - 1, 1.0), _over(found.found - found.expected, found.error)
            against = math.copysign(1.0, found.declared) * _over(found.found, found.error)
            p, opposed = 2 * float(stdtr(df, -abs(z))), float(stdtr(df, against))
            made.append((each, replace(found, p=p, opposed=opposed)))
    adjusted = holm([found.p for _, found in made])
    out: dict[Correlation, list[MeasuredCorrelation]] = {each: [] for each in asked}
    for (each, found), p in zip(made, adjusted, strict=True):
        out[each].append(replace(found, p_adjusted=p))
    return out


def _over(gap: float, error: float) -> float:
    """Return a gap in errors; ranks that agree in every row, or are opposite, leave no error at all."""
    if abs(gap) < 1 / ONE:
        return 0.0
    return gap / error if error else math.copysign(math.inf, gap)


def correlation_needs(evidence: Evidence, asked: Correlation) -> tuple[Need, ...]:
    """Return the tables and columns that a correlation is measured on."""
    tables, axes = evidence.contract.tables, evidence.contract.axes
    needs: list[Need] = [(asked.table, asked.column)] if asked.rows is None else []
    if asked.rows is not None:
        edge = _edge_of(evidence, asked)
        needs += [(asked.rows, column) for column in edge.columns] + [(asked.table, key) for key in edge.keys]
    names = [
        resolve_name(tables, axes, asked.table, name) for name in (*asked.by, *([asked.other] if asked.other else []))
    ]
    ends = [(at.path, at.table, at.column) for at in names]
    paths = [*asked.clusters, asked.below, asked.apart, *(path for path, _, _ in ends)]
    for path in paths:
        near = asked.table
        for step in edges_along(tables, asked.table, path):
            needs += [(near, column) for column in step.columns] + [(step.table, key) for key in step.keys]
            near = step.table
    needs += [(table, column) for _, table, column in ends]
    return tuple(dict.fromkeys(needs))


def _measured(evidence: Evidence, asked: Correlation) -> Iterator[MeasuredCorrelation]:
    found = evidence.kept(("correlated", asked), lambda: _asked(evidence, asked))
    for number, (label, declared) in enumerate(_groups(asked)):
        cells = [row[1:4] for row in found if row[0] == number and row[1] is not None and row[1] > 0]
        sorts = [row[3:] for row in found if row[0] == number and row[1] is None]
        if not cells or not sorts:
            continue
        n = sum(int(size) for size, _, _ in cells)
        weighted, expected = (float(sum(Fraction(row[at]) * int(row[0]) for row in cells) / n) for at in (1, 2))
        variance = math.fsum(float(squares) for _, _, squares in sorts) / _SHARE_ONE**2
        alike, clusters = min(float(each) for each, _, _ in sorts), min(int(each) for _, each, _ in sorts)
        yield MeasuredCorrelation(label, declared, expected, weighted, math.sqrt(variance), n, clusters, alike)


def _groups(asked: Correlation) -> list[tuple[str, float]]:
    return list(dict.fromkeys((cell.label, cell.declared) for cell in asked.cells))


def _asked(evidence: Evidence, asked: Correlation) -> list[tuple[Any, ...]]:
    """Return the rows of cells (with their size), of sorts of clusters (null), and of cells without scatter (< 0)."""
    groups = _groups(asked)
    sql = _pair_sql(evidence, asked, groups) if asked.other is not None else _alike_sql(evidence, asked, groups)
    values = "ab" if asked.other is not None else "a"
    same = " OR ".join(f"min({name}) = max({name})" for name in values)
    constant = (
        " UNION ALL SELECT grp, -count(*), CASE WHEN min(a) = max(a) THEN 1 ELSE 0 END, NULL, NULL, NULL FROM scored "
        f"GROUP BY cell, grp HAVING count(*) >= {_FEWEST_OF_CELL} AND ({same})"
    )
    return evidence.warehouse.rows(f"{sql}{constant}")


def _pair_sql(evidence: Evidence, asked: Correlation, groups: Sequence[tuple[str, float]]) -> str:
    """Return the query of two columns: group; of each cell: rows, r and what is expected; clusters and Σ influence²."""
    scored = _scored(evidence, asked, groups, [*asked.clusters] or [()])
    share = f"(za * zb - r * (za * za + zb * zb) / 2) / n * {_SHARE_ONE!r}"
    return f"""
        WITH {scored}, sums AS (
            SELECT cell, grp, expected, count(*)::HUGEINT AS n, sum(a) AS a, sum(b) AS b,
                sum({_HUGE.format("a")} * a) AS aa, sum({_HUGE.format("b")} * b) AS bb,
                sum({_HUGE.format("a")} * b) AS ab
            FROM scored GROUP BY cell, grp, expected
            HAVING count(*) >= {_FEWEST_OF_CELL} AND min(a) < max(a) AND min(b) < max(b)
        ), moments AS MATERIALIZED (
            SELECT cell, grp, expected, n, {_REAL.format("a")} / n AS mean_a, {_REAL.format("b")} / n AS mean_b,
                sqrt({_REAL.format("n * aa - a * a")}) / n AS sd_a, sqrt({_REAL.format("n * bb - b * b")}) / n AS sd_b,
                {_REAL.format("n * ab - a * b")}
                    / (sqrt({_REAL.format("n * aa - a * a")}) * sqrt({_REAL.format("n * bb - b * b")})) AS r FROM sums
        ), totals AS (SELECT grp, {_REAL.format("sum(n)")} AS n FROM moments GROUP BY grp), units AS (
            SELECT scored.*, r, totals.n, (a - mean_a) / sd_a AS za, (b - mean_b) / sd_b AS zb
            FROM scored JOIN moments USING (cell) JOIN totals ON scored.grp = totals.grp
        ), influences AS MATERIALIZED (SELECT *, {_HUGE.format(f"round({share})")} AS influence FROM units)
        SELECT grp, n, r, expected, NULL, NULL FROM moments
        UNION ALL {_squares([f"k{at}" for at in range(max(len(asked.clusters), 1))], "1")}"""


def _alike_sql(evidence: Evidence, asked: Correlation, groups: Sequence[tuple[str, float]]) -> str:
    """Return the query of pairs of rows, as that of two columns."""
    tops = asked.clusters or (asked.below,)
    keys = [asked.below, *tops, *([asked.apart] if asked.apart else [])]
    inner = f"k{len(keys) - 1}" if asked.apart else "number"
    names = [f"k{at}" for at in range(1, len(tops) + 1)]
    kept = ", ".join(f"min({name}) AS {name}" for name in names)
    scored = _scored(evidence, asked, groups, keys)
    share = f"({_REAL.format('product')} - r * {_REAL.format('w')}) / n * {_SHARE_ONE!r}"
    return f"""
        WITH {scored}, sums AS (
            SELECT cell, count(*)::HUGEINT AS n, sum(a) AS a, sum({_HUGE.format("a")} * a) AS aa FROM scored
            GROUP BY cell HAVING count(*) >= {_FEWEST_OF_CELL} AND min(a) < max(a)
        ), moments AS (
            SELECT cell, {_REAL.format("a")} / n AS mean, sqrt({_REAL.format("n * aa - a * a")}) / n AS sd FROM sums
        ), units AS (
            SELECT scored.*, {_HUGE.format(f"round((a - mean) / sd * {ONE})")} AS za
            FROM scored JOIN moments USING (cell)
        ), inner_sums AS (
            SELECT cell, grp, expected, k0, {kept}, count(*)::HUGEINT AS m, sum(za) AS s, sum(za * za) AS q
            FROM units GROUP BY cell, grp, expected, k0, {inner}
        ), pairs AS MATERIALIZED (
            SELECT cell, grp, expected, {kept}, sum(m) * sum(m) - sum(m * m) AS p,
                sum(s) * sum(s) - sum(s * s) AS product, sum(m) * sum(q) - sum(q * m) AS w
            FROM inner_sums GROUP BY cell, grp, expected, k0
        ), totals AS (
            SELECT grp, {_REAL.format("sum(w)")} AS n, {_REAL.format("sum(product)")} / {_REAL.format("sum(w)")} AS r
            FROM pairs GROUP BY grp HAVING sum(w) > 0
        ), influences AS MATERIALIZED (
            SELECT grp, {", ".join(names)}, p, {_HUGE.format(f"round({share})")} AS influence
            FROM pairs JOIN totals USING (grp) WHERE p > 0
        )
        SELECT grp, sum(p), {_REAL.format("sum(product)")} / {_REAL.format("sum(w)")}, expected, NULL, NULL
        FROM pairs GROUP BY cell, grp, expected HAVING sum(w) > 0
        UNION ALL {_squares(names, "p")}"""


def _squares(keys: Sequence[str], weight: str) -> str:
    """Return the queries of each sort of clusters: as how many of equal weight they count (Kish 1965, (Σw)² / Σw²), how
    many there are, and the sum of squares of their influence."""
    whole = _HUGE.format(f"sum({weight})")
    return " UNION ALL ".join(
        f"SELECT grp, NULL, NULL, {_REAL.format('sum(w)')} ** 2 / {_REAL.format('sum(w * w)')}, count(*), sum(s * s) "
        f"FROM (SELECT grp, sum(influence) AS s, {whole} AS w FROM influences GROUP BY grp, {key}) GROUP BY grp"
        for key in keys
    )


def _scored(evidence: Evidence, asked: Correlation, groups: Sequence[tuple[str, float]], keys: Sequence[Path]) -> str:
    """Return the common table expressions up to `scored`: cell, group, expectation, keys and scores of each row."""
    scope = Scope(evidence.contract.tables, asked.table)
    own = _value(scope, (), asked.column, asked.order) if asked.rows is None else _counted(evidence, scope, asked)
    values = {"x": own}
    if asked.other is not None:
        at = resolve_name(evidence.contract.tables, evidence.contract.axes, asked.table, asked.other)
        values["y"] = _value(scope, at.path, at.column, asked.other_order)
    named = [f"{sql} AS {name}" for name, sql in values.items()]
    named += [f"{_key(evidence, scope, asked.table, path)} AS k{at}" for at, path in enumerate(keys)]
    on = [
        f"{_covariate(evidence, scope, asked, index)} IS NOT DISTINCT FROM cells.a{index}"
        for index in range(len(asked.by))
    ]
    rows = ", ".join(
        _row(number, cell, groups.index((cell.label, cell.declared))) for number, cell in enumerate(asked.cells)
    )
    columns = ", ".join(["cell", "grp", "expected", *(f"a{index}" for index in range(len(asked.by)))])
    source = f"{scope.sql()} JOIN (VALUES {rows}) AS cells({columns}) ON {' AND '.join(on) or 'true'}"
    count = parts(evidence.profile(asked.table).rows)
    key = evidence.contract.tables[asked.table].key
    where = [f"{sql} IS NOT NULL" for sql in values.values()]
    if count > 1 and key:
        where.append(chosen([scope.column((), name) for name in key], count, integer=False))
    ranked = ", ".join(f"{rank_share(name, 'cell')} AS u{name}" for name in values)
    scores = ", ".join(f"{whole_score(f'u{name}')} AS {out}" for name, out in zip(values, "ab", strict=False))
    return (
        f"base AS (SELECT cells.cell, cells.grp, cells.expected, row_number() OVER () AS number, {', '.join(named)} "
        f"{source} WHERE {' AND '.join(where)}), "
        f"ranked AS (SELECT *, {ranked} FROM base), scored AS MATERIALIZED (SELECT *, {scores} FROM ranked)"
    )


def _row(number: int, cell: Correlated, group: int) -> str:
    items = [str(number), str(group), f"{cell.expected!r}::DOUBLE"]
    items += ["NULL::VARCHAR" if value is None else quote_text(value) for value in cell.at]
    return f"({', '.join(items)})"


def _value(scope: Scope, path: Path, column: str, order: Sequence[str]) -> str:
    sql = scope.column(path, column)
    cases = " ".join(f"WHEN {quote_text(value)} THEN {place}" for place, value in enumerate(order))
    return f"CASE CAST({sql} AS VARCHAR) {cases} END" if cases else sql


def _counted(evidence: Evidence, scope: Scope, asked: Correlation) -> str:
    """Return the SQL of the number of rows of a child table below a row."""
    edge = _edge_of(evidence, asked)
    joined = equal_columns(evidence.contract.tables, asked.rows or "", edge, "below", scope.alias(()))
    return f"(SELECT count(*) FROM {table_sql(asked.rows or '')} AS below WHERE {joined})"


def _edge_of(evidence: Evidence, asked: Correlation) -> Edge:
    edge = evidence.contract.tables[asked.rows or ""].parent
    assert edge is not None  # a contract without it is refused
    return edge


def _key(evidence: Evidence, scope: Scope, table: str, path: Path) -> str:
    """Return the SQL of what identifies the row that a path leads to; a row that it does not lead to is its own."""
    own = "concat('row ', row_number() OVER ())"
    if not path:
        return own
    near = scope.alias(path[:-1])
    names = [
        f"CAST({near}.{quote_ident(column)} AS VARCHAR)"
        for column in edges_along(evidence.contract.tables, table, path)[-1].columns
    ]
    return f"coalesce({' || chr(31) || '.join(names)}, {own})"


def _covariate(evidence: Evidence, scope: Scope, asked: Correlation, index: int) -> str:
    """Return the SQL of a covariate, null for a value that no cell names."""
    at = resolve_name(evidence.contract.tables, evidence.contract.axes, asked.table, asked.by[index])
    own = f"CAST({scope.column(at.path, at.column)} AS VARCHAR)"
    known = dict.fromkeys(cell.at[index] for cell in asked.cells)
    named = ", ".join(quote_text(value) for value in known if value is not None)
    if None not in known:
        return own
    return f"CASE WHEN {own} IN ({named}) THEN {own} END" if named else "NULL::VARCHAR"

"""Distributions: how many values lie where, in each cell of each of them, and how likely that is where they are right.

Those of one table with the same covariates share a scan. Given its covariates each value is a draw of its own, so
counts are multinomial; a G-test compares them. All tests of one sort are one family (Holm), and what differs by less
than anybody would notice is not a deviation, however many rows show it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from fanwise.io.quoting import quote_ident, quote_text
from fanwise.validator.contract.conditions import resolve_name
from fanwise.validator.contract.model import Cell, Distribution, Edge, Path
from fanwise.validator.contract.paths import edges_along
from fanwise.validator.data.types import is_integer, is_numeric
from fanwise.validator.data.warehouse import table_sql
from fanwise.validator.errors import QueryError
from fanwise.validator.measures.clusters import independent_share
from fanwise.validator.measures.evidence import Evidence, Need
from fanwise.validator.sql.joins import Scope, excluding
from fanwise.validator.sql.sampling import chosen, parts
from fanwise.validator.stats.intervals import g_test, holm

__all__ = ["Deviation", "Tested", "cell_summary", "law_needs", "nulls_of", "tests_of"]

FEWEST = 100
"""Rows of a cell below which nothing is tested."""
LEAST_EXPECTED = 10.0
"""Rows that are expected in a class; smaller classes are joined with their neighbour, or left out of the test."""
NOTICEABLE = 0.02
"""Difference of a share from the declared one below which it is not a deviation; of small shares, a quarter of them."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Rows of one cell, those with a value, and how many of these lie at most at each point or have each value."""

    cell: Cell
    rows: int
    n: int
    at_most: tuple[int, ...]
    hits: Mapping[str, int]


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
        cells = _counted(evidence, law)
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


def nulls_of(evidence: Evidence, table: str, column: str) -> Iterator[tuple[Cell, int, int]]:
    """Yield each cell of the distributions of a column with its rows and how many of them have no value."""
    for law in evidence.contract.distributions:
        if (law.table, law.column) == (table, column) and law.by and not law.without:
            yield from ((found.cell, found.rows, found.rows - found.n) for found in _counted(evidence, law))


def law_needs(evidence: Evidence, law: Distribution) -> tuple[Need, ...]:
    """Return the tables and columns that a distribution is tested on."""
    tables, axes = evidence.contract.tables, evidence.contract.axes
    needs: list[Need] = [(law.table, law.column)]
    edge = tables[law.table].parent if law.per is not None else None
    if edge is not None:
        needs += [(law.table, column) for column in edge.columns] + [(edge.table, key) for key in edge.keys]
    for name in (*law.by, *(rows.name for rows in law.without)):
        at = resolve_name(tables, axes, law.home, name)
        near = law.home
        for step in edges_along(tables, law.home, at.path):
            needs += [(near, column) for column in step.columns] + [(step.table, key) for key in step.keys]
            near = step.table
        needs.append((at.table, at.column))
    return tuple(dict.fromkeys(needs))


def _counted(evidence: Evidence, law: Distribution) -> Sequence[Counted]:
    """Return the counts of each cell that has rows; distributions that can share a scan are counted together."""
    if evidence.blocked(law_needs(evidence, law)):
        return ()
    mates = [
        other
        for other in evidence.contract.distributions
        if (other.table, other.per, other.by, other.without) == (law.table, law.per, law.by, law.without)
        and not evidence.blocked(law_needs(evidence, other))
    ]
    found = evidence.kept(("counted laws", law.table, law.per, law.by, law.without), lambda: _together(evidence, mates))
    return found.get(law, ())


def _together(evidence: Evidence, laws: Sequence[Distribution]) -> dict[Distribution, list[Counted]]:
    try:
        return _scan(evidence, laws)
    except QueryError:
        return {}


def _scan(evidence: Evidence, laws: Sequence[Distribution]) -> dict[Distribution, list[Counted]]:
    first, values = laws[0], list[object]()
    scope = Scope(evidence.contract.tables, first.home)
    places = _cells(evidence, laws)
    asked: list[str] = []
    for at, law in enumerate(laws):
        value = _value(evidence, law, scope)
        asked.append(f"count({value})")
        width = max(len(cell.at_most) for cell in law.cells)
        if not first.by:
            asked += [f"count(*) FILTER (WHERE {value} <= {point!r}::DOUBLE)" for point, _ in law.cells[0].at_most]
        else:
            asked += [f"count(*) FILTER (WHERE {value} <= cells.t{at}_{index})" for index in range(width)]
        asked += [f"count(*) FILTER (WHERE {_is(evidence, law, scope, hit)})" for hit in _hits(law)]
    covariates = [_covariate(evidence, first, scope, index, places) for index in range(len(first.by))]
    where = _kept(evidence, first, scope, values)
    source = scope.sql() + _rows_below(evidence, first, scope)
    if first.by:
        named = ", ".join(["cell", *(f"a{index}" for index in range(len(first.by))), *_widths(laws)])
        rows = ", ".join(_row(laws, number, at) for number, at in enumerate(places))
        on = " AND ".join(f"{own} IS NOT DISTINCT FROM cells.a{index}" for index, own in enumerate(covariates))
        source += f" JOIN (VALUES {rows}) AS cells({named}) ON {on}"
    cell = "cells.cell" if first.by else "0"
    sql = f"SELECT {cell}, count(*), {', '.join(asked)} {source} {where} GROUP BY 1"
    out: dict[Distribution, list[Counted]] = {law: [] for law in laws}
    for number, rows_of, *counts in evidence.warehouse.rows(sql, values):
        for law in laws:
            width, hits = max(len(cell.at_most) for cell in law.cells), _hits(law)
            n, points, found = counts[0], counts[1 : 1 + width], counts[1 + width : 1 + width + len(hits)]
            counts = counts[1 + width + len(hits) :]
            own = next((each for each in law.cells if each.at == places[number]), None)
            if own is not None:
                at_most = tuple(points[: len(own.at_most)])
                counted = dict(zip(hits, found, strict=True))
                shares = {value: counted[value] for value, _ in own.shares}
                out[law].append(Counted(own, rows_of, n, at_most, shares))
    return out


def _cells(evidence: Evidence, laws: Sequence[Distribution]) -> list[tuple[str | None, ...]]:
    return list(dict.fromkeys(cell.at for law in laws for cell in law.cells))


def _hits(law: Distribution) -> list[str]:
    return list(dict.fromkeys(value for cell in law.cells for value, _ in cell.shares))


def _widths(laws: Sequence[Distribution]) -> Iterator[str]:
    for at, law in enumerate(laws):
        yield from (f"t{at}_{index}" for index in range(max(len(cell.at_most) for cell in law.cells)))


def _row(laws: Sequence[Distribution], number: int, at: tuple[str | None, ...]) -> str:
    """Return a row of the table of cells: its number, its covariates, and the points of each distribution there."""
    items = [str(number), *("NULL::VARCHAR" if value is None else quote_text(value) for value in at)]
    for law in laws:
        width = max(len(cell.at_most) for cell in law.cells)
        points = next(([point for point, _ in cell.at_most] for cell in law.cells if cell.at == at), [])
        items += [f"{point!r}::DOUBLE" for point in points] + ["NULL::DOUBLE"] * (width - len(points))
    return f"({', '.join(items)})"


def _covariate(
    evidence: Evidence, law: Distribution, scope: Scope, index: int, places: Sequence[tuple[str | None, ...]]
) -> str:
    """Return the SQL of a covariate, null for a value that no cell names."""
    at = resolve_name(evidence.contract.tables, evidence.contract.axes, law.home, law.by[index])
    own = f"CAST({scope.column(at.path, at.column)} AS VARCHAR)"
    known = dict.fromkeys(place[index] for place in places)
    if None not in known:
        return own
    named = ", ".join(quote_text(value) for value in known if value is not None)
    return f"CASE WHEN {own} IN ({named}) THEN {own} END" if named else "NULL::VARCHAR"


def _value(evidence: Evidence, law: Distribution, scope: Scope) -> str:
    if law.column is None:
        return "coalesce(below.n, 0)"
    own = scope.column((), law.column)
    if any(cell.at_most for cell in law.cells) and is_numeric(evidence.warehouse.columns[law.table][law.column]):
        return f"CAST({own} AS DOUBLE)"
    return own


def _is(evidence: Evidence, law: Distribution, scope: Scope, value: str) -> str:
    assert law.column is not None
    own = scope.column((), law.column)
    declared = evidence.contract.tables[law.table].columns[law.column].type
    if declared.startswith(("int", "float", "decimal")):
        return f"{own} = CAST({quote_text(value)} AS DOUBLE)"
    return f"{own} = {quote_text(value)}" if declared == "text" else f"CAST({own} AS VARCHAR) = {quote_text(value)}"


def _kept(evidence: Evidence, law: Distribution, scope: Scope, values: list[object]) -> str:
    """Return the WHERE clause: rows that count, and of very many rows a part."""
    contract = evidence.contract
    found = {rows.name: resolve_name(contract.tables, contract.axes, law.home, rows.name) for rows in law.without}
    names: dict[str, tuple[Path, str]] = {name: (at.path, at.column) for name, at in found.items()}
    conditions = excluding(scope, names, law.without, values)
    count, key = _parts(evidence, law), contract.tables[law.home].key
    if count > 1 and key:
        whole = is_integer(evidence.warehouse.columns[law.home].get(key[0], ""))
        conditions.append(chosen([scope.column((), key[0])], count, integer=whole))
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def _parts(evidence: Evidence, law: Distribution) -> int:
    return parts(max(evidence.profile(table).rows for table in (law.home, law.table)))


def _rows_below(evidence: Evidence, law: Distribution, scope: Scope) -> str:
    """Return the join to the number of rows below, for a distribution of counts."""
    edge: Edge | None = evidence.contract.tables[law.table].parent if law.per is not None else None
    if edge is None:
        return ""
    own = [quote_ident(column) for column in edge.columns]
    key, count = evidence.contract.tables[law.home].key, _parts(evidence, law)
    some, kind = "", evidence.warehouse.columns[law.table].get(edge.columns[0], "")
    if count > 1 and edge.keys == key[:1] and is_integer(kind):
        some = f" WHERE {chosen(own, count, integer=True)}"
    grouped = f"SELECT {', '.join(own)}, count(*) AS n FROM {table_sql(law.table)}{some} GROUP BY {', '.join(own)}"
    pairs = zip(edge.columns, edge.keys, strict=True)
    on = " AND ".join(f"below.{quote_ident(column)} = {scope.column((), key)}" for column, key in pairs)
    return f" LEFT JOIN ({grouped}) AS below ON {on}"


def cell_summary(evidence: Evidence, tested: Tested) -> tuple[float | None, float | None]:
    """Return the mean and the median of the values in a cell, for the message of a finding."""
    law, values = tested.law, list[object]()
    scope = Scope(evidence.contract.tables, law.home)
    places = [cell.at for cell in law.cells]
    value = _value(evidence, law, scope)
    own = [_covariate(evidence, law, scope, index, places) for index in range(len(law.by))]
    where = _kept(evidence, law, scope, values)
    at = [
        f"{column} IS NOT DISTINCT FROM {'NULL' if wanted is None else quote_text(wanted)}"
        for column, wanted in zip(own, tested.cell.at, strict=True)
    ]
    where = " AND ".join([where or "WHERE true", *at])
    sql = f"SELECT avg({value}), quantile_cont({value}, 0.5) {scope.sql()}{_rows_below(evidence, law, scope)} {where}"
    mean, median = evidence.warehouse.rows(sql, values)[0]
    return (None if mean is None else float(mean)), (None if median is None else float(median))

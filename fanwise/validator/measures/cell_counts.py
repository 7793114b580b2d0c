"""Counts of values by cell: how many lie at most at each point, have each value, and end in another digit than 0.

Distributions of one table with the same covariates share a scan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from fanwise.io.quoting import quote_ident, quote_text
from fanwise.validator.contract.conditions import resolve_name
from fanwise.validator.contract.model import Cell, Distribution, Edge, Path
from fanwise.validator.data.types import is_integer, is_numeric
from fanwise.validator.errors import QueryError
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.row_rules import between_digits
from fanwise.validator.measures.samples import law_needs, parts_of, sampled, sampled_above
from fanwise.validator.measures.views import seconds, viewed
from fanwise.validator.sql.joins import Scope, excluding

__all__ = ["INSTANTS", "Counted", "cell_summary", "counted_cells"]

INSTANTS = ("date", "timestamp")
"""Types whose values are compared as seconds since 1970-01-01."""
WIDE = 10
"""Times ten units of the last digit that half of the values are spread over, for that digit to be even."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Rows of one cell, those with a value, and how many of these lie at most at each point or have each value.

    range: the smallest and the largest value, where the cell has ends. inside, fine: values between the bounds of the
    column, and those of them whose last digit is not 0; none where the digits of a distribution say nothing.
    """

    cell: Cell
    rows: int
    n: int
    at_most: tuple[int, ...]
    hits: Mapping[str, int]
    range: tuple[float, float] | None = None
    inside: int = 0
    fine: int = 0


def counted_cells(evidence: Evidence, law: Distribution) -> Sequence[Counted]:
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
    scope = _scope(evidence, first)
    places = _cells(evidence, laws)
    asked = [sql for at, law in enumerate(laws) for sql in _asked(evidence, law, at, scope)]
    covariates = [_covariate(evidence, first, scope, index, places) for index in range(len(first.by))]
    where = _kept(evidence, first, scope, values)
    source = scope.sql() + _rows_below(evidence, first, scope)
    if first.by:
        named = ", ".join(["cell", *(f"a{index}" for index in range(len(first.by))), *_widths(laws)])
        rows = ", ".join(_row(laws, number, at) for number, at in enumerate(places))
        on = " AND ".join(f"{own} IS NOT DISTINCT FROM cells.a{index}" for index, own in enumerate(covariates))
        source += f" JOIN (VALUES {rows}) AS cells({named}) ON {on}"
    cell = "cells.cell" if first.by else "0"
    sql = f"SELECT {cell}, count(*), {', '.join(asked)} {source} {where} GROUP BY 1 ORDER BY 1"
    out: dict[Distribution, list[Counted]] = {law: [] for law in laws}
    for number, rows_of, *counts in evidence.warehouse.rows(sql, values):
        for law in laws:
            asked_of = list(_asked(evidence, law, 0, scope))
            own = next((each for each in law.cells if each.at == places[number]), None)
            if own is not None:
                out[law].append(_of_cell(evidence, law, own, rows_of, counts[: len(asked_of)]))
            counts = counts[len(asked_of) :]
    return out


def _asked(evidence: Evidence, law: Distribution, at: int, scope: Scope) -> Iterator[str]:
    """Yield the aggregates of a distribution: values, points, categories, the range, and digits."""
    value = _value(evidence, law, scope)
    yield f"count({value})"
    if law.by:
        yield from (f"count(*) FILTER (WHERE {value} <= cells.t{at}_{index})" for index in range(_width(law)))
    else:
        yield from (f"count(*) FILTER (WHERE {value} <= {point!r}::DOUBLE)" for point, _ in law.cells[0].at_most)
    yield from (f"count(*) FILTER (WHERE {_is(evidence, law, scope, hit)})" for hit in _hits(law))
    if any(cell.ends for cell in law.cells):
        yield from (f"min({value})", f"max({value})")
    digits = _last_digit(evidence, law)
    if digits is not None:
        column = evidence.contract.tables[law.table].columns[law.column or ""]
        ends = [f"{value} <> {end!r}" for end in (column.min, column.max) if isinstance(end, float)]
        inside = " AND ".join([f"isfinite({value})", *ends])
        yield f"count(*) FILTER (WHERE {inside})"
        yield f"count(*) FILTER (WHERE {inside} AND {between_digits(value, digits - 1)})"


def _of_cell(evidence: Evidence, law: Distribution, cell: Cell, rows: int, counts: Sequence[int]) -> Counted:
    """Return the counts of a cell; counts: what `_asked` asked for."""
    width, hits = _width(law), _hits(law)
    n, points, rest = counts[0], counts[1 : 1 + width], list(counts[1 + width :])
    counted, rest = dict(zip(hits, rest, strict=False)), rest[len(hits) :]
    shares = {value: counted[value] for value, _ in cell.shares}
    made = Counted(cell, rows, n, tuple(points[: len(cell.at_most)]), shares)
    if any(each.ends for each in law.cells):
        made = replace(made, range=(float(rest[0]), float(rest[1]))) if n else made
        rest = rest[2:]
    return replace(made, inside=rest[0], fine=rest[1]) if rest else made


def _last_digit(evidence: Evidence, law: Distribution) -> int | None:
    """Return the digits that values are rounded to, where the last of them is 0 in a tenth of the values.

    So it is where values are spread over many times ten units of it, in every cell.
    """
    spec = evidence.contract.tables[law.table].columns[law.column] if law.column is not None else None
    if spec is None or spec.kind != "continuous" or not spec.type.startswith(("float64", "decimal")):
        return None
    if not spec.decimals or law.crowded:
        return None
    for cell in law.cells:
        inner = [point for point, share in cell.at_most if 0.2 < share < 0.8]
        if len(inner) < 2 or (inner[-1] - inner[0]) * 10 ** (spec.decimals - 1) < WIDE:
            return None
    return spec.decimals


def _width(law: Distribution) -> int:
    return max(len(cell.at_most) for cell in law.cells)


def _cells(evidence: Evidence, laws: Sequence[Distribution]) -> list[tuple[str | None, ...]]:
    return list(dict.fromkeys(cell.at for law in laws for cell in law.cells))


def _hits(law: Distribution) -> list[str]:
    return list(dict.fromkeys(value for cell in law.cells for value, _ in cell.shares))


def _widths(laws: Sequence[Distribution]) -> Iterator[str]:
    for at, law in enumerate(laws):
        yield from (f"t{at}_{index}" for index in range(_width(law)))


def _row(laws: Sequence[Distribution], number: int, at: tuple[str | None, ...]) -> str:
    """Return a row of the table of cells: its number, its covariates, and the points of each distribution there."""
    items = [str(number), *("NULL::VARCHAR" if value is None else quote_text(value) for value in at)]
    for law in laws:
        width = _width(law)
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
    if law.view is not None:
        return viewed(evidence.contract, scope, law, own)
    if not any(cell.at_most for cell in law.cells):
        return own
    if evidence.contract.tables[law.table].columns[law.column].type in INSTANTS:
        return seconds(own)
    return f"CAST({own} AS DOUBLE)" if is_numeric(evidence.warehouse.columns[law.table][law.column]) else own


def _is(evidence: Evidence, law: Distribution, scope: Scope, value: str) -> str:
    assert law.column is not None
    own = scope.column((), law.column)
    declared = evidence.contract.tables[law.table].columns[law.column].type
    if declared.startswith(("int", "float", "decimal")):
        return f"{own} = CAST({quote_text(value)} AS DOUBLE)"
    return f"{own} = {quote_text(value)}" if declared == "text" else f"CAST({own} AS VARCHAR) = {quote_text(value)}"


def _kept(evidence: Evidence, law: Distribution, scope: Scope, values: list[object]) -> str:
    """Return the WHERE clause: rows that count."""
    contract = evidence.contract
    found = {rows.name: resolve_name(contract.tables, contract.axes, law.home, rows.name) for rows in law.without}
    names: dict[str, tuple[Path, str]] = {name: (at.path, at.column) for name, at in found.items()}
    conditions = excluding(scope, names, law.without, values)
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def _scope(evidence: Evidence, law: Distribution) -> Scope:
    """Return the scope of the rows of a distribution, of very many rows that of a part."""
    tables, count = evidence.contract.tables, parts_of(evidence, law)
    if count == 1:
        return Scope(tables, law.home)
    column = tables[law.home].key[0]
    rows, above = sampled(evidence, law.home, column, count), sampled_above(evidence, law.home, column, count)
    return Scope(tables, law.home, rows=rows, above=above)


def _rows_below(evidence: Evidence, law: Distribution, scope: Scope) -> str:
    """Return the join to the number of rows below, for a distribution of counts."""
    edge: Edge | None = evidence.contract.tables[law.table].parent if law.per is not None else None
    if edge is None:
        return ""
    # Under names of our own: a key may have a column n.
    own = [f"{quote_ident(column)} AS k{at}" for at, column in enumerate(edge.columns)]
    key, count = evidence.contract.tables[law.home].key, parts_of(evidence, law)
    types = evidence.warehouse.columns
    whole = is_integer(types[law.table].get(edge.columns[0], "")) and is_integer(types[law.home].get(edge.keys[0], ""))
    part = count if edge.keys == key[:1] and whole else 1
    rows = sampled(evidence, law.table, edge.columns[0], part)
    grouped = f"SELECT {', '.join(own)}, count(*) AS n FROM {rows} GROUP BY ALL"
    on = " AND ".join(f"below.k{at} = {scope.column((), key)}" for at, key in enumerate(edge.keys))
    return f" LEFT JOIN ({grouped}) AS below ON {on}"


def cell_summary(evidence: Evidence, law: Distribution, cell: Cell) -> tuple[float | None, float | None]:
    """Return the mean and the median of the values in a cell, for the message of a finding."""
    values = list[object]()
    scope = _scope(evidence, law)
    places = [each.at for each in law.cells]
    value = _value(evidence, law, scope)
    own = [_covariate(evidence, law, scope, index, places) for index in range(len(law.by))]
    where = _kept(evidence, law, scope, values)
    at = [
        f"{column} IS NOT DISTINCT FROM {'NULL' if wanted is None else quote_text(wanted)}"
        for column, wanted in zip(own, cell.at, strict=True)
    ]
    where = " AND ".join([where or "WHERE true", *at])
    sql = f"SELECT favg({value}), quantile_cont({value}, 0.5) {scope.sql()}{_rows_below(evidence, law, scope)} {where}"
    mean, median = evidence.warehouse.rows(sql, values)[0]
    return (None if mean is None else float(mean)), (None if median is None else float(median))

"""The SQL of one metric by segment, and of the pairs of segments that contradict a declared range of ratios.

The units are rows of the axis' table, or the values of the cluster. The mean of a segment is R = sum(y) / sum(x) over
its units, with the variance of a ratio estimator (Cochran, Sampling Techniques, 3rd ed., 6.4). A pair contradicts the
claim R_of >= low * R_to where R_of - low * R_to + z * se < 0, and in the same way above. Fieller's contrast needs no
logarithm, so there is an answer where a mean is 0. The SQL is DuckDB's, of the part that other databases have too.
"""

from __future__ import annotations

from collections.abc import Sequence

from fanwise.io.quoting import quote_text
from fanwise.validator.contract.conditions import parse_condition
from fanwise.validator.contract.metrics import Measure, Metric
from fanwise.validator.contract.model import Contract, Path
from fanwise.validator.contract.paths import edges_along, tables_along
from fanwise.validator.sql.sample_query import JoinedRows, conditions_of

__all__ = ["Range", "compared_sql"]

Range = tuple[str, str, float, float | None]
"""(of, to, low, high): the metric of `of` is claimed to be `low` to `high` times that of `to`; None: no upper end."""


def compared_sql(contract: Contract, metric: Metric, ranges: Sequence[Range], z: float) -> str:
    """Return the query of the pairs whose ratio lies outside of its range.

    z: half-width of the interval in standard errors.
    """
    sign = "-" if metric.mirrored else ""
    empty = " OR (SELECT count(*) FILTER (y <> 0) FROM unit) = 0" if metric.measure.per is not None else ""
    claimed = ",\n  ".join(
        f"({quote_text(of)}, {quote_text(to)}, CAST({low!r} AS DOUBLE), "
        f"CAST({'NULL' if high is None else repr(high)} AS DOUBLE))"
        for of, to, low, high in ranges
    )
    return (
        f"WITH unit AS (\n{_units(contract, metric.measure)}\n), total AS (\n"
        f"  SELECT segment, count(*) AS n, sum(x) AS x, {sign}sum(y) / nullif(sum(x), 0) AS mean\n"
        "  FROM unit GROUP BY segment\n), spread AS (\n"
        f"  SELECT segment, max(t.n) AS n, max(t.mean) AS mean,\n"
        f"    sum(power({sign}u.y - t.mean * u.x, 2)) / max(t.x * t.x)\n"
        "      * max(t.n / nullif(t.n - 1, 0)) AS v\n"
        "  FROM unit AS u JOIN total AS t USING (segment) GROUP BY segment\n"
        f"), claimed (above, under, low, high) AS (VALUES\n  {claimed}\n)\n"
        "SELECT above, under, a.mean AS mean_above, b.mean AS mean_under,\n"
        "  a.mean / nullif(b.mean, 0) AS ratio, low, high\n"
        "FROM claimed LEFT JOIN spread AS a ON a.segment = above LEFT JOIN spread AS b ON b.segment = under\n"
        f"WHERE a.mean IS NULL OR b.mean IS NULL{empty}\n"
        f"  OR a.mean - low * b.mean + {z!r} * sqrt(a.v + low * low * b.v) < 0\n"
        f"  OR a.mean - high * b.mean - {z!r} * sqrt(a.v + high * high * b.v) > 0"
    )


def _units(contract: Contract, measure: Measure) -> str:
    """Return the query of segment, x and y of each unit."""
    rows = JoinedRows(contract, measure.table)
    segment, unit = _labels(contract, measure, rows, measure.path)
    y, x = _numbers(contract, measure, rows)
    where = conditions_of(rows, contract, measure)
    counted = (
        f"  SELECT {segment} AS segment, {unit} AS unit, {x} AS x, {y} AS y\n  {rows.sql()}\n{where}  GROUP BY 1, 2"
    )
    if measure.per is None:
        return counted
    depth = tables_along(contract.tables, measure.table, measure.path).index(measure.per)
    path = measure.path[depth:]
    per = JoinedRows(contract, measure.per, "u")
    segment, unit = _labels(contract, measure, per, path)
    x = f"sum({_exposure(contract, measure, per)})" if measure.exposure else "count(*)"
    return (
        f"  SELECT p.segment, p.x, coalesce(r.y, 0) AS y FROM (\n"
        f"    SELECT {segment} AS segment, {unit} AS unit, {x} AS x\n    {per.sql()}\n    GROUP BY 1, 2\n"
        ") AS p LEFT JOIN (\n"
        f"{counted}) AS r ON p.segment = r.segment AND p.unit = r.unit"
    )


def _labels(contract: Contract, measure: Measure, rows: JoinedRows, path: Path) -> tuple[str, str]:
    """Return the SQL of the segment and of the unit of a row, which reaches the axis' table along `path`."""
    axis = contract.axes[measure.axis]
    segment = f"CAST({rows.column(path, axis.column)} AS VARCHAR)"
    keys = contract.tables[axis.table].key
    if measure.path and not keys:
        keys = edges_along(contract.tables, measure.table, measure.path)[-1].keys
    names = (measure.cluster,) if measure.cluster else keys
    if not names:
        return segment, f"{rows.alias(())}.rowid"
    return segment, f"concat_ws('|', {', '.join(f'CAST({rows.column(path, name)} AS VARCHAR)' for name in names)})"


def _numbers(contract: Contract, measure: Measure, rows: JoinedRows) -> tuple[str, str]:
    """Return the SQL of the numerator and the denominator of the rows of one unit."""
    if measure.aggregate == "count" or measure.column is None:
        return "count(*)", "count(*)"
    column = rows.column((), measure.column)
    if measure.aggregate == "share":
        hit = f"count(*) FILTER (CAST({column} AS VARCHAR) = {quote_text(measure.value or '')})"
        return hit, f"count({column})"
    total = f"coalesce(sum(CAST({column} AS DOUBLE)), 0)"
    if measure.exposure and measure.per is None:
        return total, f"coalesce(sum({_exposure(contract, measure, rows)}) FILTER ({column} IS NOT NULL), 0)"
    return total, f"count({column})"


def _exposure(contract: Contract, measure: Measure, rows: JoinedRows) -> str:
    """Return the SQL of the exposure of a row; a null is none."""
    table = measure.per or measure.table
    condition = parse_condition(contract.tables, contract.axes, table, measure.exposure or "1")
    return f"coalesce(CAST({condition.sql(rows.alias)} AS DOUBLE), 0)"

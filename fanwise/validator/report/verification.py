"""`verify.sql`: recomputes an answer key from the files beside it, with DuckDB alone.

Its queries join plain rows and share nothing with those of the audit, so they check the audit as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fanwise.io.quoting import quote_ident, quote_text
from fanwise.io.tables.base import DEFECTS_TABLE
from fanwise.validator.contract.metrics import Measure, Metric
from fanwise.validator.contract.model import Contract
from fanwise.validator.contract.paths import tables_along
from fanwise.validator.data.types import duckdb_type
from fanwise.validator.measures.months import instant_of
from fanwise.validator.report.answers import Season, answered
from fanwise.validator.report.model import Report
from fanwise.validator.sql.sample_query import JoinedRows, conditions_of
from fanwise.validator.sql.undo import undo_sql

__all__ = ["FORMATS", "KEY", "DataFiles", "verify_sql"]

KEY = "answers.json"
FORMATS = ("parquet", "csv", "jsonl")
"""The formats that DuckDB reads by itself."""
RELATIVE = "1e-9"
"""Difference of sums without fixed decimals that rounding explains, as a part of the sum of their sizes."""
BINARY = "1e-14"
"""The same of sums with fixed decimals, whose last digit a double cannot hold."""


@dataclass(frozen=True, slots=True)
class DataFiles:
    """The files of a table, relative to the folder of the key, and its columns with their types, in their order."""

    paths: Sequence[str]
    columns: Mapping[str, str]


_HEAD = """\
-- Computes the numbers of {key} again, from the files beside it, with DuckDB alone. Run it in this folder:
--
--     duckdb -c ".read verify.sql"
--     python -c "import duckdb; duckdb.execute(open('verify.sql').read())"
--
-- It ends with an error that names the answers that differ. Where the data have listed defects, they are undone first.
"""

_LISTED = """\
CREATE OR REPLACE TEMP TABLE {listed} AS
WITH file AS (
  SELECT * FROM read_json('{key}', format = 'unstructured', maximum_object_size = 1000000000, columns = {{
    effects: '{entry}[]', expectations: '{entry}[]', seasons: '{season}[]'}})
), entry AS (
  SELECT unnest(list_concat(effects, expectations), recursive := false) AS e FROM file
), season AS (
  SELECT unnest(seasons, recursive := false) AS s FROM file
), parts AS (
  SELECT e.name AS name, unnest(e.segments) AS p FROM entry
)
SELECT name, '' AS part, p.segment AS segment, p.population AS population, p."count" AS n, p."sum" AS total FROM parts
UNION ALL
SELECT name, p.month, p.segment, NULL, p."count", p."sum"
FROM (SELECT e.name AS name, unnest(e.months) AS p FROM entry)
UNION ALL
SELECT name, 'ratio', p."of" || ' / ' || p."to", NULL, NULL, p.measured
FROM (SELECT e.name AS name, unnest(e.pairs) AS p FROM entry) WHERE p.measured IS NOT NULL
UNION ALL
SELECT name, p.month, NULL, NULL, NULL, p."rows" FROM (SELECT s.name AS name, unnest(s.months) AS p FROM season);
"""

_ENTRY = (
    "STRUCT(name VARCHAR, "
    'pairs STRUCT("of" VARCHAR, "to" VARCHAR, measured DOUBLE)[], '
    'segments STRUCT(segment VARCHAR, population BIGINT, "count" BIGINT, "sum" DOUBLE)[], '
    'months STRUCT("month" VARCHAR, segment VARCHAR, "count" BIGINT, "sum" DOUBLE)[])'
)
_SEASON = 'STRUCT(name VARCHAR, months STRUCT("month" VARCHAR, "rows" BIGINT)[])'

_END = """\
CREATE OR REPLACE TEMP TABLE {wrong} AS
SELECT coalesce(f.name, t.name) AS name, coalesce(f.part, t.part) AS part,
  coalesce(f.segment, t.segment) AS segment,
  t.population AS listed_population, f.population, t.n AS listed_count, f.n AS count,
  t.total AS listed_sum, f.total AS sum
FROM {found} AS f FULL JOIN {listed} AS t ON f.name = t.name AND f.part = t.part
  AND f.segment IS NOT DISTINCT FROM t.segment
WHERE f.name IS NULL OR t.name IS NULL OR f.population IS DISTINCT FROM t.population OR f.n IS DISTINCT FROM t.n
  OR coalesce(abs(f.total - t.total) > f.slack, f.total IS DISTINCT FROM t.total);
CREATE OR REPLACE TEMP TABLE {verdict} AS
SELECT CASE WHEN count(*) = 0 THEN 'verified' ELSE error(concat(
  count(*), ' answers differ from {key}, such as ',
  min_by(concat_ws(' ', name, part, segment, ': listed', listed_sum, 'found', sum), name))) END AS verdict
FROM {wrong};
SELECT count(*) || ' answers of {key} agree with the data' AS verdict FROM {listed};
"""


def verify_sql(
    report: Report,
    contract: Contract,
    tables: Mapping[str, DataFiles],
    file_format: str,
    seasons: Sequence[Season] = (),
) -> str:
    """Return the statements that recompute the answer key of a report.

    tables: the files of each table. file_format: one of `FORMATS`. seasons: as in the answer key.
    """
    mark = "_answers"
    while any(name.lower().startswith(mark) for name in tables):
        mark = f"_{mark}"
    names = {name: f"{mark}{name}" for name in ("listed", "found", "wrong", "verdict")}  # without the _ of a table
    parts = [_HEAD.format(key=KEY)]
    for name, files in sorted(tables.items(), key=lambda item: item[0] != DEFECTS_TABLE):
        defects = [each for each in contract.defects if each.table == name and DEFECTS_TABLE in tables]
        own = f"{mark}_{name}" if defects else name
        parts.append(_view(own, _source(files, file_format)))
        if defects:
            types = {column: duckdb_type(kind) for column, kind in files.columns.items()}
            key, rows = contract.tables[name].key, quote_ident(own)
            parts.append(_view(name, undo_sql(defects, key, types, rows, quote_ident(DEFECTS_TABLE))))
    parts.append(_LISTED.format(key=KEY, entry=_ENTRY, season=_SEASON, **names))
    columns = "name VARCHAR, part VARCHAR, segment VARCHAR, population BIGINT, n BIGINT, total DOUBLE, slack DOUBLE"
    parts.append(f"CREATE OR REPLACE TEMP TABLE {names['found']} ({columns});\n")
    months = report.months.measured if report.months else {}
    for metric in answered(report, contract):
        queries = [_segments(contract, metric), *([_months(contract, metric)] if metric.id in months else [])]
        parts += [f"-- {_comment(metric)}\nINSERT INTO {names['found']} {query};\n" for query in queries]
        parts += [f"INSERT INTO {names['found']} {query};\n" for query in _ratios(metric, names["found"])]
    known = report.months.rows if report.months else {}
    parts += [f"INSERT INTO {names['found']} {_season(each)};\n" for each in seasons if _name(each) in known]
    return "\n".join([*parts, _END.format(key=KEY, **names)])


def _comment(metric: Metric) -> str:
    """Return what an answer is about, as one line that cannot end its comment."""
    return " ".join(f"{metric.label} by {metric.measure.axis}".split())


def _view(name: str, query: str) -> str:
    return f"CREATE OR REPLACE TEMP VIEW {quote_ident(name)} AS {query};\n"


def _source(files: DataFiles, file_format: str) -> str:
    paths = ", ".join(quote_text(path) for path in files.paths)
    typed = ", ".join(
        f"{quote_text(column)}: {quote_text(duckdb_type(kind))}" for column, kind in files.columns.items()
    )
    options = {
        "parquet": "",
        "csv": ", header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', nullstr = '', "
        f"allow_quoted_nulls = false, columns = {{{typed}}}",
        "jsonl": f", format = 'newline_delimited', columns = {{{typed}}}",
    }[file_format]
    function = {"parquet": "read_parquet", "csv": "read_csv", "jsonl": "read_json"}[file_format]
    return f"SELECT * FROM {function}([{paths}]{options})"


def _segments(contract: Contract, metric: Metric) -> str:
    """Return the query of population, count and sum of each segment."""
    measure = metric.measure
    axis = contract.axes[measure.axis]
    population = (
        f"SELECT CAST({quote_ident(axis.column)} AS VARCHAR) AS segment, count(*) AS population\n"
        f"  FROM {quote_ident(axis.table)} GROUP BY ALL"
    )
    count, sums = "coalesce(r.n, 0)", _rows(contract, measure, month=False)
    join = "LEFT JOIN r ON c.segment IS NOT DISTINCT FROM r.segment"
    units = ""
    if measure.per is not None:
        units = f", u AS (\n  {_units(contract, measure)}\n)"
        count, join = "coalesce(u.n, 0)", f"{join} LEFT JOIN u ON c.segment IS NOT DISTINCT FROM u.segment"
    return (
        f"\nWITH c AS (\n  {population}\n), r AS (\n  {sums}\n){units}\n"
        f"SELECT {quote_text(metric.id)}, '', c.segment, c.population, {count}, coalesce(r.total, 0), "
        f"coalesce(r.slack, 0)\nFROM c {join}"
    )


def _months(contract: Contract, metric: Metric) -> str:
    """Return the query of count and sum of each month and segment."""
    count = "NULL" if metric.measure.per is not None else "n"
    rows = _rows(contract, metric.measure, month=True)
    return f"\nSELECT {quote_text(metric.id)}, month, segment, NULL, {count}, total, slack FROM (\n  {rows}\n)"


def _rows(contract: Contract, measure: Measure, *, month: bool) -> str:
    """Return the query of `n`, `total` and `slack` by segment: of the rows of the measured table."""
    rows = JoinedRows(contract, measure.table)
    segment = f"CAST({rows.column(measure.path, contract.axes[measure.axis].column)} AS VARCHAR)"
    column = rows.column((), measure.column) if measure.column else ""
    asked = [f"{segment} AS segment", *_totals(contract, measure, column)]
    where = conditions_of(rows, contract, measure).strip()
    if month:
        instant = rows.column((), instant_of(contract.tables[measure.table]) or "")
        asked.insert(0, f"strftime({instant}, '%Y-%m') AS month")
        where = f"{where or 'WHERE true'} AND {instant} IS NOT NULL"
    return f"SELECT {', '.join(asked)}\n  {rows.sql()}\n  {where} GROUP BY ALL".replace("\n  \n", "\n")


def _totals(contract: Contract, measure: Measure, column: str) -> tuple[str, str, str]:
    """Return the SQL of how many rows count, of their total, and of what rounding may change of it."""
    if measure.aggregate == "count" or measure.column is None:
        return "count(*) AS n", "count(*) AS total", "0 AS slack"
    if measure.aggregate == "share":
        hit = f"CAST({column} AS VARCHAR) = {quote_text(measure.value or '')}"
        return f"count({column}) AS n", f"count(*) FILTER ({hit}) AS total", "0 AS slack"
    decimals = contract.tables[measure.table].columns[measure.column].decimals
    number = f"CAST({column} AS DOUBLE)"
    sizes = f"coalesce(sum(abs({number})), 0)"
    slack = f"{RELATIVE} * {sizes}" if decimals is None else f"greatest(0.5e-{decimals}, {BINARY} * {sizes})"
    return f"count({column}) AS n", f"fsum({number}) AS total", f"{slack} AS slack"


def _units(contract: Contract, measure: Measure) -> str:
    """Return the query of the rows that a count or a sum is divided by, in each segment."""
    per = measure.per or ""
    depth = tables_along(contract.tables, measure.table, measure.path).index(per)
    rows = JoinedRows(contract, per, "u")
    segment = rows.column(measure.path[depth:], contract.axes[measure.axis].column)
    return f"SELECT CAST({segment} AS VARCHAR) AS segment, count(*) AS n\n  {rows.sql()} GROUP BY ALL"


def _ratios(metric: Metric, found: str) -> Iterator[str]:
    """Yield the query of each pair in the answer key: its ratio of means."""
    pairs = dict.fromkeys([*((pair.high, pair.low) for pair in metric.compared()), *(r[:2] for r in metric.ratios)])
    name = quote_text(metric.id)
    for of, to in pairs:
        sides = f"h.name = {name} AND h.part = '' AND h.segment = {quote_text(of)}"
        sides += f" AND l.name = {name} AND l.part = '' AND l.segment = {quote_text(to)}"
        ratio = "(h.total / h.n) / (l.total / l.n)"
        yield (
            f"SELECT {name}, 'ratio', {quote_text(f'{of} / {to}')}, NULL, NULL, {ratio}, {RELATIVE} * abs({ratio})\n"
            f"FROM {found} AS h, {found} AS l WHERE {sides} AND h.n > 0 AND l.n > 0 AND l.total <> 0"
        )


def _name(season: Season) -> str:
    return f"{season.table}.{season.column}"


def _season(season: Season) -> str:
    """Return the query of the rows of each month."""
    column = quote_ident(season.column)
    return (
        f"\nSELECT {quote_text(_name(season))}, strftime({column}, '%Y-%m'), NULL, NULL, NULL, count(*), 0 "
        f"FROM {quote_ident(season.table)} WHERE {column} IS NOT NULL GROUP BY ALL"
    )

"""Rows below one row: how many there are, and whether they are all different."""

from __future__ import annotations

from dataclasses import dataclass

from fanwise.io.quoting import quote_ident
from fanwise.validator.contract.conditions import parse_condition
from fanwise.validator.contract.model import Distinct, Edge
from fanwise.validator.contract.paths import edges_along, tables_along
from fanwise.validator.data.types import is_integer
from fanwise.validator.data.warehouse import table_sql
from fanwise.validator.measures.evidence import Evidence
from fanwise.validator.measures.samples import sampled
from fanwise.validator.measures.uniqueness import first_rows, shown_complete, shown_unique
from fanwise.validator.sql.joins import Scope
from fanwise.validator.sql.sampling import chosen, parts

__all__ = ["Broken", "fewest_and_most", "outside", "repeated", "within"]

SAMPLE = 5


@dataclass(frozen=True, slots=True)
class Broken:
    """Rows that break a rule, a few of their keys, and the share of the groups that was looked at."""

    rows: int
    sample: tuple[str, ...] = ()
    looked_at: float = 1.0


def fewest_and_most(evidence: Evidence, table: str, edge: Edge) -> tuple[int, int] | None:
    """Return the fewest and the most rows that a row of the edge's table has; None where that table is empty."""
    sql = f"SELECT min(n), max(n) FROM ({_counts(evidence, table, edge)})"
    low, high = evidence.warehouse.rows(sql)[0]
    return None if low is None else (low, high)


def within(evidence: Evidence, table: str, edge: Edge) -> bool:
    """Return whether the keys alone show that the bounds of an edge are kept; False means that it must be counted.

    Where the foreign key and a number of the row are unique together, rows with the smallest number belong to
    different rows above, and no row above has more rows than there are numbers.
    """
    if edge.equals is not None:
        return False
    key, profile = evidence.contract.tables[table].key, evidence.profile(table)
    if len(key) != len(edge.columns) + 1 or set(edge.columns) - set(key) or (edge.min or 0) > 1:
        return False
    place = next(column for column in key if column not in edge.columns)
    ends = profile.columns[place].ends
    if ends is None or not shown_unique(evidence, table, key):
        return False
    if edge.max is not None and ends[1] - ends[0] >= edge.max:
        return False
    if not edge.min:
        return True
    if len(edge.columns) != 1 or not shown_complete(evidence, table, edge.columns[0], edge.table, edge.keys[0]):
        return False
    firsts = first_rows(evidence, table, key, place)
    if firsts is None:
        first = f"SELECT count(*) FROM {table_sql(table)} WHERE {quote_ident(place)} = $1"
        firsts = int(evidence.warehouse.rows(first, [ends[0]])[0][0])
    return firsts == evidence.profile(edge.table).rows


def outside(evidence: Evidence, table: str, edge: Edge) -> Broken:
    """Return the rows of the edge's table that have too few or too many rows of `table`."""
    limits = [f"n < {edge.min:d}"] if edge.min is not None else []
    limits += [f"n > {edge.max:d}"] if edge.max is not None else []
    limits += ["n <> wanted"] if edge.equals is not None else []
    counts = f"FROM ({_counts(evidence, table, edge)}) WHERE {' OR '.join(limits)}"
    rows = int(evidence.warehouse.rows(f"SELECT count(*) {counts}")[0][0])
    keys = ", ".join(f"k{at}" for at in range(len(edge.keys)))
    sample = evidence.warehouse.rows(f"SELECT {keys} {counts} ORDER BY ALL LIMIT {SAMPLE}") if rows else []
    return Broken(rows, tuple(" + ".join(map(str, row)) for row in sample))


def _counts(evidence: Evidence, table: str, edge: Edge) -> str:
    """Return the query of each key of the edge's table with its number of rows of `table`, and that which is wanted."""
    contract, scope = evidence.contract, Scope(evidence.contract.tables, edge.table)
    wanted = "0"
    if edge.equals is not None:
        wanted = parse_condition(contract.tables, contract.axes, edge.table, edge.equals).sql(scope.alias)
    # Under names of our own: a key may have a column n.
    own = [f"{quote_ident(column)} AS k{at}" for at, column in enumerate(edge.columns)]
    grouped = f"SELECT {', '.join(own)}, count(*) AS n FROM {table_sql(table)} GROUP BY ALL"
    keys = ", ".join(f"{scope.column((), key)} AS k{at}" for at, key in enumerate(edge.keys))
    joined = " AND ".join(f"c.k{at} = {scope.column((), key)}" for at, key in enumerate(edge.keys))
    return (
        f"SELECT {keys}, coalesce(c.n, 0) AS n, coalesce({wanted}, 0) AS wanted "
        f"{scope.sql()} LEFT JOIN ({grouped}) AS c ON {joined}"
    )


def repeated(evidence: Evidence, table: str, rule: Distinct) -> Broken:
    """Return how many values below one row occur more than once, in all or in a sample of groups."""
    last = edges_along(evidence.contract.tables, table, rule.path)[-1]
    count, near = parts(evidence.profile(table).rows), tables_along(evidence.contract.tables, table, rule.path)[-2]
    own_key = near == table and len(rule.path) == 1 and len(last.columns) == 1
    rows = sampled(evidence, table, last.columns[0], count if own_key else 1)
    scope = Scope(evidence.contract.tables, table, rows=rows)
    above = [scope.column(rule.path[:-1], column) for column in last.columns]
    own = [scope.column((), column) for column in rule.columns]
    columns = ", ".join(f"{column} AS k{at}" for at, column in enumerate([*above, *own]))
    integer = is_integer(evidence.warehouse.columns[near].get(last.columns[0], ""))
    kept = [f"{column} IS NOT NULL" for column in [*above, *own]]
    kept += [chosen(above, count, integer=integer)] if count > 1 and not own_key else []
    twice = (
        f"WITH rows AS (SELECT {columns} {scope.sql()} WHERE {' AND '.join(kept)}), "
        "twice AS (SELECT * FROM rows GROUP BY ALL HAVING count(*) > 1) "
    )
    found = int(evidence.warehouse.rows(f"{twice} SELECT count(*) FROM twice")[0][0])
    sample = evidence.warehouse.rows(f"{twice} SELECT * FROM twice ORDER BY ALL LIMIT {SAMPLE}") if found else []
    return Broken(found, tuple(" + ".join(map(str, row)) for row in sample), 1 / count)

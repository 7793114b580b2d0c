"""What a contract claims, as SQL that other tools can run: each query returns the rows or segments that break it.

The queries join plain rows and name tables as the contract does. They are for warehouses and for tools that know no
segments; the audit has its own. A claim about segments fails only where the data exclude it: the interval of the
difference lies wholly outside of what is declared. So little data never fails, and is never a proof either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from fanwise.io.quoting import quote_ident, quote_text
from fanwise.validator.contract.conditions import parse_condition
from fanwise.validator.contract.metrics import Metric, metrics_of
from fanwise.validator.contract.model import NOWHERE, Axis, Contract, Source
from fanwise.validator.exports.effects import Range, compared_sql
from fanwise.validator.sql.joins import equal_columns
from fanwise.validator.sql.sample_query import JoinedRows

__all__ = ["Claim", "claims_of", "references_of", "unheld", "unheld_sentences"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim. name: usable as the name of a file. about: in words. table: whose rows it is about.

    kind: `segments` compares segments, `rows` is a condition of each row. sql: returns what breaks it, nothing if it
    holds.
    """

    name: str
    about: str
    table: str
    kind: Literal["segments", "rows"]
    sql: str
    source: Source = NOWHERE

    def tables(self, contract: Contract) -> tuple[str, ...]:
        """Return the tables that the query reads."""
        return tuple(name for name in contract.tables if quote_ident(name) in self.sql)


def claims_of(contract: Contract) -> tuple[Claim, ...]:
    """Return every claim that plain SQL can judge; names are unique."""
    found: dict[str, Claim] = {}
    for claim in (*_effects(contract), *_shares(contract), *_conditions(contract)):
        name, number = claim.name, 1
        while name in found:
            number += 1
            name = f"{claim.name}_{number}"
        found[name] = Claim(name, claim.about, claim.table, claim.kind, claim.sql, claim.source)
    return tuple(found.values())


def references_of(contract: Contract) -> tuple[Claim, ...]:
    """Return for each reference the claim that it refers to a row, for tools that see one table at a time."""
    found = []
    for name, table in contract.tables.items():
        for edge in table.edges:
            columns = ", ".join(f"child.{quote_ident(column)}" for column in edge.columns)
            there = " AND ".join(f"child.{quote_ident(column)} IS NOT NULL" for column in edge.columns)
            sql = (
                f"SELECT {columns}\nFROM {quote_ident(name)} AS child\nWHERE {there} AND NOT EXISTS (\n"
                f"  SELECT 1 FROM {quote_ident(edge.table)} AS parent "
                f"WHERE {equal_columns(contract.tables, name, edge, 'child', 'parent')})"
            )
            about = f"{name}.{', '.join(edge.columns)} refers to {edge.table}.{', '.join(edge.keys)}"
            found.append(Claim(_slug(f"reference_{name}_{'_'.join(edge.columns)}"), about, name, "rows", sql))
    return tuple(found)


def unheld(contract: Contract) -> tuple[str, ...]:
    """Return, in words, what only the audit of Fanwise judges."""
    columns = [column for table in contract.tables.values() for column in table.columns.values()]
    rules: Mapping[str, Callable[[], bool]] = {
        "columns that are computed from others": lambda: any(column.equals for column in columns),
        "roll-ups of the rows below a row": lambda: any(column.rollup for column in columns),
        "values that follow from other rows below the same parent": lambda: any(
            column.series or column.moves or column.stays or column.ascends or column.before for column in columns
        ),
        "values that are valid only together": lambda: any(column.among for column in columns),
        "values that differ below one row": lambda: any(table.distinct for table in contract.tables.values()),
        "numbers of rows below a row": lambda: any(
            edge.equals or edge.min is not None or edge.max is not None
            for table in contract.tables.values()
            for edge in table.edges
        ),
        "the given rows of lookup tables": lambda: any(table.values for table in contract.tables.values()),
        "distributions of values": lambda: bool(contract.distributions),
        "correlations": lambda: bool(contract.correlations),
        "listed defects": lambda: bool(contract.defects),
    }
    return tuple(name for name, there in rules.items() if there())


def unheld_sentences(contract: Contract) -> tuple[str, ...]:
    """Return what only the audit of Fanwise judges as one sentence, or none."""
    names = unheld(contract)
    return (f"Only gen audit judges {'; '.join(names)}.",) if names else ()


def _effects(contract: Contract) -> Iterator[Claim]:
    for metric in metrics_of(contract):
        if metric.role not in ("declared", "expected"):
            continue
        ranges = _ranges(contract, metric)
        if ranges:
            about = f"{metric.label} by {metric.measure.axis}"
            sql = compared_sql(contract, metric, ranges, _z(contract))
            yield Claim(_slug(metric.id), about, metric.measure.table, "segments", sql, metric.source)


def _ranges(contract: Contract, metric: Metric) -> list[Range]:
    """Return what is claimed of each pair; a rank says no more than that one is not below the other."""
    width = 1 + contract.thresholds.equivalence
    found: list[Range] = []
    for pair in metric.pairs():
        if pair.ratio is not None and metric.claim == "ratio":
            found.append((pair.high, pair.low, pair.ratio / width, pair.ratio * width))
        elif pair.ratio != 1:
            found.append((pair.high, pair.low, 1.0, None))
    return [*found, *metric.ratios]


def _shares(contract: Contract) -> Iterator[Claim]:
    for name, axis in contract.axes.items():
        if axis.share and not axis.counted and axis.assign != "unknown":
            sql = _share_sql(axis, _z(contract))
            yield Claim(f"share_{_slug(name)}", f"share of each {name}", axis.table, "segments", sql, axis.source)


def _share_sql(axis: Axis, z: float) -> str:
    """Return the query of segments whose share of the rows is not the declared one, and of those that are unknown."""
    declared = ",\n  ".join(f"({quote_text(name)}, {share!r})" for name, share in axis.share.items())
    slack = "(ceil(log2(greatest(n, 2))) + 2) / n"
    return (
        f"WITH declared (segment, share) AS (VALUES\n  {declared}\n), found AS (\n"
        f"  SELECT CAST({quote_ident(axis.column)} AS VARCHAR) AS segment, count(*) AS hits\n"
        f"  FROM {quote_ident(axis.table)} GROUP BY 1\n), every AS (SELECT sum(hits) AS n FROM found)\n"
        "SELECT segment, share AS declared, coalesce(hits, 0) / n AS found, n\n"
        "FROM declared FULL JOIN found USING (segment) CROSS JOIN every\n"
        f"WHERE share IS NULL OR n IS NULL OR abs(coalesce(hits, 0) / n - share) > "
        f"{z!r} * sqrt(share * (1 - share) / n) + {slack}"
    )


def _conditions(contract: Contract) -> Iterator[Claim]:
    """Yield the conditions on rows: those of the author, then those of columns."""
    for at, check in enumerate(contract.checks, 1):
        yield _condition(contract, f"check_{_slug(check.table)}_{at}", check.table, check.text, check.source)
    known = {(check.table, check.text) for check in contract.checks}
    for table, promised in contract.tables.items():
        for name, column in promised.columns.items():
            for text in column.holds:
                if (table, text) not in known:
                    label = f"holds_{_slug(table)}_{_slug(name)}"
                    yield _condition(contract, label, table, text, column.source)


def _condition(contract: Contract, name: str, table: str, text: str, source: Source) -> Claim:
    rows = JoinedRows(contract, table)
    broken = parse_condition(contract.tables, contract.axes, table, text).sql(rows.alias)
    columns = contract.tables[table].key or tuple(contract.tables[table].columns)
    shown = ", ".join(rows.column((), column) for column in columns)
    sql = f"SELECT {shown}\n{rows.sql()}\nWHERE NOT {broken}"
    return Claim(name, " ".join(text.split()), table, "rows", sql, source)


def _z(contract: Contract) -> float:
    """Return the half-width of intervals in standard errors."""
    return round(NormalDist().inv_cdf(0.5 + contract.thresholds.interval / 2), 6)


def _slug(text: str) -> str:
    return re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_").lower() or "claim"

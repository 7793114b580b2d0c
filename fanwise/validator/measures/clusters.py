"""How many independent rows the rows of a flat table are worth, where a contract names their cluster."""

from __future__ import annotations

from fanwise.io.quoting import quote_ident
from fanwise.validator.contract.model import Contract
from fanwise.validator.data.warehouse import table_sql
from fanwise.validator.measures.evidence import Evidence

__all__ = ["cluster_of", "independent_share"]


def cluster_of(contract: Contract, table: str) -> str | None:
    """Return the column of a table whose values an effect or an expectation takes for units, None where none does."""
    named = [(each.axis, each.cluster) for each in contract.effects.values()]
    named += [(each.axis, each.cluster) for each in contract.expectations.values()]
    return next((cluster for axis, cluster in named if cluster and contract.axes[axis].table == table), None)


def independent_share(evidence: Evidence, table: str) -> float:
    """Return the share of the rows of a table that count, as rows of one cluster may all be alike.

    n rows in clusters of m are worth (Σm)² / Σm² independent ones (Kish 1965, with a correlation of 1). 1 where no
    cluster is named, or its column cannot be read.
    """
    column = cluster_of(evidence.contract, table)
    if column is None or evidence.blocked([(table, column)]):
        return 1.0
    sizes = f"SELECT count(*) AS m FROM {table_sql(table)} GROUP BY {quote_ident(column)}"
    sql = f"SELECT sum(m), sum(m * m) FROM ({sizes})"
    rows, squares = evidence.kept(("cluster", table, column), lambda: evidence.warehouse.rows(sql)[0])
    return float(rows) / float(squares) if squares else 1.0

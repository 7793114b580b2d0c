"""The queries of claims, which are DuckDB's, in the SQL of other databases."""

from __future__ import annotations

__all__ = ["in_postgresql"]


def in_postgresql(sql: str) -> str | None:
    """Return a query for PostgreSQL (15 or later); None where it has no form for a part of it."""
    import sqlglot
    from sqlglot import exp

    try:
        tree = sqlglot.parse_one(sql, dialect="duckdb")
        if any(column.name == "rowid" and not column.this.quoted for column in tree.find_all(exp.Column)):
            return None  # the number of a row, of a table without a key
        return tree.sql("postgres", pretty=True, unsupported_level=sqlglot.ErrorLevel.RAISE)
    except sqlglot.errors.SqlglotError:
        return None

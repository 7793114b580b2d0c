"""Undoing: the SQL that gives rows back the clean values that the table of defects lists, and drops listed copies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fanwise.io.quoting import quote_ident, quote_text
from fanwise.validator.contract.model import Defect

__all__ = ["listed_sql", "same_key", "undo_sql"]


def undo_sql(defects: Sequence[Defect], key: Sequence[str], columns: Mapping[str, str], rows: str, listed: str) -> str:
    """Return the query of the clean rows of a table.

    defects: those that the table may have. columns: all its columns with their types in DuckDB. rows, listed: the SQL
    of its rows, and of the table of defects. Copies that differ from their row stay, and break its key.
    """
    joins, values = [], {}
    touched = dict.fromkeys(each.column for each in defects if each.column in columns)
    for at, column in enumerate(name for name in touched if name is not None):
        source = listed_sql([each for each in defects if each.column == column], listed)
        clean = f"SELECT key, any_value(clean) AS clean FROM ({source}) GROUP BY key"
        joins.append(f"LEFT JOIN ({clean}) AS d{at} ON {same_key(key, columns, 't', f'd{at}')}")
        kind = columns[column]
        values[column] = (
            f"CASE WHEN d{at}.key IS NULL THEN t.{quote_ident(column)} ELSE CAST(d{at}.clean AS {kind}) END"
        )
    source = rows
    if copies := [each for each in defects if each.column is None]:
        keys = f"({listed_sql(copies, listed)}) AS d ON {same_key(key, columns, 't', 'd')}"
        once = f"SELECT DISTINCT t.* FROM {rows} AS t SEMI JOIN {keys}"
        source = f"(SELECT t.* FROM {rows} AS t ANTI JOIN {keys} UNION ALL {once})"
    asked = ", ".join(f"{values.get(name, f't.{quote_ident(name)}')} AS {quote_ident(name)}" for name in columns)
    return f"SELECT {asked} FROM {source} AS t {' '.join(joins)}"


def listed_sql(defects: Sequence[Defect], listed: str) -> str:
    """Return the query of key and clean value of the listed defects of some kinds, of one table and column."""
    names = ", ".join(quote_text(each.name) for each in defects)
    first = defects[0]
    column = "IS NULL" if first.column is None else f"= {quote_text(first.column)}"
    return (
        f'SELECT key, clean FROM {listed} WHERE "table" = {quote_text(first.table)} AND "column" {column} '
        f"AND defect IN ({names})"
    )


def same_key(key: Sequence[str], columns: Mapping[str, str], rows: str, listed: str) -> str:
    """Return the condition that a row has the listed key: the text of its column, or of its columns with `|` between.

    In a key of several columns, `\\` and `|` within a text have a `\\` before them.
    """
    if len(key) == 1:
        return f"{rows}.{quote_ident(key[0])} = TRY_CAST({listed}.key AS {columns[key[0]]})"
    parts = (f"CAST({rows}.{quote_ident(name)} AS VARCHAR)" for name in key)
    escaped = (f"replace(replace({part}, '\\', '\\\\'), '|', '\\|')" for part in parts)
    return f"concat_ws('|', {', '.join(escaped)}) = {listed}.key"

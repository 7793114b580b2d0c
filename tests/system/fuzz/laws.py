"""The declared laws of a dataset as SQL over its rows: a reading of the schema that shares no code with the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import duckdb
import polars as pl

from fanwise.generator.language.spec import Column, Dataset, Table

__all__ = ["broken_laws"]

_PERMUTED = ("integer", "pattern", "date", "fake", "uuid", "sequence")
"""Kinds that `unique: true` makes unique; others may repeat by chance, which the forecast says."""


def broken_laws(dataset: Dataset, frames: Mapping[str, pl.DataFrame]) -> list[str]:
    """Return the laws that rows break, each with the number of rows."""
    connection = duckdb.connect(config={"threads": 1})
    try:
        for name, frame in frames.items():
            if not frame.columns:  # all of them are hidden
                continue
            connection.register(_view(name), frame)
        found = []
        for law, sql in _laws(dataset, frames):
            rows = connection.sql(f"SELECT count(*) FROM ({sql})").fetchall()[0][0]
            if rows:
                found.append(f"{law}: {rows} rows")
        return found
    finally:
        connection.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _view(table: str) -> str:
    return f"table {table}"


def _of(table: str) -> str:
    return _quoted(_view(table))


def _laws(dataset: Dataset, frames: Mapping[str, pl.DataFrame]) -> Iterator[tuple[str, str]]:
    """Yield each law with the SQL of what breaks it."""
    for name, table in dataset.tables.items():
        if table.hidden or not frames[name].columns:
            continue
        columns = {column: spec for column, spec in table.columns.items() if not spec.hidden}
        if set(columns) != set(frames[name].columns):
            yield f"{name}: other columns than declared", "SELECT 1"
            continue
        yield from _of_keys(name, table, columns)
        yield from _of_children(dataset, name, table)
        for column in columns.values():
            place = f"{name}.{column.name}"
            yield from ((f"{place} {law}", sql) for law, sql in _of_column(dataset, name, column, frames))


def _of_keys(name: str, table: Table, columns: Mapping[str, Column]) -> Iterator[tuple[str, str]]:
    if not table.key or not all(column in columns for column in table.key):
        return
    keys = ", ".join(map(_quoted, table.key))
    if all(_never_null(columns[column]) for column in table.key):
        missing = " OR ".join(f"{_quoted(column)} IS NULL" for column in table.key)
        yield f"{name}: key is not null", f"SELECT 1 FROM {_of(name)} WHERE {missing}"
    if any(_is_distinct(columns[column]) for column in table.key):
        yield f"{name}: key is unique", f"SELECT {keys} FROM {_of(name)} GROUP BY {keys} HAVING count(*) > 1"


def _copies(column: Column, parent: str, key: str) -> bool:
    """Return whether a column holds the key of its parent's row, and not another column under its name."""
    source = column.source
    return column.kind == "parent" and source is not None and (source.target, source.column) == (parent, key)


def _of_children(dataset: Dataset, name: str, table: Table) -> Iterator[tuple[str, str]]:
    """Yield the bounds of a fanout, where the child has the key of its parent in columns of that name."""
    if table.parent is None or table.fanout is None or dataset.tables[table.parent].hidden:
        return
    key = dataset.tables[table.parent].key
    shown = all(
        column in each and not each[column].hidden
        for column in key
        for each in (table.columns, dataset.tables[table.parent].columns)
    )
    carried = all(column in table.columns and _copies(table.columns[column], table.parent, column) for column in key)
    if not key or not shown or not carried:
        return
    if not any(_is_distinct(dataset.tables[table.parent].columns[column]) for column in key):
        return  # rows of parents with one key cannot be told apart
    keys = ", ".join(map(_quoted, key))
    counts = f"SELECT n FROM (SELECT {keys} FROM {_of(table.parent)}) LEFT JOIN (SELECT {keys}, count(*) AS n FROM {_of(name)} GROUP BY {keys}) USING ({keys})"
    fixed = (
        table.fanout.generator.params.get("value")
        if table.fanout.generator.kind == "fixed" and not table.fanout.generator.multipliers
        else None
    )
    low, high = table.fanout.min, table.fanout.max
    if isinstance(fixed, int | float) and low is None and high is None:
        yield f"{name}: {fixed} rows each", f"SELECT * FROM ({counts}) WHERE coalesce(n, 0) <> {fixed}"
    if low is not None:
        yield f"{name}: at least {low} rows each", f"SELECT * FROM ({counts}) WHERE coalesce(n, 0) < {low}"
    if high is not None:
        yield f"{name}: at most {high} rows each", f"SELECT * FROM ({counts}) WHERE n > {high}"
    parents = f"SELECT {keys} FROM {_of(table.parent)}"
    yield f"{name}: has its parents", f"SELECT {keys} FROM {_of(name)} EXCEPT {parents}"


def _of_column(
    dataset: Dataset, name: str, column: Column, frames: Mapping[str, pl.DataFrame]
) -> Iterator[tuple[str, str]]:
    own, rows = _quoted(column.name), _of(name)
    dtype = frames[name].schema[column.name]
    if column.required and _never_null(column):  # others may be null, which gen check tells
        yield "is required", f"SELECT 1 FROM {rows} WHERE {own} IS NULL"
    if column.null == 1:
        yield "is always null", f"SELECT 1 FROM {rows} WHERE {own} IS NOT NULL"
    elif _never_null(column):
        yield "is not null", f"SELECT 1 FROM {rows} WHERE {own} IS NULL"
    if column.unique and column.null == 0 and column.when is None and column.kind in _PERMUTED:
        yield "is unique", f"SELECT {own} FROM {rows} WHERE {own} IS NOT NULL GROUP BY {own} HAVING count(*) > 1"
    if column.when is None and dtype.is_numeric():
        yield from _of_numbers(column, own, rows, dtype)
    if column.when is None and column.kind == "choice" and dtype == pl.String and column.type is None:
        labels = [str(label) for label, _ in column.generator.params["options"]]
        yield "is an option", f"SELECT 1 FROM {rows} WHERE {own} NOT IN ({_listed(labels)})"
    if column.kind == "segment":
        axis = dataset.axes[column.generator.params["axis"]]
        yield "is a segment", f"SELECT 1 FROM {rows} WHERE {own} IS NULL OR {own} NOT IN ({_listed(axis.segments)})"
    if column.when is not None and any(case is not None for case in column.when.cases.values()):
        return  # what it puts in may be no key, which is the schema's own word
    if column.kind == "ref" and column.reference is not None:
        target = column.generator.params.get("column")
        key = dataset.tables[column.reference.table].key
        found = target if isinstance(target, str) else key[0] if len(key) == 1 else None
        if found is not None:
            yield from _of_reference(dataset, column.reference.table, found, own, rows)


def _listed(texts: Iterable[str]) -> str:
    return ", ".join("'" + text.replace("'", "''") + "'" for text in texts)


def _is_distinct(column: Column) -> bool:
    return column.kind in ("sequence", "uuid") and column.when is None


def _never_null(column: Column) -> bool:
    """Whether a column cannot be null by its own declaration alone."""
    plain = {
        "sequence",
        "ordinal",
        "uuid",
        "segment",
        "uniform",
        "integer",
        "pattern",
        "fake",
        "words",
        "boolean",
        "poisson",
    }
    return column.null == 0 and column.when is None and column.kind in plain


def _of_numbers(column: Column, own: str, rows: str, dtype: pl.DataType) -> Iterator[tuple[str, str]]:
    """Yield the bounds of numbers: those of clamp, and those of an integer or uniform draw without factors."""
    low, high = column.clamp or (None, None)
    params = column.generator.params
    free = column.generator.multipliers or column.generator.by_key or "exposure" in params or column.clamp
    if column.kind in ("integer", "uniform") and not free and {"min", "max"} <= params.keys():
        low, high = params["min"], params["max"]
    slack = _slack(column, dtype)
    if low is not None:
        yield f"is at least {low}", f"SELECT 1 FROM {rows} WHERE CAST({own} AS DOUBLE) < {low!r}::DOUBLE - {slack!r}"
    if high is not None:
        # NaN, the logarithm of a number below 0, is above all numbers, and stays what it is: the audit reports it.
        real = f"AND NOT isnan(CAST({own} AS DOUBLE))" if column.kind == "expr" else ""
        above = f"CAST({own} AS DOUBLE) > {high!r}::DOUBLE + {slack!r}"
        yield f"is at most {high}", f"SELECT 1 FROM {rows} WHERE {above} {real}"
    if column.round is not None and 0 <= column.round <= 9 and dtype == pl.Float64 and column.type is None:
        digits = column.round
        yield (
            f"has {digits} digits",
            f"SELECT 1 FROM {rows} WHERE abs({own}) < 1e6 AND abs({own} * 1e{digits} - round({own} * 1e{digits})) > 1e-4",
        )


def _slack(column: Column, dtype: pl.DataType) -> float:
    """Return by how much rounding, which comes after the clamp, may move a value over it."""
    digits = 6 if column.round is None else column.round
    rounded = 0.0 if dtype.is_integer() and column.type is None else 0.5 * 10.0**-digits
    if isinstance(dtype, pl.Decimal):
        return max(rounded, 0.5 * 10.0**-dtype.scale)
    if column.type is not None and column.type.startswith("int"):
        return 0.5 + rounded
    return rounded + (1e-3 if dtype == pl.Float32 else 0.0)


def _of_reference(dataset: Dataset, table: str, key: str, own: str, rows: str) -> Iterator[tuple[str, str]]:
    target = dataset.tables[table]
    if target.hidden or key not in target.columns or target.columns[key].hidden:
        return
    yield (
        f"refers to {table}",
        f"SELECT {own} FROM {rows} WHERE {own} IS NOT NULL EXCEPT SELECT {_quoted(key)} FROM {_of(table)}",
    )

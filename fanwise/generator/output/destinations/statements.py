"""SQL that makes tables: types, keys, foreign keys, indexes and comments, in the words of each database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from fanwise.generator.audit.contract.columns import Nulls
from fanwise.generator.audit.contract.edges import Edges
from fanwise.generator.language.spec import Column, Dataset, Generator
from fanwise.validator import Edge

__all__ = ["DUCKDB", "POSTGRESQL", "SQLITE", "Dialect", "Statements", "quoted"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a database says things. self_references: it can check a foreign key into the table being filled."""

    types: Mapping[Any, str]
    text: str = "TEXT"
    self_references: bool = True


_TYPES: Mapping[Any, str] = {
    pl.Int8: "TINYINT", pl.Int16: "SMALLINT", pl.Int32: "INTEGER", pl.Int64: "BIGINT", pl.Float32: "FLOAT",
    pl.Float64: "DOUBLE", pl.Boolean: "BOOLEAN", pl.Date: "DATE", pl.Datetime: "TIMESTAMP", pl.Decimal: "DECIMAL",
}  # fmt: skip
DUCKDB = Dialect(_TYPES, text="VARCHAR", self_references=False)
SQLITE = Dialect(
    {
        **_TYPES,
        **dict.fromkeys((pl.Int8, pl.Int16, pl.Int32, pl.Int64), "INTEGER"),
        **dict.fromkeys((pl.Float32, pl.Float64), "REAL"),
    }
)
POSTGRESQL = Dialect({**_TYPES, pl.Int8: "SMALLINT", pl.Float32: "REAL", pl.Float64: "DOUBLE PRECISION"})


class Statements:
    """The statements that make the tables of a data set. `schema`, where given, is the schema that they are made in."""

    def __init__(self, dataset: Dataset, dialect: Dialect, schema: str | None = None) -> None:
        self._dataset, self._dialect, self._schema = dataset, dialect, schema

    def create(self, table: str, columns: pl.Schema, *, bare: bool = False) -> str:
        """Return the CREATE TABLE of a table; `bare`: without keys, which are then for `constraints` to add."""
        lines = [f"{quoted(name)} {self._type(dtype)}" for name, dtype in columns.items()]
        body = ",\n  ".join(lines if bare else [*lines, *self._keys(table), *self._foreign_keys(table)])
        return f"CREATE TABLE {self.name(table)} (\n  {body}\n)"

    def keys(self, table: str) -> Iterator[str]:
        """Yield the statements that give a filled table its key, and make unique what others refer to."""
        return (f"ALTER TABLE {self.name(table)} ADD {key}" for key in self._keys(table))

    def foreign_keys(self, table: str) -> Iterator[str]:
        """Yield the statements that give a filled table its foreign keys, each with an index of its columns."""
        yield from (f"ALTER TABLE {self.name(table)} ADD {key}" for key in self._foreign_keys(table))
        key = self._dataset.tables[table].key
        wanted = dict.fromkeys(edge.columns for edge in self._edges[table])
        for columns in wanted:
            if key[: len(columns)] != columns:  # the index of the key serves what it begins with
                yield f"CREATE INDEX ON {self.name(table)} ({_list(columns)})"

    def comments(self, table: str, columns: pl.Schema) -> Iterator[str]:
        """Yield the statements that note, at a table and its columns, how they were declared."""
        spec = self._dataset.tables[table]
        yield f"COMMENT ON TABLE {self.name(table)} IS {_text(_said_of_table(spec.parent))}"
        for name in columns:
            if name in spec.columns:
                said = _text(_said_of_column(spec.columns[name]))
                yield f"COMMENT ON COLUMN {self.name(table)}.{quoted(name)} IS {said}"

    def name(self, table: str) -> str:
        """Return the quoted name of a table, with its schema where there is one."""
        return f"{quoted(self._schema)}.{quoted(table)}" if self._schema is not None else quoted(table)

    @cached_property
    def _edges(self) -> Mapping[str, tuple[Edge, ...]]:
        return Edges.of(self._dataset, Nulls(self._dataset)).by_table

    def _keys(self, table: str) -> list[str]:
        key = self._dataset.tables[table].key
        referred = {edge.keys for edges in self._edges.values() for edge in edges if edge.table == table}
        primary = [f"PRIMARY KEY ({_list(key)})"] if key else []
        return [*primary, *(f"UNIQUE ({_list(columns)})" for columns in sorted(referred - {key}))]

    def _foreign_keys(self, table: str) -> list[str]:
        return [
            f"FOREIGN KEY ({_list(edge.columns)}) REFERENCES {self.name(edge.table)} ({_list(edge.keys)})"
            for edge in self._edges[table]
            if edge.table != table or self._dialect.self_references
        ]

    def _type(self, dtype: pl.DataType) -> str:
        if isinstance(dtype, pl.Decimal):
            return f"{self._dialect.types[pl.Decimal]}({dtype.precision},{dtype.scale})"
        return self._dialect.types.get(type(dtype), self._dialect.text)


def quoted(name: str) -> str:
    """Return a name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(map(quoted, names))


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _said_of_table(parent: str | None) -> str:
    return "root table" if parent is None else f"fanned out from {parent}"


def _said_of_column(column: Column) -> str:
    """Return the kind of a column, what it refers to or is computed from, and its modifiers."""
    said = [_said_of_kind(column.generator)]
    said += [f"multiplier by {multiplier.path.text}" for multiplier in column.generator.multipliers]
    if column.clamp is not None:
        said.append("clamp")
    if column.when is not None:
        said.append(f"when {column.when.path.text}")
    if column.null:
        said.append(f"null {column.null:.3g}")
    return "; ".join(said)


def _said_of_kind(generator: Generator) -> str:
    params = generator.params
    if generator.kind == "ref":
        return f"ref {params['table']}"
    if generator.kind == "segment":
        return f"segment {params.get('axis', '')}".strip()
    if generator.kind == "expr":
        return f"expr {params['expression'].text}"
    return generator.kind

"""SQL that creates tables: types, keys, foreign keys, indexes and comments, in the dialect of each database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from fanwise.generator.plan.schema import RelationalSchema
from fanwise.io.quoting import quote_ident, quote_text

__all__ = ["DUCKDB", "POSTGRESQL", "SQLITE", "Dialect", "Statements"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """The dialect of a database. self_references: it can check a foreign key into the table being filled."""

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
    """The statements that create the tables of a data set, in the schema `namespace` if it is given."""

    def __init__(self, schema: RelationalSchema, dialect: Dialect, namespace: str | None = None) -> None:
        self._tables, self._dialect, self._namespace = schema.tables, dialect, namespace

    def create(self, table: str, *, bare: bool = False) -> str:
        """Return the CREATE TABLE of a table; `bare`: without keys, which `constraints` then adds."""
        lines = [f"{quote_ident(name)} {self._type(dtype)}" for name, dtype in self._tables[table].written.items()]
        body = ",\n  ".join(lines if bare else [*lines, *self._keys(table), *self._foreign_keys(table)])
        return f"CREATE TABLE {self.name(table)} (\n  {body}\n)"

    def keys(self, table: str) -> Iterator[str]:
        """Yield the statements that give a filled table its key and unique constraints on referenced columns."""
        return (f"ALTER TABLE {self.name(table)} ADD {key}" for key in self._keys(table))

    def foreign_keys(self, table: str) -> Iterator[str]:
        """Yield the statements that give a filled table its foreign keys, each with an index on its columns."""
        yield from (f"ALTER TABLE {self.name(table)} ADD {key}" for key in self._foreign_keys(table))
        key = self._tables[table].key
        wanted = dict.fromkeys(found.columns for found in self._tables[table].foreign_keys)
        for columns in wanted:
            if key[: len(columns)] != columns:  # the index of the key serves its leading columns
                yield f"CREATE INDEX ON {self.name(table)} ({_list(columns)})"

    def comments(self, table: str) -> Iterator[str]:
        """Yield the comments on a table and its columns: how they were declared."""
        found = self._tables[table]
        yield f"COMMENT ON TABLE {self.name(table)} IS {quote_text(found.comment)}"
        for name in found.written:
            comment = quote_text(found.columns[name].comment)
            yield f"COMMENT ON COLUMN {self.name(table)}.{quote_ident(name)} IS {comment}"

    def name(self, table: str) -> str:
        """Return the quoted name of a table, with its schema if there is one."""
        return (
            f"{quote_ident(self._namespace)}.{quote_ident(table)}"
            if self._namespace is not None
            else quote_ident(table)
        )

    def _keys(self, table: str) -> list[str]:
        key = self._tables[table].key
        referred = {to.keys for found in self._tables.values() for to in found.foreign_keys if to.table == table}
        primary = [f"PRIMARY KEY ({_list(key)})"] if key else []
        return [*primary, *(f"UNIQUE ({_list(columns)})" for columns in sorted(referred - {key}))]

    def _foreign_keys(self, table: str) -> list[str]:
        return [
            f"FOREIGN KEY ({_list(to.columns)}) REFERENCES {self.name(to.table)} ({_list(to.keys)})"
            for to in self._tables[table].foreign_keys
            if to.table != table or self._dialect.self_references
        ]

    def _type(self, dtype: pl.DataType) -> str:
        if isinstance(dtype, pl.Decimal):
            return f"{self._dialect.types[pl.Decimal]}({dtype.precision},{dtype.scale})"
        return self._dialect.types.get(type(dtype), self._dialect.text)


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(map(quote_ident, names))

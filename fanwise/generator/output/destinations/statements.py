"""SQL that creates tables: types, keys, foreign keys, indexes and comments, in the dialect of each database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fanwise.generator.language.literals import NESTED, nested_type, size_of, word_of
from fanwise.generator.plan.schema import ColumnSchema, RelationalSchema
from fanwise.io.quoting import quote_ident, quote_text

__all__ = ["DUCKDB", "POSTGRESQL", "SQLITE", "Dialect", "Statements", "is_cents"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """The dialect of a database.

    types: its words for the language's types without their numbers; those of the latter are added where `sized` has
    the type. staged: types that are loaded as text and converted by the database. checked: it has no length of texts
    and no JSON of its own, so conditions hold them. cents: decimals are integers of their last digit. self_references:
    it can check a foreign key into the table being filled. nested: the type of structs and lists, "" where it has
    them.
    """

    types: Mapping[str, str]
    sized: frozenset[str] = frozenset({"decimal"})
    staged: frozenset[str] = frozenset()
    checked: frozenset[str] = frozenset()
    cents: bool = False
    nested: str = ""
    self_references: bool = True


_TYPES: Mapping[str, str] = {
    "int8": "TINYINT", "int16": "SMALLINT", "int32": "INTEGER", "int64": "BIGINT", "float32": "FLOAT",
    "float64": "DOUBLE", "bool": "BOOLEAN", "date": "DATE", "time": "TIME", "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMPTZ", "decimal": "DECIMAL", "text": "TEXT", "varchar": "VARCHAR", "char": "CHAR",
    "uuid": "UUID", "json": "JSON",
}  # fmt: skip
DUCKDB = Dialect(
    {**_TYPES, **dict.fromkeys(("text", "varchar", "char"), "VARCHAR")},
    checked=frozenset({"varchar", "char"}),
    self_references=False,
)
SQLITE = Dialect(
    {
        **_TYPES,
        **dict.fromkeys(("int8", "int16", "int32", "int64"), "INTEGER"),
        **dict.fromkeys(("float32", "float64"), "REAL"),
        **dict.fromkeys(("uuid", "json"), "TEXT"),
    },
    sized=frozenset({"decimal", "varchar", "char"}),
    checked=frozenset({"varchar", "char", "json", *NESTED}),
    cents=True,
    nested="TEXT",
)
POSTGRESQL = Dialect(
    {**_TYPES, "int8": "SMALLINT", "float32": "REAL", "float64": "DOUBLE PRECISION", "json": "JSONB"},
    sized=frozenset({"decimal", "varchar", "char"}),
    staged=frozenset({"uuid", "json", "time", *NESTED}),
    nested="JSONB",
)
MOST_DIGITS = 18
"""Digits of a decimal that an integer of 64 bits holds."""


class Statements:
    """The statements that create the tables of a data set, in the schema `namespace` if it is given."""

    def __init__(self, schema: RelationalSchema, dialect: Dialect, namespace: str | None = None) -> None:
        self._tables, self._dialect, self._namespace = schema.tables, dialect, namespace

    def create(self, table: str, *, bare: bool = False) -> str:
        """Return the CREATE TABLE of a table; `bare`: without keys, which `constraints` then adds."""
        columns = {name: column for name, column in self._tables[table].columns.items() if not column.hidden}
        lines = [self._column(name, column, bare=bare) for name, column in columns.items()]
        body = ",\n  ".join(lines if bare else [*lines, *self._keys(table), *self._foreign_keys(table)])
        return f"CREATE TABLE {self.name(table)} (\n  {body}\n)"

    def converted(self, table: str) -> str | None:
        """Return the statement that gives the columns that were loaded as text their types, None where none was."""
        found = self._tables[table].types.items()
        changed = [
            f"ALTER COLUMN {quote_ident(name)} TYPE {(kind := self._type(declared))} USING {quote_ident(name)}::{kind}"
            for name, declared in found
            if word_of(declared) in self._dialect.staged
        ]
        return f"ALTER TABLE {self.name(table)} {', '.join(changed)}" if changed else None

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

    def _column(self, name: str, column: ColumnSchema, *, bare: bool) -> str:
        """Return the definition of a column; `bare`: with text in place of a type that the database converts later."""
        own = quote_ident(name)
        text = bare and word_of(column.type) in self._dialect.staged
        condition = self._condition(own, column.type)
        required = " NOT NULL" if column.required else ""
        kind = self._dialect.types["text"] if text else self._type(column.type)
        return f"{own} {kind}{required}{f' CHECK ({condition})' if condition else ''}"

    def _condition(self, own: str, declared: str) -> str:
        """Return the condition that the values of a type keep, where its database has no such type."""
        word = word_of(declared)
        if word == "decimal" and self._dialect.cents:
            return f"typeof({own}) IN ('{'integer' if is_cents(declared) else 'text'}', 'null')"
        if word not in self._dialect.checked:
            return ""
        if word in ("json", *NESTED):
            return f"json_valid({own})"
        return f"length({own}) {'<=' if word == 'varchar' else '='} {size_of(declared)}"

    def _type(self, declared: str) -> str:
        word = word_of(declared)
        if word in NESTED:
            return self._dialect.nested or nested_type(declared, self._type)
        if word == "decimal" and self._dialect.cents:
            return f"{'INT_DECIMAL' if is_cents(declared) else 'TEXT_DECIMAL'}{declared.removeprefix(word)}"
        size = declared.removeprefix(word) if word in self._dialect.sized else ""
        return f"{self._dialect.types[word]}{size}"


def is_cents(declared: str) -> bool:
    """Return whether SQLite has a decimal as an integer of its last digit; else it has more digits than an integer."""
    return int(declared.partition("(")[2].partition(",")[0]) <= MOST_DIGITS


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(map(quote_ident, names))

"""DDL: the tables, keys, references and conditions that CREATE TABLE and ALTER TABLE declare, in several dialects."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanwise.inference.model import Column, Reference, Sort, Source, Table
from fanwise.inference.sources.conditions import bounds_of, limit
from fanwise.inference.yaml_text import name_of
from fanwise.io.errors import InputError, SourceError
from fanwise.io.problems import nearest

if TYPE_CHECKING:
    from sqlglot import exp

__all__ = ["DIALECTS", "read_ddl"]

DIALECTS = ("postgres", "mysql", "sqlite", "duckdb", "tsql", "snowflake", "bigquery")

_ENUM = re.compile(r"create\s+type\s+(?:\"?\w+\"?\.)?\"?(\w+)\"?\s+as\s+enum\s*\(([^)]*)\)", re.IGNORECASE)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_WHOLE = {"TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "UTINYINT", "USMALLINT", "UINT", "UBIGINT", "INT128",
          "SERIAL", "BIGSERIAL", "SMALLSERIAL", "YEAR"}  # fmt: skip
_NARROW = {"TINYINT": "SMALLINT", "SMALLINT": "SMALLINT", "INT": "INTEGER", "MEDIUMINT": "INTEGER", "SERIAL": "INTEGER"}


@dataclass(slots=True)
class _Reading:
    """What was read so far. names: of columns, by table and their own spelling in lower case."""

    enums: dict[str, tuple[str, ...]]
    tables: dict[str, Table] = field(default_factory=dict)
    names: dict[str, dict[str, str]] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    foreign: list[tuple[str, tuple[str, ...], str, tuple[str, ...]]] = field(default_factory=list)


def read_ddl(path: Path, dialect: str | None) -> Source:
    """Return the tables of a file of DDL; raises SourceError where it holds none, InputError for an unknown dialect."""
    if dialect is not None and dialect not in DIALECTS:
        raise InputError("FW-USAGE-VALUE", f"--dialect {dialect}: unknown dialect", nearest(dialect, DIALECTS))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = f"cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}"
        raise SourceError("FW-SOURCE-UNREADABLE", why, "write the file in UTF-8.", str(path)) from None
    # What SQLite allows after the last bracket, and the parser does not know.
    text = re.sub(r"\)\s*(?:(?:WITHOUT\s+ROWID|STRICT)\s*,?\s*)+(?=;|\Z)", ")", text, flags=re.IGNORECASE)
    chosen, statements = _parsed(text, dialect, path)
    labels = {
        name.lower(): tuple(re.findall(r"'((?:[^']|'')*)'", values))
        for name, values in _ENUM.findall(_COMMENT.sub("", text))
    }
    reading, others = _Reading(labels), Counter[str]()
    for statement in statements:
        if statement is not None and not _read(reading, statement):
            others[statement.key.upper()] += 1
    if not reading.tables:
        hint = "give a file with CREATE TABLE statements, and its dialect with --dialect."
        raise SourceError("FW-SOURCE-EMPTY", "no statement makes a table", hint, str(path))
    _refer(reading)
    source = Source(str(path), reading.tables, [f"Read as {chosen}."])
    if others:
        told = ", ".join(f"{count} {name}" for name, count in sorted(others.items()))
        source.notes.append(f"Statements that make no table were left out: {told}.")
    return source


def _parsed(text: str, dialect: str | None, path: Path) -> tuple[str, Sequence[Any]]:
    """Return the dialect and its statements: the given one, or the first that reads most of the file."""
    import logging

    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    best: tuple[int, str, Sequence[Any]] | None = None
    problem = ""
    for each in (dialect,) if dialect else DIALECTS:
        try:
            found = sqlglot.parse(text, read=each)
        except (SqlglotError, RecursionError) as error:
            problem = problem or " ".join(str(error).split())[:200]
            continue
        made = sum(isinstance(one, exp.Create) and isinstance(one.this, exp.Schema) for one in found)
        lost = sum(isinstance(one, exp.Command) for one in found)
        if best is None or made - lost > best[0]:
            best = made - lost, each or "", found
    if best is None:
        raise SourceError(
            "FW-SOURCE-FORMAT", f"cannot be parsed: {problem}", "name its dialect with --dialect.", str(path)
        )
    return best[1], best[2]


def _read(reading: _Reading, statement: exp.Expression) -> bool:
    """Read one statement; return whether it is about a table."""
    from sqlglot import exp

    if isinstance(statement, exp.Create) and isinstance(statement.this, exp.Schema):
        _create(reading, statement.this)
        return True
    if isinstance(statement, exp.Alter):
        name = statement.this.name.lower()
        home = next((each for each in reading.tables if each.lower() == name), None)
        for action in statement.args.get("actions") or ():
            for each in action.find_all(exp.ForeignKey, exp.PrimaryKey):
                if home is not None:
                    _constrain(reading, reading.tables[home], each)
        return home is not None
    return False


def _create(reading: _Reading, schema: exp.Schema) -> None:
    from sqlglot import exp

    name = name_of(schema.this.name, reading.taken)
    table = reading.tables[name] = Table(name, None, {})
    own = reading.names[name] = {}
    taken: set[str] = set()
    for each in schema.expressions:
        if isinstance(each, exp.ColumnDef):
            column = own[each.name.lower()] = name_of(each.name, taken)
            table.columns[column] = _column(reading, table, each, column)
    for each in schema.expressions:
        if not isinstance(each, exp.ColumnDef):
            parts = each.expressions if isinstance(each, exp.Constraint) else [each]
            for part in parts:
                _constrain(reading, table, part)


def _column(reading: _Reading, table: Table, definition: exp.ColumnDef, name: str) -> Column:
    from sqlglot import exp

    kind = definition.args.get("kind")
    sort, type_name, values = _type(reading, kind)
    column = Column(name, sort, type_name, values=values)
    for constraint in definition.args.get("constraints") or ():
        found = constraint.kind
        if isinstance(found, exp.PrimaryKeyColumnConstraint):
            table.key, table.key_note, column.required = (name,), "declared", True
        elif isinstance(found, exp.NotNullColumnConstraint):
            column.required = not found.args.get("allow_null")
        elif isinstance(found, exp.UniqueColumnConstraint):
            column.unique = True
        elif isinstance(found, exp.Reference | exp.ForeignKey):
            target = found.args["reference"] if isinstance(found, exp.ForeignKey) else found
            reading.foreign.append((table.name, (name,), *_referred(target)))
        elif isinstance(found, exp.CheckColumnConstraint):
            _check(reading, table, found.this, column)
    return column


def _type(reading: _Reading, kind: exp.DataType | None) -> tuple[Sort, str, tuple[str, ...]]:
    """Return the sort of a declared type, the DuckDB type that it is like, and the labels of an ENUM."""
    if kind is None:
        return "text", "VARCHAR", ()
    word = kind.this.name if hasattr(kind.this, "name") else str(kind.this)
    sizes = [int(size.name) for size in kind.expressions if size.name.isdigit()]
    own = kind.sql().strip('"').rpartition(".")[2].lower()
    if own in reading.enums or word == "ENUM":
        return "text", "VARCHAR", reading.enums.get(own) or tuple(each.name for each in kind.expressions)
    if word == "BOOLEAN" or word == "BIT" or (word == "TINYINT" and sizes == [1]):
        return "bool", "BOOLEAN", ()
    if word in _WHOLE:
        return "int", _NARROW.get(word, "BIGINT"), ()
    if word in ("DECIMAL", "MONEY", "SMALLMONEY", "BIGDECIMAL"):
        size, digits = (
            (19, 4) if "MONEY" in word else (*sizes, 18, 0)[:2] if len(sizes) == 2 else (sizes[0] if sizes else 18, 0)
        )
        return ("int", "BIGINT", ()) if sizes and digits == 0 else ("decimal", f"DECIMAL({size},{digits or 2})", ())
    if word in ("FLOAT", "DOUBLE", "REAL", "UDOUBLE"):
        return "float", "DOUBLE", ()
    if word.startswith(("TIMESTAMP", "DATETIME", "SMALLDATETIME")):
        return "instant", "TIMESTAMP", ()
    if word == "DATE":
        return "date", "DATE", ()
    return (
        "text",
        "UUID" if word in ("UUID", "UNIQUEIDENTIFIER") else f"VARCHAR({sizes[0]})" if sizes else "VARCHAR",
        (),
    )


def _constrain(reading: _Reading, table: Table, part: Any) -> None:
    from sqlglot import exp

    if isinstance(part, exp.PrimaryKey):
        columns = _own(reading, table, part.expressions)
        if columns:
            table.key, table.key_note = columns, "declared"
            for name in columns:
                table.columns[name].required = True
    elif isinstance(part, exp.ForeignKey) and part.args.get("reference") is not None:
        columns = _own(reading, table, part.expressions)
        if columns:
            reading.foreign.append((table.name, columns, *_referred(part.args["reference"])))
    elif isinstance(part, exp.UniqueColumnConstraint) and part.this is not None:
        columns = _own(reading, table, getattr(part.this, "expressions", ()))
        if len(columns) == 1:
            table.columns[columns[0]].unique = True
    elif isinstance(part, exp.CheckColumnConstraint):
        _check(reading, table, part.this, None)


def _own(reading: _Reading, table: Table, parts: Sequence[Any]) -> tuple[str, ...]:
    known = reading.names[table.name]
    # T-SQL wraps the columns of a key: [id] ASC.
    found = (part if part.name else part.this for part in parts)
    names = tuple(known.get(part.name.lower(), "") for part in found)
    return names if all(names) else ()


def _referred(reference: exp.Reference) -> tuple[str, tuple[str, ...]]:
    from sqlglot import exp

    target = reference.this
    if isinstance(target, exp.Schema):
        return target.this.name, tuple(part.name for part in target.expressions)
    return target.name, ()


def _refer(reading: _Reading) -> None:
    """Give the tables their references; one to a table that the file does not make becomes a note."""
    for name, columns, target, keys in reading.foreign:
        table = reading.tables[name]
        home = next((each for each in reading.tables if each.lower() == target.lower()), None)
        known = tuple(reading.names.get(home or "", {}).get(key.lower(), "") for key in keys)
        own_keys = known if known and all(known) else reading.tables[home].key if home else ()
        if home is None or len(own_keys) != len(columns):
            for column in columns:
                table.columns[column].note = f"refers to {target}, which this file does not make"
            continue
        table.references.append(Reference(columns, home, own_keys, "declared", declared=True))


def _check(reading: _Reading, table: Table, condition: Any, own: Column | None) -> None:
    """Take the bounds and the values over that a condition gives one column."""
    known = {**reading.names.get(table.name, {})}
    for found in bounds_of(condition):
        name = found[0]
        column = (
            own
            if own is not None and name.lower() == own.name.lower()
            else table.columns.get(known.get(name.lower(), ""))
        )
        if column is not None:
            limit(column, found)

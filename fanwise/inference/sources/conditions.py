"""Conditions of columns: the bounds and the values that a CHECK allows, in the SQL of a database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from fanwise.inference.model import Column

if TYPE_CHECKING:
    pass

__all__ = ["Bounds", "bounds_of", "limit", "read_checks"]

Bounds = tuple[str, float | None, float | None, tuple[str, ...]]
"""A column, its least and largest value, and its values, each where the condition says so."""


def read_checks(checks: Iterable[str], columns: Iterable[Column]) -> None:
    """Take over what conditions say of columns; those that cannot be read, or say more, are left alone.

    checks: conditions, with or without the word CHECK, or a whole CREATE TABLE.
    """
    known = {column.name.lower(): column for column in columns}
    for text in checks:
        for condition in _conditions(text):
            for found in bounds_of(condition):
                if (column := known.get(found[0].lower())) is not None:
                    limit(column, found if column.sort == "text" else (*found[:3], ()))


def limit(column: Column, found: Bounds) -> None:
    """Narrow a column's bounds and values to those of a condition."""
    _, low, high, values = found
    column.values = values or column.values
    before = column.bounds
    column.bounds = (low if low is not None else before[0], high if high is not None else before[1])


def _conditions(text: str) -> Iterator[Any]:
    import sqlglot
    from sqlglot import exp

    whole = text if text.lstrip().upper().startswith("CREATE") else f"CREATE TABLE t (c INT, {_named(text)})"
    for dialect in ("postgres", "duckdb", "sqlite"):
        try:
            tree = sqlglot.parse_one(whole, dialect=dialect)
        except sqlglot.errors.SqlglotError:
            continue
        found = [each.this for each in tree.find_all(exp.CheckColumnConstraint)]
        if found:
            yield from found
            return


def _named(text: str) -> str:
    return text if text.lstrip().upper().startswith("CHECK") else f"CHECK ({text})"


def bounds_of(condition: Any) -> Iterator[Bounds]:
    """Yield what a condition says of single columns."""
    from sqlglot import exp

    if isinstance(condition, exp.Paren):
        yield from bounds_of(condition.this)
    elif isinstance(condition, exp.And):
        yield from bounds_of(condition.left)
        yield from bounds_of(condition.right)
    elif isinstance(condition, exp.Between) and (name := _column(condition.this)):
        yield name, _value(condition.args["low"]), _value(condition.args["high"]), ()
    elif isinstance(condition, exp.In) and (name := _column(condition.this)):
        yield name, None, None, _texts(condition.expressions)
    elif isinstance(condition, exp.EQ) and isinstance(condition.right, exp.Any) and (name := _column(condition.left)):
        yield name, None, None, _texts(condition.right.find_all(exp.Literal))  # how PostgreSQL keeps IN
    elif isinstance(condition, exp.GTE | exp.GT | exp.LTE | exp.LT) and (name := _column(condition.left)):
        value, strict = _value(condition.right), isinstance(condition, exp.GT | exp.LT)
        step = 0.0 if value is None or not strict else 0.01 if value % 1 else 1.0
        if value is not None and isinstance(condition, exp.GTE | exp.GT):
            yield name, value + step, None, ()
        elif value is not None:
            yield name, None, value - step, ()


def _column(side: Any) -> str:
    """Return the name of the column that one side of a condition is, empty where it is more than that."""
    from sqlglot import exp

    while isinstance(side, exp.Paren | exp.Cast):
        side = side.this
    return str(side.name) if isinstance(side, exp.Column) else ""


def _texts(found: Iterable[Any]) -> tuple[str, ...]:
    from sqlglot import exp

    return tuple(each.name for each in found if isinstance(each, exp.Literal))


def _value(literal: Any) -> float | None:
    from sqlglot import exp

    while isinstance(literal, exp.Paren | exp.Cast):
        literal = literal.this
    try:
        return float(literal.name if isinstance(literal, exp.Literal) else literal.sql())
    except ValueError:
        return None

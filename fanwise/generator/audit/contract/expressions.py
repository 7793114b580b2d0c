"""Computed columns as expressions that a reader of the files can compute again."""

from __future__ import annotations

import re
from dataclasses import replace

import polars as pl

from fanwise.generator.audit.contract.reading import Off, Reader
from fanwise.generator.columns.bound import BoundColumn
from fanwise.generator.columns.support.formulas import Formula
from fanwise.generator.language.literals import type_yields
from fanwise.generator.plan.nulls import Nulls
from fanwise.generator.values import TIMESTAMP
from fanwise.validator import Column

__all__ = ["expression_of"]


def expression_of(reader: Reader, bound: BoundColumn, column: Column, formula: Formula) -> str:
    """Return the expression of a computed column, with clamp, round and type written out."""
    reader.formula(formula)
    terms = (reader.readable(replace(path, table=reader.name)) for path in formula.terms)
    text = formula.text or " + ".join(terms)
    text = text if formula.digits is None else _rounded(text, formula.digits)
    return _finished(reader, bound, column, text, formula)


def _finished(reader: Reader, bound: BoundColumn, column: Column, text: str, formula: Formula) -> str:
    spec, kind, dtype = bound.spec, bound.generator, bound.generator.dtype
    if spec.clamp is not None:
        if kind.may_be_null(Nulls(reader.plan.tables)):
            raise Off("it is clamped and may be null")
        low, high = (None if end is None else int(end) if dtype.is_integer() else float(end) for end in spec.clamp)
        text = text if low is None else f"greatest({text}, {low!r})"
        text = text if high is None else f"least({text}, {high!r})"
    if dtype == pl.Float64():
        digits = spec.round if spec.round is not None else kind.digits
        if digits is not None and not 0 <= digits <= 15:
            raise Off(f"round: {digits} is not a function of the language")
        if digits is not None and not (formula.text and _is_rounded(reader, formula, digits)):
            text = _rounded(text, digits)
    wanted = column.type
    if wanted.startswith("float32") and spec.type is not None:
        raise Off("it is written as float32")
    if wanted.startswith("decimal") and dtype == pl.Float64():
        scale = int(wanted.rstrip(")").partition(",")[2])
        digits = spec.round if spec.round is not None else kind.digits
        text = text if digits is not None and digits <= scale else _rounded(text, scale)
    if wanted.startswith("int") and dtype == pl.Float64():
        text = f"cast({text} as bigint)"
    sort = type_yields(wanted)
    temporal = {"date": TIMESTAMP, "timestamp": pl.Date()}
    if sort in temporal and dtype == temporal[sort]:
        text = f"cast({text} as {sort})"
    elif (
        wanted == "json"
        or (wanted == "time" and dtype != bound.dtype)
        or (dtype == pl.String()) != (sort == "text")
        or (dtype == pl.Boolean()) != (wanted == "bool")
    ):
        raise Off(f"it is written as {wanted}")
    return text


def _is_rounded(reader: Reader, formula: Formula, digits: int) -> bool:
    """Whether rounding to so many digits changes nothing: the value is rounded already, or read from such a one."""
    last = re.fullmatch(r"\s*round\s*\((.*),\s*(\d+)\s*\)\s*", formula.text, re.DOTALL | re.IGNORECASE)
    if last is not None and _balanced(last[1]):
        return int(last[2]) <= digits
    if not formula.is_name:
        return False
    path = next(iter(formula.names.values()))
    decimals = reader.plan.tables[path.target].columns[path.column].decimals
    return decimals is not None and decimals <= digits


def _rounded(text: str, digits: int) -> str:
    return f"round({text}, {digits})"


def _balanced(text: str) -> bool:
    """Whether no bracket in a part of an expression closes one that was opened before it; texts are not looked into."""
    depth = 0
    for sign in re.sub(r"'[^']*'", "", text):
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return False
    return depth == 0

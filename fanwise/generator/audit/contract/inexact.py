"""Row conditions that compare computed numbers exactly, though expressions compute in floating point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl
from sqlglot import exp

from fanwise.generator.errors import Problem
from fanwise.generator.language.spec import Check
from fanwise.generator.language.sql.syntax import Part, parse
from fanwise.generator.plan import Plan

__all__ = ["inexact_checks"]

_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div)
_FRACTIONS = (pl.Float64, pl.Float32, pl.Decimal)


def inexact_checks(plan: Plan) -> Iterator[Problem]:
    """Yield each check in which `=` or `<>` has sums or products of numbers with decimals on one side."""
    for check in plan.dataset.checks:
        root, parts = parse(check.expression.text)
        types = _types(plan, check)
        for node in root.find_all(exp.EQ, exp.NEQ):
            if any(_computed(side, parts, types) for side in (node.this, node.expression)):
                sign = "=" if isinstance(node, exp.EQ) else "<>"
                why = f"compares a computed number exactly ({sign}), and 0.1 + 0.2 is a little more than 0.3"
                hint = f"round the difference of both sides: round(a - (b + c), 2) {sign} 0"
                yield plan.dataset.problem("FW-PLAN-EXACT", check.place, why, hint)
                break


def _types(plan: Plan, check: Check) -> Mapping[str, pl.DataType]:
    names = check.expression.names.items()
    return {name: plan.tables[path.target].columns[path.column].dtype for name, path in names}


def _computed(node: exp.Expr, parts: list[Part], types: Mapping[str, pl.DataType]) -> bool:
    """Return whether a side is arithmetic of numbers with decimals; a function such as round gives an exact result."""
    if isinstance(node, exp.Anonymous):  # a function, or a pair of brackets
        inner = node.expressions
        return parts[int(node.name[1:])].kind == "group" and any(_computed(each, parts, types) for each in inner)
    if isinstance(node, exp.Neg | exp.Paren):
        return _computed(node.this, parts, types)
    if not isinstance(node, _ARITHMETIC):
        return False
    leaves = [parts[int(leaf.name)] for leaf in node.find_all(exp.Column) if leaf.name.isdecimal()]
    return isinstance(node, exp.Div) or any(_has_decimals(part, types) for part in leaves)


def _has_decimals(part: Part, types: Mapping[str, pl.DataType]) -> bool:
    if part.kind == "number":
        return not part.text.isdecimal()
    return part.kind == "name" and isinstance(types.get(part.text), _FRACTIONS)

"""The kind of value of a text in the language's SQL, without data: true or false, a text, a number, a date or time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from fanwise.validator.contract.expressions import ConditionError, Leaf, parsed, plain

if TYPE_CHECKING:
    from sqlglot import exp

__all__ = ["refuse_no_truth"]

_TRUTH, _TEXT, _NUMBER, _INSTANT = "true or false", "a text", "a number", "a date or time"
_NULL, _UNKNOWN = "null", ""
_TRUTHS = ("Or", "And", "Not", "EQ", "NEQ", "LT", "LTE", "GT", "GTE", "Between", "In", "Like", "Is")
_NUMBERS = ("Mul", "Div", "IntDiv", "Mod", "Neg")
_OF_TYPES = {
    **{"bool": _TRUTH, "boolean": _TRUTH, "date": _INSTANT, "timestamp": _INSTANT, "timestamptz": _INSTANT},
    **dict.fromkeys(("text", "varchar", "char", "uuid", "json", "time"), _TEXT),
    **dict.fromkeys(("int", "integer", "bigint", "double", "float", "decimal"), _NUMBER),
}
_OF_ARGUMENTS = ("", "coalesce", "greatest", "least", "nullif")
_OF_FUNCTIONS = {
    **dict.fromkeys(("starts_with", "ends_with"), _TRUTH),
    **dict.fromkeys(("concat", "left", "lower", "lpad", "ltrim", "replace", "right", "rpad", "rtrim"), _TEXT),
    **dict.fromkeys(("substr", "trim", "upper", "format_number", "strftime"), _TEXT),
    **dict.fromkeys(("abs", "ceil", "cos", "date_diff", "exp", "extract", "floor", "length", "ln", "log10"), _NUMBER),
    **dict.fromkeys(("log2", "power", "round", "sin", "sqrt", "tan"), _NUMBER),
    **dict.fromkeys(("date_add", "date_trunc"), _INSTANT),
}
_HINTS = {
    _TEXT: "compare it, as in status = 'paid'",
    _NUMBER: "compare it, as in amount > 0",
    _INSTANT: "compare it, as in shipped >= ordered",
}


def refuse_no_truth(text: str, types: Mapping[str, str]) -> None:
    """Raise ConditionError for a text whose value is never true or false; types: of its names, in the contract."""
    root, leaves = parsed(text)
    kind = _kind(root, leaves, types)
    if kind in _HINTS:
        raise ConditionError(f"is not a condition: its value is {kind}, not true or false", _HINTS[kind])


def _kind(node: exp.Expr, leaves: Sequence[Leaf], types: Mapping[str, str]) -> str:
    """Return the kind of a value; empty where it is not known."""
    name = type(node).__name__
    if node.args.get("negate") or name in _TRUTHS:
        return _TRUTH
    if name == "DPipe":
        return _TEXT
    if name in _NUMBERS:
        return _NUMBER
    if name == "Column":
        return _of_leaf(*leaves[int(node.name)], types)
    if name == "Cast":
        return _OF_TYPES.get(node.args["to"].this.name.lower(), _UNKNOWN)
    if name == "Case":
        values = [branch.args["true"] for branch in node.args["ifs"]]
        values += [node.args["default"]] if node.args.get("default") else []
        return _common(_kind(each, leaves, types) for each in values)
    if name in ("Add", "Sub"):
        sides = {_kind(node.this, leaves, types), _kind(node.expression, leaves, types)}
        return _NUMBER if sides == {_NUMBER} else _UNKNOWN
    if name == "Paren":
        return _kind(node.this, leaves, types)
    return _of_call(node, leaves, types) if name == "Anonymous" else _UNKNOWN


def _of_leaf(kind: str, text: str, types: Mapping[str, str]) -> str:
    if kind == "name":
        word = types[plain(text)].partition("(")[0]
        return _OF_TYPES.get(word.rstrip("0123456789"), _UNKNOWN)
    if kind == "constant":
        return _NULL if text.lower() == "null" else _TRUTH
    return {"number": _NUMBER, "text": _TEXT}.get(kind, _UNKNOWN)


def _of_call(node: exp.Expr, leaves: Sequence[Leaf], types: Mapping[str, str]) -> str:
    name = leaves[int(node.name[1:])][1]
    if name not in _OF_ARGUMENTS:
        return _OF_FUNCTIONS.get(name, _UNKNOWN)
    return _common(_kind(each, leaves, types) for each in node.expressions)


def _common(kinds: Iterable[str]) -> str:
    """Return the kind that all of them have, null aside."""
    found = set(kinds)
    if found == {_NULL}:
        return _NULL
    found.discard(_NULL)
    return found.pop() if len(found) == 1 else _UNKNOWN

"""Nobody outside a kind asks for it by name or by class: what is known of a kind, the kind itself answers."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

from fanwise.generator.columns import BUILTIN
from fanwise.generator.language.document.resources import schema_text

ROOT = Path(__file__).parents[2] / "fanwise"
COLUMNS = ROOT / "generator" / "columns"
CLASSES = {kind.__name__ for kind in BUILTIN}
MODULES = {kind.__module__ for kind in BUILTIN}
KINDS = {name for name, found in json.loads(schema_text())["$defs"].items() if "x-kind" in found}
# What has a `kind` of its own, of another sort: an edge of a contract, an operand or a token of an expression.
OTHERS = {"edge", "operand", "token", "left", "right", "step"}
# An expression's operands have kinds of their own: constants, dates.
EXPRESSIONS = {
    *(ROOT / "generator" / "language" / "sql").rglob("*.py"),
    ROOT / "validator" / "contract" / "expressions.py",
    ROOT / "validator" / "contract" / "condition_kinds.py",
}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOT.rglob("*.py")):
        if not path.is_relative_to(COLUMNS) and path not in EXPRESSIONS:
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def strings(node: ast.AST) -> set[str]:
    return {leaf.value for leaf in ast.walk(node) if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)}


def is_kind(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute) and node.attr == "kind":
        return not (isinstance(node.value, ast.Name) and node.value.id in OTHERS)
    return isinstance(node, ast.Name) and node.id == "kind"


def faults(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            if node.module in MODULES:
                yield f"line {node.lineno} imports from {node.module}"
            if node.module == "fanwise.generator.columns" and (named := CLASSES & {one.name for one in node.names}):
                yield f"line {node.lineno} imports {named}"
        elif isinstance(node, ast.Import) and (named := MODULES & {one.name for one in node.names}):
            yield f"line {node.lineno} imports {named}"
        elif isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(map(is_kind, sides)) and (named := KINDS & set().union(*map(strings, sides))):
                yield f"line {node.lineno} compares with {sorted(named)}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
            named = {leaf.attr for leaf in ast.walk(node.args[1]) if isinstance(leaf, ast.Attribute)} & CLASSES
            if named and "columns" in ast.unparse(node.args[1]):
                yield f"line {node.lineno} asks for {named}"


def test_no_module_outside_a_kind_asks_for_it() -> None:
    found = {path: list(faults(tree)) for path, tree in sources()}

    assert {path: lines for path, lines in found.items() if lines} == {}


def test_the_search_finds_what_it_is_for() -> None:
    code = """
from fanwise.generator.columns.ref import Ref
from fanwise.generator.columns import Choice
if column.kind == "ref" or found.kind in {"choice", "constant"} or kind != "segment": pass
isinstance(generator, columns.Number)
"""
    assert len(list(faults(ast.parse(code)))) == 6

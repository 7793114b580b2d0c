"""ARCHITECTURE.md draws the layers that import-linter enforces and lists every folder; no imports form a circle."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
CONTRACTS: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]["contracts"]

# Circles that remain, all imports counted, as "package: modules". Whoever removes one removes it here; the aim is none.
LEFT: tuple[str, ...] = ()
CIRCLES = {
    frozenset(f"{package}.{module}" for module in names.split())
    for package, _, names in (line.partition(": ") for line in LEFT)
}


def enforced() -> dict[str, list[str]]:
    """Return the layers of each contract by the package whose modules they are, relative to it."""
    drawn = {}
    for contract in CONTRACTS:
        if contract["type"] == "layers":
            layers = contract["layers"]
            package = contract.get("containers", [layers[0].rpartition(".")[0]])[0]
            drawn[package] = [layer.removeprefix(f"{package}.") for layer in layers]
    return drawn


def drawn() -> dict[str, list[str]]:
    """Return the layers of ARCHITECTURE.md: a package in a line of its own, its layers indented below it."""
    (block,) = re.findall(r"^```layers\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    paragraphs = (paragraph.split("\n") for paragraph in block.strip().split("\n\n"))
    return {package: [layer.strip() for layer in layers] for package, *layers in paragraphs}


def test_the_layers_are_drawn_as_they_are_enforced() -> None:
    assert drawn() == enforced()


def test_every_package_is_enforced_completely() -> None:
    with_containers = [contract for contract in CONTRACTS if "containers" in contract]

    assert {contract["containers"][0] for contract in with_containers} >= {
        "fanwise",
        *(f"fanwise.{name}" for name in ("generator", "segmenter", "validator")),
    }
    assert all(contract["exhaustive"] for contract in with_containers)


def test_every_folder_is_listed() -> None:
    listed = set(re.findall(r"^\| `([\w/.]+)` \|", PAGE, re.MULTILINE))
    folders = {
        f"{path.relative_to(path.parents[depth]).as_posix()}/"
        for depth, pattern in ((0, "*"), (0, "*/*"))
        for path in (ROOT / "fanwise").glob(pattern)
        if (path / "__init__.py").exists() and path.parent.name not in {"io", "text"}
    }

    assert folders - listed == set()


def modules() -> dict[str, Path]:
    """Return every module and package of fanwise by its dotted name."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in (ROOT / "fanwise").rglob("*.py")
    }


def imports(known: dict[str, Path]) -> dict[str, set[str]]:
    """Return what each module imports anywhere: at its top, for types only, within a function, or by its stub."""
    graph: dict[str, set[str]] = {}
    for name, path in known.items():
        seen = set()
        for file in filter(Path.exists, (path, path.with_suffix(".pyi"))):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    seen |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    home = ".".join(filter(None, (name if node.level else "", node.module)))
                    full = {f"{home}.{alias.name}" for alias in node.names}
                    seen |= {one if one in known else home for one in full}
        graph[name] = {one for one in seen if one in known and one != name}
    return graph


def circles(graph: dict[str, set[str]]) -> set[frozenset[str]]:
    """Return the groups of modules that reach one another (strongly connected components, by Kosaraju's algorithm)."""
    order: list[str] = []
    visited: set[str] = set()

    def visit(start: str, edges: dict[str, set[str]], into: list[str]) -> None:
        stack = [(start, iter(sorted(edges[start])))]
        visited.add(start)
        while stack:
            following = next((one for one in stack[-1][1] if one not in visited), None)
            if following is None:
                into.append(stack.pop()[0])
            else:
                visited.add(following)
                stack.append((following, iter(sorted(edges[following]))))

    for name in sorted(graph):
        if name not in visited:
            visit(name, graph, order)
    back: dict[str, set[str]] = {name: set() for name in graph}
    for name, targets in graph.items():
        for target in targets:
            back[target].add(name)
    visited.clear()
    found = set()
    for name in reversed(order):
        if name not in visited:
            group: list[str] = []
            visit(name, back, group)
            found.add(frozenset(group))
    return {group for group in found if len(group) > 1}


def test_no_imports_form_a_circle() -> None:
    assert circles(imports(modules())) == CIRCLES


def test_a_circle_is_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"}, "e": set(), "f": {"a"}}

    assert circles(graph) == {frozenset("abc")}

"""The repository tests itself: sizes, names, facades, registries, and the code in its documents."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import TOGETHER
from tests.forks import Forks

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("fanwise",)
ROOMS = (
    "fanwise.generator.columns",
    "fanwise.generator.distributions",
    "fanwise.generator.output.destinations",
    "fanwise.generator.output.formats",
    "fanwise.validator.checks",
    "fanwise.validator.exports",
)

MAX_FILE_LINES = 350
MAX_FUNCTION_LINES = 55
FORBIDDEN_MODULES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "data", "info"}

# The brackets keep this file from containing what it looks for.
PACKAGE_HOST = re.compile(r"py[p]i\.|python[h]osted|ana[c]onda\.|index[-]url|find[-]links")


def source_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes() -> list[tuple[Path, ast.AST]]:
    """Return every node of every file of the package."""
    return [(path, node) for path in source_files(*PACKAGES) for node in ast.walk(parsed(path))]


def committed_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_whole_package_is_looked_at_and_each_file_once() -> None:
    """The links at the top of the repository lead to the same files; none of the tests below may follow them."""
    seen = [path.resolve() for path in source_files(*PACKAGES)]

    assert len(seen) == len(set(seen)) > 400
    assert {path.relative_to(ROOT).parts[1] for path in seen} >= {"generator", "io", "segmenter", "text", "validator"}
    assert [relative(path) for path in source_files(*PACKAGES, "tests") if path.is_symlink()] == []


def test_files_are_short() -> None:
    long = {
        relative(path): lines
        for path in (ROOT / "fanwise").rglob("*")
        if path.suffix in {".css", ".html", ".jinja", ".py", ".pyi", ".sql"}
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > MAX_FILE_LINES
    }

    assert long == {}


def test_functions_are_short() -> None:
    long = {
        f"{relative(path)}:{node.lineno} {node.name}": lines
        for path, node in nodes()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION_LINES
    }

    assert long == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    bad = [relative(path) for path in source_files(*PACKAGES) if path.stem in FORBIDDEN_MODULES]

    assert bad == []


def test_every_package_folder_is_a_package() -> None:
    bare = {relative(path.parent) for path in source_files(*PACKAGES) if not (path.parent / "__init__.py").exists()}

    assert bare == set()


def in_facade(name: str) -> tuple[bool, bool, str]:
    """Return the place of a name in `__all__`: constants, classes, functions, each in alphabetical order."""
    return not name.isupper(), not name[:1].isupper(), name


def test_facades_are_sorted_and_complete() -> None:
    facades = [path for path in source_files(*PACKAGES) if path.name == "__init__.py"]

    assert len(facades) > 50
    for path in facades:
        module = importlib.import_module(".".join(path.parent.relative_to(ROOT).parts))
        names = list(getattr(module, "__all__", ()))

        assert names == sorted(names, key=in_facade), relative(path)
        assert [name for name in names if not hasattr(module, name)] == [], relative(path)


@pytest.mark.parametrize("word", ["eval", "exec", "compile", "__import__"])
def test_no_text_is_executed(word: str) -> None:
    calls = [
        f"{relative(path)}:{node.lineno}"
        for path, node in nodes()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == word
    ]

    assert calls == []


def test_no_exception_is_swallowed() -> None:
    silent = [
        f"{relative(path)}:{node.lineno}"
        for path, node in nodes()
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]

    assert silent == []


def test_no_test_sleeps() -> None:
    assert len(list(source_files("tests"))) > 200
    sleeping = [
        relative(path) for path in source_files("tests") if re.search(r"\bsleep\(", path.read_text(encoding="utf-8"))
    ]

    assert sleeping == []


def test_no_committed_file_names_a_package_host() -> None:
    naming = []
    assert len(committed_files()) > 700
    for path in committed_files():
        content = path.read_bytes()
        if b"\0" not in content and PACKAGE_HOST.search(content.decode("utf-8", errors="replace")):
            naming.append(relative(path))

    assert naming == []


TOP = """
ARCHITECTURE.md CHANGELOG.md CODE_OF_CONDUCT.md CONTRIBUTING.md Dockerfile LICENSE Makefile NOTICE README.md RELEASING.md
SECURITY.md action.yml benchmarks constraints docs examples fanwise findings generator mkdocs.yml pyproject.toml schemas
segmenter tests validator
"""


def test_nothing_else_lies_at_the_top() -> None:
    """What a person tried out there, such as a schema, is easily committed with a change."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    found = {name.partition("/")[0] for name in listed.split("\0")}

    assert {name for name in found if name and not name.startswith(".")} == set(TOP.split())


def test_no_lock_file_is_committed() -> None:
    assert [relative(path) for path in committed_files() if path.suffix == ".lock"] == []


def registered(room: str) -> list[str]:
    """Return the modules of the room's BUILTIN entries (classes, functions, instances or modules)."""
    modules = set()
    for entry in importlib.import_module(room).BUILTIN:
        own = entry if hasattr(entry, "__module__") or inspect.ismodule(entry) else type(entry)
        modules.add(getattr(own, "__module__", None) or own.__name__)
    return sorted(modules)


def imported(module: str) -> set[str]:
    """Return the names that the file of `module` imports, `from a import b` as `a` and `a.b`."""
    path = ROOT / f"{module.replace('.', '/')}.py"
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_imports_name_the_whole_path() -> None:
    """The tests that look for imports do not know relative ones."""
    assert [
        f"{relative(path)}:{node.lineno}" for path, node in nodes() if isinstance(node, ast.ImportFrom) and node.level
    ] == []


@pytest.mark.parametrize("room", ROOMS)
def test_everything_registered_has_a_test_of_the_same_name(room: str) -> None:
    tests = {
        path.stem.removeprefix("test_") for path in (ROOT / "tests" / Path(*room.split(".")[1:])).glob("test_*.py")
    }

    assert [module for module in registered(room) if module.rsplit(".", 1)[-1] not in tests] == []


@pytest.mark.parametrize("room", ROOMS)
def test_registered_things_never_import_one_another(room: str) -> None:
    modules = registered(room)

    assert len(modules) > 3
    assert {module: seen for module in modules if (seen := imported(module) & set(modules) - {module})} == {}


DOCUMENTS = sorted(path for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")] if path.exists())
BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run_block(language: str, text: str, folder: Path, forks: Forks) -> subprocess.CompletedProcess[str]:
    if language == "python":
        return forks.run("-c", text, cwd=folder, first="import warnings; warnings.simplefilter('error', ImportWarning)")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONWARNINGS": "error::ImportWarning"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
        check=False,
    )


# These take most of the time of all documents together; their commands have tests of their own.
SLOW_DOCUMENTS = {
    f"docs/{name}.md"
    for name in ("cli", "correlation", "discovery", "lookups", "nested", "reuse", "scale", "siblings", "types")
} | {f"docs/how-to/{name}.md" for name in ("compare-real-synthetic", "contracts", "every-format", "people-and-places")}
RUN = [pytest.param(path, marks=pytest.mark.slow) if relative(path) in SLOW_DOCUMENTS else path for path in DOCUMENTS]


@pytest.mark.system
@pytest.mark.parametrize("document", RUN, ids=relative)
def test_code_in_documents_runs(document: Path, forks: Forks, tmp_path: Path) -> None:
    """The bash and python blocks of a page run in order, in one folder that starts empty."""
    for language, text in BLOCK.findall(document.read_text(encoding="utf-8")):
        done = run_block(language, text, tmp_path, forks)

        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"


def test_tests_that_run_together_exist() -> None:
    assert [path for path in TOGETHER if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("folder", ["golden", "mutants", "system/faults", "validator/statistics"])
def test_the_fast_tests_leave_out_what_takes_long(folder: str) -> None:
    tests = sorted((ROOT / "tests" / folder).glob("test_*.py"))

    assert tests
    assert [
        relative(path)
        for path in tests
        if "\npytestmark = pytest.mark.system\n" not in path.read_text(encoding="utf-8")
    ] == []

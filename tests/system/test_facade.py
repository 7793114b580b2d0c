"""The facade: light to import, sorted, complete; the examples in docstrings run."""

from __future__ import annotations

import ast
import doctest
import importlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import fanwise
from fanwise import lazy

HEAVY = ["numpy", "polars", "duckdb", "scipy", "mimesis", "jsonschema", "yaml", "rich", "pandas", "pyarrow"]
WITH_EXAMPLES = [
    "fanwise",
    "fanwise.generator.api.dataset",
    "fanwise.generator.api.difference",
    "fanwise.validator.testing",
]


@pytest.mark.parametrize("module", ["fanwise", "fanwise.pytest_plugin"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    text = f"import sys, json, pytest\nbefore = set(sys.modules)\nimport {module}\nprint(json.dumps(sorted(set(sys.modules) - before)))"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout)

    assert module in loaded
    assert [name for name in loaded if name.partition(".")[0] in HEAVY] == []
    assert len(loaded) < 12, loaded


@pytest.mark.parametrize("package", ["fanwise", "fanwise.segmenter", "fanwise.validator"])
def test_the_names_of_a_package_are_those_of_its_stub(package: str) -> None:
    """Type checkers read the stub by the rules of Python, the package reads it line by line: both see the same names."""
    facade = importlib.import_module(package)
    stub = ast.parse(Path(f"{facade.__file__}i").read_text(encoding="utf-8"))
    homes = {}
    for node in stub.body:
        assert isinstance(node, ast.ImportFrom)
        assert [alias.asname for alias in node.names] == [alias.name for alias in node.names]
        homes |= {alias.name: node.module for alias in node.names}

    assert facade.__all__ == sorted(name for name, home in homes.items() if home)
    assert dir(facade) == facade.__all__
    for name, home in homes.items():
        module = importlib.import_module(f"{package}.{home or name}")
        assert getattr(facade, name) is (getattr(module, name) if home else module)


@pytest.mark.parametrize("package", ["fanwise", "fanwise.segmenter", "fanwise.validator"])
def test_other_names_are_missing(package: str) -> None:
    facade = importlib.import_module(package)

    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'datasets'"):
        facade.datasets  # noqa: B018


def test_a_package_in_a_zip_archive_has_its_names(tmp_path: Path) -> None:
    archive = tmp_path / "packed.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(lazy.__file__, "fanwise/lazy.py")
        packed.writestr("fanwise/__init__.py", Path(fanwise.__file__).read_text(encoding="utf-8"))
        packed.writestr("fanwise/__init__.pyi", "from .home import answer as answer\n")
        packed.writestr("fanwise/home.py", "answer = 42\n")
    text = f"import sys; sys.path.insert(0, {str(archive)!r}); import fanwise; print(fanwise.__all__, fanwise.answer)"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)

    assert done.stdout == "['answer'] 42\n"


def test_every_error_of_the_tree_is_in_the_facade() -> None:
    from fanwise.generator import errors

    tree = {
        name
        for name in errors.__all__
        if isinstance(getattr(errors, name), type) and issubclass(getattr(errors, name), Exception)
    }

    assert tree <= set(fanwise.__all__)


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_in_docstrings_run(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name))

    assert found.attempted > 0
    assert found.failed == 0


def test_every_module_with_examples_is_listed() -> None:
    folder = Path(fanwise.__path__[0])
    having = {
        ".".join(path.relative_to(folder.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in folder.rglob("*.py")
        if ">>> " in path.read_text(encoding="utf-8")
    }

    assert having == set(WITH_EXAMPLES)

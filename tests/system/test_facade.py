"""The facade: light to import, sorted, complete; the examples in docstrings run."""

from __future__ import annotations

import doctest
import importlib
import json
import subprocess
import sys

import pytest

import fanwise

HEAVY = ["numpy", "polars", "duckdb", "scipy", "mimesis", "jsonschema", "yaml", "rich", "pandas", "pyarrow"]
WITH_EXAMPLES = ["fanwise", "fanwise.generator.api.dataset", "fanwise.validator.testing"]


@pytest.mark.parametrize("module", ["fanwise", "fanwise.pytest_plugin"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    text = f"import sys, json, pytest\nbefore = set(sys.modules)\nimport {module}\nprint(json.dumps(sorted(set(sys.modules) - before)))"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout)

    assert module in loaded
    assert [name for name in loaded if name.partition(".")[0] in HEAVY] == []
    assert len(loaded) < 12, loaded


def test_every_name_of_the_facade_is_there_and_no_other() -> None:
    assert fanwise.__all__ == sorted(fanwise.__all__)
    assert all(getattr(fanwise, name).__name__ == name for name in fanwise.__all__)
    assert dir(fanwise) == fanwise.__all__
    with pytest.raises(AttributeError, match="no attribute 'datasets'"):
        fanwise.datasets  # noqa: B018


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
    from pathlib import Path

    folder = Path(fanwise.__path__[0])
    having = {
        ".".join(path.relative_to(folder.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in folder.rglob("*.py")
        if ">>> " in path.read_text(encoding="utf-8")
    }

    assert having == set(WITH_EXAMPLES)

"""The codes of problems: the catalogue, the sources and docs/errors.md say the same, and every example is true."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from fanwise.io.problems import catalogue

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"FW(?:-[A-Z]+)+\Z")


def _errors() -> ModuleType:
    spec = importlib.util.spec_from_file_location("errors_page", ROOT / "docs" / "errors.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ERRORS = _errors()


def test_the_sources_use_the_codes_of_the_catalogue_and_no_others() -> None:
    used = {
        node.value
        for path in (ROOT / "fanwise").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.match(node.value)
    }

    assert used == set(catalogue())


@pytest.mark.parametrize("code", catalogue())
def test_an_entry_is_complete_and_its_example_yields_the_code(code: str) -> None:
    entry = catalogue()[code]

    assert set(entry) == {"title", "cause", "cure", "example"}
    assert not entry["cure"].endswith(".")
    if ERRORS.is_commands(entry["example"]):
        assert f"[{code}]" in ERRORS.output_of(entry["example"])
    else:
        assert {problem.code for problem in ERRORS.problems_of(entry["example"])} == {code}


def test_the_page_is_what_the_catalogue_and_the_messages_say() -> None:
    assert ERRORS.PAGE.read_text(encoding="utf-8") == ERRORS.page(), "run `make errors`"

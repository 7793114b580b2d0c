"""The shop of tests/checks, for every kind of source."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import util
from pathlib import Path
from typing import Any

import pytest


def _load(path: Path, name: str) -> Any:
    """Test files are no package (importlib mode), so a neighbour's fixtures are loaded by their path."""
    spec = util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


_shop = _load(Path(__file__).parents[1] / "checks" / "conftest.py", "fanwise_tests_shop_of_sources")


@pytest.fixture
def make() -> Callable[..., Any]:
    """Make a shop with other numbers."""
    return _shop.make_shop


@pytest.fixture
def shop() -> Any:
    """A healthy shop."""
    return _shop.make_shop()

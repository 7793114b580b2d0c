"""The wheel of Fanwise, and an environment that has it, made once by each worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forks import Forks
from tests.system.wheels import ROOT, built, environment, install


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of Fanwise."""
    pytest.importorskip("hatchling", reason="hatchling, which builds the wheels, is not installed")
    pytest.importorskip("pip", reason="pip, which installs the wheels, is not there")
    return built(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """Return the interpreter of a fresh environment with Fanwise and the plugin package in it."""
    interpreter = environment(tmp_path_factory.mktemp("environment"))
    install(interpreter, wheel, built(ROOT / "tests" / "plugin_package", tmp_path_factory.mktemp("plugin")))
    return interpreter


@pytest.fixture(scope="session")
def installed(python: Path) -> Iterator[Forks]:
    """Return what runs programs in forks of one process of that environment."""
    with Forks(python) as running:
        yield running

"""The wheel of Fanwise, built once by each worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.wheels import ROOT, built


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of Fanwise."""
    pytest.importorskip("hatchling", reason="hatchling, which builds the wheels, is not installed")
    pytest.importorskip("pip", reason="pip, which installs the wheels, is not there")
    return built(ROOT, tmp_path_factory.mktemp("wheel"))

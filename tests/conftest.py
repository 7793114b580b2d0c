"""Settings that hold for every test: deterministic properties, and no leftovers of the developer's own environment."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.browser import chromium
from tests.postgresql_server import postgres

__all__ = ["chromium", "postgres"]

# No deadline: the machines that run this are shared, and a slow neighbour is not a broken law.
settings.register_profile(
    "fanwise",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=50,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("fanwise")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what changes messages or numbers of threads from outside."""
    for name in [name for name in os.environ if name.startswith("FANWISE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")

"""Settings that hold for every test: deterministic properties, and no leftovers of the developer's own environment."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from fanwise.validator.report import formats
from tests.browser import chromium
from tests.forks import Forks
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


# Tests that share something expensive run in one worker: a Spark cluster, data of many seeds, wheels or tools installed
# in an environment, which two workers would make at the same time. Not by the marker `xdist_group`: pytest 9.2 ignores
# what pytest-xdist 3.8 makes of it, without a word.
TOGETHER = {
    "tests/generator/cli/test_dbt.py": "tools",
    "tests/generator/spark/": "spark",
    "tests/invariants/test_siblings.py": "siblings",
    "tests/system/test_foreign_names.py": "wheels",
    "tests/system/test_packages.py": "wheels",
    "tests/system/test_plugins.py": "wheels",
    "tests/validator/exports/": "tools",
}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each worker one test after another, those of a group to the same worker."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next((group for path, group in TOGETHER.items() if nodeid.startswith(path)), nodeid)

        def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
            """Forget scopes that are done: after each test, the scheduler counts those of its worker."""
            scope = self._split_scope(self.registered_collections[node][item_index])
            work = self.assigned_work[node][scope]
            super().mark_test_complete(node, item_index, duration)
            if all(work.values()):
                del self.assigned_work[node][scope]

    return Together(config, log)


def pytest_collection_finish() -> None:
    """Take what was collected out of the sight of the garbage collector, which would look at all tests again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of what the tests of a worker keep by its content, such as pools of texts."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, _cache: Path) -> None:
    """Take away what changes messages or numbers of threads from outside."""
    for name in [name for name in os.environ if name.startswith("FANWISE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FANWISE_CACHE", str(_cache))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")


# Runs in these folders are about data. The page of a report takes half the processor time of a small run, and has tests
# of its own.
WITHOUT_PAGES = (
    "tests/generator/cli/test_run.py",
    "tests/generator/output/",
    "tests/generator/run/",
    "tests/generator/workers/",
    "tests/invariants/",
    "tests/io/",
    "tests/mutants/",
)


def no_page(report: object) -> str:
    """Return the page of a report in tests that have none."""
    return ""


@pytest.fixture(autouse=True)
def _no_page(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs in this process write an empty page in place of their report's."""
    if request.node.nodeid.startswith(WITHOUT_PAGES):
        monkeypatch.setitem(formats.MAKERS, ".html", f"{__name__}:{no_page.__name__}")


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """Return what runs programs in forks of one process that has imported Fanwise."""
    with Forks() as running:
        yield running

"""A process of ours starts light, and what the user has set stays."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

FREE = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
LIGHT = "from generator.cli.process import start_light; start_light(); "


def said(code: str, **environment: str) -> str:
    """Return what a Python of its own prints."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, env={**FREE, **environment}).stdout


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="threads are counted in /proc")
def test_numpy_starts_without_threads_of_its_own() -> None:
    count = "import os, numpy; print(len(os.listdir('/proc/self/task')))"

    assert int(said(LIGHT + count)) == 1
    assert int(said(count, OPENBLAS_NUM_THREADS="2")) == 2  # so they would have been seen


@pytest.mark.parametrize("name", ["OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"])
def test_a_number_of_threads_that_the_user_has_set_stays(name: str) -> None:
    shown = "import os; print({key: value for key, value in os.environ.items() if key.endswith('_NUM_THREADS')})"

    assert said(LIGHT + shown, **{name: "3"}) == f"{{'{name}': '3'}}\n"


def test_commands_start_light_and_still_collect_garbage() -> None:
    run = "from generator.cli import main; main(['check', 'ecommerce']); import gc, os; "
    seen = said(run + "print(gc.isenabled(), gc.get_threshold()[0] > 10_000, os.environ['OPENBLAS_NUM_THREADS'])")

    assert seen.splitlines()[-1] == "True True 1"

"""A process of ours starts light and keeps freed memory; what the user has set stays."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from fanwise.generator.engine.executor import CHUNK_CELLS
from fanwise.io.process import keep_freed_memory

FREE = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
LIGHT = "from fanwise.io.process import reduce_startup_cost; reduce_startup_cost(); "


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
    run = "from fanwise.generator.cli import main; main(['check', 'ecommerce']); import gc, os; "
    seen = said(run + "print(gc.isenabled(), gc.get_threshold()[0] > 10_000, os.environ['OPENBLAS_NUM_THREADS'])")

    assert seen.splitlines()[-1] == "True True 1"


def test_a_run_collects_garbage_more_often_than_its_start() -> None:
    shown = "import gc; from fanwise.io.process import keep_freed_memory; start = gc.get_threshold()[0]; "
    seen = said(LIGHT + shown + "keep_freed_memory(); print(gc.get_threshold()[0] < start, gc.get_freeze_count() > 0)")

    assert seen == "True True\n"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[int, int]:
    """What the C library was told."""
    out: dict[int, int] = {}
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda name: SimpleNamespace(mallopt=out.__setitem__))
    return out


def test_arrays_of_a_chunk_come_from_memory_that_is_kept(told: dict[int, int]) -> None:
    keep_freed_memory()

    longest = 8 * CHUNK_CELLS  # bytes of the column of a table that has no other
    assert told[-3] > longest
    assert told[-1] > 8 * longest


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch, told: dict[int, int]) -> None:
    asked: list[object] = []
    monkeypatch.setattr(ctypes, "CDLL", lambda name: asked.append(name) or SimpleNamespace())

    keep_freed_memory()

    assert asked == [None]  # it was looked at, and has nothing that could be told
    assert not told


def test_another_system_is_not_even_asked(monkeypatch: pytest.MonkeyPatch, told: dict[int, int]) -> None:
    monkeypatch.setattr("sys.platform", "darwin")

    keep_freed_memory()

    assert not told


@pytest.mark.slow
def test_tables_may_be_nested_as_deep_as_there_may_be_tables(tmp_path: Path) -> None:
    tables = [
        f"  t{at}: {{parent: t{at - 1}, fanout: {{fixed: 1}}, columns: {{x: {{constant: 1}}}}}}"
        for at in range(1, 1000)
    ]
    text = "\n".join(["fanwise: 1", "name: deep", "tables:", "  t0: {rows: 1, columns: {x: {constant: 1}}}", *tables])
    (tmp_path / "deep.yaml").write_text(text, encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "fanwise", "check", "deep.yaml", "--quiet"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, b"")

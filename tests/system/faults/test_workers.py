"""Workers in trouble: none or too many of them, a disk that is full, memory and shared memory that are not there."""

from __future__ import annotations

import resource
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.forks import Forks
from tests.system.faults.conftest import ended, names
from tests.system.faults.driver import tree

pytestmark = pytest.mark.system

Start = Callable[..., "subprocess.Popen[str]"]


def test_no_worker_is_refused(forks: Forks, shop: Path, tmp_path: Path) -> None:
    code, err = ended(forks.gen("run", shop, "--no-audit", "--workers", "0", "--out", "data", cwd=tmp_path))

    assert code == 2
    assert "--workers" in err
    assert names(tmp_path) == ["shop.yaml"]


@pytest.mark.slow
def test_more_workers_than_chunks_write_the_same(gen_process: Start, shop: Path, tmp_path: Path) -> None:
    for workers in (1, 9):
        out = tmp_path / f"of-{workers}"
        assert ended(gen_process("run", shop, "--no-audit", "--workers", workers, "--out", out, cwd=tmp_path))[0] == 0
    assert tree(tmp_path / "of-1") == tree(tmp_path / "of-9")


@pytest.mark.slow
def test_a_disk_that_is_full_for_a_worker(gen_process: Start, shop: Path, tmp_path: Path) -> None:
    """Workers inherit the limit of a file's size, which refuses a write as a full disk does."""
    options = ["run", shop, "--no-audit", "--workers", 2, "--chunk-rows", 100, "--scale", 20, "--format", "csv"]

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    code, err = ended(gen_process(*options, "--out", "data", cwd=tmp_path, before=limited))
    assert code == 4, err
    assert "File too large" in err
    assert names(tmp_path) == ["shop.yaml"]

    assert ended(gen_process(*options, "--out", "data", cwd=tmp_path))[0] == 0
    assert names(tmp_path) == ["data", "shop.yaml"]


@pytest.mark.slow
@pytest.mark.parametrize("megabytes", [500, 900, 1500, 2500])
def test_too_little_memory_is_no_defect(gen_process: Start, shop: Path, tmp_path: Path, megabytes: int) -> None:
    limit = megabytes << 20

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    options = ("run", shop, "--no-audit", "--workers", 2, "--scale", 5)
    code, err = ended(gen_process(*options, "--out", "data", cwd=tmp_path, before=limited))
    assert code in (0, 4), err
    if code:
        assert not (tmp_path / "data").exists()
    for _ in range(2):  # what a process left that was ended by the system is gone after the next run
        code, err = ended(gen_process(*options, "--out", "data", "--force", cwd=tmp_path))
    assert (code, names(tmp_path)) == (0, ["data", "shop.yaml"]), err


@pytest.mark.slow
def test_workers_need_no_shared_memory(shop: Path, tmp_path: Path, gen_process: Start) -> None:
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this user cannot hide /dev/shm from a process")
    own = "import ctypes, subprocess; assert ctypes.CDLL(None).unshare(0x20000) == 0"
    hide = "[['mount', '--make-rprivate', '/'], ['mount', '-t', 'tmpfs', '-o', 'ro', 'none', '/dev/shm']]"
    first = f"{own}; [subprocess.run(command, check=True) for command in {hide}]"
    options = ("run", shop, "--no-audit", "--workers", 2, "--out", "data")
    code, err = ended(gen_process(*options, cwd=tmp_path, first=first))

    assert code == 0, err

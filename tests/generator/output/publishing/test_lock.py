from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fanwise.generator.errors import OutputError
from fanwise.generator.output.publishing.lock import Lock


def contend(path: Path, contenders: int) -> int:
    """Return how many of some threads, started at once, got the lock before any gave it back."""
    start, tried = threading.Barrier(contenders), threading.Barrier(contenders)
    held: list[Lock] = []

    def run() -> None:
        lock = Lock(path)
        start.wait()
        with contextlib.suppress(OutputError):
            lock.acquire()
            held.append(lock)
        tried.wait()
        lock.release()

    threads = [threading.Thread(target=run) for _ in range(contenders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(held)


def test_of_many_at_once_one_holds_it(tmp_path: Path) -> None:
    assert [contend(tmp_path / "lock", 8) for _ in range(20)] == [1] * 20
    assert not (tmp_path / "lock").exists()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; from fanwise.generator.output.publishing.lock import Lock\n"
        "lock = Lock(Path(sys.argv[1])); lock.acquire(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "lock")], check=False, timeout=60)
    assert (done.returncode, (tmp_path / "lock").exists()) == (-9, True)

    lock = Lock(tmp_path / "lock")
    lock.acquire()
    assert (tmp_path / "lock").read_text().split()[0] == str(os.getpid())
    lock.release()
    assert not (tmp_path / "lock").exists()


def test_a_lock_file_removed_while_waiting_is_not_mistaken_for_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between opening and locking the file, its holder goes and another run comes: the opened file locks nothing."""
    first, second, third = (Lock(tmp_path / "lock") for _ in range(3))
    first.acquire()
    real = fcntl.flock

    def flock(descriptor: int, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", real)
        first.release()
        third.acquire()
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(OutputError, match=f"process {os.getpid()} on"):
        second.acquire()
    third.release()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "precious")

    with pytest.raises(OSError, match="symbolic link"):
        Lock(tmp_path / "lock").acquire()
    assert not (tmp_path / "precious").exists()

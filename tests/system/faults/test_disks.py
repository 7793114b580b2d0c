"""A disk that is full, read-only, or allows no large file: exit code 4, where and why, what was there is whole."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.forks import Forks
from tests.system.faults.conftest import ended, names
from tests.system.faults.driver import tree

pytestmark = pytest.mark.system

WRITERS = {
    "init": ["init", "--from", "source", "--out", "PLACE/new.yaml"],
    "docs": ["docs", "shop.yaml", "--out", "PLACE/pages"],
    "contract": ["contract", "shop.yaml", "--to", "odcs", "--out", "PLACE/contract.yaml"],
    "dbt": ["dbt", "shop.yaml", "--no-data", "--project", "PLACE/project"],
    "fidelity": ["fidelity", "source", "source", "--report", "PLACE/report.html"],
    "like": ["audit", "source", "--like", "source", "--save", "PLACE/like.yaml"],
    "twin": ["twin", "source", "--out", "PLACE/twin"],
}
"""What writes beside a run, to a place."""

LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
"""
"""Makes a process unable to write a file of more than 200,000 bytes."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own of 3 MB, where this process may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_told_and_left_as_it_was(forks: Forks, shop: Path, small_disk: Path) -> None:
    options = ["--no-audit", "--out", small_disk / "data"]
    assert ended(forks.gen("run", shop, *options, cwd=small_disk))[0] == 0
    before = tree(small_disk)
    larger = ["--force", "--rows", "customer=30000", "--format", "csv"]
    code, err = ended(forks.gen("run", shop, *options, *larger, cwd=small_disk))

    assert code == 4
    assert re.search(r"/\.data\.gen-\d+/new/\w+\S+: cannot be written: No space left on device", err)
    assert re.search(r"bytes needed: about [\d,]+, free: [\d,]+", err)
    assert tree(small_disk) == before
    assert names(small_disk) == ["data"]


def test_a_run_that_resumes_goes_on_once_there_is_room(forks: Forks, shop: Path, small_disk: Path) -> None:
    options = ["run", shop, "--no-audit", "--rows", "customer=30000", "--format", "csv", "--resume"]
    rest = small_disk / "rest"
    rest.write_bytes(bytes(2_000_000))
    code, err = ended(forks.gen(*options, "--out", "data", cwd=small_disk))

    assert code == 4, err
    if "run the same command again" in err:
        assert any(name.startswith(".data.gen-") for name in names(small_disk))
    subprocess.run(["mount", "-o", "remount,size=40m", str(small_disk)], check=True)
    code, err = ended(forks.gen(*options, "--out", "data", cwd=small_disk))
    assert code == 0, err
    assert ended(forks.gen(*options, "--out", "whole", cwd=small_disk))[0] == 0
    assert tree(small_disk / "data") == tree(small_disk / "whole")
    assert names(small_disk) == ["data", "rest", "whole"]


def test_what_cannot_fit_is_refused_before_the_first_row(forks: Forks, shop: Path, small_disk: Path) -> None:
    process = forks.gen("run", shop, "--no-audit", "--out", "data", "--rows", "customer=900000", cwd=small_disk)
    code, err = ended(process)

    assert code == 4
    assert re.search(r"about [\d,]+ MB are needed, but only [\d.,]+ MB are free", err)
    assert names(small_disk) == []


def test_a_read_only_disk_is_refused_before_the_first_row(forks: Forks, shop: Path, small_disk: Path) -> None:
    assert ended(forks.gen("run", shop, "--no-audit", "--out", "data", cwd=small_disk))[0] == 0
    before = tree(small_disk)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for out in ("data", "deep/er"):
        code, err = ended(forks.gen("run", shop, "--force", "--out", out, cwd=small_disk))

        assert code == 4
        assert "Read-only file system" in err
        assert str(small_disk) in err
    assert tree(small_disk) == before


@pytest.mark.parametrize("file_format", ["parquet", "jsonl"])
def test_a_file_that_grows_too_large_is_named(forks: Forks, shop: Path, tmp_path: Path, file_format: str) -> None:
    folder = tmp_path / "place"
    folder.mkdir()
    options = ["--no-audit", "--rows", "customer=6000", "--format", file_format, "--out", "data"]
    code, err = ended(forks.gen("run", shop, *options, cwd=folder, first=LIMITED))

    assert code == 4
    assert re.search(rf"new/\w+\.{file_format}: cannot be written: .*\(bytes needed: about [\d,]+, free: [\d,]+\)", err)
    assert names(folder) == []


def test_a_kill_in_the_middle_of_a_write_is_gone_on_with(forks: Forks, shop: Path, tmp_path: Path) -> None:
    """Where a file reaches its limit, the kernel kills the process within the writer's own system call.

    Python ignores that signal from its start, so it is made deadly again.
    """
    options = ["run", shop, "--no-audit", "--rows", "customer=6000", "--format", "csv"]
    deadly = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_DFL)"
    process = forks.gen(*options, "--out", "data", cwd=tmp_path, first=LIMITED + deadly)
    assert ended(process)[0] == -signal.SIGXFSZ
    assert not (tmp_path / "data").exists()

    assert ended(forks.gen(*options, "--out", "data", "--resume", cwd=tmp_path))[0] == 0
    assert ended(forks.gen(*options, "--out", "whole", cwd=tmp_path))[0] == 0
    assert tree(tmp_path / "data") == tree(tmp_path / "whole")
    assert names(tmp_path) == ["data", "shop.yaml", "whole"]


def test_a_folder_without_rights_is_refused(shop: Path, tmp_path: Path) -> None:
    """Root may write anywhere, unless it gives that up for a program."""
    (tmp_path / "locked").mkdir(mode=0o500)
    bound = ["setpriv", "--bounding-set", "-dac_override"] if os.geteuid() == 0 else []
    words = [sys.executable, "-m", "fanwise", "run", shop, "--no-audit", "--out", tmp_path / "locked" / "data"]
    code, err = ended(subprocess.run([*bound, *words], capture_output=True, text=True, check=False))

    assert code == 4
    assert f"{tmp_path / 'locked'}" in err
    assert "Permission denied" in err
    assert names(tmp_path / "locked") == []


def words(command: str, place: Path) -> list[str]:
    return [word.replace("PLACE", str(place)) for word in WRITERS[command]]


@pytest.fixture
def source(forks: Forks, shop: Path) -> Path:
    """A source beside the schema; returns their folder."""
    assert ended(forks.gen("run", shop, "--no-audit", "--out", "source", cwd=shop.parent))[0] == 0
    return shop.parent


@pytest.mark.parametrize("command", WRITERS)
def test_a_full_disk_is_told_by_all_that_write(forks: Forks, source: Path, small_disk: Path, command: str) -> None:
    with (small_disk / "rest").open("wb", buffering=0) as rest, suppress(OSError):
        while rest.write(bytes(4096)) == 4096:
            pass
    before = names(small_disk)
    code, err = ended(forks.gen(*words(command, small_disk), cwd=source))

    assert code == 4, err
    assert "No space left on device" in err
    assert re.search(r"[Ff]ree disk space", err)
    assert str(small_disk) in err
    assert names(small_disk) == before


@pytest.mark.parametrize("command", WRITERS)
def test_a_folder_without_rights_is_refused_by_all_that_write(source: Path, command: str) -> None:
    locked = source / "locked"
    locked.mkdir(mode=0o500)
    bound = ["setpriv", "--bounding-set", "-dac_override"] if os.geteuid() == 0 else []
    command_line = [*bound, sys.executable, "-m", "fanwise", *words(command, locked)]
    code, err = ended(subprocess.run(command_line, capture_output=True, text=True, check=False, cwd=source))

    assert code == 4, err
    assert "Permission denied" in err
    assert str(locked) in err
    assert "1/4" not in err, "a twin is refused before any work"
    assert names(locked) == []


@pytest.mark.parametrize("command", WRITERS)
def test_a_file_in_the_place_of_a_folder_is_told(forks: Forks, source: Path, command: str) -> None:
    taken = source / "taken"
    taken.write_text("mine", encoding="utf-8")
    code, err = ended(forks.gen(*words(command, taken), cwd=source))

    assert code == 4, err
    assert re.search(r"in the place of a folder|lies below a file", err), err
    assert "disk space" not in err
    assert taken.read_text(encoding="utf-8") == "mine"

"""A file is the old one or the new one, whatever happens while it is written."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from fanwise.io.whole_files import cure_of, folder_for, write_together, write_whole


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_made_and_replaced_with_its_rights(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_whole(path, "one\n")
    path.chmod(0o600)
    write_whole(path, b"two\r\n")

    assert path.read_bytes() == b"two\r\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("operation", ["open", "fsync", "replace"])
def test_what_was_there_stays_where_the_disk_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, operation, full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new")
    monkeypatch.undo()

    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_what_is_there_is_not_replaced_where_it_must_not(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    for name in ("a.txt", "gone"):
        with pytest.raises(FileExistsError):
            write_whole(tmp_path / name, "new", replace=False)

    assert (tmp_path / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["a.txt", "gone"]


def test_without_hard_links_a_new_file_is_made_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(*_: Any, **__: Any) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", without)
    write_whole(tmp_path / "a.txt", "new", replace=False)

    assert (tmp_path / "a.txt").read_text() == "new"
    assert names(tmp_path) == ["a.txt"]


def test_a_link_is_followed_and_a_device_written_to(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    write_whole(tmp_path / "link.txt", "new")
    write_whole(Path(os.devnull), "new")

    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"


def test_what_a_killed_process_left_goes_with_the_next_file(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    (tmp_path / f".gen-part-{ended.pid}-0").write_text("half")
    (tmp_path / f".gen-part-{os.getpid()}-x").write_text("of one that lives")
    write_whole(tmp_path / "a.txt", "new")

    assert names(tmp_path) == [f".gen-part-{os.getpid()}-x", "a.txt"]


def test_files_that_belong_together_are_all_written(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")
    write_together({tmp_path / "a.txt": "one\n", tmp_path / "deep" / "er" / "b.txt": "two\n"})

    assert (tmp_path / "a.txt").read_text() == "one\n"
    assert names(tmp_path / "deep" / "er") == ["b.txt"]


@pytest.mark.parametrize("refused", [1, 2])
def test_none_of_them_is_where_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: int) -> None:
    (tmp_path / "a.txt").write_text("old")
    real, calls = os.fsync, []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == refused:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_together({tmp_path / "a.txt": "one", tmp_path / "deep" / "er" / "b.txt": "two"})

    assert (tmp_path / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["a.txt"], "folders that were made are gone"


def test_a_folder_that_stays_empty_is_removed_and_one_that_was_there_stays(tmp_path: Path) -> None:
    with folder_for(tmp_path / "a" / "b"):
        assert names(tmp_path) == ["a"]
    assert names(tmp_path) == []
    (tmp_path / "kept").mkdir()
    with folder_for(tmp_path / "kept" / "made"):
        (tmp_path / "kept" / "made" / "x.txt").write_text("x")
    with folder_for(tmp_path / "kept"):
        pass
    assert names(tmp_path / "kept" / "made") == ["x.txt"]


def test_what_to_do_depends_on_the_error() -> None:
    assert "free disk space" in cure_of(OSError(errno.ENOSPC, ""))
    assert "a folder has this name" in cure_of(IsADirectoryError(errno.EISDIR, ""))
    assert cure_of(OSError(errno.EIO, "")) == ""
    assert cure_of(OSError("unknown")) == ""

"""The cache on disk: entries are found again, and whatever is wrong with the folder costs time only."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import fanwise
from fanwise.generator.columns.support.text_pools import Pool
from fanwise.generator.errors import SchemaError
from fanwise.generator.language import load
from fanwise.io import cache
from fanwise.io.cache import cache_folder, code, kept, program

SHOP = """\
fanwise: 1
name: shop
tables:
  customer:
    rows: 3
    key: id
    columns:
      id: {sequence: {}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of an empty cache."""
    monkeypatch.setenv("FANWISE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def counted(content: bytes | None) -> tuple[Callable[[], bytes | None], list[int]]:
    calls: list[int] = []

    def make() -> bytes | None:
        calls.append(1)
        return content

    return make, calls


def test_an_entry_is_made_once(folder: Path) -> None:
    make, calls = counted(b"names")

    assert [kept([b"pool", b"en"], make) for _ in range(3)] == [b"names"] * 3
    assert len(calls) == 1


def test_parts_of_a_key_do_not_run_together(folder: Path) -> None:
    assert kept([b"ab", b"c"], lambda: b"1") == b"1"
    assert kept([b"a", b"bc"], lambda: b"2") == b"2"


def test_what_has_no_key_is_not_kept(folder: Path) -> None:
    make, calls = counted(b"names")

    assert kept([b"pool", None], make) == kept([b"pool", None], make) == b"names"
    assert len(calls) == 2
    assert code([folder / "missing.py"]) is None
    assert code([], "no-such-package") is None


def test_changed_code_has_another_key(tmp_path: Path) -> None:
    file = tmp_path / "pools.py"
    file.write_text("a")
    before = code([file], "polars")
    file.write_text("b")

    assert before != code([file], "polars")


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 30], ids=["empty", "short", "changed"])
def test_a_damaged_entry_is_made_again(folder: Path, damage: bytes) -> None:
    kept([b"key"], lambda: b"names")
    (entry,) = folder.iterdir()
    whole = entry.read_bytes()
    entry.write_bytes(damage)

    assert kept([b"key"], lambda: b"names") == b"names"
    assert entry.read_bytes() == whole


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FANWISE_CACHE", str(tmp_path / "file" / "cache"))

    assert kept([b"key"], lambda: b"names") == b"names"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_not_read(folder: Path) -> None:
    kept([b"key"], lambda: b"false names")
    os.chown(folder, 12345, 12345)

    assert kept([b"key"], lambda: b"names") == b"names"


def test_the_folder_is_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST_BYTES", 1000)
    monkeypatch.setattr(cache, "_ROOM_EVERY", 1)
    for number in range(20):
        kept([b"%d" % number], lambda: b"x" * 200)
        newest = max(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, (number, number))  # the clock may be coarser than this loop

    assert sum(path.stat().st_size for path in folder.iterdir()) <= 1000 + 16
    make, calls = counted(b"")
    assert kept([b"19"], make) == b"x" * 200
    assert calls == []


def test_the_folder_is_not_read_for_each_entry(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []
    monkeypatch.setattr(cache, "_make_room", lambda folder, most: made.append(folder))
    for number in range(200):
        kept([b"%d" % number], lambda: b"x")

    assert len(list(folder.iterdir())) == 200
    assert 1 <= len(made) <= 40


def test_writers_at_once_leave_one_whole_entry(folder: Path) -> None:
    content = bytes(range(256)) * 2000
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: kept([b"key"], lambda: content), range(40)))

    assert set(found) == {content}
    assert [path.stat().st_size for path in folder.iterdir()] == [len(content) + 16]


def test_it_can_be_switched_off_and_moved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FANWISE_CACHE", "0")
    assert cache_folder() is None
    make, calls = counted(b"names")
    assert kept([b"key"], make) == kept([b"key"], make) == b"names"
    assert len(calls) == 2
    monkeypatch.setenv("FANWISE_CACHE", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() is not None


def test_a_pool_from_the_cache_is_the_pool(folder: Path) -> None:
    made, found = (Pool("city", "de_DE").labels for _ in range(2))

    assert made.equals(found)
    assert len(list(folder.iterdir())) == 1
    assert made.equals(Pool.of("city", "de_DE").labels)


def test_a_valid_schema_is_remembered_and_a_wrong_one_is_not(folder: Path) -> None:
    assert load(SHOP).name == load(SHOP).name == "shop"
    assert len(list(folder.iterdir())) == 1
    wrong = SHOP.replace("rows: 3", "rows: 3, colour: 1").replace("    rows", "    row: 1\n    rows")
    for _ in range(2):
        with pytest.raises(SchemaError) as told:
            load(wrong)
        assert told.value.problems
    assert len(list(folder.iterdir())) == 1
    assert fanwise.dataset(SHOP)["customer"].height == 3


def test_a_user_without_a_home_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FANWISE_CACHE", raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)

    assert cache_folder() is None


def test_a_program_is_another_after_any_change_of_its_files(tmp_path: Path) -> None:
    package = tmp_path / "package"
    (package / "inner" / "__pycache__").mkdir(parents=True)
    (package / "inner" / "a.py").write_text("A = 1")
    seen = [program([package])]
    (package / "inner" / "__pycache__" / "a.pyc").write_text("compiled")
    assert program([package]) == seen[0]

    (package / "inner" / "a.py").write_text("A = 22")
    seen.append(program([package]))
    os.utime(package / "inner" / "a.py", (1, 1))
    seen.append(program([package]))
    (package / "b.txt").touch()
    seen.append(program([package]))
    (package / "b.txt").rename(package / "c.txt")
    seen.append(program([package]))

    assert None not in seen
    assert len(set(seen)) == len(seen)


def test_a_program_is_another_beside_other_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    seen = [program([])]
    (tmp_path / "numpy-2.0.dist-info").mkdir()
    seen.append(program([]))
    (tmp_path / "numpy-2.0.dist-info").rename(tmp_path / "numpy-2.1.dist-info")
    seen.append(program([]))

    assert len(set(seen)) == 3


def test_a_program_without_its_folder_is_none(tmp_path: Path) -> None:
    assert program([tmp_path / "missing"]) is None

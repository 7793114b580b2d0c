"""The store of frames: whole files or none, whoever writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import fanwise
from fanwise.generator.api.dataset import Dataset
from fanwise.generator.api.frame_store import FrameStore, store_key

FRAME = pl.DataFrame({"a": [1, 2, None], "b": ["x", "y", "ü"]})


def test_what_was_put_is_got(tmp_path: Path) -> None:
    store = FrameStore(tmp_path / "key", least=0)
    assert store.get("t") is None
    store.put("t", FRAME)

    found = FrameStore(tmp_path / "key").get("t")

    assert found is not None
    assert_frame_equal(found, FRAME)
    assert [path.name for path in (tmp_path / "key").iterdir()] == ["t.arrow"]


def test_small_tables_are_not_kept(tmp_path: Path) -> None:
    FrameStore(tmp_path / "key", least=4).put("t", FRAME)

    assert not (tmp_path / "key").exists()


def test_a_damaged_file_counts_as_absent_and_is_replaced(tmp_path: Path) -> None:
    store = FrameStore(tmp_path, least=0)
    store.put("t", FRAME)
    whole = (tmp_path / "t.arrow").read_bytes()
    for damage in (b"", whole[: len(whole) // 2], b"no arrow at all"):
        (tmp_path / "t.arrow").write_bytes(damage)
        assert store.get("t") is None
    store.put("t", FRAME)

    assert (tmp_path / "t.arrow").read_bytes() == whole


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = FrameStore(tmp_path / "file" / "key", least=0)
    store.put("t", FRAME)

    assert store.get("t") is None


def test_two_processes_may_write_at_once(tmp_path: Path) -> None:
    text = (
        "import sys, polars as pl\n"
        "from pathlib import Path\n"
        "from fanwise.generator.api.frame_store import FrameStore\n"
        "store = FrameStore(Path(sys.argv[1]), least=0)\n"
        "frame = pl.DataFrame({'a': range(20_000)})\n"
        "for _ in range(60):\n"
        "    store.put('t', frame)\n"
        "    found = store.get('t')\n"
        "    assert found is not None and found.equals(frame)\n"
    )
    command = [sys.executable, "-c", text, str(tmp_path / "key")]
    writers = [subprocess.Popen(command, stderr=subprocess.PIPE, cwd=Path(fanwise.__path__[0]).parent) for _ in "ab"]
    failed = [writer.communicate()[1].decode() for writer in writers]

    assert [writer.returncode for writer in writers] == [0, 0], failed
    assert [path.name for path in (tmp_path / "key").iterdir()] == ["t.arrow"]


def test_the_key_follows_all_that_decides_the_rows() -> None:
    parts = {"schema": "a", "seed": 1, "rows": {"x": 1, "y": 2}}
    key = store_key(1, **parts)

    assert key == store_key(1, schema="a", seed=1, rows={"y": 2, "x": 1})
    others = [
        store_key(2, **parts),
        *(store_key(1, **{**parts, **change}) for change in ({"seed": 2}, {"schema": "b"}, {"rows": {"x": 2, "y": 1}})),
    ]
    assert len({key, *others}) == 5


def test_a_data_set_reads_what_an_earlier_one_kept(tmp_path: Path, routes: fanwise.Dataset) -> None:
    store = FrameStore(tmp_path, least=0)
    first = Dataset(routes.plan, store)["order"]
    other = pl.DataFrame({"x": [1]})
    store.put("line", other)

    again = Dataset(routes.plan, store)

    assert_frame_equal(again["order"], first)
    assert_frame_equal(again["line"], other)


@pytest.mark.parametrize("name", ["manifest", "frame"])
def test_versions_are_part_of_the_key(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = store_key(1, schema="a")
    monkeypatch.setattr(
        "fanwise.generator.api.frame_store.versions", lambda algorithm: {"algorithm": "1", "polars": name}
    )

    assert store_key(1, schema="a") != before

"""`--resume`: what is there and right is kept, the rest is made again, and the result is that of an undisturbed run."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fanwise.generator.engine import local
from fanwise.generator.engine.executor import Shard
from fanwise.generator.errors import OutputError, UsageError
from fanwise.generator.language import load
from fanwise.generator.output.manifest import FileEntry, read_manifest
from fanwise.generator.output.publishing.journal import Journal, read_journal
from fanwise.generator.run import filling
from fanwise.generator.run import run as story
from fanwise.generator.run.merge import MergeOptions, merge
from fanwise.generator.run.options import Observer, RunOptions, RunResult
from fanwise.generator.run.run import run
from tests.invariants.test_laws import SCHEMA

pytestmark = pytest.mark.system

DATASET = load(SCHEMA)
CHUNK = 40


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "PART_ROWS", 60)


def options(out: Path, **changes: Any) -> RunOptions:
    return replace(RunOptions(out=out, format="csv", gates="none", chunk_rows=CHUNK, threads=2), **changes)


def resume(out: Path, **changes: Any) -> RunResult:
    return run(DATASET, options(out, resume=True, **changes))


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def places(folder: Path) -> dict[str, tuple[int, int]]:
    """Return path -> what changes when a file is written anew."""
    found = {path.relative_to(folder).as_posix(): path.stat() for path in folder.rglob("*") if path.is_file()}
    return {path: (stat.st_ino, stat.st_mtime_ns) for path, stat in found.items()}


class Stop(Exception):
    pass


class Stopping(Observer):
    """Stops a run after some chunks."""

    def __init__(self, after: int) -> None:
        self.left = after

    def advance(self, rows: int, size: int = 0) -> None:
        self.left -= 1
        if not self.left:
            raise Stop


def stop(out: Path, after: int = 12, **changes: Any) -> Path:
    """Leave a run that resumes, after some chunks; return its stage."""
    with pytest.raises(Stop) as stopped:
        run(DATASET, options(out, resume=True, **changes), Stopping(after))
    assert any("run the same command again" in note for note in stopped.value.__notes__)
    (stage,) = out.parent.glob(f".{out.name}.gen-*")
    return stage


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "whole"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filling, "PART_ROWS", 60)
        run(DATASET, options(folder))
    return folder


@pytest.fixture
def published(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "data")
    return tmp_path / "data"


def flip(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-3] + bytes([content[-3] ^ 1]) + content[-2:])


FAULTS: dict[str, Callable[[Path], object]] = {
    "flipped": flip,
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-5]),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"1\n"),
    "empty": lambda path: path.write_bytes(b""),
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("after", [4, 8, 12])
@pytest.mark.parametrize(("threads", "chunk_rows"), [(1, CHUNK), (3, 7), (2, 1000)])
def test_a_stopped_run_ends_as_if_it_had_not_been(
    made: Path, tmp_path: Path, after: int, threads: int, chunk_rows: int
) -> None:
    out = tmp_path / "data"
    stage = stop(out, after)
    kept = len(list((stage / "new").rglob("*.csv")))
    result = resume(out, threads=threads, chunk_rows=chunk_rows)

    assert result.kept == kept > 0
    assert tree(out) == tree(made)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", ["line/part-00002.csv", "customer.csv", "purchase/part-00000.csv"])
def test_a_damaged_file_of_a_published_run_is_made_again_alone(
    made: Path, published: Path, fault: str, name: str
) -> None:
    before = places(published)
    FAULTS[fault](published / name)
    result = resume(published)

    assert not result.complete
    assert tree(published) == tree(made)
    after = places(published)
    assert {path for path in after if after[path] != before[path]} == {name, "manifest.json"}
    assert [path.name for path in published.parent.iterdir()] == ["data"]


def test_swapped_parts_are_found(made: Path, published: Path) -> None:
    one, other = published / "line/part-00000.csv", published / "line/part-00001.csv"
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)
    resume(published)

    assert tree(published) == tree(made)


def test_only_the_chunks_of_a_missing_part_are_built(
    made: Path, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[int] = []
    real = local.build

    def counted(*args: Any) -> Any:
        built.append(1)
        return real(*args)

    monkeypatch.setattr(local, "build", counted)
    (published / "line/part-00001.csv").unlink()
    resume(published)
    few = len(built)
    built.clear()
    run(DATASET, options(published, force=True))

    assert tree(published) == tree(made)
    assert 0 < few < len(built) / 3


def test_a_whole_data_set_is_left_alone(published: Path) -> None:
    before = places(published)
    result = resume(published)

    assert result.complete
    assert result.exit_code == 0
    assert result.manifest == read_manifest(published)
    assert places(published) == before
    assert resume(published, force=True).complete


def test_a_data_set_without_an_audit_is_audited_and_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "PART_ROWS", 1 << 20)
    out, dataset = tmp_path / "data", load("ecommerce")
    run(dataset, RunOptions(out=out, gates="none"))
    before = places(out)
    result = run(dataset, RunOptions(out=out, resume=True))

    assert result.exit_code == 0
    assert result.kept == 4
    assert read_manifest(out).audited
    assert {path: place for path, place in places(out).items() if path.endswith("parquet")} == {
        path: place for path, place in before.items() if path.endswith("parquet")
    }
    (out / "report.html").unlink()
    assert not run(dataset, RunOptions(out=out, resume=True)).complete
    assert (out / "report.html").exists()
    assert run(dataset, RunOptions(out=out, resume=True)).complete


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"seed": 5}, "seed 11 there, 5 here"),
        ({"scale": 2.0}, "scale 1.0 there, 2.0 here"),
        ({"rows": {"shop": 9}}, "rows.shop none there, 9 here"),
        ({"format": "jsonl"}, "format csv there, jsonl here"),
        ({"compression": "gzip"}, "compression none there, gzip here"),
        ({"shard": Shard(1, 2)}, "shard none there, 1/2 here"),
    ],
)
def test_another_run_is_not_gone_on_with(
    made: Path, published: Path, tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    stage = stop(tmp_path / "stopped")
    for out, why in (
        (tmp_path / "stopped", "the stopped run has other settings"),
        (published, "holds a data set with other settings"),
    ):
        with pytest.raises(UsageError) as refused:
            resume(out, **changes)
        assert told in str(refused.value)
        assert why in str(refused.value)
        assert "Hint: " in str(refused.value)
    assert tree(published) == tree(made)
    assert stage.exists()
    resume(tmp_path / "stopped")
    assert tree(tmp_path / "stopped") == tree(made)


def test_all_differences_are_told_and_versions_too(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story, "ALGORITHM", 99)
    with pytest.raises(UsageError, match=r"seed 11 there, 5 here; format .*; versions\.algorithm \d+ there, 99 here"):
        resume(published, seed=5, format="arrow")
    with pytest.raises(UsageError, match="schema_sha256"):
        run(load(SCHEMA + "# a remark\n"), options(published, resume=True))


def test_force_and_resume_replace_another_data_set(published: Path, tmp_path: Path) -> None:
    run(DATASET, options(tmp_path / "five", seed=5))
    stop(published, seed=5, force=True)
    resume(published, seed=5, force=True)

    assert tree(published) == tree(tmp_path / "five")


def test_a_run_without_resume_begins_anew(made: Path, tmp_path: Path) -> None:
    stage = stop(tmp_path / "data")
    result = run(DATASET, options(tmp_path / "data"))

    assert result.kept == 0
    assert not stage.exists()
    assert tree(tmp_path / "data") == tree(made)


def test_what_is_not_ours_stays_untouched(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "precious.csv").write_text("x")
    with pytest.raises(OutputError, match="is not empty and has no manifest"):
        resume(tmp_path / "data")


def test_a_resume_where_nothing_is_is_a_run(made: Path, tmp_path: Path) -> None:
    result = resume(tmp_path / "data")

    assert (result.kept, result.complete) == (0, False)
    assert tree(tmp_path / "data") == tree(made)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_damaged_part_of_a_stopped_run_is_made_again(made: Path, tmp_path: Path, fault: str) -> None:
    stage = stop(tmp_path / "data")
    parts = sorted((stage / "new").rglob("*.csv"))
    FAULTS[fault](parts[1])
    (stage / "new" / "line" / "part-00099.csv").write_text("half a part")
    (stage / "new" / "manifest.json").write_text("of a run that was killed while it published")
    result = resume(tmp_path / "data")

    assert result.kept == len(parts) - 1
    assert tree(tmp_path / "data") == tree(made)


def test_a_journal_that_is_torn_or_changed_anywhere_is_believed_up_to_there(made: Path, tmp_path: Path) -> None:
    stage = stop(tmp_path / "stopped")
    journal = (stage / "journal.jsonl").read_bytes()
    ends = [place for place, byte in enumerate(journal) if byte == 10]
    places = [0, 30, *ends[:2], *(end + 40 for end in ends[:4]), len(journal) - 1]
    for number, place in enumerate(min(place, len(journal) - 1) for place in places):
        for spoiled in (journal[:place], journal[:place] + bytes([journal[place] ^ 4]) + journal[place + 1 :]):
            out = tmp_path / f"data{number}"
            shutil.rmtree(out, ignore_errors=True)
            copy = tmp_path / f".data{number}.gen-7"
            shutil.copytree(stage, copy)
            (copy / "journal.jsonl").write_bytes(spoiled)
            result = resume(out)

            assert tree(out) == tree(made), place
            assert result.kept <= journal[:place].count(b"\n") + 1
            assert not copy.exists()


def test_a_journal_cannot_lead_out_of_its_folder(tmp_path: Path) -> None:
    outside = tmp_path / "precious.csv"
    outside.write_text("precious")
    for path in ("../../precious.csv", str(outside), "line/../../../precious.csv", "precious.txt"):
        entry = FileEntry(path, 1, 8, hashlib.sha256(b"precious").hexdigest(), "0" * 64)
        with Journal(tmp_path / "journal.jsonl", {"seed": 1}, [entry]):
            pass
        found = read_journal(tmp_path / "journal.jsonl")

        assert found is not None
        assert found.parts == ()


def test_a_journal_says_what_was_added(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    entries = [FileEntry(f"t/part-0000{i}.csv", 5, 10, "a" * 64, "b" * 64) for i in range(3)]
    with Journal(path, {"seed": 1, "shard": None}, entries[:1]) as journal:
        for entry in entries[1:]:
            journal.add(entry)
            assert entry in (read_journal(path) or pytest.fail("no journal")).parts
    found = read_journal(path)

    assert found is not None
    assert dict(found.recipe) == {"seed": 1, "shard": None}
    assert list(found.parts) == entries
    assert all(json.loads(line)["check"] for line in path.read_text().splitlines())
    assert read_journal(tmp_path / "nothing") is None


def test_shards_resume_too(tmp_path: Path) -> None:
    for index in (1, 2):
        run(DATASET, options(tmp_path / f"whole{index}", shard=Shard(index, 2)))
    stop(tmp_path / "2", 6, shard=Shard(2, 2))
    resume(tmp_path / "2", shard=Shard(2, 2))
    shutil.copytree(tmp_path / "whole1", tmp_path / "1")
    for name in ("schema.yaml", "line/part-00001.csv"):
        flip(tmp_path / "1" / name)
    resume(tmp_path / "1", shard=Shard(1, 2))

    assert tree(tmp_path / "2") == tree(tmp_path / "whole2")
    assert tree(tmp_path / "1") == tree(tmp_path / "whole1")
    assert merge([tmp_path / "1", tmp_path / "2"], MergeOptions(out=tmp_path / "merged", gates="none")).exit_code == 0


def test_a_merged_data_set_is_mended_with_the_cuts_of_a_run(made: Path, tmp_path: Path) -> None:
    for index in (1, 2):
        run(DATASET, options(tmp_path / f"{index}", shard=Shard(index, 2)))
    out = tmp_path / "merged"
    merge([tmp_path / "1", tmp_path / "2"], MergeOptions(out=out, gates="none"))
    assert resume(out).complete
    shard = tree(tmp_path / "1")
    flip_name = "line/part-00001.csv"
    (out / flip_name).write_bytes(b"")  # a second name of the shard's file: both are damaged
    assert (tmp_path / "1" / flip_name).read_bytes() == b""
    resume(out)

    assert tree(out) == tree(made)
    assert {name: text for name, text in tree(tmp_path / "1").items() if name != flip_name} == {
        name: text for name, text in shard.items() if name != flip_name
    }

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fanwise.generator.errors import FanwiseError, OutputError
from fanwise.generator.output.manifest import read_manifest
from fanwise.generator.output.publishing.staging import Staging


def enter(target: Path, *, force: bool = False) -> None:
    with Staging(target, force=force):
        pass


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_target_appears_whole_with_its_parents(tmp_path: Path, world: SimpleNamespace) -> None:
    target = tmp_path / "out" / "deep" / "shop"
    with Staging(target) as staging:
        assert not target.exists()
        assert staging.folder.is_relative_to(target.parent)
        for path, text in world.new.items():
            (staging.folder / path).parent.mkdir(exist_ok=True)
            (staging.folder / path).write_text(text, encoding="utf-8")
        published = staging.publish(world.data_set(1, world.new), {"report.json": "{}"})
        assert not staging.folder.exists()

    assert world.snapshot(target) == {
        **world.new,
        "a": "",
        "report.json": "{}",
        "manifest.json": published.text(),
    }
    assert read_manifest(target) == published
    assert [entry.path for entry in published.documents] == ["report.json"]
    assert names(target.parent) == ["shop"]
    assert target.stat().st_mode & 0o777 == 0o777 & ~current_umask()


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_an_empty_target_is_used_and_keeps_its_mode(tmp_path: Path, world: SimpleNamespace) -> None:
    target = tmp_path / "shop"
    target.mkdir()
    target.chmod(0o750)
    world.publish(target, new=True)

    assert read_manifest(target).seed == 1
    assert target.stat().st_mode & 0o777 == 0o750


def test_the_working_folder_stays_the_same_folder(
    tmp_path: Path, world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "shop"
    target.mkdir()
    monkeypatch.chdir(target)
    before = target.stat().st_ino
    world.publish(Path(), new=True)

    assert target.stat().st_ino == before
    assert read_manifest(Path.cwd()).seed == 1
    assert names(tmp_path) == ["shop"]


def test_force_replaces_what_the_manifest_lists_and_nothing_else(tmp_path: Path, world: SimpleNamespace) -> None:
    target = tmp_path / "shop"
    world.publish(target, new=False)
    (target / "notes.txt").write_text("mine", encoding="utf-8")
    (target / "b" / "mine.csv").write_text("mine too", encoding="utf-8")
    world.publish(target, new=True, force=True)

    found = world.snapshot(target)
    assert read_manifest(target).seed == 1
    found.pop("manifest.json")
    assert found == {
        **world.new,
        "a": "",
        "b": "",
        "b/mine.csv": "mine too",
        "notes.txt": "mine",
        "report.json": '"new"',
    }
    assert names(tmp_path) == ["shop"]


def test_a_second_run_is_refused_without_force(tmp_path: Path, world: SimpleNamespace) -> None:
    target = tmp_path / "shop"
    world.publish(target, new=False)
    before = world.snapshot(target)

    with pytest.raises(OutputError, match=r"already holds a data set \('shop', seed 0\).*--force"):
        world.publish(target, new=True)
    assert world.snapshot(target) == before


def foreign(path: Path) -> None:
    path.mkdir()
    (path / "customer.csv").write_text("precious", encoding="utf-8")


def foreign_manifest(path: Path) -> None:
    path.mkdir()
    (path / "manifest.json").write_text('{"name": "an extension of a browser"}', encoding="utf-8")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (foreign, "is not empty and has no manifest from Fanwise"),
        (foreign_manifest, "has missing or unknown keys"),
        (lambda path: path.write_text("precious", encoding="utf-8"), "is a file"),
        (lambda path: path.symlink_to(path.parent / "elsewhere"), "is a symbolic link"),
        (lambda path: path.symlink_to(path.name), "is a symbolic link"),
    ],
)
@pytest.mark.parametrize("force", [False, True])
def test_what_is_not_ours_is_never_touched(
    tmp_path: Path, world: SimpleNamespace, make: Any, why: str, force: bool
) -> None:
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "shop"
    make(target)
    before = [(name, (tmp_path / name).lstat().st_ino) for name in names(tmp_path)]

    with pytest.raises(OutputError, match=why) as refusal:
        world.publish(target, new=True, force=force)
    if make is foreign:
        assert ("--force replaces only files of an earlier run" in str(refusal.value)) is force
    assert [(name, (tmp_path / name).lstat().st_ino) for name in names(tmp_path)] == before
    assert names(tmp_path / "elsewhere") == []


def test_a_name_that_no_text_can_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="the folder name is not valid UTF-8"), Staging(tmp_path / "data\udcff"):
        pass

    assert not list(tmp_path.iterdir())


def test_a_parent_that_is_a_file_or_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious", encoding="utf-8")
    (tmp_path / "loop").symlink_to("loop")

    for target in (tmp_path / "file" / "shop", tmp_path / "loop" / "shop", tmp_path / ("x" * 300), Path("/")):
        with pytest.raises(OutputError):
            enter(target)
    with pytest.raises(OutputError, match="NUL"):
        Staging("a\0b")
    assert names(tmp_path) == ["file", "loop"]


@pytest.mark.parametrize("in_the_way", ["c.csv", "a"])
def test_a_file_of_the_user_in_the_way_prevents_the_swap(
    tmp_path: Path, world: SimpleNamespace, in_the_way: str
) -> None:
    target = tmp_path / "shop"
    world.publish(target, new=False)
    (target / in_the_way).write_text("mine", encoding="utf-8")
    before = world.snapshot(target)

    with pytest.raises(OutputError, match="is in the way and is not a file of Fanwise"):
        world.publish(target, new=True, force=True)
    assert world.snapshot(target) == before
    assert names(tmp_path) == ["shop"]


def test_a_table_folder_that_is_a_link_is_not_followed(tmp_path: Path, world: SimpleNamespace) -> None:
    target = tmp_path / "shop"
    world.publish(target, new=False)
    (target / "b").rename(tmp_path / "elsewhere")
    (target / "b").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OutputError, match="is in the way"):
        world.publish(target, new=True, force=True)
    assert names(tmp_path / "elsewhere") == ["part-00000.csv", "part-00001.csv"]


@pytest.mark.parametrize("leave", [ValueError, KeyboardInterrupt, SystemExit])
def test_leaving_early_removes_everything(tmp_path: Path, leave: type[BaseException]) -> None:
    def run() -> None:
        with Staging(tmp_path / "out" / "shop") as staging:
            (staging.folder / "a.csv").write_text("half", encoding="utf-8")
            raise leave

    with pytest.raises(leave):
        run()
    assert names(tmp_path) == []


def test_sigterm_unwinds_and_ends_with_143(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from fanwise.generator.output.publishing.staging import Staging\n"
        "with Staging(sys.argv[1]) as staging:\n"
        "    (staging.folder / 'a.csv').write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    signal.pause()\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "out" / "shop")], check=False, timeout=60)

    assert done.returncode == 143
    assert names(tmp_path) == []
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_only_one_run_at_a_time(tmp_path: Path, world: SimpleNamespace) -> None:
    target = tmp_path / "shop"
    with Staging(target), pytest.raises(OutputError, match=rf"another run is writing there \(process {os.getpid()} on"):
        enter(target)
    world.publish(target, new=True)

    assert names(tmp_path) == ["shop"]


def test_what_dead_runs_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in (".shop.gen-999999", ".shop.gen-mine", ".shop.gen-x.gen-1", ".shop2.gen-1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.csv").write_text("x", encoding="utf-8")
    (tmp_path / ".shop.gen-lock").write_text("999999 elsewhere\n", encoding="utf-8")
    (tmp_path / ".shop.gen-7").symlink_to(tmp_path / ".shop2.gen-1")
    enter(tmp_path / "shop")

    assert names(tmp_path) == [".shop.gen-7", ".shop.gen-mine", ".shop.gen-x.gen-1", ".shop2.gen-1"]
    assert names(tmp_path / ".shop2.gen-1") == ["x.csv"]


def test_a_rejected_run_leaves_its_report_beside_the_target(tmp_path: Path, world: SimpleNamespace) -> None:
    target = tmp_path / "shop"
    world.publish(target, new=False)
    before = world.snapshot(target)
    for verdict in ("first", "second"):
        with Staging(target, force=True) as staging:
            (staging.folder / "a.csv").write_text("refused", encoding="utf-8")
            where = staging.reject({"report.json": verdict})

    assert where == tmp_path / "shop.rejected"
    assert world.snapshot(where) == {"report.json": "second"}
    assert world.snapshot(target) == before
    assert names(tmp_path) == ["shop", "shop.rejected"]


def test_a_rejected_folder_with_other_files_is_not_replaced(tmp_path: Path) -> None:
    rejected = tmp_path / "shop.rejected"
    rejected.mkdir()
    (rejected / "notes.txt").write_text("mine", encoding="utf-8")

    def run() -> None:
        with Staging(tmp_path / "shop") as staging:
            staging.reject({"report.json": "{}"})

    with pytest.raises(OutputError, match=r"holds 'notes\.txt', which is not a report"):
        run()
    assert names(rejected) == ["notes.txt"]
    assert names(tmp_path) == ["shop.rejected"]


def test_a_manifest_that_lies_about_the_staged_files_is_a_defect(tmp_path: Path, world: SimpleNamespace) -> None:
    def run() -> None:
        with Staging(tmp_path / "shop") as staging:
            (staging.folder / "a.csv").write_text("x", encoding="utf-8")
            staging.publish(world.data_set(1, world.new))

    with pytest.raises(FanwiseError, match="differ in"):
        run()
    assert names(tmp_path) == []


def prepare(folder: Path, scenario: str, world: SimpleNamespace) -> Path:
    target = folder / "shop"
    folder.mkdir()
    if scenario == "replace":
        world.publish(target, new=False)
        (target / "notes.txt").write_text("mine", encoding="utf-8")
    if scenario == "empty":
        target.mkdir()
    return target


@pytest.mark.parametrize("scenario", ["absent", "empty", "replace"])
def test_each_failing_operation_leaves_old_or_new(
    tmp_path: Path, world: SimpleNamespace, operations: Any, scenario: str
) -> None:
    """The first, second, … operation fails once, until a run completes."""
    target = prepare(tmp_path / "clean", scenario, world)
    old = world.snapshot(target)
    world.publish(target, new=True, force=True)
    new = world.snapshot(target)
    for number in range(1_000):
        target = prepare(tmp_path / str(number), scenario, world)

        def fail(count: int, name: str, number: int = number) -> None:
            if count == number:
                raise OSError(errno.EIO, f"{name} refused")

        refusal = "is published"
        with operations(fail) as watched:
            try:
                world.publish(target, new=True, force=True)
            except (OutputError, OSError) as error:  # OSError: from writing the tables, which the test does itself
                refusal = str(error)
        found = world.snapshot(target)
        assert found == (new if "is published" in refusal else old), f"operation {number}: {refusal}"
        assert "refused" in refusal or found == new, f"operation {number}: {refusal}"
        if watched.count <= number:
            break
        enter(target, force=True)
        assert names(target.parent) in ([], ["shop"])
    assert number > 20


def test_a_disk_that_stays_broken_is_repaired_by_the_next_run(
    tmp_path: Path, world: SimpleNamespace, operations: Any
) -> None:
    """From the Nth rename on all fail, also those that would put things back."""
    outcomes = set()
    for number in range(12):
        target = prepare(tmp_path / str(number), "replace", world)
        old = world.snapshot(target)
        renames = iter(range(1_000))

        def fail(count: int, name: str, number: int = number, renames: Any = renames) -> None:
            if name == "rename" and next(renames) >= number:
                raise OSError(errno.EROFS, "Read-only file system")

        with pytest.raises(OutputError) as refused, operations(fail):
            world.publish(target, new=True, force=True)
        broken = world.snapshot(target)
        assert broken == old or "manifest.json" not in broken
        assert broken == old or "the next run into the same folder restores them" in str(refused.value)
        outcomes.add(broken == old)
        enter(target, force=True)
        assert world.snapshot(target) == old
        assert names(target.parent) == ["shop"]
    assert outcomes == {True, False}


SCENARIOS = ("absent", "empty", "replace")


@pytest.mark.system
@pytest.mark.parametrize("scenario", [*SCENARIOS, *(f"{each}-beside" for each in SCENARIOS)])
def test_a_kill_before_each_operation_leaves_old_new_or_what_is_repaired(tmp_path: Path, scenario: str) -> None:
    script = Path(__file__).with_name("kill_points.py")
    root = Path(__file__).parents[4]
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "work"), scenario],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    seen = json.loads(done.stdout)
    old, new = seen["old"]["target"], seen["new"]["target"]
    phases = set()
    for case in seen["cases"]:
        for killed in case["killed"]:
            found = killed["target"]
            if found is not None and "manifest.json" in found:  # what is beside data is never about other data
                assert killed["beside"] == seen["old" if found == old else "new"]["beside"], case["kills"]
            # A folder that held the parts of an old table may stay, empty, until the next run.
            whole_new = found is not None and {name: text for name, text in found.items() if name != "b"} == new
            assert found == old or whole_new or "manifest.json" not in found, case["kills"]
            phases.add("old" if found == old else "new" if whole_new else "between")
        assert case["recovered"] in (seen["old"], seen["new"]), case["kills"]
    assert phases - {"between"} == {"old", "new"}
    assert ("between" in phases) == scenario.startswith("replace")

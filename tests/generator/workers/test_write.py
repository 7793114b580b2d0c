"""Runs on worker processes: the files are those of a run on threads, whatever the number of workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fanwise.generator.engine.executor import WHOLE, Shard, chunks
from fanwise.generator.engine.local import generate_placed, row_starts
from fanwise.generator.errors import OutputError
from fanwise.generator.language import load
from fanwise.generator.output.formats import sink
from fanwise.generator.output.manifest import FileEntry, part_of
from fanwise.generator.output.publishing.writer import FolderWriter
from fanwise.generator.plan import Plan, compile_plan
from fanwise.generator.run.shards import first_rows
from fanwise.generator.workers import pool
from fanwise.generator.workers.blocks import blocks_of
from fanwise.generator.workers.messages import Count, Join, Make, Output, Setup, encoded
from fanwise.generator.workers.pool import Pool
from fanwise.generator.workers.tasks import Worker
from fanwise.generator.workers.write import Made, write_on_workers
from tests.invariants.test_correlation import SCHEMA as CORRELATED
from tests.invariants.test_laws import SCHEMA  # sequences, uuid, unique, distinct_in, references to child tables
from tests.invariants.test_siblings import SCHEMA as SIBLINGS

CUT = 150
CHUNK_ROWS = 60


class Listener:
    """A journal and an observer: keeps what it hears; `on` is called with the number of each message."""

    def __init__(self, on: Callable[[int], None] = lambda _: None) -> None:
        self.entries: list[FileEntry] = []
        self.rows = self.calls = 0
        self.on = on

    def add(self, entry: FileEntry) -> None:
        self.entries.append(entry)
        self._called()

    def advance(self, rows: int, size: int = 0) -> None:
        self.rows += rows
        self._called()

    def _called(self) -> None:
        self.calls += 1
        self.on(self.calls)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return compile_plan(load(SCHEMA))


def on_threads(plan: Plan, folder: Path, shard: Shard = WHOLE) -> dict[str, bytes]:
    folder.mkdir()
    first = first_rows(plan, shard)
    with FolderWriter(folder, sink(), part_rows=CUT) as writer:
        for placed in generate_placed(plan, threads=1, shard=shard, first=first):
            for table, frame in placed.frames.items():
                writer.write(table, frame)
        writer.finish({name: plan.schema.written[name] for name in plan.dataset.tables})
    return contents(folder)


def on_workers(
    plan: Plan,
    folder: Path,
    *,
    workers: int = 2,
    listener: Listener | None = None,
    kept: tuple[FileEntry, ...] = (),
    shard: Shard = WHOLE,
) -> Made:
    folder.mkdir(exist_ok=True)
    listener = listener or Listener()
    return write_on_workers(
        plan,
        sink(),
        folder,
        folder.parent / "fragments",
        workers=workers,
        cut=dict.fromkeys(plan.tables, CUT),
        journal=listener,
        watcher=listener,
        kept=kept,
        shard=shard,
        chunk_rows=CHUNK_ROWS,
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def whole(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return on_threads(plan, tmp_path_factory.mktemp("threads") / "data")


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_the_files_are_those_of_threads(plan: Plan, whole: dict[str, bytes], tmp_path: Path, workers: int) -> None:
    listener = Listener()

    made = on_workers(plan, tmp_path / "data", workers=workers, listener=listener)

    assert contents(tmp_path / "data") == whole
    assert {entry.path for entry in made.entries} == set(whole)
    assert sorted(entry.path for entry in listener.entries) == sorted(whole)  # each is announced once
    assert listener.rows == sum(made.rows.values()) == sum(entry.rows for entry in made.entries)
    assert not (tmp_path / "fragments").exists()


def test_a_shard_is_that_of_threads(plan: Plan, tmp_path: Path) -> None:
    expected = on_threads(plan, tmp_path / "threads", Shard(2, 3))

    on_workers(plan, tmp_path / "data", shard=Shard(2, 3))

    assert contents(tmp_path / "data") == expected


@pytest.mark.slow
@pytest.mark.parametrize("schema", [SIBLINGS, CORRELATED], ids=["siblings", "correlated"])
def test_rows_that_know_each_other_are_those_of_threads(schema: str, tmp_path: Path) -> None:
    """Order, running, chains, arrivals, states and correlations, in blocks and shards that end at other rows."""
    related = compile_plan(load(schema), rows={"account" if "posting" in schema else "customer": 40})
    for shard in (WHOLE, Shard(2, 3)):
        expected = on_threads(related, tmp_path / f"threads {shard}", shard)
        on_workers(related, tmp_path / f"data {shard}", shard=shard)

        assert contents(tmp_path / f"data {shard}") == expected


def test_parts_that_exist_are_not_made_again(plan: Plan, whole: dict[str, bytes], tmp_path: Path) -> None:
    first = on_workers(plan, tmp_path / "data").entries
    kept = tuple(entry for entry in first if not entry.path.endswith("part-00001.parquet"))
    lacking = set(first) - set(kept)
    for entry in lacking:
        (tmp_path / "data" / entry.path).unlink()

    made = on_workers(plan, tmp_path / "data", kept=kept)

    assert set(made.entries) == lacking
    assert contents(tmp_path / "data") == whole


OPEN: list[Pool] = []


@pytest.fixture(autouse=True)
def _remember_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    enter = Pool.__enter__

    def remembered(self: Pool) -> Pool:
        OPEN.append(self)
        return enter(self)

    monkeypatch.setattr(Pool, "__enter__", remembered)


@pytest.mark.parametrize("at", [1, 4, *(pytest.param(at, marks=pytest.mark.slow) for at in range(5, 25))])
def test_what_a_killed_worker_leaves_is_made_by_another(
    plan: Plan, whole: dict[str, bytes], tmp_path: Path, at: int
) -> None:
    def kill(call: int) -> None:
        if call == at:
            OPEN[-1]._processes[0].popen.kill()

    made = on_workers(plan, tmp_path / "data", listener=Listener(kill))

    assert contents(tmp_path / "data") == whole
    assert {entry.path for entry in made.entries} == set(whole)


def test_a_part_can_be_joined_again_by_another_worker(plan: Plan, whole: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    cut = dict.fromkeys(plan.tables, CUT)
    setup = Setup(plan, Output(sink(), tmp_path / "data", tmp_path, cut))
    pieces = list(chunks(plan, CHUNK_ROWS))
    counted = Worker(setup, lambda _: None).do(Count(tuple(pieces)))
    totals = {table: sum(size.get(table, 0) for size in counted) for table in plan.tables}
    blocks = blocks_of(pieces, counted, cut, 2)
    first = row_starts(plan, WHOLE)
    made = [Worker(setup, lambda _: None).do(Make(block, first, totals)) for block in blocks]
    shared = [fragment for fragments in made for fragment in fragments]
    part = shared[0].part
    task = Join(part, tuple(fragment for fragment in shared if fragment.part == part), totals)

    for _ in range(2):  # the first worker may die after it has written the part, before it says so
        Worker(setup, lambda _: None).do(task)

    found = [name for name in contents(tmp_path / "data") if part_of(name) == part]
    assert len(task.fragments) == 2
    assert [(tmp_path / "data" / name).read_bytes() for name in found] == [whole[name] for name in found]


def test_work_that_ends_two_workers_is_an_error_that_names_the_second(plan: Plan, tmp_path: Path) -> None:
    def kill(_: int) -> None:
        for process in OPEN[-1]._processes:
            if process.ready:
                process.popen.kill()

    with pytest.raises(OutputError, match=r"worker \d+ \(process \d+\) was ended by SIGKILL, perhaps.*so did") as found:
        on_workers(plan, tmp_path / "data", listener=Listener(kill))

    assert found.value.problems[0].code == "FW-OUTPUT-WORKER"
    assert all(process.popen.poll() is not None for process in OPEN[-1]._processes)
    assert not (tmp_path / "fragments").exists()


def test_a_worker_that_hangs_is_ended_and_named(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fanwise.generator.workers.pool.SILENCE", 1.5)

    def stop(_: int) -> None:
        for process in OPEN[-1]._processes:
            os.kill(process.popen.pid, signal.SIGSTOP)

    with pytest.raises(OutputError, match="said nothing for"):
        on_workers(plan, tmp_path / "data", listener=Listener(stop))


def test_an_error_of_a_worker_is_raised_here_and_ends_the_others(plan: Plan, tmp_path: Path) -> None:
    class Refusing:
        name, suffix, compression, compressions = "parquet", ".parquet", "zstd", ("zstd",)

        def write(self, frame: object, path: Path) -> None:
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="No space left on device"):
        write_on_workers(
            plan,
            Refusing(),  # type: ignore[arg-type]
            tmp_path,
            tmp_path / "fragments",
            workers=2,
            cut=dict.fromkeys(plan.tables, CUT),
            journal=Listener(),
            watcher=Listener(),
        )

    assert not OPEN[-1]._processes


def test_a_program_that_is_no_python_is_an_error(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool.sys, "executable", "/bin/false")

    with pytest.raises(OutputError, match=r"ended with exit code 1"):
        on_workers(plan, tmp_path / "data")


def test_a_program_that_is_not_there_is_an_error(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool.sys, "executable", "/nowhere/python")

    with pytest.raises(OutputError, match="cannot be started: No such file or directory"):
        on_workers(plan, tmp_path / "data")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not limit the address space")
def test_a_worker_without_memory_is_an_error(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limited = tmp_path / "python"
    limited.write_text(f'#!/bin/sh\nulimit -v 60000\nexec {sys.executable} "$@" 2>/dev/null\n')
    limited.chmod(0o755)
    monkeypatch.setattr(pool.sys, "executable", str(limited))

    with pytest.raises(OutputError, match=r"ended with exit code|was ended by") as found:
        on_workers(plan, tmp_path / "data")

    assert "--workers 1" in found.value.problems[0].hint
    assert not OPEN[-1]._processes


def test_no_worker_outlives_a_caller_that_raises(plan: Plan, tmp_path: Path) -> None:
    started: list[int] = []

    def interrupt(_: int) -> None:
        started.extend(process.popen.pid for process in OPEN[-1]._processes)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        on_workers(plan, tmp_path / "data", listener=Listener(interrupt))

    for pid in started:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_plan_arrives_without_what_only_made_it(tmp_path: Path) -> None:
    setup = tmp_path / "setup"
    setup.write_bytes(encoded(Setup(compile_plan(load("tpch")))))
    code = (
        "import sys; from pathlib import Path; import fanwise.generator.workers.tasks; "
        "from fanwise.generator.workers.messages import decoded; decoded(Path(sys.argv[1]).read_bytes()); "
        "print(*{'sqlglot', 'jsonschema', 'mimesis', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(setup)], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""

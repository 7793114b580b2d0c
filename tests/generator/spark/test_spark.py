"""Spark on a cluster of processes: the values of the local engine, through killed executors and failing disks."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import fanwise
from fanwise.generator.errors import Mark, OutputError, PlanError, Problem, UsageError
from fanwise.generator.language import load
from fanwise.generator.output.content_hash import content_hash
from fanwise.generator.output.formats.parquet import ParquetSink
from fanwise.generator.output.manifest import Manifest, TableEntry
from fanwise.generator.plan import compile_plan
from fanwise.generator.run.options import Observer, RunOptions
from fanwise.generator.run.run import run
from fanwise.generator.spark import tables
from fanwise.generator.spark.cluster import SparkOptions, write_tables
from fanwise.generator.spark.jobs import each
from tests.generator.run.test_defects import SCHEMA as DEFECTS
from tests.invariants.test_correlation import SCHEMA as CORRELATED
from tests.invariants.test_laws import SCHEMA
from tests.invariants.test_siblings import SCHEMA as SIBLINGS

pytestmark = pytest.mark.system

TYPES = """
fanwise: 1
name: types
seed: 3
window: {start: 2024-01-01, end: 2025-01-01}
tables:
  a:
    rows: 300
    key: id
    columns:
      id: {sequence: {start: 1}}
      tiny: {integer: {min: -100, max: 100}, type: int8}
      small: {integer: {min: -9, max: 9}, type: int16, null: 20%}
      whole: {integer: {min: -9, max: 9}, type: int32}
      single: {uniform: {min: 0, max: 1}, type: float32}
      money: {lognormal: {mean: 70, sd: 40}, type: "decimal(12,2)", null: 10%}
      flag: {boolean: {p: 0.3}, null: 10%}
      day: {date: {between: [window.start, window.end]}}
      moment: {timestamp: {between: [window.start, window.end]}, null: 10%}
      word: {choice: {größer: 1, "": 1, klein: 1}, null: 10%}
      person: {fake: name}
      token: {uuid: {}}
      code: {pattern: "[A-F]#-{seq:04}"}
"""

NESTED = """
fanwise: 1
name: nested
seed: 3
window: {start: 2024-01-01, end: 2025-01-01}
tables:
  customer:
    rows: 60
    columns:
      id: {uuid: {}, type: uuid}
      seen: {timestamp: {between: [window.start, window.end]}, type: timestamptz, null: 10%}
      options: {json: {size: {poisson: {mean: 4}}}}
      code: {pattern: "AA##", type: varchar(8)}
      price: {gamma: {mean: 40, shape: 2}, decimal: [12, 2]}
      address:
        struct:
          city: {choice: {Bonn: 1, Kiel: 1}}
          since: {timestamp: {between: [window.start, window.end]}}
          score: {normal: {mean: 0, sd: 1}, null: 20%}
        null: 10%
      tags: {list: {of: {choice: {a: 1, b: 2}}, length: {poisson: {mean: 2}}}}
      visits:
        list:
          of: {struct: {at: {timestamp: {between: [window.start, window.end]}, type: timestamptz}, pages: {poisson: {mean: 3}}}}
          length: {poisson: {mean: 1}}
"""


def local(schema: str, **options: Any) -> dict[str, pl.DataFrame]:
    return dict(fanwise.dataset(schema, **options).items())


def test_tables_are_those_of_the_local_engine(spark: Any) -> None:
    found = tables(spark, SCHEMA, shards=4)

    for name, frame in local(SCHEMA).items():
        there = pl.DataFrame(found[name].toArrow())
        assert content_hash(there) == content_hash(frame), name
        assert_frame_equal(there.cast(dict(frame.schema)), frame)  # the order of rows too


@pytest.mark.slow
def test_rows_that_know_their_siblings_are_those_of_the_local_engine(spark: Any) -> None:
    """Order, running, previous, chains, stays that do not overlap, arrivals and histories, cut at other rows."""
    schema = SIBLINGS.replace("rows: 60", "rows: 24")
    found = tables(spark, schema, shards=3)

    for name in ("posting", "stay", "visit", "phase"):
        assert content_hash(pl.DataFrame(found[name].toArrow())) == content_hash(local(schema)[name]), name


@pytest.mark.slow
def test_correlated_rows_are_those_of_the_local_engine(spark: Any) -> None:
    """Columns and numbers of rows with correlations, within a row, with parents and rows referred to."""
    schema = CORRELATED.replace("rows: 60", "rows: 24")
    found = tables(spark, schema, shards=3)

    for name, frame in local(schema).items():
        assert content_hash(pl.DataFrame(found[name].toArrow())) == content_hash(frame), name


def test_types_are_those_that_spark_has(spark: Any) -> None:
    found = tables(spark, TYPES, shards=3)["a"]
    frame = local(TYPES)["a"]

    assert dict(found.dtypes) == {
        "id": "bigint", "tiny": "tinyint", "small": "smallint", "whole": "int", "single": "float",
        "money": "decimal(12,2)", "flag": "boolean", "day": "date", "moment": "timestamp_ntz", "word": "string",
        "person": "string", "token": "string", "code": "string",
    }  # fmt: skip
    assert_frame_equal(pl.DataFrame(found.toArrow()).cast(dict(frame.schema)), frame)


def test_a_data_set_of_the_python_api_goes_with_its_pins(spark: Any) -> None:
    shop = fanwise.dataset("ecommerce", rows={"customer": 12}, pin={"customer": {3: {"country": "FR"}}})
    rows = tables(spark, shop, shards=2)["customer"].collect()

    assert [row.country for row in rows] == shop["customer"]["country"].to_list()
    assert rows[3].country == "FR"


def entries(manifest: Manifest | None) -> dict[str, str]:
    assert manifest is not None
    return {name: entry.content_hash for name, entry in manifest.tables.items()}


@pytest.mark.parametrize("name", ["ecommerce", "marketplace"])
def test_a_run_publishes_what_the_local_engine_would(spark: Any, tmp_path: Path, name: str) -> None:
    expected = run(load(name), RunOptions(out=tmp_path / "local", gates="none")).manifest
    found = run(load(name), RunOptions(out=tmp_path / "spark", spark=SparkOptions(shards=3)))

    assert found.exit_code == 0
    assert found.report is not None
    assert entries(found.manifest) == entries(expected)
    assert found.manifest is not None
    large = max(found.manifest.tables.values(), key=lambda entry: entry.rows)
    assert [len(large.files), len(found.manifest.tables["product"].files)] == [3, 1 if name == "ecommerce" else 3]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["local", "spark"]


@pytest.mark.slow
def test_a_run_has_the_defects_of_the_local_engine(spark: Any, tmp_path: Path) -> None:
    expected = run(load(DEFECTS), RunOptions(out=tmp_path / "local", gates="integrity"))
    found = run(load(DEFECTS), RunOptions(out=tmp_path / "spark", gates="integrity", spark=SparkOptions(shards=3)))

    assert entries(found.manifest) == entries(expected.manifest)
    assert "_defects" in entries(found.manifest)


@pytest.mark.slow
def test_instants_with_a_zone_uuids_and_nested_values_are_as_spark_has_them(spark: Any) -> None:
    found = tables(spark, NESTED, shards=2)["customer"]
    frame = local(NESTED)["customer"]

    assert dict(found.dtypes) == {
        "id": "string", "seen": "timestamp", "options": "string", "code": "string", "price": "decimal(12,2)",
        "address": "struct<city:string,since:timestamp_ntz,score:double>", "tags": "array<string>",
        "visits": "array<struct<at:timestamp,pages:bigint>>",
    }  # fmt: skip
    there = pl.DataFrame(found.toArrow())
    assert_frame_equal(there.select(frame.columns[:5]).cast(dict(frame.select(frame.columns[:5]).schema)),
                       frame.select(frame.columns[:5]))  # fmt: skip
    assert there.select("address", "tags", "visits").rows() == frame.select("address", "tags", "visits").rows()


@pytest.mark.slow
def test_a_time_of_day_is_refused_before_the_first_row(spark: Any) -> None:
    with pytest.raises(UsageError, match="is a time of day, which Spark has no type for"):
        tables(spark, NESTED.replace("{uuid: {}, type: uuid}", '{choice: {"08:30": 1}, type: time}'), shards=2)


def executors() -> list[int]:
    """Return the processes of executors, those of this machine's Spark that belong to these tests."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if b"CoarseGrainedExecutorBackend" in command and os.environ["SPARK_HOME"].encode() in command:
            found.append(int(folder.name))
    return found


def when(there: Callable[[], bool], act: Callable[[], None]) -> threading.Thread:
    """Return a started thread that acts once `there` is true, or gives up after a minute."""

    def watch() -> None:
        turn = threading.Event()
        for _ in range(6000):
            if there():
                act()
                return
            turn.wait(0.01)

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="processes are found by /proc")
def test_a_killed_executor_changes_nothing(spark: Any, tmp_path: Path) -> None:
    options = {"spark": SparkOptions(shards=8), "gates": "none"}
    expected = run(load("ecommerce"), RunOptions(out=tmp_path / "calm", **options)).manifest
    killed: list[int] = []

    def kill() -> None:
        killed.append(executors()[0])
        os.kill(killed[0], signal.SIGKILL)

    stage = tmp_path / f".storm.gen-{os.getpid()}" / "new" / "order"
    watcher = when(lambda: stage.is_dir() and any(stage.iterdir()), kill)
    found = run(load("ecommerce"), RunOptions(out=tmp_path / "storm", **options)).manifest
    watcher.join()

    assert killed
    assert not Path(f"/proc/{killed[0]}").exists()
    assert found == expected  # every file with its bytes
    assert sorted(path.name for path in tmp_path.iterdir()) == ["calm", "storm"]


def test_a_killed_python_worker_changes_nothing(spark: Any, tmp_path: Path) -> None:
    once = tmp_path / "once"
    found = tables(spark, SCHEMA, shards=4)["line"]

    def kill_once(batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            yield batch
            try:
                once.mkdir()
            except FileExistsError:
                continue
            os.kill(os.getpid(), signal.SIGKILL)

    there = pl.DataFrame(found.mapInArrow(kill_once, found.schema).toArrow())

    assert once.is_dir()
    assert content_hash(there) == content_hash(local(SCHEMA)["line"])


class FullDisk(ParquetSink):
    """Writes Parquet to a disk that is always full."""

    def write(self, frame: pl.DataFrame, path: Path) -> None:
        path.symlink_to("/dev/full")
        super().write(frame, path)


def test_a_disk_that_is_full_is_told_with_its_place(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fanwise.generator.run.run.sink", lambda *_: FullDisk())
    with pytest.raises(OutputError, match=r"/attempts/.*\.parquet: cannot be written: .*No space left") as caught:
        run(load("ecommerce"), RunOptions(out=tmp_path / "out", spark=SparkOptions(), gates="none"))

    assert caught.value.exit_code == 4
    assert list(tmp_path.iterdir()) == []


def test_an_executor_that_does_not_see_the_stage_is_told_apart(spark: Any, tmp_path: Path) -> None:
    class Elsewhere(Observer):
        def begin(self, stage: str, rows: float = 0.0) -> None:
            (tmp_path / "attempts" / "marker").write_text("that of another machine")

    folder = tmp_path / "new"
    folder.mkdir()
    with pytest.raises(OutputError, match=r"does not see this folder of the driver.*that all executors share"):
        write_tables(spark, compile_plan(load(SCHEMA)), ParquetSink(), folder, Elsewhere())

    assert list(tmp_path.iterdir()) == [folder]
    assert list(folder.iterdir()) == []


def test_an_error_of_ours_arrives_as_it_was(spark: Any) -> None:
    problem = Problem("FW-PLAN-TYPE", "too wide", "choose another", "tables.a", "7", Mark(3, 4), "a.yaml")

    def work(_: int) -> dict[str, int]:
        raise PlanError(problem)

    with pytest.raises(PlanError) as caught:
        each(spark, [1], work)

    assert caught.value.problems == (problem,)


def test_a_defect_on_an_executor_is_a_defect(spark: Any) -> None:
    from pyspark.errors import PythonException

    with pytest.raises(PythonException, match="ZeroDivisionError"):
        each(spark, [1], lambda _: {"x": 1 // 0})


def test_finished_tasks_are_told_of(spark: Any, tmp_path: Path) -> None:
    heard = tmp_path / "heard"

    def work(item: int) -> dict[str, bool]:
        turn = threading.Event()
        rounds = range(6000 if item == 2 else 0)  # the last task waits until the others were told of
        return {"heard": any(heard.exists() or turn.wait(0.01) for _ in rounds)}

    def finished(tasks: int) -> None:
        if tasks == 2:
            heard.touch()

    assert [document["heard"] for document in each(spark, [0, 1, 2], work, finished)] == [False, False, True]


def test_a_table_without_rows_is_a_file_without_rows(spark: Any, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    plan = compile_plan(load(SCHEMA), rows={"customer": 0})
    written = write_tables(spark, plan, ParquetSink(), folder, Observer(), shards=2)

    assert written["line"] == TableEntry(0, "0" * 64, written["line"].columns, written["line"].files)
    assert [entry.path for entry in written["line"].files] == ["line.parquet"]
    assert pl.read_parquet(folder / "line.parquet").columns == list(written["line"].columns)

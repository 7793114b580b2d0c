from __future__ import annotations

import errno
import hashlib
import itertools
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fanwise.generator.columns.support.types import type_word
from fanwise.generator.errors import FanwiseError, OutputError
from fanwise.generator.output.content_hash import content_hash
from fanwise.generator.output.formats import FileSink, sink
from fanwise.generator.output.manifest import TableEntry
from fanwise.generator.output.publishing.writer import FolderWriter


@pytest.fixture
def pool() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


def numbers(count: int) -> pl.DataFrame:
    return pl.DataFrame({"n": np.arange(count), "t": pl.Series([f"text {i}" for i in range(count)], dtype=pl.String)})


def write(
    folder: Path, frame: pl.DataFrame, step: int, part_rows: int, pool: Executor | None = None
) -> tuple[TableEntry, dict[str, bytes]]:
    folder.mkdir()
    with FolderWriter(folder, sink("parquet"), part_rows=part_rows, pool=pool) as writer:
        for start in range(0, frame.height, step):
            writer.write("t", frame.slice(start, step))
        entry = writer.finish({"t": frame.schema})["t"]
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.parquet")}
    return entry, files


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        (0, ["t.parquet"]),
        (1, ["t.parquet"]),
        (100, ["t.parquet"]),
        (101, ["t/part-00000.parquet", "t/part-00001.parquet"]),
        (200, ["t/part-00000.parquet", "t/part-00001.parquet"]),
        (201, ["t/part-00000.parquet", "t/part-00001.parquet", "t/part-00002.parquet"]),
    ],
)
def test_parts_are_cut_at_fixed_rows(tmp_path: Path, rows: int, names: list[str]) -> None:
    entry, files = write(tmp_path / "out", numbers(rows), 30, 100)

    assert [file.path for file in entry.files] == names
    assert sorted(files) == names
    assert [file.rows for file in entry.files][:-1] == [100] * (len(names) - 1)
    assert pl.concat([pl.read_parquet(tmp_path / "out" / name) for name in names]).equals(numbers(rows))


def test_neither_chunks_nor_threads_change_a_byte(tmp_path: Path, pool: Executor) -> None:
    frame = numbers(1_000)
    written = [
        write(tmp_path / f"{step}-{threads is None}", frame, step, 300, threads)
        for step, threads in itertools.product((1, 7, 300, 1_000), (None, pool))
    ]

    assert all(found == written[0] for found in written)


def test_the_entry_tells_the_truth(tmp_path: Path, pool: Executor) -> None:
    frame = numbers(250)
    entry, files = write(tmp_path / "out", frame, 60, 100, pool)

    assert entry.rows == 250
    assert entry.content_hash == content_hash(frame)
    assert entry.columns == {"n": "int64", "t": "text"}
    for file in entry.files:
        assert file.bytes == len(files[file.path])
        assert file.sha256 == hashlib.sha256(files[file.path]).hexdigest()


def test_tables_without_rows_and_their_order_come_from_the_schemas(tmp_path: Path) -> None:
    schema = pl.Schema({"id": pl.Int64, "when": pl.Datetime("us"), "price": pl.Decimal(10, 2)})
    with FolderWriter(tmp_path, sink("csv")) as writer:
        writer.write("z", numbers(2))
        entries = writer.finish({"empty": schema, "z": numbers(0).schema})

    assert list(entries) == ["empty", "z"]
    assert (entries["empty"].rows, entries["empty"].files[0].path) == (0, "empty.csv")
    assert entries["empty"].columns == {"id": "int64", "when": "timestamp", "price": "decimal(10,2)"}
    assert (tmp_path / "empty.csv").read_text() == "id,when,price\n"


def test_columns_that_differ_from_the_plan_are_a_defect(tmp_path: Path) -> None:
    with FolderWriter(tmp_path, sink("csv")) as writer:
        writer.write("t", numbers(2))
        with pytest.raises(FanwiseError, match="columns changed"):
            writer.write("t", numbers(2).drop("t"))
        with pytest.raises(FanwiseError, match="planned columns"):
            writer.finish({"t": pl.Schema({"n": pl.Int64})})
        with pytest.raises(FanwiseError, match="without a schema were written: t"):
            writer.finish({})


class FullDisk:
    """Writes like `inner`, but for the Nth part, which the disk refuses."""

    def __init__(self, inner: FileSink, fail_at: int, error: Exception) -> None:
        self.inner, self.suffix, self.error = inner, inner.suffix, error
        self.calls = itertools.count()
        self.fail_at = fail_at

    def write(self, frame: pl.DataFrame, path: Path) -> None:
        next(self.calls)
        if f"part-{self.fail_at:05d}" in path.name:
            raise self.error
        self.inner.write(frame, path)


@pytest.mark.parametrize("threads", [False, True])
@pytest.mark.parametrize("fail_at", [0, 3, 9])
@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), pl.exceptions.ComputeError("disk gone")]
)
def test_a_refusing_disk_is_named_with_the_file(
    tmp_path: Path, pool: Executor, threads: bool, fail_at: int, error: Exception
) -> None:
    refusing = FullDisk(sink("parquet"), fail_at, error)
    frame = numbers(100)

    def run() -> None:
        with FolderWriter(tmp_path, refusing, part_rows=10, pool=pool if threads else None) as writer:  # type: ignore[arg-type]
            for start in range(0, 100, 10):
                writer.write("t", frame.slice(start, 10))
            writer.finish({"t": frame.schema})

    with pytest.raises(OutputError) as refused:
        run()
    message = str(refused.value)
    assert f"t/part-{fail_at:05d}.parquet" in message
    assert "No space left on device" in message or "disk gone" in message
    assert "bytes needed: about" in message
    assert "free:" in message
    if not threads:  # on threads, parts of a few rows may all be begun before the first refusal is seen
        assert next(refusing.calls) <= fail_at + 1


def test_no_part_is_written_after_the_writer_is_left(tmp_path: Path, pool: Executor) -> None:
    def run() -> None:
        with FolderWriter(tmp_path, sink("parquet"), part_rows=1, pool=pool) as writer:
            writer.write("t", numbers(100))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    left = sorted(tmp_path.rglob("*.parquet"))
    pool.submit(int).result()

    assert sorted(tmp_path.rglob("*.parquet")) == left
    assert all(pl.read_parquet(path).height == 1 for path in left)


@pytest.mark.parametrize(
    ("dtype", "word"),
    [
        (pl.Int8(), "int8"),
        (pl.Float32(), "float32"),
        (pl.String(), "text"),
        (pl.Enum(["a"]), "text"),
        (pl.Boolean(), "bool"),
        (pl.Date(), "date"),
        (pl.Datetime("us"), "timestamp"),
        (pl.Decimal(12, 3), "decimal(12,3)"),
    ],
)
def test_types_are_called_as_in_the_language(dtype: pl.DataType, word: str) -> None:
    assert type_word(dtype) == word


def parts_of(folder: Path, frame: pl.DataFrame) -> dict[str, bytes]:
    return write(folder, frame, 30, 100)[1]


@pytest.mark.parametrize("missing", [[0], [1], [2], [0, 2], [0, 1, 2], []])
def test_parts_that_are_kept_need_not_come_again(tmp_path: Path, missing: list[int]) -> None:
    frame = numbers(250)
    entry, whole = write(tmp_path / "out", frame, 30, 100)
    kept = [file for index, file in enumerate(entry.files) if index not in missing]
    for index in missing:
        (tmp_path / "out" / entry.files[index].path).unlink()
    with FolderWriter(tmp_path / "out", sink("parquet"), part_rows=100, kept=kept) as writer:
        for start in range(0, 250, 30):
            rows = range(start, min(start + 30, 250))
            assert writer.lacks("t", rows) == any(row // 100 in missing for row in rows)
            if writer.lacks("t", rows):
                writer.write("t", frame.slice(start, 30), at=start)
        again = writer.finish({"t": frame.schema})["t"]

    assert again == entry
    assert {
        path.relative_to(tmp_path / "out").as_posix(): path.read_bytes() for path in tmp_path.rglob("*.parquet")
    } == whole
    assert writer.bytes == sum(entry.files[index].bytes for index in missing)


@pytest.mark.parametrize("gap", [range(100, 200), range(30, 60), range(90, 120)])
def test_rows_that_are_left_out_and_not_kept_are_a_defect(tmp_path: Path, gap: range) -> None:
    frame = numbers(250)

    def run() -> None:
        with FolderWriter(tmp_path, sink("csv"), part_rows=100) as writer:
            writer.write("t", frame.slice(0, gap.start), at=0)
            writer.write("t", frame.slice(gap.stop), at=gap.stop)
            writer.finish({"t": frame.schema})

    with pytest.raises(FanwiseError, match=r"do not continue|has \d+ rows|are missing"):
        run()


def test_rows_that_come_twice_are_a_defect(tmp_path: Path) -> None:
    with FolderWriter(tmp_path, sink("csv"), part_rows=100) as writer:
        writer.write("t", numbers(250))
        with pytest.raises(FanwiseError, match="has 50 rows"):
            writer.write("t", numbers(50), at=0)
    with FolderWriter(tmp_path, sink("csv"), part_rows=100) as writer:
        writer.write("t", numbers(50))
        with pytest.raises(FanwiseError, match="do not continue"):
            writer.write("t", numbers(50), at=20)


def test_a_file_is_not_written_through_its_second_name(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "precious.csv").write_text("precious")
    (tmp_path / "out" / "t.csv").hardlink_to(tmp_path / "precious.csv")
    with FolderWriter(tmp_path / "out", sink("csv")) as writer:
        writer.write("t", numbers(3))
        writer.finish({"t": numbers(0).schema})

    assert (tmp_path / "precious.csv").read_text() == "precious"
    assert (tmp_path / "out" / "t.csv").read_text().startswith("n,t\n")

"""What a run will write: rows and bytes are predicted within 10 %, and a disk that is too small is refused."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from fanwise.generator.errors import OutputError
from fanwise.generator.language import load
from fanwise.generator.output.formats import sink
from fanwise.generator.plan import compile_plan
from fanwise.generator.run.options import RunOptions
from fanwise.generator.run.run import write
from fanwise.generator.run.sizing import expected_bytes, likely_rows, processes_for, refuse_full_disk
from tests.invariants.test_laws import SCHEMA

pytestmark = pytest.mark.system

TEXTS = """
fanwise: 1
name: texts
seed: 3
window: {start: 2024-01-01, end: 2025-01-01}
tables:
  author:
    rows: 6000
    key: id
    columns:
      id: {sequence: {start: 1}}
      name: {fake: name}
      email: {fake: email}
      token: {uuid: {}}
      code: {pattern: "A-[A-Z]-####", unique: true}
      bio: {fake: sentence}
  post:
    parent: author
    fanout: {poisson: {mean: 12}}
    key: post_id
    columns:
      post_id: {uuid: {}}
      id: {parent: id}
      title: {fake: sentence}
      slug: {expr: "lower(title)"}
      at: {timestamp: {between: [window.start, window.end]}}
      ip: {pattern: "##.##.##.##"}
"""


@pytest.mark.parametrize(("file_format", "compression"), [("parquet", None), ("csv", None), ("csv", "gzip")])
@pytest.mark.parametrize(
    ("schema", "scale"), [("ecommerce", 1.0), ("ecommerce", 6.0), ("marketplace", 5.0), (TEXTS, 1.0), (SCHEMA, 1.0)]
)
def test_rows_and_bytes_are_predicted_within_a_tenth(
    tmp_path: Path, schema: str, scale: float, file_format: str, compression: str | None
) -> None:
    plan = compile_plan(load(schema), scale=scale)
    files = sink(file_format, compression)
    rows = likely_rows(plan)
    sizes = expected_bytes(plan, files, tmp_path, rows)
    assert list(tmp_path.iterdir()) == []
    options = RunOptions(out=tmp_path / "data", format=file_format, compression=compression)
    manifest = write(plan, options).manifest

    assert manifest is not None
    written = {name: sum(file.bytes for file in entry.files) for name, entry in manifest.tables.items()}
    assert {name: entry.rows for name, entry in manifest.tables.items()} == pytest.approx(rows, rel=0.1)
    assert written == pytest.approx(sizes, rel=0.1)
    assert sum(written.values()) == pytest.approx(sum(sizes.values()), rel=0.1)


def test_rows_are_counted_where_that_is_cheap_and_expected_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = compile_plan(load("ecommerce"))
    counted = likely_rows(plan)
    monkeypatch.setattr("fanwise.generator.run.sizing.COUNTED_ROWS", 1000)

    assert counted["order"] == 22813
    assert likely_rows(plan) == {**plan.expected_rows, "product": 500}


def test_a_table_without_rows_has_the_bytes_of_its_file(tmp_path: Path) -> None:
    plan = compile_plan(load(TEXTS), rows={"author": 0})

    assert expected_bytes(plan, sink("csv"), tmp_path)["post"] == len("post_id,id,title,slug,at,ip\n")


def test_a_disk_that_is_too_small_is_refused(tmp_path: Path) -> None:
    refuse_full_disk(1000.0, tmp_path)
    with pytest.raises(OutputError, match=r"about 1,000,000,000,000 MB are needed, but only [\d,]+ MB are free"):
        refuse_full_disk(1e18, tmp_path)


@pytest.mark.parametrize(("free", "measured"), [(1 << 50, False), (1 << 26, True), (1 << 20, True)])
def test_a_sample_is_measured_only_where_the_room_may_be_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, measured: bool
) -> None:
    asked: list[float] = []

    def size(*given: object, **options: object) -> dict[str, float]:
        asked.append(1.0)
        return {"customer": 1e7}

    monkeypatch.setattr("fanwise.generator.run.filling._LARGE", 0)
    monkeypatch.setattr("fanwise.generator.run.filling.expected_bytes", size)
    monkeypatch.setattr("fanwise.generator.run.sizing.shutil.disk_usage", lambda folder: SimpleNamespace(free=free))
    plan = compile_plan(load("ecommerce"))
    options = RunOptions(out=tmp_path / "out")
    if free > 1e7:
        write(plan, options)
    else:
        with pytest.raises(OutputError, match="about 10 MB are needed"):
            write(plan, options)

    assert bool(asked) is measured
    assert (tmp_path / "out").exists() is (free > 1e7)


@pytest.mark.parametrize(("workers", "expected"), [(None, 1), (1, 1), (3, 3), (8, 8), (100, 8)])
def test_a_run_has_as_many_processes_as_asked_for_and_no_more_than_processors(
    monkeypatch: pytest.MonkeyPatch, workers: int | None, expected: int
) -> None:
    monkeypatch.setattr("fanwise.generator.run.sizing.available_processors", lambda: 8)

    assert processes_for(workers) == expected


@pytest.mark.parametrize(
    ("processors", "rows", "expected"),
    [(8, 1e9, 8), (8, 20e6, 5), (8, 15e6, 1), (2, 1e9, 1), (3, 1e9, 1), (64, 100e6, 25)],
)
def test_a_run_has_processes_by_default_where_there_are_processors_and_rows_enough(
    monkeypatch: pytest.MonkeyPatch, processors: int, rows: float, expected: int
) -> None:
    monkeypatch.setattr("fanwise.generator.run.sizing.available_processors", lambda: processors)

    assert processes_for(None, rows) == expected

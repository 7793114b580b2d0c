from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow.feather
import pyarrow.ipc
import pytest
from polars.testing import assert_frame_equal

from fanwise.generator.output.formats import sink
from fanwise.generator.output.formats.arrow import ArrowSink
from fanwise.generator.plan.schema import Words


@pytest.mark.parametrize("compression", ArrowSink.compressions)
def test_what_is_read_back_is_what_was_written(frame: pl.DataFrame, tmp_path: Path, compression: str) -> None:
    sink("arrow", compression).write(frame, tmp_path / "t.arrow")

    assert_frame_equal(pl.read_ipc(tmp_path / "t.arrow"), frame)


def test_other_readers_see_the_same(frame: pl.DataFrame, tmp_path: Path) -> None:
    sink("arrow").write(frame, tmp_path / "t.arrow")

    assert_frame_equal(pl.DataFrame(pyarrow.feather.read_table(tmp_path / "t.arrow")), frame)


def test_the_bytes_do_not_depend_on_how_the_rows_came(tmp_path: Path) -> None:
    texts = [f"text number {i}, long enough for a buffer" for i in range(200_000)]
    whole = pl.DataFrame({"text": texts})
    pieces = pl.concat([pl.DataFrame({"text": texts[i : i + 7_001]}) for i in range(0, 200_000, 7_001)], rechunk=False)
    sink("arrow").write(whole, tmp_path / "whole")
    sink("arrow").write(pieces, tmp_path / "pieces")

    assert (tmp_path / "whole").read_bytes() == (tmp_path / "pieces").read_bytes()


@pytest.mark.parametrize("table", ["", "people of Köln", "abc"])
@pytest.mark.parametrize("columns", [{}, {"id": "größe", "text": "a word"}])
@pytest.mark.parametrize("rows", [0, 3, 200_000])
def test_descriptions_are_in_the_footer_and_change_nothing_else(
    tmp_path: Path, table: str, columns: dict[str, str], rows: int
) -> None:
    types = {
        "id": pl.Int64,
        "text": pl.String,
        "n": pl.List(pl.Int64),
        "s": pl.Struct({"a": pl.String, "b": pl.List(pl.String)}),
    }
    row = {"id": 1, "text": "t", "n": [1, 2], "s": {"a": "x", "b": ["y"]}}
    frame = pl.concat([pl.DataFrame([row], schema=types)] * max(1, rows), rechunk=True).head(rows)
    sink("arrow", "zstd").write(frame, tmp_path / "plain")
    sink("arrow", "zstd").described(Words(table, columns)).write(frame, tmp_path / "told")  # type: ignore[attr-defined]

    with pyarrow.ipc.open_file(tmp_path / "told") as told, pyarrow.ipc.open_file(tmp_path / "plain") as plain:
        assert told.schema.metadata == ({b"description": table.encode()} if table else None)
        for field in told.schema:
            text = columns.get(field.name)
            assert field.metadata == (None if text is None else {b"description": text.encode()})
        assert told.schema.equals(plain.schema)
        assert told.num_record_batches == plain.num_record_batches
        told.read_all().validate(full=True)
        assert told.read_all().equals(plain.read_all())
    assert_frame_equal(pl.read_ipc(tmp_path / "told"), frame)
    if not table and not columns:
        assert (tmp_path / "told").read_bytes() == (tmp_path / "plain").read_bytes()


def test_described_files_are_the_same_bytes_each_time(frame: pl.DataFrame, tmp_path: Path) -> None:
    told = ArrowSink().described(Words("a table", dict.fromkeys(frame.columns, "a column")))
    told.write(frame, tmp_path / "one")
    told.write(frame, tmp_path / "two")

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from polars.testing import assert_frame_equal

from fanwise.generator.output.formats import describing, sink
from fanwise.generator.output.formats.parquet import ParquetSink
from fanwise.generator.plan.schema import Words


@pytest.mark.parametrize("compression", ParquetSink.compressions)
def test_what_is_read_back_is_what_was_written(frame: pl.DataFrame, tmp_path: Path, compression: str) -> None:
    sink("parquet", compression).write(frame, tmp_path / "t.parquet")

    assert_frame_equal(pl.read_parquet(tmp_path / "t.parquet"), frame)


def test_other_readers_see_the_same(frame: pl.DataFrame, tmp_path: Path) -> None:
    sink("parquet").write(frame, tmp_path / "t.parquet")

    assert_frame_equal(pl.DataFrame(pq.read_table(tmp_path / "t.parquet")), frame)


def test_row_groups_have_a_fixed_size_and_the_default_is_zstd(tmp_path: Path) -> None:
    numbers = pl.DataFrame({"n": np.arange(600_000)})
    chunked = pl.concat([numbers.slice(start, 70_001) for start in range(0, 600_000, 70_001)], rechunk=False)

    for name, frame in (("whole", numbers), ("chunked", chunked)):
        sink("parquet").write(frame, tmp_path / name)

    written = pq.ParquetFile(tmp_path / "whole").metadata
    assert [written.row_group(i).num_rows for i in range(written.num_row_groups)] == [*[131_072] * 4, 75_712]
    assert written.row_group(0).column(0).compression == "ZSTD"
    assert (tmp_path / "whole").read_bytes() == (tmp_path / "chunked").read_bytes()


def test_descriptions_are_metadata_of_fields_and_of_the_file(frame: pl.DataFrame, tmp_path: Path) -> None:
    nested = frame.with_columns(pl.struct(pl.lit("x").alias("of"), pl.lit([["y"]]).alias("lists")).alias("nested"))
    first, last = nested.columns[0], nested.columns[-1]
    words = Words("A table with every type: ü.", {first: "what comes first, `größe`", last: "some texts"})

    describing(sink("parquet"), words).write(nested, tmp_path / "told")
    sink("parquet").write(nested, tmp_path / "plain")

    told, plain = pq.read_schema(tmp_path / "told"), pq.read_schema(tmp_path / "plain")
    assert {field.name: field.metadata for field in told if field.metadata} == {
        first: {b"description": "what comes first, `größe`".encode()},
        last: {b"description": b"some texts"},
    }
    assert pl.read_parquet_metadata(tmp_path / "told")["description"] == "A table with every type: ü."
    assert told.equals(plain, check_metadata=False)  # texts are no views, as without descriptions
    assert_frame_equal(pl.read_parquet(tmp_path / "told"), nested)


def test_a_file_without_descriptions_keeps_its_bytes(frame: pl.DataFrame, tmp_path: Path) -> None:
    for name, words in (("none", None), ("empty", Words())):
        describing(sink("parquet"), words).write(frame, tmp_path / name)
    sink("parquet").write(frame, tmp_path / "plain")

    assert (tmp_path / "none").read_bytes() == (tmp_path / "plain").read_bytes()
    assert (tmp_path / "empty").read_bytes() == (tmp_path / "plain").read_bytes()


def test_a_format_without_room_for_descriptions_is_written_as_ever() -> None:
    csv = sink("csv")

    assert describing(csv, Words("A table.")) is csv


def test_a_sink_of_another_class_stays_one_when_it_is_given_words(tmp_path: Path) -> None:
    class Counting(ParquetSink):
        written = 0

        def write(self, frame: pl.DataFrame, path: Path) -> None:
            Counting.written += 1
            super().write(frame, path)

    describing(Counting("none"), Words(table="rows")).write(pl.DataFrame({"a": [1]}), tmp_path / "a.parquet")

    assert Counting.written == 1

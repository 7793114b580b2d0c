from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from polars.testing import assert_frame_equal

from fanwise.generator.output.formats import sink
from fanwise.generator.output.formats.parquet import ParquetSink


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

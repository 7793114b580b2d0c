from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow.feather
import pytest
from polars.testing import assert_frame_equal

from fanwise.generator.output.formats import sink
from fanwise.generator.output.formats.arrow import ArrowSink


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

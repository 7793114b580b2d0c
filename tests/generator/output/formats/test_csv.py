from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from fanwise.generator.output.formats import sink
from fanwise.generator.output.formats.csv import CsvSink


@pytest.mark.parametrize("compression", CsvSink.compressions)
def test_what_is_read_back_is_what_was_written(frame: pl.DataFrame, tmp_path: Path, compression: str) -> None:
    writer = sink("csv", compression)
    path = tmp_path / f"t{writer.suffix}"
    writer.write(frame, path)

    assert_frame_equal(pl.read_csv(path, schema=frame.schema), frame, check_exact=True)


def test_the_text_is_exactly_this(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "id": [1, 2, 3],
            "text": ["", None, 'say "no",\nplease'],
            "number": [0.1, None, 1e-9],
            "flag": [True, False, None],
            "moment": pl.Series([0, 1_500_000, None]).cast(pl.Datetime("us")),
            "day": pl.Series([0, -1, None]).cast(pl.Date),
        }
    )
    sink("csv").write(frame, tmp_path / "t.csv")

    assert (tmp_path / "t.csv").read_bytes().decode() == (
        "id,text,number,flag,moment,day\n"
        '1,"",0.1,true,1970-01-01T00:00:00,1970-01-01\n'
        "2,,,false,1970-01-01T00:00:01.500,1969-12-31\n"
        '3,"say ""no"",\nplease",1e-9,,,\n'
    )


def test_compressed_bytes_depend_on_the_rows_only(every_type: pl.DataFrame, tmp_path: Path) -> None:
    for name in ("a.csv.gz", "b.csv.gz"):
        sink("csv", "gzip").write(every_type, tmp_path / name)

    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.csv.gz").read_bytes()).startswith(b"int8,int16,")

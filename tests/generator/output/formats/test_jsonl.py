from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pyarrow
import pytest
from polars.testing import assert_frame_equal

from fanwise.generator.output.formats import sink
from fanwise.generator.output.formats.jsonl import JsonLinesSink


def content(path: Path, compression: str) -> bytes:
    with pyarrow.input_stream(path, compression=None if compression == "none" else compression) as stream:
        return bytes(stream.read())


@pytest.mark.parametrize("compression", JsonLinesSink.compressions)
def test_what_is_read_back_is_what_was_written(frame: pl.DataFrame, tmp_path: Path, compression: str) -> None:
    writer = sink("jsonl", compression)
    path = tmp_path / f"t{writer.suffix}"
    writer.write(frame, path)

    as_text = {"money": pl.String(), "moment": pl.String(), "day": pl.String()}
    lines = [json.loads(line) for line in content(path, compression).decode().split("\n")[:-1]]
    read = pl.DataFrame(lines, schema={**frame.schema, **as_text})
    read = read.with_columns(
        pl.col("money").cast(pl.Decimal(16, 2)),
        pl.col("moment").str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us"),
        pl.col("day").str.to_date("%Y-%m-%d"),
    )

    assert_frame_equal(read, frame, check_exact=True)


def test_the_text_is_exactly_this(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "id": [1, 2],
            "text": ["", 'é "x"\n'],
            "number": [0.1, None],
            "moment": pl.Series([0, 1_500_000]).cast(pl.Datetime("us")),
        }
    )
    sink("jsonl").write(frame, tmp_path / "t.jsonl")

    assert (tmp_path / "t.jsonl").read_bytes().decode() == (
        '{"id":1,"text":"","number":0.1,"moment":"1970-01-01T00:00:00"}\n'
        '{"id":2,"text":"é \\"x\\"\\n","number":null,"moment":"1970-01-01T00:00:01.500"}\n'
    )


def test_every_line_is_one_object_with_every_column(every_type: pl.DataFrame, tmp_path: Path) -> None:
    sink("jsonl").write(every_type, tmp_path / "t.jsonl")

    lines = (tmp_path / "t.jsonl").read_text(encoding="utf-8").splitlines()
    assert [list(json.loads(line)) for line in lines] == [every_type.columns] * every_type.height

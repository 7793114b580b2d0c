"""Frames as a source: of polars, pandas and pyarrow, with ids of any type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

from fanwise.segmenter.errors import SourceError
from fanwise.segmenter.features import build_features
from fanwise.segmenter.ingest.source import open_frames

ROWS = {
    "customer_id": [1, 1, 2],
    "ordered_at": ["2024-01-01 10:00", "2024-02-01 11:00", "2024-01-15 09:30"],
    "total": [5.0, 7.5, 3.25],
}


@pytest.mark.parametrize("kind", [pl.DataFrame, pd.DataFrame, lambda rows: pl.DataFrame(rows).to_arrow()])
def test_any_frame_with_an_arrow_stream_will_do(kind: Any, tmp_path: Path) -> None:
    with open_frames({"order": kind(ROWS)}, folder=tmp_path) as source:
        found = pl.read_parquet(build_features(source).path)

    assert found.select("customer_id", "orders", "value").rows() == [("1", 2, 12.5), ("2", 1, 3.25)]


def test_whole_numbers_in_floats_are_ids(tmp_path: Path) -> None:
    frame = pl.DataFrame(ROWS).with_columns(pl.Series("customer_id", [1.0, 1.0, float("nan")]))
    with open_frames({"order": frame}, folder=tmp_path) as source:
        found = build_features(source)

    assert pl.read_parquet(found.path)["customer_id"].to_list() == ["1"]
    assert found.notes == ("1 orders without a customer are left out",)


def test_what_is_no_frame_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="order is a dict, which has no Arrow stream"):
        open_frames({"order": ROWS}, folder=tmp_path)


def test_sources_of_one_process_do_not_see_each_other(tmp_path: Path) -> None:
    other = {**ROWS, "total": [1.0, 1.0, 1.0]}
    with (
        open_frames({"order": pl.DataFrame(ROWS)}, folder=tmp_path) as one,
        open_frames({"order": pl.DataFrame(other)}, folder=tmp_path) as two,
    ):
        values = [pl.read_parquet(build_features(source).path)["value"].to_list() for source in (one, two, one)]

    assert values == [[12.5, 3.25], [2.0, 1.0], [12.5, 3.25]]

"""Frames as a source, of every library; and what is no source at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fanwise import validator
from fanwise.validator import SourceError, Status

CONTRACT = {"contract": 1, "name": "x", "tables": {"a": {"columns": {"i": "int64", "t": "text"}}}}
FRAME = pl.DataFrame({"i": [1, 2], "t": ["x", "y"]})


@pytest.mark.parametrize("kind", ["polars", "lazy", "pandas", "pyarrow"])
def test_frames_of_every_library(kind: str) -> None:
    if kind in ("pandas", "pyarrow"):
        pytest.importorskip("pyarrow")
    frames = {
        "polars": lambda: FRAME,
        "lazy": FRAME.lazy,
        "pandas": FRAME.to_pandas,
        "pyarrow": FRAME.to_arrow,
    }
    report = validator.audit({"a": frames[kind]()}, CONTRACT)

    assert report.exit_code == 0, report.text()
    assert report.tables[0].rows == 2


@pytest.mark.parametrize("frame", [[{"i": 1}], "text", 7, object()])
def test_what_is_no_frame_is_an_error_of_its_table(frame: Any) -> None:
    report = validator.audit({"a": frame}, CONTRACT)

    assert report.exit_code == 4
    assert report.findings[0].status is Status.ERROR
    assert "has no Arrow stream" in report.findings[0].message
    assert "polars, pandas or pyarrow" in report.findings[0].hint


def test_the_names_of_other_frames_are_said() -> None:
    report = validator.audit({"b": FRAME, "c": FRAME}, CONTRACT)

    assert (report.exit_code, report.findings[0].hint) == (1, "the source holds b, c.")


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("mysql://ann:CANARY@host/db", "mysql:// is not a supported source"),
        ("http://ann:CANARY@host/x.parquet", "http:// is not a supported source"),
        (Path("postgresql://ann:CANARY@host/db"), "removed a slash"),
        ("/no/such/folder", "no such folder or file"),
        ("\0", "cannot be read|no such folder"),
        (None, "NoneType is not a supported source"),
    ],
)
def test_what_is_no_source(source: Any, why: str) -> None:
    with pytest.raises(SourceError, match=why) as caught:
        validator.audit(source, CONTRACT)

    assert "CANARY" not in str(caught.value)
    assert "Hint" in str(caught.value)

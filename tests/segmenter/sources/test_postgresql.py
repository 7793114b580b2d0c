"""PostgreSQL as a source, against a real server: the features of the frames, and no secret anywhere."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from segmenter.errors import SourceError
from segmenter.features import build_features
from segmenter.source import open_frames, open_source
from tests.segmenter.shops import AS_OF, shop


def test_a_database_gives_the_features_of_the_frames(postgres: Any, tmp_path: Path) -> None:
    with open_source(postgres.fill("segmenter_shop", shop(7)), folder=tmp_path, as_of=AS_OF) as source:
        found = pl.read_parquet(build_features(source).path)
    with open_frames(shop(7), folder=tmp_path, as_of=AS_OF) as source:
        expected = pl.read_parquet(build_features(source).path)

    assert found.equals(expected)


def test_no_error_shows_the_password(tmp_path: Path) -> None:
    url = "postgresql://ann:s3cret-word@127.0.0.1:1/shop?sslkey=t0pkey"

    with pytest.raises(SourceError) as caught:
        open_source(url, folder=tmp_path)

    said = "".join(traceback.format_exception(caught.value)) + str(caught.value)
    assert "postgresql://ann@127.0.0.1:1/shop" in said
    assert "s3cret-word" not in said
    assert "t0pkey" not in said


@pytest.mark.parametrize(
    ("url", "expected"),
    [("mysql://ann:s3cret@db/shop", "mysql:// is no source"), ("postgresql://ann:a/b@db/shop", "percent-encoded")],
)
def test_other_urls_are_refused(tmp_path: Path, url: str, expected: str) -> None:
    with pytest.raises(SourceError, match=expected) as caught:
        open_source(url, folder=tmp_path)

    assert "s3cret" not in str(caught.value)


def test_a_url_given_as_a_path_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="lost a slash"):
        open_source(Path("postgresql://ann@db/shop"), folder=tmp_path)

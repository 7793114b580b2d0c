"""What is said of a place that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from fanwise.generator.errors import OutputError
from fanwise.generator.output.publishing.target import as_output_error


@pytest.mark.parametrize(
    ("folder", "code", "why"),
    [
        (True, "FW-OUTPUT-LOCKED", "another run is writing there"),
        (False, "FW-OUTPUT-FOLDER", "is not a folder, or lies below a file"),
    ],
)
def test_a_place_that_is_taken_is_a_file_or_another_runs(tmp_path: Path, folder: bool, code: str, why: str) -> None:
    place = tmp_path / "place"
    if folder:
        place.mkdir()
    else:
        place.write_text("mine")
    with pytest.raises(OutputError, match=why) as caught, as_output_error(tmp_path):
        place.mkdir()

    assert caught.value.problems[0].code == code
    assert caught.value.problems[0].path == str(place)


def test_a_path_below_a_file_is_called_that(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="lies below a file"), as_output_error(tmp_path):
        (tmp_path / "file" / "below").mkdir()

"""What every schema of the corpus makes, and what its forecast says: a change shows here what it moves.

`make snapshots` writes the files anew. A moved hash is a change for users: it needs a line in CHANGELOG.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from fanwise.generator.audit.forecast import forecast
from fanwise.generator.engine.local import generate
from fanwise.generator.errors import FanwiseError
from fanwise.generator.language import Dataset, load
from fanwise.generator.output.content_hash import content_hash
from fanwise.generator.plan import compile_plan
from tests.corpus.collect import schemas
from tests.golden.hashes import text_pool_columns

FOLDER = Path(__file__).parent
MOST_ROWS = 5_000


def _complete() -> dict[str, Dataset]:
    """Return the schemas that stand by themselves: some of a page are mistakes, or need files beside them."""
    found = {}
    for name, text in schemas():
        try:
            found[name] = load(text)
            compile_plan(found[name])
        except FanwiseError:
            found.pop(name, None)
    return found


CORPUS = _complete()


class Record(SingleFileSnapshotExtension):
    """One text file per schema."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


def test_no_schema_drops_out() -> None:
    """A schema that stops to load would else be left out without a word."""
    recorded = {path.stem.partition("[")[2].removesuffix("]") for path in FOLDER.glob("__snapshots__/*/*.txt")}

    assert recorded == set(CORPUS), "run: make snapshots"
    assert {path.stem for path in FOLDER.glob("schemas/*.yaml")} <= set(CORPUS)
    assert len(CORPUS) >= 50


@pytest.mark.parametrize("name", CORPUS)
def test_content_and_forecast(name: str, snapshot: SnapshotAssertion) -> None:
    dataset = CORPUS[name]
    scale = min(1.0, MOST_ROWS / sum(compile_plan(dataset).expected_rows.values()))
    left_out = text_pool_columns(dataset)
    parts: dict[str, list[pl.DataFrame]] = {}
    for frames in generate(compile_plan(dataset, scale=scale)):
        for table, frame in frames.items():
            parts.setdefault(table, []).append(frame.drop([c for t, c in left_out if t == table]))
    lines = [f"{table} {content_hash(pl.concat(frames))}" for table, frames in sorted(parts.items())]

    assert "\n".join([forecast(compile_plan(dataset)).verdict, *lines, ""]) == snapshot.use_extension(Record)

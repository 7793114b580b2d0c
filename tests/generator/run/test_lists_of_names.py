"""Another version of the names or of the places: a run is not continued with them, and shards do not mix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fanwise.generator.columns import person, place
from fanwise.generator.engine.executor import Shard
from fanwise.generator.errors import UsageError
from fanwise.generator.language import load
from fanwise.generator.output import manifest
from fanwise.generator.run.merge import MergeOptions, merge
from fanwise.generator.run.options import RunOptions
from fanwise.generator.run.run import run

SCHEMA = """
fanwise: 1
name: people
tables:
  customer:
    rows: 40
    key: id
    columns:
      name: {person: {field: full_name, locale: de_DE}}
      city: {place: {field: city, countries: DE}}
      company: {fake: company}
"""


def run_into(out: Path, **changes: Any) -> None:
    run(load(SCHEMA), RunOptions(out=out, gates="none", threads=1, **changes))


def other_names(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(person, "digest", lambda locale: "0" * 64)


def other_places(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(place.Place, "files", property(lambda kind: {"places.parquet (GeoNames, CC BY 4.0)": "0" * 64}))


def other_mimesis(patch: pytest.MonkeyPatch) -> None:
    there = manifest.importlib.metadata.version
    patch.setattr(manifest.importlib.metadata, "version", lambda name: "1.2.3" if name == "mimesis" else there(name))


CHANGES = {"names de_DE": other_names, "places.parquet": other_places, "mimesis": other_mimesis}


@pytest.mark.parametrize("name", CHANGES)
def test_a_run_is_not_continued_with_other_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    run_into(tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    (tmp_path / "out" / "customer.parquet").unlink()
    CHANGES[name](monkeypatch)

    with pytest.raises(UsageError, match="holds a data set with other settings") as refused:
        run_into(tmp_path / "out", resume=True)
    assert name in str(refused.value)
    monkeypatch.undo()
    run_into(tmp_path / "out", resume=True)
    assert (tmp_path / "out" / "customer.parquet").read_bytes() == before["customer.parquet"]


@pytest.mark.parametrize("name", CHANGES)
def test_shards_of_other_lists_are_not_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    shards = [tmp_path / "1", tmp_path / "2"]
    run_into(shards[0], shard=Shard(1, 2))
    CHANGES[name](monkeypatch)
    run_into(shards[1], shard=Shard(2, 2))

    with pytest.raises(UsageError) as refused:
        merge(shards, MergeOptions(out=tmp_path / "out", gates="none"))
    assert name in str(refused.value)
    assert not (tmp_path / "out").exists()

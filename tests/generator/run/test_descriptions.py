"""Descriptions in what a run writes: fields and tables in Parquet, the dataset in the manifest."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest

from fanwise.generator.language import load
from fanwise.generator.output.manifest import read_manifest
from fanwise.generator.run.options import RunOptions
from fanwise.generator.run.run import run

SCHEMA = """
fanwise: 1
name: shop
description: A shop.
segments:
  tier: {table: customer, share: {VIP: 0.2, Standard: 0.8}, description: how much they buy}
tables:
  customer:
    rows: 50
    description: a person who buys
    key: id
    columns:
      id: {sequence: {}}
      tier: {segment: tier}
      secret: {constant: 1, hidden: true, description: nobody sees it}
      a: {integer: {min: 0, max: 9}, description: größe}
  plain:
    parent: customer
    fanout: {fixed: 2}
    columns: {id: {parent: id}}
"""


def test_arrow_files_have_them_too(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(load(SCHEMA), RunOptions(out=out, gates="none", threads=1, format="arrow"))

    with pyarrow.ipc.open_file(out / "customer.arrow") as file:
        assert [field.metadata for field in file.schema] == [
            None, {b"description": b"how much they buy"}, {b"description": "größe".encode()}
        ]  # fmt: skip
        assert file.schema.metadata == {b"description": b"a person who buys"}


@pytest.mark.parametrize("defects", ["", "defects: {customer: {duplicate: 10%}}\n"])
def test_a_run_writes_every_description(tmp_path: Path, defects: str) -> None:
    out = tmp_path / "out"
    run(load(SCHEMA + defects), RunOptions(out=out, gates="none", threads=1))

    told = {field.name: field.metadata for field in pq.read_schema(out / "customer.parquet")}
    assert told == {
        "id": None,
        "tier": {b"description": b"how much they buy"},
        "a": {b"description": "größe".encode()},
    }
    assert pl.read_parquet_metadata(out / "customer.parquet")["description"] == "a person who buys"
    assert "description" not in pl.read_parquet_metadata(out / "plain.parquet")
    assert not any(field.metadata for field in pq.read_schema(out / "plain.parquet"))
    assert read_manifest(out).description == "A shop."

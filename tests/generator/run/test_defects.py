"""Defects in written data: the same clean cells, each defect listed, and an audit that finds nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from fanwise import validator
from fanwise.generator.audit.contract import compile_contract
from fanwise.generator.engine.executor import Shard
from fanwise.generator.language import load
from fanwise.generator.output.manifest import read_manifest
from fanwise.generator.plan import compile_plan
from fanwise.generator.run.merge import MergeOptions, merge
from fanwise.generator.run.options import RunOptions
from fanwise.generator.run.run import run

pytestmark = pytest.mark.system

SCHEMA = """
fanwise: 1
name: shop
seed: 3
window: {start: 2024-01-01, end: 2025-01-01}
segments:
  tier: {table: customer, share: {VIP: 0.3, Standard: 0.7}}
tables:
  customer:
    rows: 900
    key: id
    columns:
      id: {sequence: {}}
      tier: {segment: tier}
      email: {fake: email}
      joined: {date: {between: [2024-01-01, 2024-06-01]}}
  order:
    parent: customer
    fanout: {poisson: {mean: 4}, multiplier: {tier: {VIP: 2, Standard: 1}}}
    key: [id, no]
    columns:
      id: {parent: id}
      no: {ordinal: {}}
      friend: {ref: customer}
      amount: {gamma: {mean: 50, shape: 4}, round: 2}
      twice: {expr: "amount * 2"}
      at: {timestamp: {between: [window.start, window.end]}}
checks: [order.amount < 1000]
defects:
  order: {duplicate: 2%, late: {share: 3%, column: at, lag: {exponential: {mean: 2d}}}}
  customer.email: {null: 5%, typo: 4%, case: 5%, whitespace: 6%}
  customer.joined: {null: 2%}
  order.amount: {outlier: {share: 1%, factor: 100}}
  order.friend: {orphan: 1%}
"""
KEYS = {"customer": ["id"], "order": ["id", "no"]}
DECLARED = {
    ("order", None, "duplicate"): 0.02,
    ("order", "at", "late"): 0.03,
    ("customer", "email", "null"): 0.05,
    ("customer", "email", "typo"): 0.04,
    ("customer", "email", "case"): 0.05,
    ("customer", "email", "whitespace"): 0.06,
    ("customer", "joined", "null"): 0.02,
    ("order", "amount", "outlier"): 0.01,
    ("order", "friend", "orphan"): 0.01,
}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("clean") / "data"
    run(load(SCHEMA), RunOptions(out=out, gates="none", clean=True, threads=1))
    return out


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return data that were audited clean, got their defects and were audited again."""
    out = tmp_path_factory.mktemp("dirty") / "data"
    assert run(load(SCHEMA), RunOptions(out=out, gates="integrity", threads=1)).exit_code == 0
    return out


def tables(folder: Path) -> dict[str, pl.DataFrame]:
    return {name: pl.read_parquet(folder / f"{name}.parquet") for name in ("customer", "order", "_defects")}


def audited(folder: Path) -> validator.Report:
    contract = compile_contract(compile_plan(load(SCHEMA)))
    return validator.audit(folder, replace(contract, gates="integrity", effects={}, distributions=()), threads=1)


def spoilt(dirty: Path, to: Path, table: str, change: pl.Expr) -> Path:
    """Copy the data with one column of one table changed."""
    for path in dirty.glob("*.parquet"):
        frame = pl.read_parquet(path)
        (frame.with_columns(change) if path.stem == table else frame).write_parquet(to / path.name)
    return to


def test_cells_that_are_not_listed_are_those_of_a_clean_run(clean: Path, dirty: Path) -> None:
    found, listed = tables(dirty), tables(dirty)["_defects"]
    copies = listed.filter(pl.col("defect") == "duplicate")
    for name, key in KEYS.items():
        expected = pl.read_parquet(clean / f"{name}.parquet")
        rows = found[name].unique(key, keep="first", maintain_order=True)
        assert_frame_equal(rows.select(key), expected.select(key))
        assert found[name].height - rows.height == copies.filter(pl.col("table") == name).height
        for column in expected.columns:
            changed = rows[column].ne_missing(expected[column])
            of_column = listed.filter((pl.col("table") == name) & (pl.col("column") == column))
            text = expected.select(pl.concat_str([pl.col(part).cast(pl.String) for part in key], separator="|"))
            assert set(text.to_series().filter(changed)) == set(of_column["key"])
    assert read_manifest(clean).defects == "left out"
    assert not (clean / "_defects.parquet").exists()


def test_shares_are_the_declared_ones(clean: Path, dirty: Path) -> None:
    listed = tables(dirty)["_defects"]
    counts = {row[:3]: row[3] for row in listed.group_by("table", "column", "defect").len().iter_rows()}

    assert counts.keys() == DECLARED.keys()
    for (table, column, name), share in DECLARED.items():
        rows = pl.read_parquet(clean / f"{table}.parquet").height
        spread = 5 * (rows * share * (1 - share)) ** 0.5
        assert abs(counts[table, column, name] - rows * share) < spread, name
    assert not listed.filter(pl.col("column").is_not_null()).select("table", "key", "column").is_duplicated().any()


def test_a_duplicate_follows_its_row(dirty: Path) -> None:
    found = tables(dirty)
    order = found["order"]
    again = order.select(pl.all().eq_missing(pl.all().shift(1))).select(pl.all_horizontal(pl.all())).to_series()

    assert again.sum() == found["_defects"].filter(pl.col("defect") == "duplicate").height


def test_the_audit_finds_the_listed_defects_and_nothing_else(dirty: Path) -> None:
    report = audited(dirty)
    of_defects = [finding for finding in report.findings if finding.check == "defects"]

    assert report.exit_code == 0
    assert len(of_defects) == len(DECLARED) + 1
    assert sum(int(str(finding.evidence["listed"])) for finding in of_defects[1:]) == tables(dirty)["_defects"].height


ANY_ROW = pl.col("id") == 701
FAULTS = {
    "one more null": ("customer", pl.when(ANY_ROW).then(None).otherwise("email").alias("email"), "nulls"),
    "one more orphan": ("order", pl.when(ANY_ROW).then(-5).otherwise("friend").alias("friend"), "reference"),
    "one more outlier": ("order", pl.when(ANY_ROW).then(7e5).otherwise("amount").alias("amount"), "formula"),
    "a repaired value": ("customer", pl.col("joined").fill_null(pl.date(2024, 1, 1)), "defects"),
    "a defect of another kind": (
        "_defects",
        pl.when(pl.col("defect") == "typo").then(pl.lit("swap")).otherwise("defect").alias("defect"),
        "defects",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_any_other_fault_fails(dirty: Path, tmp_path: Path, fault: str) -> None:
    table, change, check = FAULTS[fault]

    report = audited(spoilt(dirty, tmp_path, table, change))

    assert report.exit_code == 1
    assert check in {finding.check for finding in report.with_status(validator.Status.FAIL)}


def test_workers_chunks_and_shards_give_the_same_defects(dirty: Path, tmp_path: Path) -> None:
    dataset = load(SCHEMA)
    run(dataset, RunOptions(out=tmp_path / "chunks", gates="none", chunk_rows=100, threads=2))
    for index in (1, 2):
        run(dataset, RunOptions(out=tmp_path / f"{index}", shard=Shard(index, 2), gates="none", threads=1))
    assert read_manifest(tmp_path / "1").defects == "pending"
    whole = merge([tmp_path / "1", tmp_path / "2"], MergeOptions(out=tmp_path / "merged", gates="none")).manifest

    assert whole is not None
    expected = {name: table.content_hash for name, table in read_manifest(dirty).tables.items()}
    assert {name: table.content_hash for name, table in read_manifest(tmp_path / "chunks").tables.items()} == expected
    assert {name: table.content_hash for name, table in whole.tables.items()} == expected
    assert whole.defects == "applied"


@pytest.mark.parametrize("file_format", ["csv", "jsonl", "arrow"])
def test_every_format_holds_the_same_defects(dirty: Path, tmp_path: Path, file_format: str) -> None:
    out = tmp_path / "out"
    run(load(SCHEMA), RunOptions(out=out, gates="none", format=file_format, threads=1))

    assert {name: table.content_hash for name, table in read_manifest(out).tables.items()} == {
        name: table.content_hash for name, table in read_manifest(dirty).tables.items()
    }
    assert audited(out).exit_code == 0


def test_a_database_gets_the_defects_without_the_keys_that_they_break(tmp_path: Path) -> None:
    file = tmp_path / "shop.duckdb"
    run(load(SCHEMA), RunOptions(out=tmp_path / "out", gates="none", to=f"duckdb:///{file}", threads=1))

    assert audited(file).exit_code == 0
    with duckdb.connect(str(file), read_only=True) as database:
        kinds = database.execute("SELECT table_name, constraint_type FROM duckdb_constraints()").fetchall()
        assert ("customer", "PRIMARY KEY") in kinds
        assert {kind for table, kind in kinds if table == "order"} <= {"FOREIGN KEY", "NOT NULL"}


def test_the_answer_key_is_that_of_the_clean_rows(dirty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(dirty)
    with duckdb.connect() as connection:
        row = connection.execute((dirty / "verify.sql").read_text(encoding="utf-8")).fetchone()

    assert row is not None
    assert "agree with the data" in row[0]
    orders = next(each for each in json.loads((dirty / "answers.json").read_text())["effects"])
    assert sum(each["sum"] for each in orders["segments"]) == tables(dirty)["order"].unique(KEYS["order"]).height

"""`gen merge`: the shards of one run become the run; what does not belong together is refused, all of it at once."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from fanwise.generator.cli import main
from fanwise.generator.engine.executor import Shard
from fanwise.generator.errors import OutputError, UsageError
from fanwise.generator.language import load
from fanwise.generator.language.spec import Gates
from fanwise.generator.output.destinations import stored_manifest
from fanwise.generator.output.manifest import MANIFEST, Manifest, read_manifest
from fanwise.generator.run.merge import MergeOptions, merge
from fanwise.generator.run.options import RunOptions
from fanwise.generator.run.run import run
from tests.invariants.test_laws import SCHEMA

pytestmark = pytest.mark.system

OF = 3


def folders(base: Path, of: int = OF) -> list[Path]:
    return [base / f"{index}" for index in range(1, of + 1)]


def make(base: Path, schema: str = SCHEMA, of: int = OF, *, file_format: str = "parquet", audit: bool = False) -> None:
    dataset = load(schema)
    for index, folder in enumerate(folders(base, of), start=1):
        gates: Gates | None = None if audit else "none"
        options = RunOptions(out=folder, shard=Shard(index, of), format=file_format, gates=gates, threads=1)
        assert run(dataset, options).exit_code == 0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("shards")
    make(base)
    return base


@pytest.fixture
def shards(made: Path, tmp_path: Path) -> Iterator[list[Path]]:
    """Three shards that a test may spoil."""
    shutil.copytree(made, tmp_path / "shards")
    yield folders(tmp_path / "shards")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def rewrite(folder: Path, **changes: object) -> None:
    manifest = replace(read_manifest(folder), **changes)  # type: ignore[arg-type]
    (folder / MANIFEST).write_text(manifest.text(), encoding="utf-8")


def hashes(manifest: Manifest | None) -> dict[str, tuple[int, str]]:
    assert manifest is not None
    return {name: (entry.rows, entry.content_hash) for name, entry in manifest.tables.items()}


@pytest.mark.parametrize(
    ("of", "file_format"),
    [(1, "csv"), (2, "jsonl"), (3, "arrow"), (7, "parquet"), pytest.param(90, "csv", marks=pytest.mark.slow)],
)
def test_the_merged_content_is_that_of_one_run(tmp_path: Path, of: int, file_format: str) -> None:
    dataset = load(SCHEMA)
    whole = run(dataset, RunOptions(out=tmp_path / "whole", format=file_format, gates="none")).manifest
    if of == 1:
        assert run(
            dataset, RunOptions(out=tmp_path / "1", format=file_format, gates="none", shard=Shard(1, 1))
        ).manifest
        assert hashes(read_manifest(tmp_path / "1")) == hashes(whole)
        return
    make(tmp_path / "shards", of=of, file_format=file_format)
    result = merge(folders(tmp_path / "shards", of), MergeOptions(out=tmp_path / "merged", gates="none"))

    assert hashes(result.manifest) == hashes(whole)
    assert result.manifest is not None
    assert result.manifest.shard is None
    assert not result.manifest.audited
    assert result.manifest == read_manifest(tmp_path / "merged")


def test_rows_stand_in_the_order_of_one_run(shards: list[Path], tmp_path: Path) -> None:
    run(load(SCHEMA), RunOptions(out=tmp_path / "whole", gates="none"))
    merge(shards[::-1], MergeOptions(out=tmp_path / "merged", gates="none"))

    for table in ("customer", "purchase", "line"):
        expected = pl.read_parquet(tmp_path / "whole" / f"{table}.parquet")
        assert pl.read_parquet(tmp_path / "merged" / table / "*.parquet").equals(expected)


def test_files_without_rows_are_left_out(tmp_path: Path) -> None:
    make(tmp_path, of=9)  # seven shops: some shards have none
    manifest = merge(folders(tmp_path, 9), MergeOptions(out=tmp_path / "merged", gates="none")).manifest

    assert manifest is not None
    files = manifest.tables["shop"].files
    assert [file.path for file in files] == [f"shop/part-{number:05d}.parquet" for number in range(7)]
    assert all(file.rows for file in files)


def test_a_file_of_the_whole_is_a_second_name_of_the_shards_file(shards: list[Path], tmp_path: Path) -> None:
    merge(shards, MergeOptions(out=tmp_path / "merged", gates="none"))

    part = tmp_path / "merged" / "line" / "part-00001.parquet"
    assert part.samefile(shards[1] / "line.parquet")
    assert (shards[1] / MANIFEST).exists()


def test_where_there_are_no_links_files_are_copied(
    shards: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    manifest = merge(shards, MergeOptions(out=tmp_path / "merged", gates="none")).manifest

    part = tmp_path / "merged" / "line" / "part-00001.parquet"
    assert part.read_bytes() == (shards[1] / "line.parquet").read_bytes()
    assert not part.samefile(shards[1] / "line.parquet")
    assert manifest == read_manifest(tmp_path / "merged")


def test_the_whole_is_audited_with_the_schema_that_the_shards_carry(tmp_path: Path) -> None:
    make(tmp_path, "ecommerce", audit=True)
    assert read_manifest(tmp_path / "2").verdict == "none"
    result = merge(folders(tmp_path), MergeOptions(out=tmp_path / "merged"))

    assert result.exit_code == 0
    assert result.report is not None
    assert result.manifest is not None
    assert (result.manifest.audited, result.manifest.verdict) == (True, "pass")
    assert [entry.path for entry in result.manifest.documents] == [
        "report.json",
        "report.html",
        "answers.json",
        "verify.sql",
    ]


def test_gates_on_integrity_publish_a_whole_whose_effects_fail(tmp_path: Path) -> None:
    make(tmp_path, "ecommerce_flat")
    shards = folders(tmp_path)

    assert merge(shards, MergeOptions(out=tmp_path / "all")).exit_code == 1
    manifest = merge(shards, MergeOptions(out=tmp_path / "some", gates="integrity")).manifest
    assert manifest is not None
    assert (manifest.audited, manifest.gates) == (True, "integrity")
    assert read_manifest(tmp_path / "some").gates == "integrity"


def test_a_whole_that_fails_the_audit_is_not_published(tmp_path: Path) -> None:
    """One shard's customers were given another tier after they were made: each shard by itself is intact."""
    make(tmp_path, "ecommerce")
    path = tmp_path / "2" / "customer.parquet"
    pl.read_parquet(path).with_columns(customer_segment=pl.lit("VIP")).write_parquet(path)
    manifest = read_manifest(tmp_path / "2")
    entry = manifest.tables["customer"]
    import hashlib

    file = replace(entry.files[0], bytes=path.stat().st_size, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    rewrite(tmp_path / "2", tables={**manifest.tables, "customer": replace(entry, files=(file,))})
    result = merge(folders(tmp_path), MergeOptions(out=tmp_path / "merged"))

    assert result.exit_code == 1
    assert result.manifest is None
    assert not (tmp_path / "merged").exists()
    assert (tmp_path / "merged.rejected" / "report.txt").exists()


def test_every_difference_is_told_at_once(shards: list[Path], tmp_path: Path) -> None:
    versions = read_manifest(shards[1]).versions
    rewrite(shards[1], seed=99, scale=2.0, rows={"customer": 7}, versions={**versions, "algorithm": "0"})
    rewrite(shards[2], schema_sha256="d" * 64, format="csv", compression="none", dataset="other")
    with pytest.raises(UsageError) as refused:
        merge([*shards, shards[0]], MergeOptions(out=tmp_path / "merged"))

    text = str(refused.value)
    for word in ("seed 99, not 11", "scale 2.0, not 1.0", "rows.customer 7, not None", "versions.algorithm 0"):
        assert word in text
    for word in ("dataset other, not laws", "schema_sha256 ddd", "format csv, not parquet", "is shard 1/3, and so is"):
        assert word in text
    assert not (tmp_path / "merged").exists()


@pytest.mark.parametrize("name", ["polars", "numpy"])
def test_versions_that_move_no_value_may_differ(shards: list[Path], tmp_path: Path, name: str) -> None:
    rewrite(shards[1], versions={**read_manifest(shards[1]).versions, name: "99"})
    manifest = merge(shards, MergeOptions(out=tmp_path / "merged", gates="none")).manifest

    assert manifest is not None
    assert manifest.versions[name] == ", ".join(sorted({"99", read_manifest(shards[0]).versions[name]}))


def test_missing_double_and_foreign_shards_are_named(shards: list[Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="1 of 3 shards are missing: 2/3"):
        merge([shards[0], shards[2]], MergeOptions(out=tmp_path / "merged"))
    with pytest.raises(UsageError, match=r"2 of 3 shards are missing: 2/3, 3/3"):
        merge([shards[0]], MergeOptions(out=tmp_path / "merged"))
    with pytest.raises(UsageError, match="is shard 2/3, and so is"):
        merge([*shards, shards[1]], MergeOptions(out=tmp_path / "merged"))
    rewrite(shards[1], shard="2/4")
    with pytest.raises(UsageError) as refused:
        merge(shards, MergeOptions(out=tmp_path / "merged"))
    assert "is shard 2/4, but" in str(refused.value)
    assert "missing: 2/3" in str(refused.value)
    rewrite(shards[1], shard=None)
    with pytest.raises(UsageError, match=r"holds a whole data set \('laws'\), not a shard"):
        merge(shards, MergeOptions(out=tmp_path / "merged"))


def test_folders_that_are_no_data_are_all_named(shards: list[Path], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (shards[2] / MANIFEST).write_text("{", encoding="utf-8")
    with pytest.raises(OutputError) as refused:
        merge([tmp_path / "nowhere", tmp_path / "empty", *shards], MergeOptions(out=tmp_path / "merged"))

    assert len(refused.value.problems) == 3
    assert "nowhere" in str(refused.value)


@pytest.mark.parametrize("fault", ["flipped", "truncated", "gone", "empty", "link", "folder"])
@pytest.mark.parametrize("name", ["line.parquet", "schema.yaml"])
def test_a_damaged_file_is_named_with_the_way_out(shards: list[Path], tmp_path: Path, fault: str, name: str) -> None:
    path = shards[1] / name
    content = path.read_bytes()
    path.unlink()
    if fault == "flipped":
        path.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
    elif fault == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif fault == "empty":
        path.touch()
    elif fault == "link":
        (tmp_path / "elsewhere").write_bytes(content)
        path.symlink_to(tmp_path / "elsewhere")
    elif fault == "folder":
        path.mkdir()
    with pytest.raises(OutputError) as refused:
        merge(shards, MergeOptions(out=tmp_path / "merged", gates="none"))

    assert len(refused.value.problems) == 1
    assert str(path) in str(refused.value)
    assert f"--shard 2/3 --out {shards[1]} --resume" in str(refused.value)
    assert not (tmp_path / "merged").exists()


def test_another_schema_is_refused(shards: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(SCHEMA + "# a remark\n", encoding="utf-8")
    with pytest.raises(UsageError, match="generated from another version of it"):
        merge(shards, MergeOptions(out=tmp_path / "merged", schema=str(other)))
    manifest = read_manifest(shards[0])
    rewrite(shards[0], documents=())
    with pytest.raises(OutputError, match=r"has no copy of the schema.*--schema"):
        merge(shards, MergeOptions(out=tmp_path / "merged"))
    assert [entry.path for entry in manifest.documents] == ["schema.yaml"]


def test_the_target_is_guarded_as_by_a_run(shards: list[Path], tmp_path: Path) -> None:
    merge(shards, MergeOptions(out=tmp_path / "merged", gates="none"))
    with pytest.raises(OutputError, match="--force"):
        merge(shards, MergeOptions(out=tmp_path / "merged", gates="none"))
    assert merge(shards, MergeOptions(out=tmp_path / "merged", gates="none", force=True)).exit_code == 0
    with pytest.raises(OutputError, match="already holds a data set"):
        merge(shards, MergeOptions(out=shards[0], gates="none"))
    assert json.loads((shards[0] / MANIFEST).read_text())["shard"] == "1/3"


def test_a_schema_that_reads_files_is_given_again(tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text("name\nAda\nBob\n")
    path = tmp_path / "sampled.yaml"
    path.write_text(
        "fanwise: 1\nname: sampled\nwindow: {start: 2024-01-01, end: 2025-01-01}\ntables:\n  a:\n    rows: 9\n    key: id\n"
        "    columns: {id: {sequence: {}}, name: {sample: {file: names.csv, column: name}}}\n"
    )
    make(tmp_path, str(path), audit=True)

    with pytest.raises(UsageError, match="--schema"):
        merge(folders(tmp_path), MergeOptions(out=tmp_path / "merged"))
    assert merge(folders(tmp_path), MergeOptions(out=tmp_path / "merged", schema=str(path))).exit_code == 0


def test_the_whole_is_delivered_and_passes_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make(tmp_path, "ecommerce")
    url = f"duckdb:///{tmp_path / 'shop.duckdb'}"
    result = merge(folders(tmp_path), MergeOptions(to=url))
    alone = run(load("ecommerce"), RunOptions(out=tmp_path / "alone", gates="none"))

    assert result.exit_code == 0
    assert result.delivered == url
    assert not result.folder.exists()
    stored = stored_manifest(url)
    assert stored is not None
    assert (stored.audited, stored.shard) == (True, None)
    assert hashes(stored) == hashes(alone.manifest)
    assert main(["audit", str(tmp_path / "shop.duckdb"), "--schema", "ecommerce", "--quiet"]) == 0


def test_a_delivery_that_is_refused_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make(tmp_path)
    place = tmp_path / "shop.duckdb"
    place.write_bytes(b"somebody's own")

    with pytest.raises((OutputError, UsageError), match=r"shop\.duckdb"):
        merge(folders(tmp_path), MergeOptions(to=f"duckdb:///{place}", gates="none", force=True))

    assert place.read_bytes() == b"somebody's own"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2", "3", "shop.duckdb"]


def test_a_delivery_may_be_kept_in_a_folder_as_well(tmp_path: Path) -> None:
    make(tmp_path)
    options = MergeOptions(to=f"sqlite:///{tmp_path / 'shop.db'}", out=tmp_path / "merged", gates="none")
    result = merge(folders(tmp_path), options)

    assert result.delivered == options.to
    assert hashes(read_manifest(tmp_path / "merged")) == hashes(result.manifest)
    assert "shop.db" not in repr(options)  # a URL may hold a password

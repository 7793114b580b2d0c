from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fanwise.generator.errors import OutputError
from fanwise.generator.output.manifest import (
    FileEntry,
    Manifest,
    TableEntry,
    created,
    differences,
    holds_manifest,
    part_of,
    read_manifest,
    versions,
)


def manifest() -> Manifest:
    part = FileEntry(path="order/part-00000.parquet", rows=2, bytes=10, sha256="a" * 64)
    rest = FileEntry(path="order/part-00001.parquet", rows=1, bytes=9, sha256="b" * 64)
    return Manifest(
        dataset="shop",
        schema_sha256="c" * 64,
        seed=-7,
        scale=0.5,
        rows={"customer": 3},
        versions={"numpy": "2.4.6", "algorithm": "1"},
        format="parquet",
        compression="zstd",
        audited=True,
        verdict="pass",
        tables={"order": TableEntry(3, "d" * 64, {"order_id": "int64", "a_note": "text"}, (part, rest))},
        documents=(FileEntry(path="report.json", rows=0, bytes=2, sha256="e" * 64),),
    )


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(manifest().text(), encoding="utf-8")

    assert read_manifest(tmp_path) == manifest()
    assert holds_manifest(tmp_path)
    assert [entry.path for entry in manifest().files()] == [
        "order/part-00000.parquet",
        "order/part-00001.parquet",
        "report.json",
    ]


def test_the_text_is_canonical() -> None:
    other = dataclasses.replace(manifest(), versions={"algorithm": "1", "numpy": "2.4.6"})

    assert other.text() == manifest().text()
    assert manifest().text().endswith("}\n")
    assert "created" not in manifest().text()
    assert list(json.loads(manifest().text())["tables"]["order"]["columns"]) == ["order_id", "a_note"]


def test_a_description_follows_the_name_and_only_where_there_is_one(tmp_path: Path) -> None:
    described = dataclasses.replace(manifest(), description="A shop in Zürich.")
    (tmp_path / "manifest.json").write_text(described.text(), encoding="utf-8")

    assert read_manifest(tmp_path) == described
    assert list(json.loads(described.text()))[1:3] == ["dataset", "description"]
    assert "description" not in json.loads(manifest().text())
    assert described.recipe() == manifest().recipe()  # words do not change the files' bytes by themselves
    (tmp_path / "manifest.json").write_text(changed(lambda m: m.update(description=7)))
    with pytest.raises(OutputError, match="description"):
        read_manifest(tmp_path)


def test_a_shard_and_the_hashes_of_parts_are_read_back(tmp_path: Path) -> None:
    table = manifest().tables["order"]
    files = tuple(dataclasses.replace(file, content_hash="f" * 64) for file in table.files)
    shard = dataclasses.replace(
        manifest(), shard="2/3", tables={"order": dataclasses.replace(table, files=files)}, documents=()
    )
    (tmp_path / "manifest.json").write_text(shard.text(), encoding="utf-8")

    assert read_manifest(tmp_path) == shard
    assert json.loads(shard.text())["shard"] == "2/3"
    assert "shard" not in json.loads(manifest().text())
    for wrong in ("0/3", "2", 2, "2/0", "../2"):
        (tmp_path / "manifest.json").write_text(changed(lambda m, wrong=wrong: m.update(shard=wrong)))
        with pytest.raises(OutputError, match="is not valid here"):
            read_manifest(tmp_path)


def test_a_recipe_is_what_decides_the_bytes() -> None:
    one = manifest()
    same = dataclasses.replace(
        one, audited=False, verdict="none", tables={}, documents=(), created="2024-01-01T00:00:00Z"
    )
    other = dataclasses.replace(one, seed=8, rows={"customer": 4, "shop": 1}, shard="1/2", versions={"numpy": "3"})

    assert differences(one.recipe(), same.recipe()) == []
    assert differences(one.recipe(), other.recipe()) == [
        *["seed", "rows.customer", "shard", "versions.algorithm", "versions.numpy", "rows.shop"]
    ]


def test_the_place_of_a_part_is_told_by_its_path() -> None:
    assert part_of("order.csv.gz") == ("order", 0)
    assert part_of("order/part-00007.parquet") == ("order", 7)
    assert part_of("order/part-123456.jsonl.zst") == ("order", 123456)


def changed(change: Callable[[dict[str, Any]], Any]) -> str:
    decoded = json.loads(manifest().text())
    change(decoded)
    return json.dumps(decoded)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.pop("seed"),
        lambda m: m.update(extra=1),
        lambda m: m.update(manifest=2),
        lambda m: m.update(seed="1"),
        lambda m: m.update(seed=True),
        lambda m: m.update(scale="1"),
        lambda m: m.update(audited=1),
        lambda m: m.update(rows={"customer": -1}),
        lambda m: m.update(tables=[]),
        lambda m: m["tables"]["order"].update(rows=4),
        lambda m: m["tables"]["order"].update(content_hash="x"),
        lambda m: m["tables"]["order"]["files"][0].pop("sha256"),
        lambda m: m.update(documents={}),
        lambda m: m["documents"].append("report.json"),
    ],
)
def test_whatever_is_wrong_is_refused_with_its_place(change: Callable[[dict[str, Any]], Any]) -> None:
    with pytest.raises(OutputError, match=r"manifest\.json.*generate the data again"):
        Manifest.from_text(changed(change))


@pytest.mark.parametrize(
    "path",
    [
        "../x.parquet",
        "/etc/passwd",
        "a/../b.parquet",
        "order/x.parquet",
        "manifest.json",
        "notes.txt",
        "a\\b.csv",
        ".csv",
    ],
)
def test_no_manifest_can_list_what_is_not_a_table(path: str) -> None:
    with pytest.raises(OutputError, match="is not valid here"):
        Manifest.from_text(changed(lambda m: m["tables"]["order"]["files"][0].update(path=path)))
    with pytest.raises(OutputError, match="is not valid here"):
        Manifest.from_text(changed(lambda m: m["documents"][0].update(path=path)))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"name": "other tool"}', b"[" * 100_000])
def test_a_foreign_manifest_is_not_ours(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(content)

    assert not holds_manifest(tmp_path)
    with pytest.raises(OutputError):
        read_manifest(tmp_path)


def test_a_link_to_a_manifest_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text(manifest().text(), encoding="utf-8")
    (tmp_path / "manifest.json").symlink_to(tmp_path / "real.json")

    assert not holds_manifest(tmp_path)


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    assert not holds_manifest(tmp_path / "absent")
    with pytest.raises(OutputError, match=r"has no manifest\.json"):
        read_manifest(tmp_path)


def test_time_comes_from_the_environment_only() -> None:
    assert created({}) is None
    assert created({"SOURCE_DATE_EPOCH": "yesterday"}) is None
    assert created({"SOURCE_DATE_EPOCH": "86400"}) == "1970-01-02T00:00:00Z"
    stamped = dataclasses.replace(manifest(), created="1970-01-02T00:00:00Z")
    assert Manifest.from_text(stamped.text()) == stamped


def test_versions_name_what_decides_values_and_bytes() -> None:
    assert set(versions(1)) == {"algorithm", "fanwise", "mimesis", "numpy", "polars"}
    assert versions(1)["algorithm"] == "1"
    assert versions(1)["polars"][0].isdigit()

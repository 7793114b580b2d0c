"""The manifest: every part file and every row that was written is there, unchanged, and nothing else."""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl
import pytest

from fanwise import validator
from fanwise.validator import Report, Status, StoredFile, StoredTable

PARTS = 4


@pytest.fixture
def stored(shop, tmp_path: Path) -> dict[str, StoredTable]:
    """Write the shop, orders as parts; return what a manifest would list."""
    listed = {}
    for name, frame in shop.frames.items():
        size = -(-frame.height // PARTS) if name == "order" else max(frame.height, 1)
        files = []
        for at, part in enumerate(frame.iter_slices(size)):
            path = tmp_path / (f"order/part-{at:05}.parquet" if name == "order" else f"{name}.parquet")
            path.parent.mkdir(exist_ok=True)
            part.write_parquet(path, compression="uncompressed")
            content = path.read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            files.append(StoredFile(path.relative_to(tmp_path).as_posix(), part.height, len(content), digest))
        listed[name] = StoredTable(frame.height, tuple(files))
    return listed


def wrong(report: Report) -> dict[str, str]:
    return {each.id: each.message for each in report.with_status(Status.FAIL) if each.check == "manifest"}


def audited(shop, folder: Path, stored: dict[str, StoredTable]) -> Report:
    return validator.audit(folder, shop.contract, manifest=stored)


def test_what_was_written_passes(shop, tmp_path: Path, stored) -> None:
    report = audited(shop, tmp_path, stored)
    found = [each for each in report.findings if each.check == "manifest"]

    assert {each.status for each in found} == {Status.PASS}
    assert [each.id for each in found] == [f"manifest.{t}.{w}" for t in stored for w in ("files", "rows")]


def test_a_missing_part_names_it_and_both_numbers(shop, tmp_path: Path, stored) -> None:
    last = stored["order"].files[-1]
    (tmp_path / last.path).unlink()
    report = audited(shop, tmp_path, stored)
    total = stored["order"].rows

    assert report.exit_code == 1
    assert wrong(report) == {
        f"manifest.order.files.{last.path}": f"{last.path} is missing: the manifest lists it with {last.rows:,} rows.",
        "manifest.order.rows": f"order has {total - last.rows:,} rows, the manifest lists {total:,}: "
        f"{last.rows:,} are missing.",
    }


def test_an_added_part_is_named(shop, tmp_path: Path, stored) -> None:
    (tmp_path / "order/part-00009.parquet").write_bytes((tmp_path / "order/part-00000.parquet").read_bytes())
    found = wrong(audited(shop, tmp_path, stored))

    assert set(found) == {"manifest.order.files.order/part-00009.parquet", "manifest.order.rows"}
    assert f"which lists {PARTS} files of order" in found["manifest.order.files.order/part-00009.parquet"]
    assert "were added" in found["manifest.order.rows"]


def test_one_flipped_byte_is_found(shop, tmp_path: Path, stored) -> None:
    part = stored["order"].files[1]
    content = bytearray((tmp_path / part.path).read_bytes())
    content[len(content) // 3] ^= 1
    (tmp_path / part.path).write_bytes(bytes(content))
    found = wrong(audited(shop, tmp_path, stored))

    assert f"the manifest lists {part.sha256[:12]}" in found[f"manifest.order.files.{part.path}"]


def test_one_edited_amount_is_found_though_the_rows_agree(shop, tmp_path: Path, stored) -> None:
    part = stored["order"].files[2]
    frame = pl.read_parquet(tmp_path / part.path)
    edited = frame.with_columns(amount=pl.when(pl.int_range(pl.len()) == 5).then(1.25).otherwise("amount"))
    edited.write_parquet(tmp_path / part.path, compression="uncompressed")
    found = wrong(audited(shop, tmp_path, stored))

    assert list(found) == [f"manifest.order.files.{part.path}"]
    assert found[f"manifest.order.files.{part.path}"].startswith(f"{part.path} was changed: ")


def test_dropped_rows_are_found_where_there_are_no_files(shop, stored) -> None:
    """A database: its manifest lists rows only, and the rest of the audit may well pass."""
    shop.frames["review"] = shop.frames["review"].filter(pl.col("review_id") % 10 > 0)
    listed = {name: StoredTable(table.rows) for name, table in stored.items()}
    found = wrong(validator.audit(shop.frames, shop.contract, manifest=listed))

    assert list(found) == ["manifest.review.rows"]
    assert f"the manifest lists {stored['review'].rows:,}" in found["manifest.review.rows"]


def test_a_listed_path_cannot_leave_the_folder(shop, tmp_path: Path, stored) -> None:
    (tmp_path.parent / "secret.parquet").write_bytes(b"")
    listed = {**stored, "item": StoredTable(stored["item"].rows, (StoredFile("../secret.parquet", 0, 0, "0" * 64),))}

    assert "is outside the folder" in " ".join(wrong(audited(shop, tmp_path, listed)).values())


def test_the_baseline_sees_it(shop, tmp_path: Path, stored) -> None:
    before = audited(shop, tmp_path, stored).to_dict()
    (tmp_path / stored["order"].files[-1].path).unlink()
    after = audited(shop, tmp_path, stored).against(before)

    assert "manifest.order.rows" in {each.id for each in after.baseline.worse}


def test_without_a_manifest_nothing_is_asked(shop) -> None:
    assert not shop.findings("manifest")

"""Tables: missing, damaged, and short of the rows that were declared."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from fanwise import validator
from fanwise.validator import Status


def test_a_complete_shop_passes(shop) -> None:
    assert set(shop.statuses("table").values()) == {Status.PASS}


def test_a_missing_table_fails_and_what_needs_it_is_skipped(shop) -> None:
    del shop.frames["order"]
    report = shop.audit()
    by_id = {finding.id: finding for finding in report.findings}

    assert by_id["table.order"].status is Status.FAIL
    assert "order is missing" in by_id["table.order"].message
    assert by_id["direction.orders.VIP-vs-Standard"].status is Status.SKIPPED
    assert by_id["direction.reviews.VIP-vs-Standard"].status is Status.PASS
    assert report.exit_code == 1


def test_declared_rows_are_exact(shop) -> None:
    shop.contract["tables"]["customer"]["rows"] = 601

    assert shop.findings("table")["customer"].message == "customer has 600 rows, 601 are declared."


def test_a_truncated_file_is_one_error_and_no_failure(shop, tmp_path: Path) -> None:
    for name, frame in shop.frames.items():
        frame.write_parquet(tmp_path / f"{name}.parquet")
    whole = (tmp_path / "item.parquet").read_bytes()
    (tmp_path / "item.parquet").write_bytes(whole[: len(whole) // 2])
    report = validator.audit(tmp_path, shop.contract)

    assert [f.id for f in report.findings if f.status is Status.ERROR] == ["table.item"]
    assert not report.with_status(Status.FAIL)
    assert report.exit_code == 4
    assert "item.parquet" in report.with_status(Status.ERROR)[0].message


def test_a_damaged_page_is_found_by_reading_to_the_end(shop, tmp_path: Path) -> None:
    for name, frame in shop.frames.items():
        frame.write_parquet(tmp_path / f"{name}.parquet", compression="uncompressed", row_group_size=500)
    content = bytearray((tmp_path / "order.parquet").read_bytes())
    content[4:60] = b"\xff" * 56
    (tmp_path / "order.parquet").write_bytes(bytes(content))
    report = validator.audit(tmp_path, shop.contract)

    assert report.exit_code == 4
    assert [f.id for f in report.with_status(Status.ERROR)] == ["table.order"]


def test_a_table_without_rows_is_inconclusive_not_a_crash(shop) -> None:
    shop.frames = {name: frame.clear() for name, frame in shop.frames.items()}
    report = shop.audit()

    assert report.exit_code == 3
    assert not report.with_status(Status.FAIL, Status.ERROR)
    assert report.findings
    assert pl.DataFrame([table.rows for table in report.tables]).sum().item() == 0

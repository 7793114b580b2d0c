"""Bad data: a defined status, and text that says what, where and how to mend it; never a traceback or a warning."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fanwise import validator
from fanwise.validator import Report, Status

pytestmark = pytest.mark.system

Break = Callable[[dict[str, pl.DataFrame]], None]


def replaced(table: str, **columns: pl.Expr) -> Break:
    def apply(frames: dict[str, pl.DataFrame]) -> None:
        frames[table] = frames[table].with_columns(**columns)

    return apply


def dropped(table: str, column: str | None = None) -> Break:
    def apply(frames: dict[str, pl.DataFrame]) -> None:
        if column is None:
            del frames[table]
        else:
            frames[table] = frames[table].drop(column)

    return apply


def kept(condition: pl.Expr) -> Break:
    def apply(frames: dict[str, pl.DataFrame]) -> None:
        for name, frame in frames.items():
            frames[name] = frame.filter(condition) if "customer_id" in frame.columns else frame.head(0)

    return apply


AMOUNT = pl.col("amount")
CASES: dict[str, tuple[Break, int, str, Status]] = {
    "a missing table": (dropped("order"), 1, "table.order", Status.FAIL),
    "the axis' table missing": (dropped("customer"), 1, "table.customer", Status.FAIL),
    "a missing column": (dropped("order", "amount"), 1, "columns.order.amount", Status.FAIL),
    "the segment column missing": (dropped("customer", "tier"), 1, "columns.customer.tier", Status.FAIL),
    "a key column missing": (dropped("order", "customer_id"), 1, "columns.order.customer_id", Status.FAIL),
    "a number that is text": (replaced("order", amount=AMOUNT.cast(pl.String)), 1, "columns.order.amount", Status.FAIL),
    "a key that is text": (
        replaced("order", customer_id=pl.col("customer_id").cast(pl.String)), 1, "columns.order.customer_id", Status.FAIL,
    ),
    "segments that are lists": (
        replaced("customer", tier=pl.concat_list("tier")), 1, "columns.customer.tier", Status.FAIL,
    ),
    "no segment at all": (replaced("customer", tier=pl.lit(None, pl.String)), 1, "segments.tier.null", Status.FAIL),
    "some segments null": (
        replaced("customer", tier=pl.when(pl.col("customer_id") > 9).then("tier")), 1, "segments.tier.null", Status.FAIL,
    ),
    "unknown segments": (
        replaced("customer", tier=pl.when(pl.col("customer_id") > 9).then("tier").otherwise(pl.lit("Gold\x1b[2J"))),
        1, "segments.tier.unknown", Status.FAIL,
    ),
    "an empty segment": (
        replaced("customer", tier=pl.col("tier").replace("VIP", "Standard")), 1, "shares.tier", Status.FAIL,
    ),
    "one customer": (kept(pl.col("customer_id") == 0), 3, "direction.orders.VIP-vs-Standard", Status.INCONCLUSIVE),
    "no rows": (kept(pl.lit(False)), 3, "shares.tier", Status.INCONCLUSIVE),
    "constant values": (replaced("order", amount=pl.lit(5.0)), 1, "ratio.amount.VIP-vs-Standard", Status.FAIL),
    "values that are all 0": (replaced("order", amount=pl.lit(0.0)), 3, "direction.amount.VIP-vs-Standard", Status.INCONCLUSIVE),
    "some NaN": (
        replaced("order", amount=pl.when(pl.col("order_id") % 9 > 0).then("amount").otherwise(float("nan"))),
        1, "finite.order.amount", Status.FAIL,
    ),
    "some infinite": (
        replaced("order", amount=pl.when(pl.col("order_id") % 9 > 0).then("amount").otherwise(float("-inf"))),
        1, "finite.order.amount", Status.FAIL,
    ),
    "nothing but NaN": (
        replaced("order", amount=pl.lit(float("nan"))), 1, "direction.amount.VIP-vs-Standard", Status.INCONCLUSIVE,
    ),
    "nothing but null": (replaced("order", amount=pl.lit(None, pl.Float64)), 1, "nulls.order.amount", Status.FAIL),
    "values next to the largest": (replaced("order", amount=AMOUNT * 1e304), 3, "table.order", Status.PASS),
    "values next to nothing": (replaced("order", amount=AMOUNT * 1e-140), 0, "table.order", Status.PASS),
}  # fmt: skip


def sound(report: Report) -> dict[str, Any]:
    """Return the findings by id; every format of the report can be made, and everything wrong has a way out."""
    text = report.text(verbose=True) + report.text(ascii_only=True)
    document = json.loads(report.to_json())

    assert "\x1b" not in text
    assert "Traceback" not in text + json.dumps(document)
    for finding in report.with_status(Status.FAIL, Status.ERROR, Status.INCONCLUSIVE):
        assert finding.message.endswith("."), finding
        assert finding.hint.endswith((".", "?")), finding
    return {finding.id: finding for finding in report.findings}


@pytest.mark.parametrize("name", CASES)
def test_the_matrix(shop: Any, name: str) -> None:
    spoil, code, identity, status = CASES[name]
    spoil(shop.frames)
    report = shop.audit()
    found = sound(report)

    assert found[identity].status is status
    assert report.exit_code == code, report.text()


FILES: dict[str, tuple[str, bytes, Status, tuple[str, ...]]] = {
    "a Parquet file of no bytes": ("order.parquet", b"", Status.ERROR, ("order",)),
    "a Parquet file cut in the middle": ("order.parquet", b"cut", Status.ERROR, ("order",)),
    "a CSV file under a Parquet name": ("order.parquet", b"a,b\n1,2\n", Status.ERROR, ("order",)),
    "a CSV file of no bytes": ("order.csv", b"", Status.ERROR, ("no header",)),
    "a CSV line with too few fields": ("order.csv", b"order_id,customer_id,ordered_at,amount\n1,2\n", Status.ERROR, ("order.csv:2:",)),
    "a CSV value of another type": (
        "order.csv", b"order_id,customer_id,ordered_at,amount\n1,2,2024-01-01,3\n4,many,2024-01-01,6\n", Status.FAIL,
        ("order.csv:3:", "many"),
    ),
    "a CSV file in Latin-1": (
        "order.csv", "order_id,customer_id,ordered_at,amount,städte\n1,2,2024-01-01,3,Köln\n".encode("latin-1"), Status.ERROR,
        ("utf-8",),
    ),
    "a CSV value in Latin-1": (
        "order.csv", "order_id,customer_id,ordered_at,amount,city\n1,2,2024-01-01,3,Köln\n".encode("latin-1"), Status.ERROR,
        ("order.csv:2:", "utf-8"),
    ),
    "a CSV file in UTF-16": (
        "order.csv", "order_id,customer_id\n1,2\n".encode("utf-16"), Status.ERROR, ("utf-8",),
    ),
    "a CSV quote that is not closed": ("order.csv", b'order_id,customer_id,ordered_at,amount\n1,2,"2024', Status.ERROR, ()),
    "JSON lines of no objects": ("order.jsonl", b"[1]\n", Status.ERROR, ("not a JSON object",)),
    "JSON lines with a bad line": ("order.jsonl", b'{"order_id": 1}\n{"order_id": \n', Status.ERROR, ()),
    "an Arrow file of no bytes": ("order.arrow", b"", Status.ERROR, ()),
    "an Arrow file that is none": ("order.arrow", b"ARROW1" * 50, Status.ERROR, ()),
    "a folder of parts without parts": ("order/readme.txt", b"", Status.FAIL, ("missing",)),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_files_that_cannot_be_read(shop: Any, tmp_path: Path, capfd: Any, name: str) -> None:
    path, content, status, words = FILES[name]
    for table, frame in shop.frames.items():
        frame.write_parquet(tmp_path / f"{table}.parquet")
    if content == b"cut":
        whole = (tmp_path / "order.parquet").read_bytes()
        content = whole[: len(whole) // 2]
    (tmp_path / "order.parquet").unlink()
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_bytes(content)
    report = validator.audit(tmp_path, shop.contract)
    finding = sound(report)["table.order"]

    assert finding.status is status, finding
    assert report.exit_code == (4 if status is Status.ERROR else 1)
    assert all(word.lower() in finding.message.lower() for word in words), finding.message
    assert capfd.readouterr() == ("", "")


def test_an_empty_folder_misses_every_table(shop: Any, tmp_path: Path) -> None:
    report = validator.audit(tmp_path, shop.contract)
    found = sound(report)

    assert report.exit_code == 1
    assert {identity for identity, finding in found.items() if finding.status is Status.FAIL} == {
        f"table.{name}" for name in shop.frames
    }


def test_a_contract_that_names_what_is_not_there_is_refused_before_anything_is_read(shop: Any) -> None:
    shop.contract["effects"]["orders"]["table"] = "ordr"
    shop.contract["effects"]["amount"]["column"] = "amout"
    shop.contract["axes"]["tier"]["column"] = "teir"
    shop.contract["checks"] = ["order.shipped_at > customer.signed_up"]
    with pytest.raises(validator.ContractError) as caught:
        validator.audit("/no/such/folder", shop.contract)
    text = str(caught.value)

    assert all(word in text for word in ("'ordr'", "'amout'", "'teir'", "shipped_at"))
    assert all(problem.hint for problem in caught.value.problems)

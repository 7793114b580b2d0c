"""Object stores as destinations, against an S3-compatible server: what a reader that trusts the manifest sees."""

from __future__ import annotations

import hashlib
import json
import sys
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import fanwise
from fanwise.generator.errors import OutputError, UsageError
from fanwise.generator.output.destinations import destination
from fanwise.generator.output.destinations.base import Delivery
from fanwise.io import object_store
from tests.generator.output.destinations.conftest import ROUTES, Gen, names
from tests.generator.output.destinations.cutting import CuttingProxy

pytestmark = pytest.mark.system

FILES = [
    "answers.json",
    "customer.parquet",
    "manifest.json",
    "purchase.parquet",
    "report.html",
    "report.json",
    "verify.sql",
]


def deliver(url: str, delivery: Delivery, *, force: bool = False) -> None:
    target = destination(url, force=force)
    try:
        target.prepare(delivery.schema)
        target.deliver(delivery)
    finally:
        target.close()


def vouched(s3: Any, prefix: str) -> dict[str, Any]:
    """Return the manifest, after looking at every file that it lists."""
    manifest: dict[str, Any] = json.loads(s3.read(f"{prefix}/manifest.json"))
    for entry in [*(file for table in manifest["tables"].values() for file in table["files"]), *manifest["documents"]]:
        content = s3.read(f"{prefix}/{entry['path']}")
        assert hashlib.sha256(content).hexdigest() == entry["sha256"], entry["path"]
    return manifest


def test_the_very_files_arrive_and_the_manifest_last(gen: Gen, shop: Path, s3: Any) -> None:
    said = gen("run", shop, "--to", s3.url("first/shop"), "--json")

    assert said.code == 0, said.err
    assert s3.secret not in said.out + said.err
    assert json.loads(said.out)["delivered"] == "s3://lake/first/shop"
    assert s3.names("first/shop") == FILES
    assert vouched(s3, "first/shop")["verdict"] == "pass"
    assert names() == ["shop.yaml"]
    options = {"aws_endpoint_url": s3.endpoint, "aws_region": "us-east-1", "aws_allow_http": "true"}
    assert pl.read_parquet("s3://lake/first/shop/customer.parquet", storage_options=options).height == 400


def test_large_tables_arrive_part_by_part_in_any_format(
    routes: fanwise.Dataset, delivery: Delivery, s3: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("fanwise.generator.run.filling.PART_ROWS", 50)
    from fanwise.generator.run.options import RunOptions
    from fanwise.generator.run.run import write

    options = RunOptions(format="csv", out=tmp_path / "here", rows=dict(routes.plan.rows), to=s3.url("parts"))
    write(routes.plan, options)

    assert "line/part-00002.csv" in s3.names("parts")
    assert vouched(s3, "parts")["format"] == "csv"
    assert (tmp_path / "here" / "line" / "part-00002.csv").read_bytes() == s3.read("parts/line/part-00002.csv")


def test_data_of_ours_are_replaced_by_force_only_and_under_other_names(gen: Gen, shop: Path, s3: Any) -> None:
    url = s3.url("twice")
    gen("run", shop, "--to", url)
    before = {name: s3.read(f"twice/{name}") for name in s3.names("twice")}

    refused = gen("run", shop, "--to", url, "--seed", "8")
    assert refused.code == 4
    assert "already holds a data set ('shop', seed 7). Hint: --force" in refused.err
    assert {name: s3.read(f"twice/{name}") for name in s3.names("twice")} == before

    s3.put("twice/notes.txt", b"mine")
    assert gen("run", shop, "--to", url, "--seed", "8", "--force").code == 0
    manifest = vouched(s3, "twice")
    assert manifest["seed"] == 8
    listed = [file["path"] for table in manifest["tables"].values() for file in table["files"]]
    assert {name.partition("-")[0] for name in listed} == {"run"}
    documents = [entry["path"] for entry in manifest["documents"]]
    assert s3.names("twice") == sorted(["manifest.json", "notes.txt", *listed, *documents])


def test_what_is_not_ours_is_never_touched(gen: Gen, shop: Path, s3: Any) -> None:
    s3.put("mine/notes.txt", b"mine")
    said = gen("run", shop, "--to", s3.url("mine"), "--force")
    assert said.code == 4
    assert "it holds notes.txt" in said.err

    s3.put("torn/manifest.json", b"{}")
    said = gen("run", shop, "--to", s3.url("torn"), "--force")
    assert said.code == 4
    assert "s3://lake/torn/manifest.json" in said.err
    assert s3.names("torn") == ["manifest.json"]


@pytest.mark.parametrize("after", [2_000, 40_000, 120_000])
def test_a_store_that_goes_away_leaves_the_old_data_and_a_note_for_the_next_run(
    after: int, delivery: Delivery, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(object_store._PATIENCE, "max_retries", 0)
    prefix = f"lost{after}"
    deliver(s3.url(prefix), delivery)
    newer = replace(delivery, manifest=replace(delivery.manifest, seed=99), documents={"report.html": "x" * 100_000})
    with CuttingProxy(s3.port, after) as proxy, pytest.raises(OutputError, match="the store reported") as caught:
        deliver(s3.url(prefix, port=proxy.port), newer, force=True)

    assert proxy.cut
    assert s3.secret not in "".join(traceback.format_exception(caught.value))
    assert vouched(s3, prefix)["seed"] == 5
    deliver(s3.url(prefix), newer, force=True)
    manifest = vouched(s3, prefix)
    assert manifest["seed"] == 99
    listed = [file["path"] for table in manifest["tables"].values() for file in table["files"]]
    assert s3.names(prefix) == sorted(["manifest.json", *listed, *(entry["path"] for entry in manifest["documents"])])


def test_a_first_run_that_was_stopped_is_told_and_removed_by_force(
    delivery: Delivery, gen: Gen, shop: Path, s3: Any
) -> None:
    note = {
        "dataset": "shop",
        "files": ["customer.parquet", "/etc/passwd", "../x.parquet", "notes.txt/../y.parquet", 7],
    }
    s3.put("stopped/manifest.json.pending", json.dumps(note).encode())
    s3.put("stopped/customer.parquet", b"half")
    s3.put("stopped/notes.txt", b"mine")

    said = gen("run", shop, "--to", s3.url("stopped"))
    assert said.code == 4
    assert "another run is writing there, or was stopped" in said.err
    assert gen("run", shop, "--to", s3.url("stopped"), "--force").code == 0
    manifest = vouched(s3, "stopped")
    assert "customer.parquet" not in s3.names("stopped")
    assert "notes.txt" in s3.names("stopped")
    assert "manifest.json.pending" not in s3.names("stopped")
    assert manifest["tables"]["customer"]["rows"] == 400


def test_of_two_runs_the_second_to_publish_is_refused_and_removes_what_it_brought(delivery: Delivery, s3: Any) -> None:
    deliver(s3.url("race"), delivery)
    slow = destination(s3.url("race"), force=True)
    slow.prepare(delivery.schema)
    deliver(s3.url("race"), replace(delivery, manifest=replace(delivery.manifest, seed=6)), force=True)
    with pytest.raises(OutputError, match="another run has published there meanwhile"):
        slow.deliver(delivery)
    slow.close()

    manifest = vouched(s3, "race")
    assert manifest["seed"] == 6
    listed = [file["path"] for table in manifest["tables"].values() for file in table["files"]]
    assert s3.names("race") == sorted(["manifest.json", *listed, *(entry["path"] for entry in manifest["documents"])])


def test_a_failed_run_puts_nothing(gen: Gen, shop: Path, s3: Any) -> None:
    shop.write_text(shop.read_text().replace("gold: 2, basic: 1", "gold: 1, basic: 1.3"))

    assert gen("run", shop, "--to", s3.url("failed")).code == 1
    assert s3.names("failed") == []


@pytest.mark.parametrize(
    ("url", "why", "hint"),
    [
        (
            "s3://nosuchbucket/x?{parameters}",
            "NoSuchBucket: The specified bucket does not exist",
            "create the bucket first",
        ),
        ("s3://lake/x?endpoint=http://127.0.0.1:1&region=us-east-1", "error sending request", "check the endpoint"),
    ],
)
def test_a_store_that_cannot_be_used_is_exit_4_without_secrets(
    gen: Gen, shop: Path, s3: Any, monkeypatch: pytest.MonkeyPatch, url: str, why: str, hint: str
) -> None:
    monkeypatch.setitem(object_store._PATIENCE, "max_retries", 0)
    said = gen("run", shop, "--to", url.format(parameters=s3.url("x").partition("?")[2]), "--json")

    assert said.code == 4
    assert why in said.err
    assert hint in said.err
    assert s3.secret not in said.out + said.err


@pytest.mark.parametrize(
    "url",
    ["s3://key:canary77@lake/x", "s3://lake/x?secret_access_key=canary77", "s3://", "s3://?region=x", "az:///"],
)
def test_credentials_do_not_belong_in_the_url(gen: Gen, shop: Path, url: str) -> None:
    pytest.importorskip("obstore")
    said = gen("run", shop, "--to", url)

    assert said.code == 2, said.err
    assert "canary77" not in said.err
    assert "Hint: " in said.err


def test_without_the_library_the_way_to_install_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with pytest.raises(fanwise.MissingExtraError, match=r"pip install 'fanwise\[cloud\]'"):
        destination("s3://lake/x")


def test_a_database_takes_no_other_format(gen: Gen, tmp_path: Path) -> None:
    said = gen("run", ROUTES, "--no-audit", "--to", f"duckdb:///{tmp_path}/x.duckdb", "--format", "csv")

    assert said.code == 2
    assert "does not support csv files. Hint: use parquet files" in said.err


def test_a_table_that_would_be_in_the_way_of_the_manifest_is_refused(gen: Gen, shop: Path) -> None:
    shop.write_text(
        shop.read_text()
        .replace("customer:\n", "fanwise_manifest:\n")
        .replace("table: customer", "table: fanwise_manifest")
        .replace("parent: customer\n", "parent: fanwise_manifest\n")
    )
    said = gen("run", shop, "--to", "duckdb:///x.duckdb")

    assert said.code == 2, said.err
    assert "tables.fanwise_manifest" in said.err


def test_a_store_url_error_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="did you mean 's3'"):
        destination("S33://lake/x")

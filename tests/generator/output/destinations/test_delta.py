"""Delta tables as destinations: one commit a table, old versions readable, the manifest last."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import fanwise
from fanwise.generator.errors import OutputError
from fanwise.generator.output.destinations import destination, stored_manifest
from fanwise.generator.output.destinations.base import Delivery
from tests.generator.output.destinations.conftest import ROUTES, Gen, everything_below, names

pytestmark = pytest.mark.system

deltalake = pytest.importorskip("deltalake", reason="needs the extra 'delta'")
pytest.importorskip("obstore", reason="needs the extra 'delta'")


def test_each_table_is_a_delta_table_of_the_very_files(
    gen: Gen, routes: fanwise.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = gen("run", ROUTES, "--no-audit", "--to", "delta:///lake")

    assert said.code == 0, said.err
    assert f"in delta:///{tmp_path}/lake: customer 12" in said.err
    for name, frame in routes.items():
        assert_frame_equal(pl.read_delta(f"lake/{name}"), frame)
        assert deltalake.DeltaTable(f"lake/{name}").version() == 0
    assert names("lake") == sorted(["manifest.json", *routes])
    manifest = stored_manifest("delta:///lake")
    assert manifest is not None
    assert [Path("lake", entry.path).stat().st_size for entry in manifest.files()] == [
        e.bytes for e in manifest.files()
    ]


def test_replacing_adds_a_version_and_leaves_the_old_one_readable(gen: Gen, shop: Path) -> None:
    gen("run", shop, "--to", "delta:///lake")
    old = pl.read_delta("lake/purchase")
    before = everything_below(Path("lake"))

    assert gen("run", shop, "--seed", "8", "--to", "delta:///lake").code == 4
    assert everything_below(Path("lake")) == before
    shop.write_text(
        shop.read_text().replace(
            "      tier: {segment: tier}\n", "      tier: {segment: tier}\n      more: {uuid: {}}\n"
        )
    )
    assert gen("run", shop, "--seed", "8", "--to", "delta:///lake", "--force").code == 0
    assert_frame_equal(pl.read_delta("lake/purchase", version=0), old)
    assert deltalake.DeltaTable("lake/purchase").version() == 1
    assert pl.read_delta("lake/customer").columns == ["customer_id", "tier", "more"]
    manifest = stored_manifest("delta:///lake")
    assert manifest is not None
    assert manifest.seed == 8
    assert pl.read_delta("lake/purchase").height == manifest.tables["purchase"].rows
    for name in ("customer", "purchase"):
        listed = {f"lake/{file.path}" for file in manifest.tables[name].files}
        found = {
            Path(uri).relative_to(Path.cwd()).as_posix() for uri in deltalake.DeltaTable(f"lake/{name}").file_uris()
        }
        assert listed == found


def test_a_table_that_is_no_longer_declared_is_removed(gen: Gen, shop: Path) -> None:
    gen("run", shop, "--to", "delta:///lake", "--no-audit")
    text = shop.read_text()
    shop.write_text(text[: text.index("  purchase:\n")])

    assert gen("run", shop, "--to", "delta:///lake", "--no-audit", "--force").code == 0
    assert names("lake") == ["customer", "manifest.json"]


class Lake:
    """A lake of two runs, of which the second fails at its n-th commit."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, target: Any, failing: int) -> None:
        self.commits, self.failing = 0, failing
        self.real = target._commit
        monkeypatch.setattr(target, "_commit", self.commit)

    def commit(self, *given: Any) -> None:
        self.commits += 1
        if self.commits == self.failing:
            raise OutputError("FW-OUTPUT-WRITE", "the disk is full")
        self.real(*given)


@pytest.mark.parametrize("failing", [1, 3])
@pytest.mark.parametrize("first", [True, False])
def test_a_commit_that_fails_sets_the_tables_before_it_back(
    failing: int,
    first: bool,
    delivery: Delivery,
    routes: fanwise.Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lake = tmp_path / "lake"
    url = f"delta:///{lake}"
    if not first:
        target = destination(url)
        target.prepare(delivery.schema)
        target.deliver(delivery)
        target.close()
    target = destination(url, force=True)
    target.prepare(delivery.schema)
    Lake(monkeypatch, target, failing)
    with pytest.raises(OutputError, match="the disk is full"):
        target.deliver(delivery)
    target.close()

    if first:
        assert not lake.exists()
        return
    assert names(lake) == sorted(["manifest.json", "report.json", *routes])
    manifest = stored_manifest(url)
    assert manifest is not None
    for name, frame in routes.items():
        assert_frame_equal(pl.read_delta(str(lake / name)), frame)
        assert [path.name for path in (lake / name).glob("*.parquet")] == [
            file.path.partition("/")[2] for file in manifest.tables[name].files
        ]


def test_a_full_disk_leaves_the_old_lake(gen: Gen, shop: Path, small_disk: Any) -> None:
    disk = small_disk(400)
    assert gen("run", shop, "--to", f"delta:///{disk}/lake").code == 0
    before = everything_below(disk)

    said = gen("run", shop, "--scale", "50", "--to", f"delta:///{disk}/lake", "--force", "--no-audit")

    assert said.code == 4
    assert "No space left" in said.err
    assert everything_below(disk) == before


def test_what_is_not_ours_is_never_touched(gen: Gen, shop: Path) -> None:
    pl.DataFrame({"x": [1]}).write_delta("lake/mine")
    before = everything_below(Path("lake"))

    said = gen("run", shop, "--to", "delta:///lake", "--force")

    assert said.code == 4
    assert "has no manifest from Fanwise" in said.err
    assert everything_below(Path("lake")) == before
    assert gen("run", shop, "--to", "delta:///no/such/lake").code == 4


def test_a_lake_in_an_object_store(delivery: Delivery, routes: fanwise.Dataset, s3: Any) -> None:
    for force in (False, True):
        target = destination(s3.url("delta/routes", "delta+s3"), force=force)
        target.prepare(delivery.schema)
        target.deliver(delivery)
        target.close()

    assert target.shown == "delta+s3://lake/delta/routes"
    options = {"endpoint": s3.endpoint, "region": "us-east-1", "allow_http": "true"}
    for name, frame in routes.items():
        table = deltalake.DeltaTable(f"s3://lake/delta/routes/{name}", storage_options=options)
        assert table.version() == 1
        assert (
            sum(json.loads(s3.read("delta/routes/manifest.json"))["tables"][name]["files"][0]["rows"] for _ in "1")
            == frame.height
        )
    assert "manifest.json.pending" not in s3.names("delta/routes")


def test_a_bucket_that_is_not_there_is_told(gen: Gen, shop: Path, s3: Any) -> None:
    said = gen("run", shop, "--to", s3.url("x", "delta+s3", "nosuchbucket"))

    assert said.code == 4
    assert "NoSuchBucket" in said.err
    assert s3.secret not in said.err


def test_without_the_library_the_way_to_install_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "deltalake", None)
    with pytest.raises(fanwise.MissingExtraError, match=r"pip install 'fanwise\[delta\]'"):
        destination("delta:///lake")

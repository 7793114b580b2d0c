"""A DuckDB file as a destination: whole, ours, or as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest
from polars.testing import assert_frame_equal

import fanwise
from fanwise.generator.output.destinations import destination, stored_manifest
from fanwise.generator.output.destinations.base import Delivery
from tests.generator.output.destinations.conftest import ROUTES, Gen, everything_below, names

pytestmark = pytest.mark.system


def test_the_file_holds_tables_types_keys_and_comments(
    gen: Gen, routes: fanwise.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = gen("run", ROUTES, "--no-audit", "--to", "duckdb:///routes.duckdb")

    assert said.code == 0, said.err
    assert f"in duckdb:///{tmp_path}/routes.duckdb: customer 12" in said.err
    assert names() == ["routes.duckdb"]
    with duckdb.connect("routes.duckdb", read_only=True) as db:
        for name, frame in routes.items():
            assert_frame_equal(db.sql(f'from "{name}"').pl(), frame)
        keys = db.sql("select table_name, constraint_type from duckdb_constraints()").fetchall()
        assert {table for table, kind in keys if kind == "PRIMARY KEY"} == set(routes)
        assert sum(kind == "FOREIGN KEY" for _, kind in keys) == 6
        comments = dict(
            db.sql("select column_name, comment from duckdb_columns() where table_name = 'order'").fetchall()
        )
        assert comments["amount"] == "lognormal; multiplier by tier; clamp"
        assert db.sql("select comment from duckdb_tables() where table_name = 'line'").fetchall() == [
            ("fanned out from order",)
        ]


def test_the_audit_reads_the_file_in_place_with_the_rows_seed_and_scale_of_its_manifest(gen: Gen, shop: Path) -> None:
    assert gen("run", shop, "--to", "shop.duckdb", "--rows", "customer=500", "--seed", "3").code == 0

    said = gen("audit", "shop.duckdb", "--schema", shop)
    assert said.code == 0, said.out
    assert "500 customer" in said.out
    assert gen("audit", "duckdb:///shop.duckdb", "--schema", shop).code == 0
    manifest = stored_manifest("duckdb:///shop.duckdb")
    assert manifest is not None
    assert (manifest.seed, manifest.rows, manifest.verdict) == (3, {"customer": 500}, "pass")


def test_a_file_of_ours_is_replaced_by_force_only_and_keeps_its_mode(gen: Gen, shop: Path) -> None:
    target = Path("shop.duckdb")
    gen("run", shop, "--to", target)
    target.chmod(0o640)
    before = everything_below(Path())

    refused = gen("run", shop, "--seed", "8", "--to", target)
    assert refused.code == 4
    assert "already holds a data set ('shop', seed 7). Hint: --force" in refused.err
    assert everything_below(Path()) == before
    assert gen("run", shop, "--seed", "8", "--to", target, "--force").code == 0
    assert target.stat().st_mode & 0o777 == 0o640
    manifest = stored_manifest(f"duckdb:///{target}")
    assert manifest is not None
    assert manifest.seed == 8


@pytest.mark.parametrize("content", ["text", "database", "folder", "link", "log"])
def test_what_is_not_ours_is_never_replaced(gen: Gen, shop: Path, content: str) -> None:
    target = Path("mine.duckdb")
    if content == "text":
        target.write_text("my notes, twelve letters at least")
    elif content in ("database", "log"):
        with duckdb.connect(str(target)) as db:
            db.execute("create table mine as select 1 as x")
        if content == "log":
            Path("mine.duckdb.wal").write_bytes(b"not yet in the file")
    elif content == "folder":
        target.mkdir()
    else:
        target.symlink_to("elsewhere")
    before = everything_below(Path())

    said = gen("run", shop, "--to", target, "--force")

    assert said.code == 4
    assert "mine.duckdb" in said.err
    assert "Hint: " in said.err
    assert everything_below(Path()) == before
    assert not Path("out").exists()


def test_a_failed_audit_never_touches_the_target(gen: Gen, shop: Path) -> None:
    gen("run", shop, "--to", "shop.duckdb")
    before = Path("shop.duckdb").read_bytes()
    text = shop.read_text().replace("gold: 2, basic: 1", "gold: 1, basic: 1.3")
    shop.write_text(text)

    said = gen("run", shop, "--to", "shop.duckdb", "--force")

    assert said.code == 1
    assert Path("shop.duckdb").read_bytes() == before
    assert names() == ["out", "shop.duckdb", "shop.yaml"]
    assert names("out") == ["shop.to-duckdb.rejected"]


def test_a_folder_is_published_too_where_out_is_given(gen: Gen, shop: Path) -> None:
    said = gen("run", shop, "--to", "shop.duckdb", "--out", "here", "--json")

    assert said.code == 0
    assert Path("here/manifest.json").exists()
    assert f'"delivered": "duckdb:///{Path.cwd()}/shop.duckdb"' in said.out


def test_a_full_disk_leaves_the_old_file_whole(gen: Gen, shop: Path, small_disk: Callable[[int], Path]) -> None:
    disk = small_disk(3000)
    assert gen("run", shop, "--to", disk / "shop.duckdb").code == 0
    before = everything_below(disk)

    said = gen("run", shop, "--rows", "customer=150000", "--to", disk / "shop.duckdb", "--force", "--no-audit")

    assert said.code == 4
    assert "cannot be written" in said.err
    assert "MB are free" in said.err
    assert everything_below(disk) == before


def test_a_read_only_disk_is_refused_before_the_first_row(
    gen: Gen, shop: Path, small_disk: Callable[[int], Path], read_only: Callable[[Path], None]
) -> None:
    disk = small_disk(1000)
    read_only(disk)

    said = gen("run", shop, "--to", disk / "shop.duckdb")

    assert said.code == 4
    assert "Read-only file system" in said.err
    assert "Hint: " in said.err


def test_a_folder_that_is_not_there_tells_of_the_slashes(gen: Gen, shop: Path, tmp_path: Path) -> None:
    said = gen("run", shop, "--to", f"duckdb://{tmp_path}/shop.duckdb")

    assert said.code == 4
    assert "an absolute path has four slashes" in said.err


def test_two_runs_into_one_file_are_refused(delivery: Delivery, tmp_path: Path) -> None:
    first, second = (destination(f"duckdb:///{tmp_path}/x.duckdb") for _ in "ab")
    first.prepare(delivery.schema)
    with pytest.raises(fanwise.OutputError, match="another run is writing there"):
        second.prepare(delivery.schema)
    second.close()
    first.deliver(delivery)
    first.close()

    assert sorted(path.name for path in tmp_path.iterdir()) == ["staged", "x.duckdb"]


def test_a_killed_run_leaves_the_old_file_and_the_next_one_cleans_up(gen: Gen, shop: Path) -> None:
    gen("run", shop, "--to", "shop.duckdb")
    before = Path("shop.duckdb").read_bytes()
    program = "import sys; from fanwise.generator.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "run", str(shop), "--scale", "300", "--no-audit", "--force"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([*command, "--to", "shop.duckdb"], env=environment, stderr=subprocess.DEVNULL) as process:
        while not list(Path().glob(".shop.duckdb.gen-*/shop.duckdb")):
            with suppress(subprocess.TimeoutExpired):
                raise AssertionError(f"ended before it was killed: {process.wait(timeout=0.002)}")
        process.send_signal(signal.SIGKILL)

    assert process.returncode == -signal.SIGKILL
    assert Path("shop.duckdb").read_bytes() == before
    assert list(Path().glob(".shop.duckdb.gen-*"))
    assert gen("run", shop, "--to", "shop.duckdb", "--force").code == 0
    assert not [name for name in names() if name.startswith(".shop.duckdb")]

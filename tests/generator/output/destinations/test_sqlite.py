"""A SQLite file as a destination: whole, ours, or as it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest

import fanwise
from fanwise.generator.output.destinations import destination, stored_manifest
from fanwise.generator.output.destinations.base import Delivery
from tests.generator.output.destinations.conftest import ROUTES, Gen, everything_below, names, same_rows

pytest.importorskip("adbc_driver_sqlite", reason="needs the extra 'sql'")


def test_the_file_holds_all_rows_with_keys_that_sqlite_itself_finds_right(
    gen: Gen, routes: fanwise.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = gen("run", ROUTES, "--no-audit", "--to", "sqlite:///routes.db")

    assert said.code == 0, said.err
    assert names() == ["routes.db"]
    with closing(sqlite3.connect("routes.db")) as db:
        assert db.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert db.execute("pragma foreign_key_check").fetchall() == []
        assert len(db.execute('pragma foreign_key_list("order")').fetchall()) == 3
        for name, frame in routes.items():
            plain = frame.select(pl.exclude(pl.Datetime, pl.Date, pl.Boolean, pl.Decimal))
            listed = ", ".join(f'"{column}"' for column in plain.columns)
            rows = db.execute(f'select {listed} from "{name}"').fetchall()
            same_rows(pl.DataFrame(rows, schema=plain.schema, orient="row"), plain)
    manifest = stored_manifest("sqlite:///routes.db")
    assert manifest is not None
    assert (manifest.format, manifest.dataset) == ("sqlite", "routes")
    assert manifest.tables["order"].rows == routes["order"].height


def test_a_file_of_ours_is_replaced_by_force_only(gen: Gen, shop: Path) -> None:
    gen("run", shop, "--to", "sqlite:///shop.db")
    before = everything_below(Path())

    refused = gen("run", shop, "--seed", "8", "--to", "sqlite:///shop.db")
    assert refused.code == 4
    assert "--force" in refused.err
    assert everything_below(Path()) == before
    assert gen("run", shop, "--seed", "8", "--to", "sqlite:///shop.db", "--force").code == 0
    manifest = stored_manifest("sqlite:///shop.db")
    assert manifest is not None
    assert manifest.seed == 8


@pytest.mark.parametrize("log", ["", "-journal", "-wal"])
def test_what_is_not_ours_is_never_replaced(gen: Gen, shop: Path, log: str) -> None:
    with closing(sqlite3.connect("mine.db")) as db:
        db.execute("create table mine (x)")
    if log:
        Path(f"mine.db{log}").write_bytes(b"not yet in the file")
    before = everything_below(Path())

    said = gen("run", shop, "--to", "sqlite:///mine.db", "--force")

    assert said.code == 4
    assert f"mine.db{log}: " in said.err
    assert everything_below(Path()) == before


def test_rows_that_refer_to_nothing_are_not_published(delivery: Delivery, tmp_path: Path) -> None:
    path = delivery.folder / "shop.parquet"
    pl.read_parquet(path).head(3).write_parquet(path)
    target = destination(f"sqlite:///{tmp_path}/x.db")
    target.prepare(delivery.schema)
    with pytest.raises(fanwise.OutputError, match="foreign keys of line, order refer to missing rows"):
        target.deliver(delivery)
    target.close()

    assert sorted(path.name for path in tmp_path.iterdir()) == ["staged"]


def test_a_full_disk_leaves_the_old_file_whole(gen: Gen, shop: Path, small_disk: Callable[[int], Path]) -> None:
    disk = small_disk(600)
    assert gen("run", shop, "--to", f"sqlite:///{disk}/shop.db").code == 0
    before = everything_below(disk)

    said = gen("run", shop, "--scale", "50", "--to", f"sqlite:///{disk}/shop.db", "--force", "--no-audit")

    assert said.code == 4
    assert "cannot be written" in said.err
    assert everything_below(disk) == before


def test_a_url_without_a_file_is_a_usage_error(gen: Gen, shop: Path) -> None:
    for url in ("sqlite://", "sqlite:///", "sqlite:///x.db?mode=memory"):
        said = gen("run", shop, "--to", url)

        assert said.code == 2, url
        assert "--to: sqlite://" in said.err

"""PostgreSQL as a destination, against a real server: what arrives, and what is there when the server goes away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import fanwise
from fanwise.generator.errors import OutputError, UsageError
from fanwise.generator.output.destinations import destination, stored_manifest
from fanwise.generator.output.destinations.base import Delivery, Tables
from fanwise.generator.output.destinations.postgresql import PostgresqlDestination
from fanwise.generator.output.destinations.statements import POSTGRESQL, Statements
from fanwise.io.url import Address
from tests.generator.output.destinations.conftest import ROUTES, Gen, names, same_rows
from tests.generator.output.destinations.cutting import CuttingProxy

pytestmark = pytest.mark.system

PROGRAM = "import sys; from fanwise.generator.cli import main; sys.exit(main())"
ACTIVE = "select pid from pg_stat_activity where datname = $1 and state = 'active' and query like 'COPY%'"


def ask(postgres: Any, url: str, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with postgres.driver.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(sql, list(values) or None)
        return pl.DataFrame(cursor.fetch_arrow()).rows()


def contents(postgres: Any, url: str) -> list[tuple[Any, ...]]:
    """Return every relation with its schema, and the seed of the manifest: what a failed delivery must not change."""
    sql = """
    select n.nspname::text, c.relname::text, c.oid::bigint from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') order by 1, 2"""
    schemas = ask(postgres, url, "select nspname::text from pg_namespace order by 1")
    return [*schemas, *ask(postgres, url, sql)]


def deliver(url: str, delivery: Delivery, *, force: bool = False) -> None:
    target = destination(url, force=force)
    target.prepare(delivery.schema)
    target.deliver(delivery)


def test_tables_arrive_with_types_keys_indexes_and_comments(
    gen: Gen, routes: fanwise.Dataset, postgres: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    url = postgres.fill("to_routes", {})
    said = gen("run", ROUTES, "--no-audit", "--to", url)

    assert said.code == 0, said.err
    assert postgres.password not in said.out + said.err
    assert f"in postgresql://auditor@127.0.0.1:{postgres.port}/to_routes: customer 12" in said.err
    assert names() == []
    for name, frame in routes.items():
        columns = ", ".join(f'"{column}"::text' for column in frame.columns)
        texts = pl.DataFrame(ask(postgres, url, f'select {columns} from "{name}"'), frame.columns, orient="row")
        if name == "order":
            texts = texts.with_columns(pl.col("at", "paid").str.to_datetime(time_unit="us"))
            texts = texts.with_columns(pl.col("amount").cast(float))
        if name == "line":
            texts = texts.with_columns(pl.col("total").cast(float))
        same_rows(texts, frame)
    keys = "select contype::text, count(*) from pg_constraint where connamespace = 'public'::regnamespace"
    assert ask(postgres, url, f"{keys} group by 1 order by 1") == [("f", 7), ("p", 5)]
    indexed = {name for (name,) in ask(postgres, url, "select indexdef from pg_indexes where tablename = 'order'")}
    assert {definition.partition("USING ")[2] for definition in indexed} == {
        *("btree (order_id)", "btree (id)", "btree (shop)", "btree (address)"),
    }
    types = (
        "select format_type(atttypid, atttypmod)::text from pg_attribute where attrelid = $1::regclass and attname = $2"
    )
    for column, kind in (
        ("small", "smallint"),
        ("price", "numeric(8,2)"),
        ("amount", "double precision"),
        ("size", "text"),
    ):
        assert ask(postgres, url, types, '"order"', column) == [(kind,)]
    comment = "select col_description('\"order\"'::regclass, attnum) from pg_attribute where attname = 'shop' and attrelid = '\"order\"'::regclass"
    assert ask(postgres, url, comment) == [("ref shop",)]
    analysed = "select count(*) from pg_stats where schemaname = 'public' and tablename = 'order'"
    assert ask(postgres, url, analysed) == [(routes["order"].width,)]


def test_the_audit_reads_the_database_in_place(gen: Gen, shop: Path, postgres: Any) -> None:
    for url in (postgres.fill("to_audit", {}), postgres.url("to_audit") + "?schema=Second%20shop"):
        assert gen("run", shop, "--to", url, "--rows", "customer=500", "--seed", "3").code == 0
        said = gen("audit", url, "--schema", shop)

        assert said.code == 0, said.out + said.err
        assert "500 customer" in said.out
    manifest = stored_manifest(url)
    assert manifest is not None
    assert (manifest.seed, manifest.format, list(manifest.files())) == (3, "postgresql", [])


def test_tables_of_ours_are_replaced_by_force_only_and_others_stay(gen: Gen, shop: Path, postgres: Any) -> None:
    url = postgres.fill("to_twice", {"mine": pl.DataFrame({"x": [1]})})
    gen("run", shop, "--to", url)
    before = contents(postgres, url)

    refused = gen("run", shop, "--seed", "8", "--to", url)
    assert refused.code == 4
    assert "already holds a data set ('shop', seed 7). Hint: --force" in refused.err
    assert contents(postgres, url) == before
    assert gen("run", shop, "--seed", "8", "--to", url, "--force").code == 0
    manifest = stored_manifest(url)
    assert manifest is not None
    assert manifest.seed == 8
    assert ask(postgres, url, "select x from mine") == [(1,)]
    assert [row[:2] for row in contents(postgres, url)] == [row[:2] for row in before]


def test_what_others_made_is_never_replaced(gen: Gen, shop: Path, postgres: Any) -> None:
    url = postgres.fill("to_clash", {"purchase": pl.DataFrame({"x": [1]}), "customer": pl.DataFrame({"x": [1]})})
    before = contents(postgres, url)

    said = gen("run", shop, "--to", url, "--force")

    assert said.code == 4
    assert "schema 'public' already holds customer, purchase, which Fanwise did not create" in said.err
    assert contents(postgres, url) == before
    assert gen("run", shop, "--to", url + "?schema=shop").code == 0


def test_a_view_on_the_old_tables_is_told_before_the_first_row(gen: Gen, shop: Path, postgres: Any) -> None:
    url = postgres.fill("to_view", {})
    gen("run", shop, "--to", url)
    postgres.run("create view looked as select * from customer", "to_view")
    before = contents(postgres, url)

    said = gen("run", shop, "--to", url, "--force", "--seed", "9")

    assert said.code == 4
    assert "view looked depends on table customer" in said.err
    assert "Hint: drop what depends" in said.err
    assert contents(postgres, url) == before


def test_a_session_that_holds_the_old_tables_is_not_waited_for_forever(
    delivery: Delivery, postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.fill("to_held", {})
    deliver(url, delivery)
    monkeypatch.setattr("fanwise.generator.output.destinations.postgresql._LOCK_SECONDS", 1)
    with postgres.driver.connect(url) as other, other.cursor() as cursor:
        cursor.execute("select count(*) from customer")
        cursor.fetch_arrow()
        with pytest.raises(OutputError, match="another session holds the old tables"):
            deliver(url, delivery, force=True)


def test_two_runs_into_one_schema_are_refused(delivery: Delivery, postgres: Any) -> None:
    url = postgres.fill("to_both", {})
    caught = []

    def frames(table: str) -> Iterator[pl.DataFrame]:
        if not caught:
            with pytest.raises(OutputError, match="another run is writing to schema 'public'"):
                deliver(url, delivery)
            caught.append(table)
        return delivery.tables().frames(table)

    PostgresqlDestination(Address(url)).fill(replace(delivery.tables(), frames=frames))

    assert caught


def refused(gen: Gen, shop: Path, url: str, *canaries: str, more: Sequence[str] = ()) -> str:
    """Run to `url`, which must fail with exit code 4 and without the canaries; return what was said."""
    said = ""
    for options in ([], ["--json"]):
        done = gen("run", shop, "--to", url, *options, *more)
        assert done.code == 4, done.err
        assert not [canary for canary in canaries if canary in done.out + done.err]
        assert "Traceback" not in done.err
        assert not Path("out").exists()
        said = done.err
    return said


@pytest.mark.parametrize(
    ("changed", "query", "why", "hint"),
    [
        ({"password": "wrongcanary77"}, "", "password authentication failed", "check user and password"),
        ({"user": "nobodyhere"}, "", "password authentication failed", "check user and password"),
        (
            {"host": "127.0.0.1", "port": 1},
            "",
            "Connection refused",
            "check that the server is reachable from this machine at that host and port",
        ),
        (
            {"host": "no.such.host.invalid"},
            "",
            "could not translate host name",
            "check that the server is reachable from this machine at that host and port",
        ),
        ({}, "?nonsense=canaryvalue5", "invalid URI query parameter", "write postgresql://USER@HOST:PORT/DATABASE"),
        ({}, "?sslmode=require&sslpassword=canaryvalue5", "does not support SSL", "remove sslmode from the URL"),
        (
            {"password": "p%zzcanary9"},
            "",
            "invalid percent-encoded token",
            "write postgresql://USER@HOST:PORT/DATABASE",
        ),
        ({"host": "[::1"}, "", "end of string reached", "write postgresql://USER@HOST:PORT/DATABASE"),
    ],
)
def test_a_server_that_cannot_be_reached_is_exit_4_without_secrets(
    gen: Gen, shop: Path, postgres: Any, changed: dict[str, Any], query: str, why: str, hint: str
) -> None:
    url = postgres.url(**changed) + query
    said = refused(gen, shop, url, postgres.password, "canary9", "canary77", "canaryvalue5")

    assert why in said
    assert hint in said


def test_no_such_database_no_right_and_no_schema_are_told(gen: Gen, shop: Path, postgres: Any) -> None:
    said = refused(gen, shop, postgres.url("nowhere"), postgres.password)
    assert 'database "nowhere" does not exist' in said
    assert "create the database first" in said

    postgres.fill("to_poor", {})
    postgres.run("drop role if exists poor; create role poor login password 'poorcanary1'")
    said = refused(gen, shop, postgres.url("to_poor", user="poor", password="poorcanary1"), "poorcanary1")
    assert "permission denied for database to_poor" in said
    assert "GRANT CREATE ON DATABASE" in said

    postgres.run("grant create on database to_poor to poor", "to_poor")
    said = refused(gen, shop, postgres.url("to_poor", user="poor", password="poorcanary1"), "poorcanary1")
    assert "permission denied for schema public" in said
    url = postgres.url("to_poor", user="poor", password="poorcanary1")
    assert gen("run", shop, "--to", url + "?schema=own").code == 0

    postgres.run("alter role poor set search_path = nothing_there", "to_poor")
    assert "no schema on the user's search path exists" in refused(gen, shop, url, "poorcanary1")


def test_a_password_with_a_sign_in_it_is_asked_for_percent_encoded(gen: Gen, shop: Path) -> None:
    done = gen("run", shop, "--to", "postgresql://ann:can@ry/7@127.0.0.1/x")

    assert done.code == 2
    assert "percent-encode these characters" in done.err
    assert "ry/7" not in done.err


def test_a_password_from_the_environment_is_never_shown_either(
    delivery: Delivery, postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "envcanary31")
    with pytest.raises(OutputError) as caught:
        deliver(f"postgresql://auditor@127.0.0.1:{postgres.port}/postgres?options=-cenvcanary31%3D1", delivery)

    assert "envcanary31" not in str(caught.value)
    assert "***" in str(caught.value) or "password authentication failed" in str(caught.value)
    assert caught.value.__context__ is None


class Ending:
    """An Arrow stream that does something after its first batch, in the middle of COPY."""

    def __init__(self, frame: pl.DataFrame, action: Callable[[], None]) -> None:
        self.frame, self.action = frame, action

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        arrow = pytest.importorskip("pyarrow")
        whole = self.frame.to_arrow(compat_level=pl.CompatLevel.oldest())

        def batches() -> Iterator[Any]:
            yield from whole.to_batches()
            self.action()
            yield from whole.to_batches()

        return arrow.RecordBatchReader.from_batches(whole.schema, batches()).__arrow_c_stream__(requested_schema)


def ending(delivery: Delivery, action: Callable[[], None]) -> Tables:
    """Return the tables of a delivery, of which `order` does something in the middle of its COPY."""
    real = delivery.tables()

    def frames(table: str) -> Iterator[Any]:
        return (Ending(frame, action) if table == "order" else frame for frame in real.frames(table))

    return replace(real, frames=frames)


@pytest.mark.parametrize("how", ["terminate", "kill"])
def test_a_server_that_goes_away_in_the_middle_of_copy_leaves_everything_as_it_was(
    how: str, delivery: Delivery, postgres: Any
) -> None:
    url = postgres.fill("to_lost", {})
    deliver(url, delivery)
    before = contents(postgres, url)
    seen: list[int] = []

    def act() -> None:
        seen.extend(pid for (pid,) in ask(postgres, postgres.url(), ACTIVE, "to_lost"))
        if how == "kill":  # the server takes this for a crash of its own, ends every session and recovers
            os.kill(seen[0], signal.SIGKILL)
        else:
            ask(postgres, postgres.url(), f"select pg_{how}_backend($1::int)", seen[0])

    with pytest.raises(OutputError) as caught:
        PostgresqlDestination(Address(url), force=True).fill(ending(delivery, act), delivery.manifest.text())

    assert len(seen) == 1
    assert f"127.0.0.1:{postgres.port}/to_lost: the database reported: " in str(caught.value)
    assert "Hint: no data was delivered" in str(caught.value)
    assert postgres.password not in "".join(traceback.format_exception(caught.value))
    wait_for(postgres, url)
    assert contents(postgres, url) == before
    deliver(url, delivery, force=True)
    assert [row[:2] for row in contents(postgres, url)] == [row[:2] for row in before]


def wait_for(postgres: Any, url: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with suppress(postgres.driver.Error):
            ask(postgres, url, "select 1")
            return
    raise AssertionError("the server did not come back")


def cut_at(postgres: Any, delivery: Delivery, name: str, places: list[int]) -> None:
    url = postgres.fill(name, {})
    deliver(url, delivery)
    before, seed, manifest = contents(postgres, url), stored_manifest(url), None
    newer = replace(delivery, manifest=replace(delivery.manifest, seed=99))
    cuts = 0
    for after in places:
        with CuttingProxy(postgres.port, after) as proxy:
            try:
                deliver(postgres.url(name, port=proxy.port), newer, force=True)
            except OutputError as error:
                assert postgres.password not in "".join(traceback.format_exception(error))
                assert proxy.cut
                cuts += 1
                if "it is not known whether the data was written" not in str(error):
                    assert contents(postgres, url) == before, after
                    assert stored_manifest(url) == seed
            else:
                assert not proxy.cut
                manifest = stored_manifest(url)
                assert manifest is not None
                assert manifest.seed == 99
                break
        assert not [row for row in contents(postgres, url) if "stage" in str(row[0])]
    assert cuts >= 3
    assert manifest is not None, "no delivery came through"


def test_a_connection_that_is_cut_leaves_the_old_data_or_the_new(delivery: Delivery, postgres: Any) -> None:
    cut_at(postgres, delivery, "to_cut", [700, 9_000, 30_000, 10**9])


@pytest.mark.slow
def test_a_connection_that_is_cut_anywhere_leaves_the_old_data_or_the_new(delivery: Delivery, postgres: Any) -> None:
    cut_at(postgres, delivery, "to_cut_often", [*range(50, 54_700, 500), 10**9])


def test_a_killed_run_leaves_the_old_data_and_nothing_else(gen: Gen, shop: Path, postgres: Any) -> None:
    url = postgres.fill("to_killed", {})
    gen("run", shop, "--to", url)
    before = contents(postgres, url)
    command = [sys.executable, "-c", PROGRAM, "run", str(shop), "--scale", "400", "--no-audit", "--force"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([*command, "--to", url], env=environment, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not ask(postgres, postgres.url(), ACTIVE, "to_killed"):
            pass
        process.send_signal(signal.SIGKILL)

    assert process.returncode == -signal.SIGKILL
    while ask(postgres, postgres.url(), "select pid from pg_stat_activity where datname = 'to_killed'"):
        pass
    assert contents(postgres, url) == before
    assert gen("run", shop, "--to", url, "--force").code == 0
    assert names("out") == []


def test_a_server_whose_disk_is_full_is_told(
    gen: Gen, shop: Path, postgres: Any, small_disk: Callable[..., Path]
) -> None:
    disk = small_disk(12_000, postgres.folder)
    (disk / "space").mkdir()
    owner = postgres.folder.stat()
    os.chown(disk / "space", owner.st_uid, owner.st_gid)
    postgres.run(f"create tablespace tiny location '{disk}/space'; create database to_full tablespace tiny")
    url = postgres.url("to_full")
    gen("run", shop, "--to", url)
    before = contents(postgres, url)

    said = refused(gen, shop, url, postgres.password, more=["--force", "--scale", "300", "--no-audit"])

    assert "No space left on device" in said
    assert "free disk space on the server" in said
    assert contents(postgres, url) == before
    postgres.run("drop database to_full")
    postgres.run("drop tablespace tiny")


def test_statements_name_what_they_make() -> None:
    data = fanwise.dataset(ROUTES)
    made = Statements(data.plan.schema, POSTGRESQL, 'a "stage"')

    assert made.create("shop", bare=True).startswith('CREATE TABLE "a ""stage"""."shop" (')
    assert list(made.keys("line")) == ['ALTER TABLE "a ""stage"""."line" ADD PRIMARY KEY ("order_id", "no")']
    keys = list(made.foreign_keys("line"))
    assert keys[0].endswith('ADD FOREIGN KEY ("order_id") REFERENCES "a ""stage"""."order" ("order_id")')
    assert keys[-1] == 'CREATE INDEX ON "a ""stage"""."line" ("shop")'


def test_without_the_driver_the_way_to_install_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql.dbapi", None)
    with pytest.raises(fanwise.MissingExtraError, match=r"pip install 'fanwise\[sql\]'"):
        destination("postgresql://me:canary1@host/x")


@pytest.mark.parametrize(
    "url", ["postgresq://u:canary1@h/x", "mysql://u:canary1@h/x", "shop", "ftp://canary1:canary1@h"]
)
def test_what_is_no_destination_is_a_usage_error_that_lists_them(url: str) -> None:
    with pytest.raises(UsageError, match="unknown destination") as caught:
        destination(url)

    assert "Hint: " in str(caught.value)
    assert ":canary1" not in str(caught.value)

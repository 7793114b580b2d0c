"""Databases: tables with keys and foreign keys, all or nothing."""

from __future__ import annotations

import sqlite3
import sys
import traceback
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import fanwise
from fanwise.generator.errors import MissingExtraError, OutputError, UsageError
from fanwise.generator.output.destinations.statements import POSTGRESQL, Statements


def test_duckdb_holds_the_tables_with_their_types(routes: fanwise.Dataset) -> None:
    db = routes.to_duckdb()

    for name, frame in routes.items():
        found = db.sql(f'from "{name}"').pl()
        assert found.schema == frame.schema
        assert_frame_equal(found, frame)


def test_duckdb_has_keys_and_foreign_keys(routes: fanwise.Dataset) -> None:
    db = routes.to_duckdb()
    query = "select table_name, constraint_type, constraint_column_names from duckdb_constraints()"
    found = {(table, kind, *columns) for table, kind, columns in db.execute(query).fetchall()}

    assert ("line", "PRIMARY KEY", "order_id", "no") in found
    assert ("line", "FOREIGN KEY", "order_id") in found
    assert ("order", "FOREIGN KEY", "shop") in found
    with pytest.raises(duckdb.ConstraintException):
        db.execute("insert into line values (99999, 1, 'S1', 2.0)")


def test_duckdb_goes_into_a_connection_of_the_caller_beside_what_is_there(routes: fanwise.Dataset) -> None:
    with duckdb.connect() as own:
        own.execute("create table mine as select 1 as x")
        assert routes.to_duckdb(own) is own
        assert own.execute('select count(*) from "order", mine').fetchall() == [(routes["order"].height,)]


def test_duckdb_inside_a_transaction_of_the_caller_is_part_of_it(routes: fanwise.Dataset) -> None:
    with duckdb.connect() as own:
        own.begin()
        routes.to_duckdb(own)
        own.rollback()
        assert own.execute("show tables").fetchall() == []


def test_a_closed_connection_is_an_error_of_our_tree(routes: fanwise.Dataset) -> None:
    own = duckdb.connect()
    own.close()
    with pytest.raises(UsageError, match=r"connection: is closed\. Hint: give an open connection"):
        routes.to_duckdb(own)


def test_a_table_that_is_there_already_leaves_the_connection_as_it_was(routes: fanwise.Dataset) -> None:
    with duckdb.connect() as own:
        own.execute("create table line as select 1 as x")
        with pytest.raises(OutputError, match="line"):
            routes.to_duckdb(own)
        assert own.execute("show tables").fetchall() == [("line",)]


def test_sqlite_holds_the_tables_with_keys(routes: fanwise.Dataset, tmp_path: Path) -> None:
    pytest.importorskip("adbc_driver_sqlite")
    routes.to_sql(f"sqlite:///{tmp_path / 'a.db'}")

    with closing(sqlite3.connect(tmp_path / "a.db")) as db:
        db.execute("pragma foreign_keys = on")
        assert db.execute("pragma foreign_key_check").fetchall() == []
        assert {row[2] for row in db.execute('pragma foreign_key_list("order")')} == {"customer", "shop", "address"}
        assert [row[1] for row in db.execute("pragma table_info(line)") if row[5]] == ["order_id", "no"]
        assert db.execute('select amount, at, open, price from "order" limit 1').fetchone() == (
            routes["order"]["amount"][0],
            f"{routes['order']['at'][0]:%Y-%m-%dT%H:%M:%S}.000000",
            routes["order"]["open"][0],
            int(routes["order"]["price"][0] * 100),  # an integer of the last digit
        )
        for name, frame in routes.items():
            assert db.execute(f'select count(*) from "{name}"').fetchone() == (frame.height,)


def test_sqlite_is_all_or_nothing(routes: fanwise.Dataset, tmp_path: Path) -> None:
    pytest.importorskip("adbc_driver_sqlite")
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("create table line (x)")
    with pytest.raises(OutputError, match="line"):
        routes.to_sql(f"sqlite:///{path}")

    with closing(sqlite3.connect(path)) as db:
        assert db.execute("select name from sqlite_master where type = 'table'").fetchall() == [("line",)]


@pytest.mark.parametrize("url", ["mysql://user:secret@host/x", "shop.db", "sqlit:///x"])
def test_a_url_of_another_kind_is_refused_without_its_password(routes: fanwise.Dataset, url: str) -> None:
    with pytest.raises(UsageError, match="is not supported") as caught:
        routes.to_sql(url)

    assert "secret" not in str(caught.value)


def test_a_missing_extra_says_how_to_install_it(routes: fanwise.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "adbc_driver_sqlite.dbapi", None)
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for call, extra in (
        (lambda: routes.to_sql("sqlite:///x"), "sql"),
        (routes.to_pandas, "pandas"),
        (routes.to_arrow, "arrow"),
    ):
        with pytest.raises(MissingExtraError, match=rf"pip install 'fanwise\[{extra}\]'"):
            call()


def test_pandas_and_arrow_hold_the_same_rows(routes: fanwise.Dataset) -> None:
    tables, frames = routes.to_arrow(), routes.to_pandas()

    for name, frame in routes.items():
        assert_frame_equal(pl.DataFrame(pl.from_arrow(tables[name])), frame)
        assert frames[name].shape == frame.shape
    assert frames["order"]["amount"].sum() == pytest.approx(routes["order"]["amount"].sum())


def test_postgresql_holds_the_tables_with_keys(routes: fanwise.Dataset, postgres: Any) -> None:
    url = postgres.fill("routes", {})
    routes.to_sql(url)
    with pytest.raises(OutputError, match="use an empty database") as refused:
        routes.to_sql(url)

    assert postgres.password not in str(refused.value)
    with postgres.driver.connect(url) as connection, connection.cursor() as cursor:
        for name, frame in routes.items():
            cursor.execute(f'select count(*) from "{name}"')
            assert cursor.fetchall() == [(frame.height,)]
        cursor.execute(
            "select count(*) from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace"
        )
        assert cursor.fetchall() == [(7,)]


def test_postgresql_statements_have_its_own_types(routes: fanwise.Dataset) -> None:
    text = Statements(routes.plan.schema, POSTGRESQL).create("order")

    assert '"small" SMALLINT' in text
    assert '"price" DECIMAL(8,2)' in text
    assert '"amount" DOUBLE PRECISION' in text
    assert '"size" TEXT' in text
    assert 'FOREIGN KEY ("shop") REFERENCES "shop" ("shop_id")' in text


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:canary7f3@127.0.0.1:1/nothing",
        "postgresql://me:canary7f3@[::1/nothing",
        "postgresql://127.0.0.1:1/x?password=canary7f3&connect_timeout=x",
        "postgresql://me:canary7f3%zz@127.0.0.1:1/x",
    ],
)
def test_a_password_is_never_told(routes: fanwise.Dataset, url: str) -> None:
    pytest.importorskip("adbc_driver_postgresql")
    with pytest.raises(OutputError) as refused:
        routes.to_sql(url)

    assert "canary7f3" not in "".join(traceback.format_exception(refused.value))

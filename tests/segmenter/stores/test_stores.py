"""Segments in a database: all in one transaction, twice is once, and no password is ever shown."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

import duckdb
import polars as pl
import pytest

from fanwise.io.postgres_session import PostgresSession
from fanwise.segmenter.assignment.population import assign
from fanwise.segmenter.errors import FanwiseError, MappingError, ModelError, OutputError, SourceError
from fanwise.segmenter.model.io import model_id, parse_model
from fanwise.segmenter.stores import save, store_of
from tests.postgresql_server import Server
from tests.segmenter.planted import model_of, planted_axis, planted_model, tier_axis, write_features

pytestmark = pytest.mark.system

MODEL = model_of(*planted_model(axes=2).axes, tier_axis("customer_maturity", (0.0,)))
Ask = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(params=["duckdb", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Ask]:
    """Return the URL of an empty database and a way to ask it."""
    if request.param == "duckdb":
        path = tmp_path / "shop.duckdb"

        def ask(sql: str) -> list[tuple[Any, ...]]:
            with duckdb.connect(str(path)) as connection:
                return connection.execute(sql).fetchall()

        return str(path), ask
    server: Server = request.getfixturevalue("postgres")
    url = server.fill("segments", {"nothing": pl.DataFrame({"a": [1]})})

    def ask_server(sql: str) -> list[tuple[Any, ...]]:
        with server.driver.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return pl.DataFrame(cursor.fetch_arrow()).rows() if sql.startswith(("SELECT", "WITH")) else []

    return url, ask_server


ROWS = "SELECT model_id, customer_id, axis, segment_id, status, margin, strength FROM customer_segment ORDER BY 1, 2, 3"


def test_what_is_saved_is_what_assign_returns(database: tuple[str, Ask], tmp_path: Path) -> None:
    url, ask = database
    table = write_features(tmp_path / "f.parquet", MODEL, 200)
    saved = save(url, MODEL, table, batch_size=64)
    rows = {(customer, axis): rest for _, customer, axis, *rest in ask(ROWS)}
    names = {(axis, code): name for axis, code, name in ask("SELECT axis, segment_id, name FROM segment_definition")}

    assert saved.model_id == model_id(MODEL)
    assert len(rows) == 600
    for customer in assign(MODEL, table).iter_rows(named=True):
        for axis in MODEL.axes:
            code, status, margin, strength = rows[customer["customer_id"], axis.axis]
            assert (names[axis.axis, code] if status == "assigned" else status) == customer[axis.axis]
            assert (margin, strength) == (customer[f"{axis.axis}.margin"], customer[f"{axis.axis}.strength"])
    stored = ask("SELECT model_id, model FROM segment_model")
    assert [(own, parse_model(text.encode())) for own, text in stored] == [(saved.model_id, MODEL)]
    assert f"Saved as model {saved.model_id}" in saved.text()
    assert saved.to_dict()["assigned"]["customers"] == 200


def test_twice_is_once_and_other_rows_stay(database: tuple[str, Ask], tmp_path: Path) -> None:
    url, ask = database
    first = write_features(tmp_path / "a.parquet", MODEL, 50)
    later = pl.read_parquet(first.path).with_columns(pl.col("customer_id").str.replace("c00000", "d00000"))
    later.write_parquet(tmp_path / "b.parquet")
    save(url, MODEL, first)
    before = ask(ROWS)
    save(url, MODEL, first)
    assert ask(ROWS) == before
    renamed = replace(
        MODEL,
        axes=(
            replace(MODEL.axes[0], segments=tuple(replace(s, name=f"Neu {s.id}") for s in MODEL.axes[0].segments)),
            *MODEL.axes[1:],
        ),
    )
    save(url, renamed, tmp_path / "b.parquet")
    other = model_of(planted_axis("purchase_value", [[-1.0], [1.0]]), seed=8)
    save(url, other, write_features(tmp_path / "c.parquet", other, 10))

    assert len(ask(ROWS)) == 2 * len(before) + 10
    assert set(before) <= set(ask(ROWS))
    assert ask("SELECT count(*) FROM segment_model") == [(2,)]
    assert ask(f"SELECT name FROM segment_definition WHERE axis = '{MODEL.axes[0].axis}' ORDER BY 1") == [
        ("Neu 0",),
        ("Neu 1",),
        ("Neu 2",),
    ]


def test_a_failure_leaves_the_database_as_it_was(database: tuple[str, Ask], tmp_path: Path) -> None:
    url, ask = database
    table = write_features(tmp_path / "f.parquet", MODEL, 30)
    other = replace(MODEL, seed=99)

    def stop(done: int, of: int) -> None:
        if done > 20:
            raise KeyboardInterrupt

    save(url, MODEL, table)
    before = ask(ROWS), ask("SELECT model_id FROM segment_model")
    with pytest.raises(KeyboardInterrupt):
        save(url, other, table, batch_size=10, progress=stop)
    assert (ask(ROWS), ask("SELECT model_id FROM segment_model")) == before
    with pytest.raises(SourceError):
        save(url, other, tmp_path / "absent.parquet")
    assert (ask(ROWS), ask("SELECT model_id FROM segment_model")) == before


def test_a_table_of_other_columns_is_refused(database: tuple[str, Ask], tmp_path: Path) -> None:
    url, ask = database
    ask("CREATE TABLE customer_segment (mine INTEGER)")
    with pytest.raises(OutputError, match=r"the database reported.*nothing was saved"):
        save(url, MODEL, write_features(tmp_path / "f.parquet", MODEL, 5))
    assert ask("SELECT count(*) FROM customer_segment") == [(0,)]
    with pytest.raises(Exception, match="segment_model"):
        ask("SELECT * FROM segment_model")


def test_a_new_duckdb_file_is_removed_when_saving_fails(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        save(tmp_path / "new.duckdb", MODEL, tmp_path / "absent.parquet")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "no.duckdb").write_text("this is no database, but it is long enough to be looked at as one" * 100)
    with pytest.raises(OutputError, match=r"no.duckdb: the database reported"):
        save(tmp_path / "no.duckdb", MODEL, write_features(tmp_path / "f.parquet", MODEL, 5))
    assert (tmp_path / "no.duckdb").read_text().startswith("this is no database")
    with pytest.raises(OutputError, match="the database reported"):
        save(f"duckdb:///{tmp_path / 'none' / 'x.duckdb'}", MODEL, tmp_path / "f.parquet")
    with pytest.raises(ModelError):
        save(tmp_path / "bad.duckdb", replace(MODEL, as_of="never"), tmp_path / "f.parquet")
    assert not (tmp_path / "bad.duckdb").exists()


@pytest.mark.parametrize(
    "url", ["mysql://me:secretword@host/db", "shop.csv", "duckdb://", "s3://key:secretword@bucket"]
)
def test_other_places_are_refused_without_their_secrets(url: str) -> None:
    with pytest.raises(MappingError, match=r"is not a database. Hint: give duckdb:///shop.duckdb") as caught:
        store_of(url)
    assert "secretword" not in str(caught.value)


def test_no_password_is_shown(postgres: Server, tmp_path: Path) -> None:
    table = write_features(tmp_path / "f.parquet", MODEL, 5)
    wrong = f"{postgres.password}wrong"
    for url in (
        postgres.url(password=wrong),
        postgres.url("absent"),
        postgres.url(port=1),
        postgres.url(password="a@b/c" + wrong),
        f"postgresql://me:{postgres.password}@[::1/db",
    ):
        with pytest.raises(FanwiseError) as caught:
            save(url, MODEL, table)
        shown = f"{caught.value} {caught.value.__cause__} {caught.value.__context__} {store_of(url)!r} {store_of(url).shown}"
        assert postgres.password not in shown


def test_urls_name_files_as_elsewhere(tmp_path: Path) -> None:
    assert store_of("duckdb:///shop.duckdb").shown == "shop.duckdb"
    assert store_of(f"duckdb:///{tmp_path}/a.duckdb").shown == f"{tmp_path}/a.duckdb"
    assert store_of(tmp_path / "b.db").shown == f"{tmp_path}/b.db"


def test_segments_go_to_the_schema_of_the_url(postgres: Server, tmp_path: Path) -> None:
    postgres.run("DROP DATABASE IF EXISTS kept; CREATE DATABASE kept")
    save(f"{postgres.url('kept')}?schema=marts", MODEL, write_features(tmp_path / "f.parquet", MODEL, 5))

    with postgres.driver.connect(postgres.url("kept")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM marts.segment_model")
        assert cursor.fetchone() == (1,)


def test_first_saves_at_once_wait_for_one_another(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are connected before the first makes the tables: without a lock PostgreSQL lets all but one fail."""
    url = postgres.fill("at_once", {"nothing": pl.DataFrame({"a": [1]})})
    table = write_features(tmp_path / "f.parquet", MODEL, 50)
    ready = Barrier(3)
    connect = PostgresSession.connect

    def connected(session: PostgresSession) -> Any:
        connection = connect(session)
        ready.wait(60)
        return connection

    monkeypatch.setattr(PostgresSession, "connect", connected)
    with ThreadPoolExecutor(3) as pool:
        saved = list(pool.map(lambda _: save(url, MODEL, table), range(3)))

    assert {each.model_id for each in saved} == {model_id(MODEL)}

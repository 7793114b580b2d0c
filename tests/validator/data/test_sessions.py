"""The session of an audit: one DuckDB for all small frames, one thread for small files, all threads for the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from fanwise import validator
from fanwise.io import duckdb_session
from fanwise.io.duckdb_session import Session
from fanwise.io.errors import QueryError
from fanwise.validator.data import sessions
from fanwise.validator.data.sessions import session_for
from tests.validator.shop import make_shop

THREADS = "SELECT current_setting('threads')"


def threads_of(source: Any, threads: int | None = None) -> int:
    with session_for(source, threads, "768MB") as session:
        return int(session.rows(THREADS)[0][0])


def is_small(source: Any) -> bool:
    """Return whether a source is read in a database of the DuckDB that small sessions share."""
    with session_for(source, None, "768MB") as session:
        return str(session.rows("SELECT current_database()")[0][0]).startswith("database ")


def test_small_frames_share_a_database_and_large_ones_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pl.DataFrame({"a": [1, 2, 3], "b": [1, 2, 3]})
    monkeypatch.setattr(sessions, "FEW_CELLS", 6)

    assert is_small({"t": frame})
    assert is_small({"t": frame.to_arrow()})
    assert not is_small({"t": frame, "u": frame[:1]})


def test_frames_that_do_not_tell_their_size_are_large() -> None:
    frame = pl.DataFrame({"a": [1, 2, 3]})

    assert not is_small({"t": frame.lazy()})
    assert not is_small({"t": frame.to_arrow().to_reader()})
    with duckdb.connect() as connection:
        assert not is_small({"t": connection.sql("SELECT 1 AS a")})


def test_small_files_are_read_by_one_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t").mkdir()
    for part in ("1", "2"):
        (tmp_path / "t" / f"{part}.csv").write_text("a\n1\n")
    monkeypatch.setattr(sessions, "FEW_BYTES", 8)

    assert threads_of(tmp_path) == 1
    assert threads_of(tmp_path, 3) == 3
    monkeypatch.setattr(sessions, "FEW_BYTES", 7)
    with Session.open() as session:
        assert threads_of(tmp_path) == int(session.rows(THREADS)[0][0])
    assert threads_of(tmp_path / "t" / "1.csv") == 1


def test_sessions_of_small_frames_do_not_meet() -> None:
    with Session.of_few_rows() as one, Session.of_few_rows() as two:
        for number, session in enumerate((one, two)):
            session.execute("CREATE SCHEMA data")
            session.execute(f"CREATE VIEW data.t AS SELECT {number} AS a")
            session.execute("CREATE TEMP TABLE sums AS SELECT a + 10 AS a FROM data.t")

        assert one.rows("SELECT a, (SELECT a FROM sums) FROM data.t") == [(0, 10)]
        assert two.rows("SELECT a, (SELECT a FROM sums) FROM data.t") == [(1, 11)]


def test_a_closed_session_leaves_no_database() -> None:
    session = Session.of_few_rows()
    name = session.rows("SELECT current_database()")[0][0]
    session.close()
    session.close()

    with pytest.raises(QueryError, match="closed"):
        session.rows("SELECT 1")
    with Session.of_few_rows() as other:
        assert (name,) not in other.rows("SELECT database_name FROM duckdb_databases()")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/hostname')",
        "SELECT * FROM glob('/etc/*')",
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "ATTACH '{folder}/other.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
    ],
)
def test_a_small_session_sees_no_file(sql: str, tmp_path: Path) -> None:
    with Session.of_few_rows() as session, pytest.raises(QueryError):
        session.rows(sql.format(folder=tmp_path))
    assert not any(tmp_path.iterdir())


def test_an_audit_is_the_same_in_each_session(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = make_shop()
    assert is_small(shop.frames)
    small = shop.audit().to_json()
    monkeypatch.setattr(sessions, "FEW_CELLS", 0)

    assert not is_small(shop.frames)
    assert validator.audit(shop.frames, shop.contract).to_json() == small


def test_the_shared_database_is_opened_anew_while_a_session_is_open() -> None:
    with Session.of_few_rows() as first:
        first.execute("CREATE TABLE t AS SELECT 7 AS a")
        for _ in range(duckdb_session._RENEWED):
            with Session.of_few_rows() as other:
                seen = other.rows("SELECT database_name FROM duckdb_databases()")

        assert first.rows("SELECT a FROM t") == [(7,)]
        assert first.rows("SELECT current_database()")[0] not in seen

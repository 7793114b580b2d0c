"""PostgreSQL as a source, against a real server: the same findings, one read-only snapshot, and no secret anywhere."""

from __future__ import annotations

import sys
import traceback
from typing import Any

import pytest

import fanwise
from fanwise import validator
from fanwise.io.duckdb_session import Session
from fanwise.io.errors import SourceError
from fanwise.io.postgres_session import rows
from fanwise.io.tables.postgresql import PostgresqlReader, _kept, _sent
from fanwise.io.tables.strict import strict
from fanwise.io.url import Address
from fanwise.validator import Status
from fanwise.validator.data.warehouse import Warehouse

pytestmark = pytest.mark.system


@pytest.fixture(scope="session")
def _filled(postgres: Any) -> dict[str, str]:
    return {}


@pytest.fixture
def url(postgres: Any, shop: Any, _filled: dict[str, str]) -> str:
    """The shop in a database; made once, as no test changes it."""
    if "shop" not in _filled:
        _filled["shop"] = postgres.fill("shop", shop.frames)
    return _filled["shop"]


def test_a_database_gives_the_findings_of_the_frames(shop: Any, url: str) -> None:
    report = validator.audit(url, shop.contract)
    expected = shop.audit()

    assert report.findings == expected.findings
    assert report.measured == expected.measured
    assert {table.format for table in report.tables} == {"postgresql"}


def test_types_of_the_server_become_those_of_the_contract(postgres: Any) -> None:
    postgres.run("DROP DATABASE IF EXISTS kinds; CREATE DATABASE kinds")
    postgres.run(
        """
        CREATE DOMAIN amount AS numeric(12,2); CREATE TYPE mood AS ENUM ('good', 'bad');
        CREATE TABLE a (small smallint, big bigint, price amount, free numeric, real real, word varchar(9), fixed char(4),
          mood mood, id uuid, yes boolean, day date, at timestamp, zoned timestamptz, more jsonb);
        INSERT INTO a VALUES (1, 2, 3.45, 1.1, 0.5, 'x', 'y', 'good', '00000000-0000-0000-0000-000000000001', true,
          '2024-02-29', '2024-02-29 10:00', '2024-02-29 10:00+02', '{}');
        INSERT INTO a (small) VALUES (NULL)
        """,
        "kinds",
    )
    types = {
        "small": "int16", "big": "int64", "price": "decimal(12,2)", "free": "decimal(20,4)", "real": "float32",
        "word": "text", "fixed": "text", "mood": "text", "id": "text", "yes": "bool", "day": "date",
        "at": "timestamp", "zoned": "timestamp", "more": "text",
    }  # fmt: skip
    columns = {name: {"type": kind, "nullable": True} for name, kind in types.items()}
    contract = {"contract": 1, "name": "x", "tables": {"a": {"columns": columns}}}
    with Warehouse.open(postgres.url("kinds"), validator.load_contract(contract)) as warehouse:
        rows = warehouse.rows('SELECT price, free, fixed, CAST("at" AS VARCHAR), CAST(zoned AS VARCHAR) FROM data."a"')
    report = validator.audit(postgres.url("kinds"), contract)

    assert report.exit_code == 0, report.text()
    assert [str(value) for value in rows[0]] == ["3.45", "1.1000", "y", "2024-02-29 10:00:00", "2024-02-29 08:00:00"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (
            "numeric",
            "column v holds '2.999', which is not a number of at most 8 digits before the point and 2 after it",
        ),
        ("numeric(12,4)", "t.v is DECIMAL(12,4), decimal(10,2) (DECIMAL(10,2)) is declared, and 1 value does not fit"),
    ],
)
def test_a_numeric_is_never_rounded_to_the_decimals_of_the_contract(postgres: Any, kind: str, said: str) -> None:
    postgres.run("DROP DATABASE IF EXISTS exact; CREATE DATABASE exact")
    postgres.run(f"CREATE TABLE t (v {kind}); INSERT INTO t VALUES (2.99), (2.999)", "exact")
    contract = {"contract": 1, "name": "x", "tables": {"t": {"columns": {"v": "decimal(10,2)"}}}}
    report = validator.audit(postgres.url("exact"), contract)

    assert report.exit_code == 1
    assert any(said in finding.message for finding in report.findings)


def test_missing_tables_and_columns_name_what_there_is(postgres: Any, shop: Any, url: str) -> None:
    shop.contract["tables"]["voucher"] = {"columns": {"id": "int64"}}
    shop.contract["tables"]["review"]["columns"]["mood"] = "text"
    found = {finding.id: finding for finding in validator.audit(url, shop.contract).findings}

    assert found["table.voucher"].status is Status.FAIL
    assert "customer, item, order, review" in found["table.voucher"].hint
    assert found["columns.review.mood"].status is Status.FAIL
    assert found["table.order"].status is Status.PASS


def test_a_table_in_another_schema_is_found_by_the_search_path(postgres: Any) -> None:
    postgres.run("DROP DATABASE IF EXISTS away; CREATE DATABASE away")
    postgres.run("CREATE SCHEMA sales; CREATE TABLE sales.a (i bigint)", "away")
    contract = {"contract": 1, "name": "x", "tables": {"a": {"columns": {"i": "int64"}}}}
    report = validator.audit(postgres.url("away"), contract)

    assert report.exit_code == 1
    assert "?schema=sales" in report.findings[0].hint
    assert validator.audit(postgres.url("away") + "?schema=sales", contract).exit_code == 0
    assert validator.audit(postgres.url("away") + "?options=-csearch_path%3Dsales", contract).exit_code == 0


def test_a_table_that_may_not_be_read_is_an_error_and_the_others_are_judged(postgres: Any) -> None:
    postgres.run(
        "DROP DATABASE IF EXISTS shut; DROP ROLE IF EXISTS guest; CREATE DATABASE shut; CREATE ROLE guest LOGIN PASSWORD 'guestcanary'"
    )
    postgres.run("CREATE TABLE a (i bigint); CREATE TABLE b (i bigint); GRANT SELECT ON b TO guest", "shut")
    columns = {"columns": {"i": "int64"}}
    contract = {"contract": 1, "name": "x", "tables": {"a": columns, "b": columns}}
    report = validator.audit(postgres.url("shut", user="guest", password="guestcanary"), contract)
    found = {finding.id: finding for finding in report.findings}

    assert report.exit_code == 4
    assert found["table.a"].message == "table a cannot be read: ERROR: permission denied for table a."
    assert found["table.b"].status is Status.PASS


def test_nothing_can_be_written_and_statements_have_a_limit(postgres: Any, shop: Any, url: str) -> None:
    reader = PostgresqlReader(Address(url))
    with Session.open() as session:
        reader.begin(session)
    try:
        assert rows(reader._cursor, "SELECT current_setting('transaction_isolation')") == [("repeatable read",)]
        assert rows(reader._cursor, "SELECT current_setting('statement_timeout')") == [("10min",)]
        with pytest.raises(Exception, match="read-only transaction"):
            reader._cursor.execute("CREATE TABLE mine (i int)")
    finally:
        reader.close()


def test_a_limit_of_the_url_is_kept_and_its_end_is_an_error(postgres: Any) -> None:
    postgres.run("DROP DATABASE IF EXISTS slow; CREATE DATABASE slow")
    postgres.run("CREATE VIEW a AS SELECT 1::bigint AS i FROM pg_sleep(30)", "slow")
    contract = {"contract": 1, "name": "x", "tables": {"a": {"columns": {"i": "int64"}}}}
    report = validator.audit(postgres.url("slow") + "?options=-cstatement_timeout%3D200", contract)

    assert report.exit_code == 4
    assert "statement timeout" in report.findings[0].message


def test_hostile_names_are_only_names(postgres: Any) -> None:
    name, column = 'a"; DROP TABLE canary; --', "x' OR \"1"
    postgres.run("DROP DATABASE IF EXISTS hostile; CREATE DATABASE hostile")
    quoted = ['"' + each.replace('"', '""') + '"' for each in (name, column)]
    with postgres.driver.connect(postgres.url("hostile"), autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE canary (i bigint)")
        cursor.execute(f"CREATE TABLE {quoted[0]} ({quoted[1]} bigint)")
    tables = {name: {"columns": {column: "int64"}}, "canary": {"columns": {"i": "int64"}}}

    assert validator.audit(postgres.url("hostile"), {"contract": 1, "name": "x", "tables": tables}).exit_code == 0


def _outcome(url: str, contract: Any) -> str:
    """Everything that a user, a log or a report could see."""
    try:
        report = validator.audit(url, contract)
    except fanwise.FanwiseError as error:
        return "".join(traceback.format_exception(error)) + repr(error.__context__) + repr(error.__cause__)
    return report.text(verbose=True) + report.to_json()


@pytest.mark.parametrize(
    "changed",
    [
        {"password": "wrong"},
        {"host": "127.0.0.1", "port": 1},
        {"host": "no-such-host.invalid"},
        {"user": "nobody"},
        {"database": "nowhere"},
        {"port": "port"},
        {"host": "[::1"},
        {"query": "?sslmode=verify-full&sslrootcert=/nowhere/CANARY"},
        {"query": "?sslpassword=CANARY&unknown=1"},
        {"query": "?CANARY=1"},
        {"password": "can%zzCANARY"},
        {"password": "can@CANARY"},
        {"password": "can/CANARY"},
        {"password": "can?CANARY"},
        {"table": True},
        {"column": True},
    ],
    ids=str,
)
def test_no_secret_gets_out(postgres: Any, shop: Any, url: str, changed: dict[str, Any]) -> None:
    canary = "CANARY71c5"
    changed = {
        key: value.replace("CANARY", canary) if isinstance(value, str) else value for key, value in changed.items()
    }
    database, query = changed.pop("database", "shop"), changed.pop("query", "")
    if changed.pop("table", False):
        shop.contract["tables"]["voucher"] = {"columns": {"id": "int64"}}
    if changed.pop("column", False):
        shop.contract["tables"]["item"]["columns"]["mood"] = "text"
    wrong = changed.get("password") == "wrong"
    seen = _outcome(
        postgres.url(database, **({**changed, "password": canary} if wrong else changed)) + query, shop.contract
    )

    assert canary not in seen.replace(f"?{canary}=1", "")
    assert postgres.password not in seen
    assert "Traceback" not in seen or "SourceError" in seen or "InputError" in seen


def test_a_server_that_goes_away_is_an_error_not_a_crash(postgres: Any, shop: Any, url: str) -> None:
    shop.contract["tables"]["gone"] = {"columns": {"i": "int64"}}
    postgres.run("DROP DATABASE IF EXISTS dying; CREATE DATABASE dying")
    postgres.run(
        "CREATE VIEW gone AS SELECT 1::bigint AS i FROM pg_terminate_backend(pg_backend_pid()); CREATE TABLE later (i bigint)",
        "dying",
    )
    columns = {"columns": {"i": "int64"}}
    with pytest.raises(SourceError, match="the server went away while table gone was read: ") as lost:
        validator.audit(
            postgres.url("dying"), {"contract": 1, "name": "x", "tables": {"gone": columns, "later": columns}}
        )

    assert lost.value.exit_code == 4
    assert str(lost.value).startswith(f"postgresql://auditor@127.0.0.1:{postgres.port}/dying: ")


def test_a_table_that_takes_too_long_is_told_with_the_limit(postgres: Any) -> None:
    postgres.run("DROP DATABASE IF EXISTS slow; CREATE DATABASE slow")
    postgres.run("CREATE VIEW slow AS SELECT 1::bigint AS i FROM pg_sleep(60); CREATE TABLE later (i bigint)", "slow")
    columns = {"columns": {"i": "int64"}}
    report = validator.audit(
        postgres.url("slow?options=-cstatement_timeout%3D200"),
        {"contract": 1, "name": "x", "tables": {"slow": columns, "later": columns}},
    )

    (error,) = report.with_status(Status.ERROR)
    assert "statement timeout" in error.message
    assert "?options=-cstatement_timeout%3D2h" in error.hint
    assert report.exit_code == 4


@pytest.mark.parametrize(
    ("kind", "wanted", "sent", "kept"),
    [
        ("integer", None, '"c"', '"c"'),
        ("character varying(9)", None, 'CAST("c" AS text) AS "c"', '"c"'),
        ("numeric(12,2)", None, 'CAST("c" AS text) AS "c"', 'CAST("c" AS DECIMAL(12,2)) AS "c"'),
        ("numeric(12,2)", "DOUBLE", 'CAST("c" AS double precision) AS "c"', 'CAST("c" AS DOUBLE) AS "c"'),
        ("numeric", "DECIMAL(9,3)", 'CAST("c" AS text) AS "c"', f'{strict("c", "DECIMAL(9,3)")} AS "c"'),
        ("numeric(50,2)", None, 'CAST("c" AS text) AS "c"', 'CAST("c" AS DOUBLE) AS "c"'),
        (
            "timestamp with time zone",
            None,
            """CASE WHEN (isfinite("c") AND "c" < '294247-01-01') THEN "c" AT TIME ZONE 'UTC' END AS "c\"""",
            '"c"',
        ),
        ("date", None, 'CASE WHEN isfinite("c") THEN "c" END AS "c"', '"c"'),
    ],
)
def test_how_columns_travel(kind: str, wanted: str | None, sent: str, kept: str) -> None:
    assert (_sent("c", kind, wanted), _kept("c", kind, wanted)) == (sent, kept)


def test_without_the_driver_the_way_to_install_it_is_said(monkeypatch: pytest.MonkeyPatch, shop: Any) -> None:
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql.dbapi", None)
    with pytest.raises(fanwise.MissingExtraError, match=r"fanwise\[sql\]"):
        validator.audit("postgresql://ann:canary@localhost/x", shop.contract)

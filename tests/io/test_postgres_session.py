import pytest

from fanwise.io.errors import InputError
from fanwise.io.postgres_session import PostgresSession, rows, said
from fanwise.io.url import Address


def test_only_the_servers_own_words_are_kept():
    raw = (
        "NOT_FOUND: [libpq] Failed to prepare query: ERROR:  no such thing\nLINE 1: select 1\n   ^\n\n"
        "Query was: select 1. SQLSTATE: 42P01"
    )

    assert said(raw) == "ERROR: no such thing"
    refused = "UNAUTHORIZED: [libpq] Failed to execute query 'SELECT': ERROR:  permission denied\n. SQLSTATE: 42501"
    assert said(refused) == "ERROR: permission denied"
    assert said("IO: [libpq] Failed to connect: connection refused\n\tIs it running?\n") == (
        "Failed to connect: connection refused; Is it running?"
    )


def test_values_are_bound_and_rows_come_back(postgres):
    server = PostgresSession(Address(postgres.url()))
    with server.connect() as connection, connection.cursor() as cursor:
        assert rows(cursor, "SELECT $1::int + 1, $2::text", [41, "a'b"]) == [(42, "a'b")]


def test_what_a_driver_says_has_no_password(postgres):
    server = PostgresSession(Address(postgres.url("nowhere")))
    with pytest.raises(server.error) as caught:
        server.connect()

    assert "nowhere" in server.said(caught.value)
    assert postgres.password not in server.said(caught.value)


def test_the_schema_of_a_url_is_not_for_the_driver(postgres):
    server = PostgresSession(Address(postgres.url() + "?schema=shop&connect_timeout=3"))

    assert (server.schema, server.shown) == (
        "shop",
        f"postgresql://auditor@127.0.0.1:{postgres.port}/postgres?schema=shop",
    )
    server.connect().close()


def test_a_url_that_splits_elsewhere_is_refused():
    with pytest.raises(InputError, match="percent-encode"):
        PostgresSession(Address("postgresql://ann:a@b@host/db"))

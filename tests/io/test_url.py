"""URLs: what may be shown of them, and texts of others without their secrets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanwise.io.errors import InputError
from fanwise.io.url import Address, without_passwords

SIGNS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=4, max_size=20)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ann:secret@host:5/db?sslmode=require", "postgresql://ann@host:5/db"),
        ("postgresql://host/db?password=secret", "postgresql://host/db"),
        ("POSTGRES://ann:secret@host/db", "postgres://ann@host/db"),
        ("s3://bucket/prefix?endpoint=http://127.0.0.1", "s3://bucket/prefix"),
        ("shop.duckdb", "shop.duckdb"),
    ],
)
def test_only_the_public_parts_are_shown(url: str, shown: str) -> None:
    assert Address(url).shown == shown
    assert "secret" not in repr(Address(url))


@given(SIGNS, SIGNS, st.sampled_from(["password", "sslpassword", "token", "x"]))
def test_no_text_of_others_keeps_a_secret(password: str, parameter: str, name: str) -> None:
    address = Address(f"postgresql://ann:S{password}@host/db?sslmode=require&{name}=T{parameter}")
    text = address.redacted(f"could not use {address.url}: S{password}, {name}=T{parameter}!", {})

    assert f"S{password}" not in text
    assert f"T{parameter}" not in text


def test_encoded_secrets_are_known_in_both_forms() -> None:
    text = Address("postgresql://ann:p%40ssword@host/db").redacted("p%40ssword p@ssword", {})

    assert text == "*** ***"


def test_a_short_secret_withholds_the_whole_text() -> None:
    assert Address("postgresql://ann:a@host/db").redacted("a bad day", {}) == (
        "its message is not shown, because it may contain the password"
    )


def test_secrets_of_the_environment_are_known() -> None:
    environment = {"PGPASSWORD": "hush", "AWS_SECRET_ACCESS_KEY": "quiet", "HOME": "/root"}

    assert Address("s3://b").redacted("hush quiet /root", environment) == "*** *** /root"


def test_parameters_are_read_and_taken_out() -> None:
    address = Address("postgresql://h/db?schema=a%20b&sslmode=require&schema=c")

    assert address.parameters == {"schema": "c", "sslmode": "require"}
    assert address.without("schema") == "postgresql://h/db?sslmode=require"
    assert address.without("schema", "sslmode") == "postgresql://h/db"


@pytest.mark.parametrize(
    "url", ["postgresql://a:p@ss@host/db", "postgresql://a:p/ss@host/db", "postgresql://a:p?ss@host/db"]
)
def test_a_sign_that_splits_the_url_elsewhere_is_found(url: str) -> None:
    with pytest.raises(InputError, match="percent-encode") as caught:
        Address(url).refuse_ambiguous()
    assert caught.value.problems[0].code == "FW-USAGE-URL"
    Address("postgresql://a:pass@host/db?x=y").refuse_ambiguous()


def test_the_whole_url_in_a_text_of_others_becomes_what_may_be_shown():
    address = Address("postgresql://ann:se%40cret@db.example:5432/shop?sslpassword=hidden&sslmode=require")

    assert address.redacted(f"bad URI {address.url}") == "bad URI postgresql://ann@db.example:5432/shop"
    assert "cret" not in repr(address)


def test_a_password_of_libpq_is_starred_out() -> None:
    """Such a text is no URL, and so was shown as the name of a folder that is not there."""
    for text in ("host=x password=s3cret dbname=y", "host=x PASSWORD = 's3 cret'", "host=x sslpassword=s3cret"):
        assert "s3" not in Address(text).shown
        assert "s3" not in without_passwords(text)
        assert "host=x" in without_passwords(text)

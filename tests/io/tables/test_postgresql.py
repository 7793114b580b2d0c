"""PostgreSQL as a source, against a real server: the features of the frames, and no secret anywhere."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fanwise.segmenter.errors import FanwiseError, SourceError
from fanwise.segmenter.features import build_features
from fanwise.segmenter.ingest.source import open_frames, open_source
from fanwise.validator import audit
from fanwise.validator.findings import Status
from tests.segmenter.shops import AS_OF, shop

pytestmark = pytest.mark.system


def test_a_database_gives_the_features_of_the_frames(postgres: Any, tmp_path: Path) -> None:
    with open_source(postgres.fill("segmenter_shop", shop(7)), folder=tmp_path, as_of=AS_OF) as source:
        found = pl.read_parquet(build_features(source).path)
    with open_frames(shop(7), folder=tmp_path, as_of=AS_OF) as source:
        expected = pl.read_parquet(build_features(source).path)

    assert found.equals(expected)


def test_no_error_shows_the_password(tmp_path: Path) -> None:
    url = "postgresql://ann:s3cret-word@127.0.0.1:1/shop?sslkey=t0pkey"

    with pytest.raises(SourceError) as caught:
        open_source(url, folder=tmp_path)

    said = "".join(traceback.format_exception(caught.value)) + str(caught.value)
    assert "postgresql://ann@127.0.0.1:1/shop" in said
    assert "s3cret-word" not in said
    assert "t0pkey" not in said


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mysql://ann:s3cret@db/shop", "mysql:// is not a supported source"),
        ("postgresql://ann:a/b@db/shop", "percent-encode these"),
    ],
)
def test_other_urls_are_refused(tmp_path: Path, url: str, expected: str) -> None:
    with pytest.raises(FanwiseError, match=expected) as caught:
        open_source(url, folder=tmp_path)

    assert "s3cret" not in str(caught.value)


def test_a_url_given_as_a_path_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="removed a slash"):
        open_source(Path("postgresql://ann@db/shop"), folder=tmp_path)


def test_numbers_instants_and_ids_of_the_server_are_read(postgres: Any, tmp_path: Path) -> None:
    postgres.run("DROP DATABASE IF EXISTS segmenter_kinds; CREATE DATABASE segmenter_kinds")
    postgres.run(
        """
        CREATE DOMAIN money_of_ours AS numeric(12,2); CREATE TYPE way AS ENUM ('web', 'shop');
        CREATE TABLE orders (order_id uuid, customer_id numeric, ordered_at timestamptz, amount money_of_ours, channel way);
        INSERT INTO orders VALUES
          ('00000000-0000-0000-0000-000000000001', 7, '2024-02-29 10:00+02', 3.45, 'web'),
          ('00000000-0000-0000-0000-000000000002', 7, '2024-03-01 12:00+00', 1.05, 'shop')
        """,
        "segmenter_kinds",
    )
    with open_source(postgres.url("segmenter_kinds"), folder=tmp_path) as source:
        row = pl.read_parquet(build_features(source).path).row(0, named=True)

    assert (row["customer_id"], row["orders"], row["value"]) == ("7", 2, 4.5)
    assert row["customer_maturity.span_days"] == pytest.approx(28 / 24, abs=0.01)
    assert row["communication_preference.variety"] == pytest.approx(2.0)


def test_damage_on_the_server_is_named(postgres: Any, tmp_path: Path) -> None:
    postgres.run("DROP DATABASE IF EXISTS segmenter_damage; CREATE DATABASE segmenter_damage")
    postgres.run(
        "CREATE TABLE orders (order_id bigint, customer_id text, ordered_at date, amount numeric); "
        "INSERT INTO orders VALUES (1, 'a', '2024-01-01', 'NaN')",
        "segmenter_damage",
    )

    with pytest.raises(SourceError, match=r"orders\.amount: 1 values hold NaN or infinity") as caught:
        open_source(postgres.url("segmenter_damage"), folder=tmp_path)

    assert postgres.password not in str(caught.value)


@pytest.mark.parametrize("kind", ["timestamp", "timestamptz", "date"])
def test_infinite_instants_are_infinite(postgres: Any, tmp_path: Path, kind: str) -> None:
    """Arrow has no infinite instants: the driver hands over finite ones, far in the past."""
    postgres.run("DROP DATABASE IF EXISTS infinite; CREATE DATABASE infinite")
    postgres.run(
        f"""
        CREATE TABLE orders (order_id bigint, customer_id bigint, ordered_at {kind}, amount numeric(12,2));
        INSERT INTO orders SELECT i, i % 10, timestamp '2024-01-01' + i * interval '1 day', 5 FROM generate_series(1, 50) i;
        UPDATE orders SET ordered_at = 'infinity' WHERE order_id = 3;
        UPDATE orders SET ordered_at = '-infinity' WHERE order_id = 4;
        UPDATE orders SET ordered_at = '0044-03-15 BC' WHERE order_id = 5
        """,
        "infinite",
    )
    columns = {"order_id": "int64", "ordered_at": kind}
    limits = ["ordered_at < timestamp '2100-01-01'", "ordered_at > timestamp '0001-01-01'"]
    contract = {"contract": 1, "name": "c", "tables": {"orders": {"key": "order_id", "columns": columns}}}
    report = audit(postgres.url("infinite"), contract={**contract, "checks": limits})
    failed = {finding.id: finding.message for finding in report.findings if finding.status is Status.FAIL}

    assert failed["condition.orders.1"].endswith("does not hold in 1 row, such as order_id = 3.")
    assert failed["condition.orders.2"].endswith("does not hold in 2 rows, such as order_id = 4, 5.")
    assert failed["finite.orders.ordered_at"] == "orders.ordered_at is infinite in 2 rows."

    with open_source(postgres.url("infinite"), folder=tmp_path) as source:
        assert source.as_of.year == 2024
        assert "3 orders without an instant are left out" in source.notes


@pytest.mark.parametrize("hidden", ["pg_attribute", "pg_settings"])  # the driver reads one, the reader the other
def test_a_catalogue_that_is_refused_is_not_a_wrong_password(postgres: Any, tmp_path: Path, hidden: str) -> None:
    postgres.run("DROP DATABASE IF EXISTS closed; DROP ROLE IF EXISTS reader; CREATE DATABASE closed")
    postgres.run("CREATE ROLE reader LOGIN PASSWORD 'readercanary'")
    postgres.run(
        f"CREATE TABLE a (i bigint); GRANT SELECT ON a TO reader; REVOKE ALL ON {hidden} FROM PUBLIC", "closed"
    )
    with pytest.raises(SourceError) as caught:
        open_source(postgres.url("closed", user="reader", password="readercanary"), folder=tmp_path)

    assert (
        f"the catalogue cannot be read: ERROR: permission denied for {'table' if 'attr' in hidden else 'view'} {hidden}"
        in str(caught.value)
    )
    assert "grant the user SELECT on the tables of pg_catalog" in str(caught.value)
    assert "readercanary" not in str(caught.value)
